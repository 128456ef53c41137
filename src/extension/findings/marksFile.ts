import * as vscode from 'vscode';
import type { Finding } from '../../protocol/finding';
import type { FindingMark, Verdict } from '../../protocol/findingPage';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import { Emitter } from '../emitter';
import { NetworkTrafficError } from '../errors';
import type { Log } from '../log';
import { emptyMarks, marksPath, markOf, parseMarks, withMark, type MarkEntry } from './marks';
import { t } from '../../protocol/l10n';

/** A larger file is passed over: it is written by hand, one finding at a time. */
const maxFileBytes = 4_000_000;

/** The marks of the workspace: read and watched from the first time that somebody asks. */
export class MarksFile implements Disposable {
  private readonly disposables = new DisposableStore();
  private entries: readonly MarkEntry[] = [];
  private watching = false;

  private readonly changes = new Emitter<void>();
  readonly onDidChange = this.changes.event;

  constructor(private readonly log: Log) {
    this.disposables.add(this.changes);
  }

  /** Whether a mark can be written now. */
  get canWrite(): boolean {
    return vscode.workspace.isTrusted && (vscode.workspace.workspaceFolders ?? []).length > 0;
  }

  get all(): readonly MarkEntry[] {
    return this.entries;
  }

  of(finding: Finding, capture: string): FindingMark | null {
    return markOf(this.entries, finding, capture);
  }

  /** Reads the files again, and from the first time on follows them. */
  async load(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    if (!this.watching) this.watch();
    const texts = await Promise.all((vscode.workspace.workspaceFolders ?? []).map(({ uri }) => this.read(uri)));
    this.entries = texts.flatMap((text) => (text === null ? [] : (parseMarks(text) ?? [])));
    this.changes.fire();
  }

  /** Writes what a person says of a finding; null takes it back. @throws NetworkTrafficError */
  async mark(finding: Finding, capture: string, verdict: Verdict | null): Promise<void> {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    if (!this.canWrite || folder === undefined) throw noFolder();
    const text = withMark((await this.read(folder)) ?? emptyMarks, finding, capture, verdict);
    if (text === null) {
      await vscode.window.showTextDocument(vscode.Uri.joinPath(folder, marksPath));
      throw new NetworkTrafficError(
        'BAD_REQUEST',
        t('{0} is not understood, so nothing was written to it.', marksPath),
      );
    }
    await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder, marksPath), Buffer.from(text));
    await this.load();
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private watch(): void {
    this.watching = true;
    const watcher = this.disposables.add(vscode.workspace.createFileSystemWatcher(`**/${marksPath}`));
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete]) event(() => void this.load());
  }

  private async read(folder: vscode.Uri): Promise<string | null> {
    const uri = vscode.Uri.joinPath(folder, marksPath);
    try {
      if ((await vscode.workspace.fs.stat(uri)).size > maxFileBytes) {
        this.log('warn', `${uri.fsPath} is too large and was passed over.`);
        return null;
      }
      return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    } catch {
      return null;
    }
  }
}

/** Opens the marks file of the workspace, made when there is none. @throws NetworkTrafficError */
export async function openMarks(marks: MarksFile): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (!marks.canWrite || folder === undefined) throw noFolder();
  const uri = vscode.Uri.joinPath(folder, marksPath);
  const exists = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (!exists) await vscode.workspace.fs.writeFile(uri, Buffer.from(emptyMarks));
  await vscode.window.showTextDocument(uri);
  return uri;
}

function noFolder(): NetworkTrafficError {
  return new NetworkTrafficError(
    'BAD_REQUEST',
    t('Marks are kept in a folder of a trusted workspace, and none is open.'),
    t('Open a folder first.'),
  );
}
