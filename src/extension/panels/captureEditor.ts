import * as vscode from 'vscode';
import type { AnalyzerClient } from '../client/analyzerClient';
import { maxDisplayFilterLength, type FilterUse } from '../../protocol/displayFilter';
import { viewIds } from '../commandIds';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import { asNetworkTrafficError } from '../errors';
import type { ErrorReporter } from '../errorReporter';
import type { FiltersFiles } from '../filters/filtersFiles';
import type { Exporter } from '../exports/exporter';
import type { Log } from '../log';
import type { PacketLayoutStore } from './packetLayoutStore';
import { readSettings } from '../readSettings';
import { FileSession } from '../sessions/fileSession';
import { copyForeignFile, copyName, type ForeignFile } from '../sessions/foreignFile';
import type { Storage } from '../sessions/storage';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import type { StreamDocuments } from '../views/streamDocuments';
import { findWireshark, openWireshark, type WiresharkPrograms } from '../wireshark/programs';
import { ViewHost, type ViewCommand } from './viewHost';
import { numberLanguage, t } from '../../protocol/l10n';

/** One open capture file, shared by all editors on it. */
class CaptureDocument implements vscode.CustomDocument {
  constructor(
    readonly uri: vscode.Uri,
    readonly session: FileSession,
    private readonly onDispose: () => void,
  ) {}

  dispose(): void {
    this.onDispose();
  }
}

export interface CaptureEditorOptions {
  extensionUri: vscode.Uri;
  sessions: SessionRegistry;
  createClient: () => AnalyzerClient;
  filters: FiltersFiles;
  reporter: ErrorReporter;
  exporter: Exporter;
  streams: StreamDocuments;
  storage: Storage;
  log: Log;
  /** How the packet list is wanted, in this and all later windows. */
  layout: PacketLayoutStore;
  showFinding: (id: string) => void;
  showLog: () => void;
}

/** Opens capture files, read-only. The analysis ends with the last editor on the file. */
export class CaptureEditorProvider implements vscode.CustomReadonlyEditorProvider<CaptureDocument> {
  /** The editor that was looked at last. */
  private newest: ViewHost | null = null;
  private readonly editors = new Map<
    FileSession,
    { panel: vscode.WebviewPanel; host: ViewHost; wanted: string | null }
  >();

  constructor(private readonly options: CaptureEditorOptions) {}

  /** Puts what a context menu stands for into the display filter of the editor that it was opened in. */
  useFilter(target: unknown, use: FilterUse): void {
    const filter = typeof target === 'object' && target !== null && 'filter' in target ? target.filter : null;
    if (typeof filter !== 'string' || filter.length > maxDisplayFilterLength) return;
    this.newest?.post({ type: 'useFilter', filter, use });
  }

  register(): Disposable {
    return vscode.window.registerCustomEditorProvider(viewIds.captureEditor, this, {
      supportsMultipleEditorsPerDocument: true,
    });
  }

  /** A file that cannot be opened becomes a document that says why: VS Code would only point to its log. */
  async openCustomDocument(uri: vscode.Uri): Promise<CaptureDocument> {
    const { sessions, log, storage } = this.options;
    const isOnDisk = uri.scheme === 'file';
    const filePath = isOnDisk ? uri.fsPath : await storage.exportPath(copyName(uri.path));
    const session = new FileSession(this.options.createClient, filePath);
    sessions.add(session);
    sessions.activate(session);
    try {
      if (!isOnDisk) await copyForeignFile(foreign(uri), filePath);
      await session.open(readSettings().rules);
    } catch (error) {
      const known = asNetworkTrafficError(error);
      if (session.state !== 'failed') session.refuse(known);
      log('warn', `${uri.toString()} was not opened: ${known.code}: ${known.message}`);
    }
    this.showProgress(session);
    return new CaptureDocument(uri, session, () => {
      sessions.remove(session);
      if (!isOnDisk) this.report(storage.removeExport(filePath));
    });
  }

