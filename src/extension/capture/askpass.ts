import * as vscode from 'vscode';
import { AskpassEndpoint } from '../elevation/askpassEndpoint';
import type { Askpass } from '../sessions/liveSession';

/** Lets `sudo -A` ask in an input box of the editor. Null where there is no sudo. */
export function createAskpass(): Askpass | null {
  if (process.platform === 'win32') return null;
  return new AskpassEndpoint(async (prompt) =>
    vscode.window.showInputBox({
      title: 'Permission to Capture',
      prompt,
      placeHolder: 'Password',
      password: true,
      ignoreFocusOut: true,
    }),
  );
}
