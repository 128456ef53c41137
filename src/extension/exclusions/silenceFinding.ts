import * as vscode from 'vscode';
import type { Finding } from '../../protocol/finding';
import { plain } from '../views/findingText';
import { expiryChoices, silenceChoices, type ExclusionEntry, type SilenceChoice } from './exclusionEntry';
import type { ExclusionsFiles } from './exclusionsFiles';
import { t } from '../../protocol/l10n';

/**
 * Asks what to silence, why and for how long, and writes the entries. Nothing is written when a question is not answered.
 * Of several findings, each is silenced as narrowly as it can be.
 */
export async function silenceFindings(
  findings: readonly Finding[],
  files: ExclusionsFiles,
): Promise<ExclusionEntry[] | undefined> {
  const [first, ...others] = findings;
  if (first === undefined) return undefined;
  const many = others.length > 0;
  const title = many ? t('Silence {0} findings', findings.length) : t('Silence: {0}', plain(first.title));
  const what = many
    ? narrowest(findings)
    : [await vscode.window.showQuickPick(silenceChoices(first), { title, placeHolder: t('What to silence') })];
  const chosen = what.filter((choice) => choice !== undefined);
  if (chosen.length === 0) return undefined;
  const reason = await vscode.window.showInputBox({
    title,
    prompt: many
      ? t('Why are these harmless? Each is silenced by its rule, source and target.')
      : t('Why is this harmless? Whoever reads the exclusions later will want to know.'),
    validateInput: (text) => (text.trim() === '' ? t('A reason is needed.') : undefined),
  });
  if (reason === undefined || reason.trim() === '') return undefined;
  const until = await vscode.window.showQuickPick(expiryChoices(Date.now()), { title, placeHolder: t('For how long') });
  if (until === undefined) return undefined;
  const entries = chosen.map(({ entry }): ExclusionEntry => ({
    ...entry,
    reason: reason.trim(),
    ...(until.expires === null ? {} : { expires: until.expires }),
  }));
  await files.add(...entries);
  return entries;
}

/** The narrowest choice for each finding, once each. */
function narrowest(findings: readonly Finding[]): SilenceChoice[] {
  const choices = findings.map((finding) => silenceChoices(finding)[0]).filter((choice) => choice !== undefined);
  return [...new Map(choices.map((choice) => [choice.label, choice])).values()];
}