  resolveCustomEditor(document: CaptureDocument, panel: vscode.WebviewPanel): void {
    const { extensionUri, sessions, log, filters } = this.options;
    const { session } = document;
    const disposables = new DisposableStore();
    const showFilters = (): void => host.post({ type: 'savedFilters', ...filters.lists });
    const host = disposables.add(
      new ViewHost({
        panel,
        extensionUri,
        view: 'capture-editor',
        session,
        log,
        buildState: () => ({
          snapshot: withProgress(session),
          findings: session.findings,
          interfaces: [],
          selectedInterface: null,
          filter: '',
          recentFilters: [],
          canCapture: false,
          layout: this.options.layout.read(),
          installed: installed(wireshark()),
        }),
        tshark: () => wireshark().tshark,
        onCommand: (command) => this.onCommand(session, command),
        onReady: () => {
          showFilters();
          this.showWanted(session);
        },
      }),
    );
    disposables.add(
      panel.onDidChangeViewState(() => {
        if (!panel.active) return;
        sessions.activate(session);
        this.newest = host;
      }),
    );
    disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => host.invalidate()));
    this.newest = host;
    filters.start();
    disposables.add(filters.onDidChange(showFilters));
    this.editors.set(session, { panel, host, wanted: null });
    panel.onDidDispose(() => {
      disposables.dispose();
      if (this.editors.get(session)?.panel === panel) this.editors.delete(session);
    });
  }

  /** Brings the editor on a file to the front, with the packets that match a display filter. False when there is none. */
  showPackets(session: FileSession, filter: string): boolean {
    const editor = this.editors.get(session);
    if (editor === undefined) return false;
    const { panel, host } = editor;
    if (panel.visible) host.post({ type: 'showPackets', filter });
    else editor.wanted = filter;
    panel.reveal();
    return true;
  }

  /** A page that was hidden is loaded anew, and hears nothing before. */
  private showWanted(session: FileSession): void {
    const editor = this.editors.get(session);
    if (editor === undefined || editor.wanted === null) return;
    editor.host.post({ type: 'showPackets', filter: editor.wanted });
    editor.wanted = null;
  }

  private onCommand(session: FileSession, command: ViewCommand): void {
    switch (command.type) {
      case 'stop':
        session.stop().catch((error: unknown) => this.options.log('warn', `Reading was not stopped: ${String(error)}`));
        break;
      case 'openFinding':
        this.options.sessions.activate(session);
        this.options.showFinding(command.id);
        break;
      case 'export':
        void this.options.exporter.exportOf(session, command.kind, command.filter);
        break;
      case 'saveLayout':
        this.options.layout.save(command.layout);
        break;
      case 'filterApplied':
        this.options.filters.used(command.filter);
        break;
      case 'saveFilter':
        this.report(this.options.filters.save(command.filter));
        break;
      case 'editFilters':
        this.report(this.options.filters.open());
        break;
      case 'showLog':
        this.options.showLog();
        break;
      case 'openInWireshark':
        void handOver(session, command.packet, command.filter);
        break;
      // Of the dashboard.
      case 'savePicture':
      case 'openReport':
        break;
      case 'followStream':
      case 'openBody':
      case 'saveBody':
      case 'copyCurl':
        void this.options.streams.handle(session, command);
        break;
      case 'start':
      case 'restart':
      case 'captureOptions':
      case 'pauseView':
      case 'validateFilter':
      case 'refreshInterfaces':
        this.options.log('warn', `A capture editor asked for ${command.type}, which it has nothing to do with.`);
        break;
    }
  }

  private report(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.options.reporter.report(error));
  }

  /** A notification with a cancel button, once reading takes longer than a moment. */
  private showProgress(session: FileSession): void {
    const patienceMs = 800;
    const finished = session.finished();
    const timer = setTimeout(() => {
      void vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: t('Reading {0}', session.title.replaceAll('](', '] (')),
          cancellable: true,
        },
        async (progress, cancelled) => {
          let reported = 0;
          const changes = session.onDidChange(() => {
            const { progress: newest } = session;
            if (newest === null || newest.totalBytes === 0) return;
            const percent = Math.min(100, (newest.readBytes / newest.totalBytes) * 100);
            if (percent - reported < 1) return;
            progress.report({
              increment: percent - reported,
              message: t('{0} packets', newest.packets.toLocaleString(numberLanguage())),
            });
            reported = percent;
          });
          const cancel = cancelled.onCancellationRequested(() => {
            session
              .stop()
              .catch((error: unknown) => this.options.log('warn', `Reading was not stopped: ${String(error)}`));
          });
          await finished;
          changes.dispose();
          cancel.dispose();
        },
      );
    }, patienceMs);
    void finished.then(() => clearTimeout(timer));
  }
}

/** None in a workspace that is not trusted: dissectors in C are not for files of strangers unless a person says so. */
function wireshark(): WiresharkPrograms {
  return vscode.workspace.isTrusted ? findWireshark(readSettings().wiresharkFolder) : { tshark: null, wireshark: null };
}

function installed(programs: WiresharkPrograms): { tshark: boolean; wireshark: boolean } {
  return { tshark: programs.tshark !== null, wireshark: programs.wireshark !== null };
}

async function handOver({ filePath }: FileSession, packet: number | null, filter: string): Promise<void> {
  const program = wireshark().wireshark;
  const verdict =
    program === null
      ? t('Wireshark is not installed.')
      : await openWireshark(program, { file: filePath, packet, filter });
  if (verdict !== null) void vscode.window.showWarningMessage(verdict);
}

function foreign(uri: vscode.Uri): ForeignFile {
  return {
    path: uri.path,
    scheme: uri.scheme,
    size: async () => (await vscode.workspace.fs.stat(uri)).size,
    read: async () => vscode.workspace.fs.readFile(uri),
  };
}

/** The newest snapshot with the newest count of bytes read, which comes more often. */
function withProgress(session: FileSession): FileSession['snapshot'] {
  const { snapshot, progress } = session;
  if (snapshot?.state !== 'reading' || progress === null || snapshot.source?.kind !== 'file') return snapshot;
  return {
    ...snapshot,
    source: { ...snapshot.source, readBytes: Math.max(snapshot.source.readBytes, progress.readBytes) },
  };
}
