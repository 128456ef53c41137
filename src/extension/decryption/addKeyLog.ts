import * as vscode from 'vscode';
import type { Session } from '../sessions/session';
import { numberLanguage, t } from '../../protocol/l10n';

/**
 * Decrypts TLS in the active capture with a key log file: the one given, else one that the person chooses. Resolves with the number of
 * connections that there are keys of, null when nothing was chosen.
 */
export async function addKeyLog(session: Session, target: unknown): Promise<number | null> {
  const file = target instanceof vscode.Uri ? target : await askForFile();
  if (file === null) return null;
  const connections = await session.addKeyLog(file.fsPath);
  const text =
    connections === 0
      ? t('This file holds no keys: lines of a key log begin with CLIENT_RANDOM, CLIENT_TRAFFIC_SECRET_0 and the like.')
      : t(
          'Keys of {0} TLS connections are in use. Follow a stream, or look at the HTTP tab.',
          connections.toLocaleString(numberLanguage()),
        );
  void vscode.window.showInformationMessage(text);
  return connections;
}

async function askForFile(): Promise<vscode.Uri | null> {
  const chosen = await vscode.window.showOpenDialog({
    title: t('Decrypt TLS with Key Log'),
    openLabel: t('Use Keys'),
    filters: { [t('All files')]: ['*'], [t('Key logs')]: ['log', 'keys', 'txt', 'keylog'] },
  });
  return chosen?.[0] ?? null;
}
