/** First import of the extension: texts at the top of a module are made when it is loaded. */
import * as vscode from 'vscode';
import { useLanguage, useTranslations } from '../protocol/l10n';

useTranslations(vscode.l10n.bundle);
useLanguage(vscode.env.language);
