import * as vscode from 'vscode';
import type { Finding } from '../../protocol/finding';
import { plain } from '../views/findingText';
import { expiryChoices, silenceChoices, type ExclusionEntry } from './exclusionEntry';
import type { ExclusionsFiles } from './exclusionsFiles';

/** Asks what to silence, why and for how long, and writes the entry. Nothing is written when a question is not answered. */
export async function silenceFinding(finding: Finding, files: ExclusionsFiles): Promise<ExclusionEntry | undefined> {
  const title = `Silence: ${plain(finding.title)}`;
  const what = await vscode.window.showQuickPick(silenceChoices(finding), { title, placeHolder: 'What to silence' });
  if (what === undefined) return undefined;
  const reason = await vscode.window.showInputBox({
    title,
    prompt: 'Why is this harmless? Whoever reads the exclusions later will want to know.',
    validateInput: (text) => (text.trim() === '' ? 'A reason is needed.' : undefined),
  });
  if (reason === undefined || reason.trim() === '') return undefined;
  const until = await vscode.window.showQuickPick(expiryChoices(Date.now()), { title, placeHolder: 'For how long' });
  if (until === undefined) return undefined;
  const entry: ExclusionEntry = {
    ...what.entry,
    reason: reason.trim(),
    ...(until.expires === null ? {} : { expires: until.expires }),
  };
  await files.add(entry);
  return entry;
}
