import path from 'node:path';
import * as vscode from 'vscode';
import { filtersPath } from '../../protocol/displayFilter';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import { Emitter } from '../emitter';
import { NetworkTrafficError } from '../errors';
import type { Log } from '../log';
import type { FilterLists } from './filterLists';
import { filtersFileText, noFilters, parseFilterLists, withRecent, withSaved } from './filterLists';
import { t } from '../../protocol/l10n';

/** Larger files are passed over: people write them. */
const maxFileBytes = 1_000_000;
const recentKey = 'recentDisplayFilters';

/**
 * Display filters of the workspace, in a file of its first folder. The file is made when a filter is saved; until then the
 * filters used before are kept by the editor.
 */
export class FiltersFiles implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly changes = new Emitter<FilterLists>();
  private watching = false;
  private known: FilterLists = noFilters;
  private hasFile = false;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly memory: vscode.Memento,
    private readonly log: Log,
  ) {}

  readonly onDidChange = this.changes.event;

  get lists(): FilterLists {
    return this.known;
  }

  /** Reads the file and watches it; called when the first capture file is looked at. */
  start(): void {
    if (this.watching) return;
    this.watching = true;
    const stored = parseFilterLists(JSON.stringify({ recent: this.memory.get(recentKey, []) }));
    if (stored !== null) this.known = stored;
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    if (folder !== undefined) {
      const pattern = new vscode.RelativePattern(folder, `{${path.posix.dirname(filtersPath)},${filtersPath}}`);
      const watcher = this.disposables.add(vscode.workspace.createFileSystemWatcher(pattern));
      for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete]) {
        this.disposables.add(event(() => this.queue(() => this.read())));
      }
    }
    this.queue(() => this.read());
  }

  /** Remembers that a filter was used. */
  used(filter: string): void {
    this.queue(async () => {
      await this.write(withRecent(this.known, filter), false);
    });
  }

  /** Asks for a name and keeps the filter under it. @throws NetworkTrafficError */
  async save(filter: string): Promise<void> {
    this.folder();
    const name = await vscode.window.showInputBox({
      title: t('Save Display Filter'),
      prompt: t('Name for {0}', filter.slice(0, 200)),
      value: filter.slice(0, 60),
      validateInput: (text) => (text.trim() === '' || text.length > 100 ? t('A name has 1 to 100 characters.') : null),
    });
    if (name === undefined) return;
    await this.read();
    await this.write(withSaved(this.known, { name: name.trim(), filter }), true);
  }

  /** Opens the file, made when there is none. @throws NetworkTrafficError */
  async open(): Promise<vscode.Uri> {
    const uri = this.uriIn(this.folder());
    this.start();
    await this.read();
    if (!this.hasFile && (await textOf(uri)) === null) await this.write(this.known, true);
    await vscode.window.showTextDocument(uri);
    return uri;
  }

  dispose(): void {
    this.disposables.dispose();
    this.changes.dispose();
  }

  private folder(): vscode.WorkspaceFolder {
    if (!vscode.workspace.isTrusted) {
      throw new NetworkTrafficError('BAD_REQUEST', t('Filters can only be saved in a trusted workspace.'));
    }
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    if (folder === undefined) {
      throw new NetworkTrafficError(
        'BAD_REQUEST',
        t('Saved filters are kept in a folder of the workspace, and none is open.'),
        t('Open a folder first.'),
      );
    }
    return folder;
  }

  private uriIn(folder: vscode.WorkspaceFolder): vscode.Uri {
    return vscode.Uri.joinPath(folder.uri, filtersPath);
  }

  private async read(): Promise<void> {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    const text = folder === undefined ? null : await textOf(this.uriIn(folder));
    this.hasFile = text !== null;
    if (text === null) return;
    const lists = parseFilterLists(text);
    if (lists === null) {
      this.log('warn', `${filtersPath} is not understood and was passed over: { "saved": [ … ], "recent": [ … ] }.`);
      return;
    }
    this.known = lists;
    this.changes.fire(lists);
  }

  /** @param make makes the file when there is none. @throws NetworkTrafficError */
  private async write(lists: FilterLists, make: boolean): Promise<void> {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    if (folder !== undefined && vscode.workspace.isTrusted && (this.hasFile || make)) {
      const uri = this.uriIn(folder);
      const text = await textOf(uri);
      if (text !== null && parseFilterLists(text) === null) {
        if (!make) return;
        await vscode.window.showTextDocument(uri);
        throw new NetworkTrafficError(
          'BAD_REQUEST',
          t('{0} is not understood, so nothing was added to it.', filtersPath),
          t('Mend it first: { "saved": [ … ], "recent": [ … ] }.'),
        );
      }
      await vscode.workspace.fs.writeFile(uri, Buffer.from(filtersFileText(lists)));
      this.hasFile = true;
    } else {
      await this.memory.update(recentKey, lists.recent);
    }
    this.known = lists;
    this.changes.fire(lists);
  }

  /** One after the other: each change is made to what the one before has left. */
  private queue(work: () => Promise<void>): void {
    this.work = this.work.then(work).catch((error: unknown) => {
      this.log('warn', `The display filters were not kept: ${String(error)}`);
    });
  }
}

async function textOf(uri: vscode.Uri): Promise<string | null> {
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    return size > maxFileBytes ? null : new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return null;
  }
}
