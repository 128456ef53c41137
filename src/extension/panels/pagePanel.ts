import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import type { Log } from '../log';
import { pageHtml, type PageOptions } from './html';
import { StatePump } from './statePump';

/** A page is drawn again at most this often. */
const redrawMs = 100;

export interface PagePanelOptions<Message extends { type: string }> {
  extensionUri: vscode.Uri;
  log: Log;
  view: PageOptions['view'];
  viewType: string;
  title: string;
  /** Everything in a state but its number. */
  buildState: () => object;
  /** A message of the page, or null for what is none. */
  parse: (value: unknown) => Message | { type: 'ready' } | { type: 'drawn'; sequence: number } | null;
  onMessage: (message: Message) => void;
  onClose?: () => void;
}

/** A panel with one page of ours, opened once at most: complete states, one in flight, only while it is seen. */
export class PagePanel<Message extends { type: string }> implements Disposable {
  private open: { panel: vscode.WebviewPanel; pump: StatePump; disposables: DisposableStore } | null = null;

  constructor(private readonly options: PagePanelOptions<Message>) {}

  get isOpen(): boolean {
    return this.open !== null;
  }

  show(): void {
    if (this.open !== null) this.open.panel.reveal(undefined, false);
    else this.create();
    this.invalidate();
  }

  /** There is something new to draw. */
  invalidate(): void {
    this.open?.pump.invalidate();
  }

  dispose(): void {
    this.open?.panel.dispose();
  }

  private create(): void {
    const { extensionUri, view, viewType, title } = this.options;
    const place = { viewColumn: vscode.ViewColumn.Active, preserveFocus: false };
    const panel = vscode.window.createWebviewPanel(viewType, title, place);
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'dashboard-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'dashboard-dark.svg'),
    };
    const root = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    panel.webview.options = { enableScripts: true, localResourceRoots: [root] };
    const disposables = new DisposableStore();
    const post = (sequence: number): void => {
      panel.webview.postMessage({ ...this.options.buildState(), sequence }).then(undefined, (error: unknown) => {
        this.options.log('warn', `A state did not reach ${view}: ${String(error)}`);
      });
    };
    const pump = disposables.add(new StatePump({ post, minIntervalMs: () => redrawMs }));
    this.open = { panel, pump, disposables };
    disposables.add(panel.webview.onDidReceiveMessage((value: unknown) => this.onMessage(value)));
    disposables.add(panel.onDidChangeViewState(() => pump.setVisible(panel.visible)));
    panel.onDidDispose(() => {
      disposables.dispose();
      if (this.open?.panel === panel) this.open = null;
      this.options.onClose?.();
    });
    panel.webview.html = pageHtml({
      view,
      title,
      scriptUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(root, `${view}.js`)).toString(),
      styleUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(root, `${view}.css`)).toString(),
      cspSource: panel.webview.cspSource,
      language: vscode.env.language,
      translations: vscode.l10n.bundle,
      nonce: randomBytes(18).toString('base64'),
    });
  }

  private onMessage(value: unknown): void {
    const message = this.options.parse(value);
    if (message === null) {
      this.options.log('warn', `A message of ${this.options.view} was refused.`);
      return;
    }
    if (message.type === 'ready') this.open?.pump.ready();
    else if (message.type === 'drawn' && 'sequence' in message) this.open?.pump.drawn(message.sequence);
    else this.options.onMessage(message as Message);
  }
}
