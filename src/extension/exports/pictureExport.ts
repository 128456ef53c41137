import * as vscode from 'vscode';
import { t } from '../../protocol/l10n';

/** Asks where the picture of the dashboard is to be, writes it and opens it. Returns where; undefined when the person gave up. */
export async function savePicture(png: string, title: string, target?: vscode.Uri): Promise<vscode.Uri | undefined> {
  const name = `${title.replace(/[^\w.-]+/g, '-').slice(0, 60)}-dashboard.png`;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const uri =
    target ??
    (await vscode.window.showSaveDialog({
      title: t('Save Picture of the Dashboard'),
      filters: { [t('PNG picture')]: ['png'] },
      ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
    }));
  if (uri === undefined) return undefined;
  await vscode.workspace.fs.writeFile(uri, Buffer.from(png, 'base64'));
  await vscode.commands.executeCommand('vscode.open', uri, { preview: false });
  return uri;
}
