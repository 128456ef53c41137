import path from 'node:path';
import * as vscode from 'vscode';
import { exclusionsPath, type ExclusionProblem } from '../../protocol/exclusions';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import { NetworkTrafficError } from '../errors';
import type { Log } from '../log';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import { emptyExclusions, withEntry, type ExclusionEntry } from './exclusionEntry';
import { t } from '../../protocol/l10n';

/** After a change, the files are read once more. */
const settleMs = 700;

/** Larger files are passed over: people write them. */
const maxFileBytes = 4_000_000;

/** The exclusions files of the workspace: read when a capture is first looked at, watched, and given to every session. */
export class ExclusionsFiles implements Disposable {
  private readonly disposables = new DisposableStore();
  private watchers = new DisposableStore();
  private readonly diagnostics: vscode.DiagnosticCollection;
  private read: { uri: vscode.Uri; text: string }[] = [];
  private loading: Promise<void> | null = null;
  private again = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly sessions: SessionRegistry,
    private readonly log: Log,
  ) {
    this.diagnostics = this.disposables.add(vscode.languages.createDiagnosticCollection('networkTraffic'));
    const first = sessions.onDidChangeActive(() => {
      first.dispose();
      this.start();
    });
    this.disposables.add(first);
    this.disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.start()));
    this.disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.start()));
    this.disposables.add({ dispose: () => this.watchers.dispose() });
  }

  /** Adds entries to the file of a folder, which is made when there is none. @throws NetworkTrafficError */
  async add(...entries: ExclusionEntry[]): Promise<void> {
    const uri = await this.choose();
    if (uri === undefined) return;
    const known = await this.textOf(uri);
    const text = entries.reduce<string | null>(
      (written, entry) => (written === null ? null : withEntry(written, entry)),
      known ?? emptyExclusions,
    );
    if (text === null) {
      await vscode.window.showTextDocument(uri);
      throw new NetworkTrafficError(
        'BAD_REQUEST',
        t('{0} is not understood, so nothing was added to it.', exclusionsPath),
        t('Mend it first: { "exclusions": [ … ] }.'),
      );
    }
    await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
    await this.load();
  }

  /** Opens the file, made when there is none. @throws NetworkTrafficError */
  async open(): Promise<vscode.Uri | undefined> {
    const uri = await this.choose();
    if (uri === undefined) return undefined;
    if ((await this.textOf(uri)) === null) await vscode.workspace.fs.writeFile(uri, Buffer.from(emptyExclusions));
    await vscode.window.showTextDocument(uri);
    return uri;
  }

  dispose(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.disposables.dispose();
  }

  private start(): void {
    this.watchers.dispose();
    this.watchers = new DisposableStore();
    // What a workspace that is not trusted says must not hide anything.
    if (!vscode.workspace.isTrusted) return;
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const pattern = `{${path.posix.dirname(exclusionsPath)},${exclusionsPath}}`;
      const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, pattern));
      for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete]) {
        event(() => this.loadTwice());
      }
      this.watchers.add(watcher);
    }
    void this.load();
  }

  /** Of a folder that is new, only the folder is told: what is written into it just then comes a moment later. */
  private loadTwice(): void {
    void this.load();
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.load();
    }, settleMs);
  }

  /** Reads all files and applies them. A change while it is being read is read after it. */
  private async load(): Promise<void> {
    if (this.loading !== null) {
      this.again = true;
      return this.loading;
    }
    this.loading = this.loadOnce();
    try {
      await this.loading;
    } finally {
      this.loading = null;
    }
    if (this.again) {
      this.again = false;
      await this.load();
    }
  }

  private async loadOnce(): Promise<void> {
    const read: { uri: vscode.Uri; text: string }[] = [];
    for (const folder of vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []) : []) {
      const uri = vscode.Uri.joinPath(folder.uri, exclusionsPath);
      const text = await this.textOf(uri);
      if (text !== null) read.push({ uri, text });
    }
    this.read = read;
    try {
      this.show(await this.sessions.setExclusions(read.map(({ text }) => text)));
    } catch (error) {
      this.log('warn', `The exclusions could not be applied: ${String(error)}`);
    }
  }

  private show(problems: ExclusionProblem[][] | null): void {
    this.diagnostics.clear();
    for (const [index, { uri }] of this.read.entries()) {
      this.diagnostics.set(uri, (problems?.[index] ?? []).map(diagnosticOf));
    }
  }

  private async textOf(uri: vscode.Uri): Promise<string | null> {
    try {
      const { size } = await vscode.workspace.fs.stat(uri);
      if (size > maxFileBytes) {
        this.log('warn', `${uri.fsPath} is too large and was passed over.`);
        return null;
      }
      return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    } catch {
      return null;
    }
  }

  private async choose(): Promise<vscode.Uri | undefined> {
    if (!vscode.workspace.isTrusted) {
      throw new NetworkTrafficError('BAD_REQUEST', t('Findings can only be silenced in a trusted workspace.'));
    }
    const folders = vscode.workspace.workspaceFolders ?? [];
    if (folders.length === 0) {
      throw new NetworkTrafficError(
        'BAD_REQUEST',
        t('Exclusions are kept in a folder of the workspace, and none is open.'),
        t('Open a folder first.'),
      );
    }
    const folder = folders.length === 1 ? folders[0] : await vscode.window.showWorkspaceFolderPick();
    return folder === undefined ? undefined : vscode.Uri.joinPath(folder.uri, exclusionsPath);
  }
}

function diagnosticOf({ line, column, kind, what, todo }: ExclusionProblem): vscode.Diagnostic {
  const at = new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1));
  const diagnostic = new vscode.Diagnostic(
    new vscode.Range(at, at.translate(0, 1)),
    `${what} ${todo}`,
    kind === 'expired' ? vscode.DiagnosticSeverity.Information : vscode.DiagnosticSeverity.Warning,
  );
  diagnostic.source = t('Network Traffic');
  return diagnostic;
}
