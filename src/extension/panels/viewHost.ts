import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { FromWebview, ToWebview, ViewState } from '../../protocol/webviewMessages';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import { asNetworkTrafficError, NetworkTrafficError } from '../errors';
import type { Log } from '../log';
import { readSettings } from '../readSettings';
import type { Session } from '../sessions/session';
import { parseFromWebview } from './fromWebview';
import { pageHtml } from './html';
import { StatePump } from './statePump';
import { t } from '../../protocol/l10n';

/** What a page asked for beside its own data. */
export type ViewCommand = Exclude<
  FromWebview,
  {
    type:
      | 'ready'
      | 'drawn'
      | 'getPackets'
      | 'getTable'
      | 'dissect'
      | 'findPacket'
      | 'copyText'
      | 'completeFilter'
      | 'cancelSort'
      | 'searchPackets';
  }
>;

export interface ViewHostOptions {
  panel: vscode.WebviewPanel;
  extensionUri: vscode.Uri;
  view: 'dashboard' | 'capture-editor';
  session: Session;
  log: Log;
  /** Everything in a state but its type and number. */
  buildState: () => Omit<ViewState, 'type' | 'sequence'>;
  onCommand: (command: ViewCommand) => void;
  onReady?: () => void;
  /** Absolute path of tshark; null when it is not there. */
  tshark?: () => string | null;
}

/** One page over one session: its HTML, the states that go to it, the answers to what it asks. */
export class ViewHost implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly pump: StatePump;

  constructor(private readonly options: ViewHostOptions) {
    const { panel, session } = options;
    const root = vscode.Uri.joinPath(options.extensionUri, 'dist', 'webview');
    panel.webview.options = { enableScripts: true, localResourceRoots: [root] };
    this.pump = this.disposables.add(
      new StatePump({
        post: (sequence) => this.postState(sequence),
        minIntervalMs: () => 1000 / readSettings().dashboardUpdatesPerSecond,
      }),
    );
    this.pump.setVisible(panel.visible);
    this.disposables.add(panel.webview.onDidReceiveMessage((value: unknown) => this.onMessage(value)));
    this.disposables.add(panel.onDidChangeViewState(() => this.pump.setVisible(panel.visible)));
    this.disposables.add(session.onDidChange(() => this.pump.invalidate()));
    this.disposables.add(session.onSortProgress((part) => this.post({ type: 'sortProgress', part })));
    this.disposables.add(session.onFilterSearch((search) => this.post({ type: 'filterSearch', search })));
    panel.webview.html = pageHtml({
      view: options.view,
      title: panel.title,
      scriptUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(root, `${options.view}.js`)).toString(),
      styleUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(root, `${options.view}.css`)).toString(),
      cspSource: panel.webview.cspSource,
      language: vscode.env.language,
      translations: vscode.l10n.bundle,
      nonce: randomBytes(18).toString('base64'),
    });
  }

  /** Something beside the session has changed. */
  invalidate(): void {
    this.pump.invalidate();
  }

  post(message: ToWebview): void {
    if (this.disposables.isDisposed) return;
    this.options.panel.webview.postMessage(message).then(undefined, (error: unknown) => {
      this.options.log('warn', `A message did not reach ${this.options.view}: ${String(error)}`);
    });
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private postState(sequence: number): void {
    this.post({ type: 'state', sequence, ...this.options.buildState() });
  }

  private onMessage(value: unknown): void {
    const parsed = parseFromWebview(value);
    if (!parsed.ok) {
      this.options.log('warn', `A message of ${this.options.view} was refused: ${parsed.reason}`);
      return;
    }
    const { message } = parsed;
    switch (message.type) {
      case 'ready':
        this.pump.ready();
        this.options.onReady?.();
        break;
      case 'drawn':
        this.pump.drawn(message.sequence);
        break;
      case 'getPackets':
        this.answer(message.request, async () => {
          const { from, count, filter, fields, sort, search } = message;
          const page = await this.options.session.getPackets(from, count, filter, fields, sort, search);
          return { type: 'packets', request: message.request, ...page };
        });
        break;
      case 'cancelSort':
        this.options.session
          .cancelSort()
          .catch((error: unknown) => this.options.log('warn', `The sort was not cancelled: ${String(error)}`));
        break;
      case 'searchPackets':
        this.options.session
          .searchPackets(message.filter, message.go)
          .catch((error: unknown) => this.options.log('warn', `The search was left as it is: ${String(error)}`));
        break;
      case 'getTable':
        this.answer(message.request, async () => {
          const { request, table, from, count, sort, search, range } = message;
          const query = { table, from, count, sort, search, range };
          return { type: 'table', request, ...(await this.options.session.getTable(query)) };
        });
        break;
      case 'findPacket':
        this.answer(message.request, async () => {
          const { request, kind, text, from, backwards, filter, sort } = message;
          const query = { kind, text, from, backwards, filter, ...(sort === undefined ? {} : { sort }) };
          const { found } = await this.options.session.findPacket(query);
          return { type: 'found', request, found };
        });
        break;
      case 'completeFilter':
        this.answer(message.request, async () => {
          const help = await this.options.session.completeFilter(message.filter, message.caret);
          return { type: 'filterHelp', request: message.request, ...help };
        });
        break;
      case 'dissect':
        this.answer(message.request, async () => ({
          type: 'packetTree',
          request: message.request,
          tree: await this.options.session.dissect(message.number, message.tshark === true ? this.tshark() : undefined),
        }));
        break;
      case 'copyText':
        void vscode.env.clipboard.writeText(message.text);
        break;
      default:
        this.options.onCommand(message);
    }
  }

  /** @throws Error when it is not there, or not to be run */
  private tshark(): string {
    const program = this.options.tshark?.() ?? null;
    if (program === null)
      throw new NetworkTrafficError('BAD_REQUEST', t('tshark is not installed, or may not be run here.'));
    return program;
  }

  private answer(request: number, ask: () => Promise<ToWebview>): void {
    ask().then(
      (message) => this.post(message),
      (error: unknown) => this.post({ type: 'requestFailed', request, message: asNetworkTrafficError(error).message }),
    );
  }
}
