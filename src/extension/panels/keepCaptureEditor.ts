import * as vscode from 'vscode';
import { viewIds } from '../commandIds';

/** A capture editor in a preview tab would give way to what is opened over it, and its analysis would end with it. */
export async function keepCaptureEditor(): Promise<void> {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  if (tab?.isPreview !== true || !(tab.input instanceof vscode.TabInputCustom)) return;
  if (tab.input.viewType === viewIds.captureEditor) await vscode.commands.executeCommand('workbench.action.keepEditor');
}
