import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { AnomalyRow, NetworkTrafficApi, SessionInfo } from '../../../src/extension/api';

export const extensionId = 'network-traffic-analyzer.network-traffic-analyzer';

/** The extension under test, activated. */
export async function activated(): Promise<NetworkTrafficApi> {
  const extension = vscode.extensions.getExtension<NetworkTrafficApi>(extensionId);
  assert.ok(extension !== undefined, `${extensionId} is not installed`);
  return extension.activate();
}

/** A file of the workspace that the suite runs on: the samples folder. */
export function sample(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder !== undefined, 'the suite runs on a folder');
  return vscode.Uri.joinPath(folder.uri, name);
}

/** Resolves with the first value of `probe` that is not null or undefined. */
export async function waitFor<T>(what: string, probe: () => T | null | undefined, timeoutMs = 20_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = probe();
    if (value !== null && value !== undefined) return value;
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Opens a capture file by the command of the explorer, and waits until it was read. */
export async function analyze(api: NetworkTrafficApi, uri: vscode.Uri): Promise<SessionInfo> {
  await vscode.commands.executeCommand('networkTraffic.analyzeCaptureFile', uri);
  const title = path.basename(uri.fsPath);
  return waitFor(`${title} is read`, () => {
    const session = api.activeSession();
    return session.kind === 'file' && session.title === title && session.state === 'finished' ? session : null;
  });
}

/** Tabs that show something of ours, by view type. */
export function tabsOf(viewType: string): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(({ input }) =>
      input instanceof vscode.TabInputWebview
        ? input.viewType.endsWith(viewType)
        : input instanceof vscode.TabInputCustom && input.viewType === viewType,
    );
}

export async function closeAllEditors(): Promise<void> {
  // Untitled exports would ask whether to save.
  for (const group of vscode.window.tabGroups.all) {
    for (const tab of group.tabs) {
      if (!tab.isDirty) continue;
      await vscode.window.showTextDocument((tab.input as vscode.TabInputText).uri);
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    }
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  // The next untitled document takes the same name, and would be shown with the old text.
  await waitFor('untitled documents are closed', () =>
    vscode.workspace.textDocuments.every(({ isUntitled }) => !isUntitled) ? true : null,
  );
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Rows of one kind anywhere in the tree. */
export function rowsOf(rows: readonly AnomalyRow[], kind: AnomalyRow['kind']): AnomalyRow[] {
  return rows.flatMap((row) => [...(row.kind === kind ? [row] : []), ...rowsOf(row.children, kind)]);
}

/** Why tests were skipped: by test, or by the suite whose hook did it. */
const skipReasons = new Map<Mocha.Runnable | Mocha.Suite, string>();

/** Skips the running test, or the suite of the running hook, and says why. */
export function skipBecause(context: Mocha.Context, reason: string): never {
  const runnable = context.runnable();
  const subject = 'type' in runnable && runnable.type === 'hook' ? runnable.parent : runnable;
  if (subject !== undefined) skipReasons.set(subject, reason);
  return context.skip();
}

/** What {@link skipBecause} said of a test or of a suite that it is in. */
export function skipReason(test: Mocha.Test): string {
  for (let at: Mocha.Runnable | Mocha.Suite | undefined = test; at !== undefined; at = at.parent) {
    const reason = skipReasons.get(at);
    if (reason !== undefined) return reason;
  }
  return 'no reason given';
}

/** What a tool for language models answers. */
export async function askTool(name: string, input: object): Promise<string> {
  const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
  return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
}
