import * as vscode from 'vscode';
import type { InterfaceInfo } from '../../protocol/capture';
import { joinInterfaces } from '../../protocol/interfaceNames';
import type { CaptureController } from '../capture/captureController';
import { commandIds, viewIds } from '../commandIds';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import type { ErrorReporter } from '../errorReporter';
import type { Exporter } from '../exports/exporter';
import { savePicture } from '../exports/pictureExport';
import type { Log } from '../log';
import { readSettings } from '../readSettings';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import { atAGlance } from './findingGlance';
import { ViewPause } from './viewPause';
import { ViewHost, type ViewCommand } from './viewHost';
import { t } from '../../protocol/l10n';

export interface DashboardOptions {
  extensionUri: vscode.Uri;
  sessions: SessionRegistry;
  capture: CaptureController;
  exporter: Exporter;
  reporter: ErrorReporter;
  log: Log;
  showFinding: (id: string) => void;
  showLog: () => void;
  /** Opens the report of the live capture as a document. */
  openReport: () => void;
  /** Somebody looks at the dashboard. */
  onOpen: () => void;
}

/** The dashboard of the live capture: one panel at most. */
export class Dashboard implements vscode.WebviewPanelSerializer, Disposable {
  private open: { panel: vscode.WebviewPanel; host: ViewHost; disposables: DisposableStore } | null = null;
  private interfaces: InterfaceInfo[] = [];
  private listing = false;
  private readonly pause = new ViewPause();

  constructor(private readonly options: DashboardOptions) {}

  /** Opens the panel, or brings it to the front. Without focus it takes none from a password box. */
  show(focus: boolean): void {
    this.options.sessions.activate(this.options.sessions.live);
    if (this.open !== null) {
      this.open.panel.reveal(undefined, !focus);
      return;
    }
    const place = { viewColumn: vscode.ViewColumn.Active, preserveFocus: !focus };
    this.attach(vscode.window.createWebviewPanel(viewIds.dashboard, t('Network Traffic'), place));
  }

  /** Called when a window comes back that had the panel open. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    if (this.open === null) this.attach(panel);
    else panel.dispose();
    return Promise.resolve();
  }

  /** Lets go of the panel without closing it: closed at the end of a window, it would not come back with it. */
  dispose(): void {
    this.open?.disposables.dispose();
    this.open = null;
  }

  private attach(panel: vscode.WebviewPanel): void {
    const { extensionUri, sessions, capture, log } = this.options;
    panel.title = t('Network Traffic');
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'dashboard-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'dashboard-dark.svg'),
    };
    const disposables = new DisposableStore();
    const host = disposables.add(
      new ViewHost({
        panel,
        extensionUri,
        view: 'dashboard',
        session: sessions.live,
        log,
        buildState: () => ({
          ...this.pause.view(sessions.live.snapshot, atAGlance(sessions.live.findings)),
          interfaces: this.interfaces,
          selectedInterface: joinInterfaces(
            sessions.live.requested?.remote === null ? sessions.live.requested.interfaces : capture.preferredInterfaces,
          ),
          filter: sessions.live.requested?.filter ?? readSettings().filter,
          recentFilters: capture.recentFilters,
          canCapture: vscode.workspace.isTrusted,
        }),
        onCommand: (command) => this.onCommand(command),
        onReady: () => {
          void this.refreshInterfaces(false);
          this.options.onOpen();
        },
      }),
    );
    disposables.add(
      panel.onDidChangeViewState(() => {
        if (panel.active) sessions.activate(sessions.live);
      }),
    );
    disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => void this.refreshInterfaces(false)));
    this.open = { panel, host, disposables };
    panel.onDidDispose(() => {
      disposables.dispose();
      if (this.open?.panel === panel) this.open = null;
    });
  }

  private onCommand(command: ViewCommand): void {
    switch (command.type) {
      case 'start':
        void this.options.capture.start({
          remote: null,
          interfaces: command.interfaces,
          filter: command.filter,
        });
        break;
      case 'stop':
        void this.options.capture.stop();
        break;
      case 'restart':
        void this.options.capture.restart();
        break;
      case 'captureOptions':
        void vscode.commands.executeCommand(commandIds.captureOptions);
        break;
      case 'followStream':
      case 'openBody':
      case 'saveBody':
      case 'copyCurl':
      case 'openInWireshark':
        this.options.log('warn', `The dashboard asked for ${command.type}, which it has nothing to do with.`);
        break;
      case 'pauseView':
        this.setPaused(command.paused);
        this.open?.host.invalidate();
        break;
      case 'validateFilter':
        void this.validate(command.filter);
        break;
      // Of the capture editor.
      case 'saveLayout':
        break;
      case 'refreshInterfaces':
        void this.refreshInterfaces(true);
        break;
      case 'openFinding':
        this.options.sessions.activate(this.options.sessions.live);
        this.options.showFinding(command.id);
        break;
      case 'export':
        void this.options.exporter.exportOf(this.options.sessions.live, command.kind, command.filter);
        break;
      case 'filterApplied':
      case 'saveFilter':
      case 'editFilters':
        this.options.log('warn', `The dashboard asked for ${command.type}, which it has nothing to do with.`);
        break;
      case 'savePicture':
        savePicture(command.png, this.options.sessions.live.title).catch((error: unknown) =>
          this.options.reporter.report(error),
        );
        break;
      case 'openReport':
        this.options.openReport();
        break;
      case 'showLog':
        this.options.showLog();
        break;
    }
  }

  private setPaused(paused: boolean): void {
    const { snapshot, findings } = this.options.sessions.live;
    this.pause.set(paused, { snapshot, findings: atAGlance(findings) });
  }

  private async validate(filter: string): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    let error: string | null = null;
    try {
      const verdict =
        filter.trim() === '' ? { verdict: 'valid' as const } : await this.options.sessions.live.validateFilter(filter);
      if (verdict.verdict === 'invalid') error = verdict.message;
    } catch (failure) {
      this.options.log('warn', `The filter could not be checked: ${String(failure)}`);
    }
    this.open?.host.post({ type: 'filterVerdict', filter, error });
  }

  private async refreshInterfaces(loudly: boolean): Promise<void> {
    // Listing starts the capture helper (without rights), which an untrusted workspace may not.
    if (!vscode.workspace.isTrusted || this.listing) return;
    this.listing = true;
    try {
      this.interfaces = await this.options.sessions.live.listInterfaces();
    } catch (error) {
      if (loudly) this.options.reporter.report(error);
      else this.options.log('warn', `Interfaces could not be listed: ${String(error)}`);
    } finally {
      this.listing = false;
    }
    this.open?.host.invalidate();
  }
}
