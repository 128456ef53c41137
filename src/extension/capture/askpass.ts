import * as vscode from 'vscode';
import { AskpassEndpoint } from '../elevation/askpassEndpoint';
import type { Askpass } from '../sessions/liveSession';
import { t } from '../../protocol/l10n';

/** Lets `sudo -A` ask in an input box of the editor, which goes when nobody waits for it. Null where there is no sudo. */
export function createAskpass(): Askpass | null {
  if (process.platform === 'win32') return null;
  const cancellation = new vscode.CancellationTokenSource();
  const endpoint = new AskpassEndpoint(async (prompt) =>
    vscode.window.showInputBox(
      { title: t('Permission to Capture'), prompt, placeHolder: t('Password'), password: true, ignoreFocusOut: true },
      cancellation.token,
    ),
  );
  return {
    start: () => endpoint.start(),
    dispose: () => {
      cancellation.cancel();
      cancellation.dispose();
      endpoint.dispose();
    },
  };
}
