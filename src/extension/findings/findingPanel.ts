import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { PacketRow } from '../../protocol/capture';
import type { Finding } from '../../protocol/finding';
import type { FindingPageState, FromFindingPage } from '../../protocol/findingPage';
import { flowFilter, packetNumbersFilter } from '../../protocol/trafficFilters';
import { viewIds } from '../commandIds';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import type { Log } from '../log';
import { pageHtml } from '../panels/html';
import { keepCaptureEditor } from '../panels/keepCaptureEditor';
import { StatePump } from '../panels/statePump';
import type { Session } from '../sessions/session';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import { plain } from '../views/findingText';
import { parseFromFindingPage } from './findingMessages';
import { findingTimeline } from './findingTimeline';
import type { MarksFile } from './marksFile';
import { t } from '../../protocol/l10n';

/** Packets that a page lists. */
const maxListedPackets = 50;

/** A page is drawn again at most this often. */
const redrawMs = 500;

export interface FindingPanelOptions {
  extensionUri: vscode.Uri;
  sessions: SessionRegistry;
  marks: MarksFile;
  log: Log;
  /** Shows the packets of a session that match a display filter. */
  showPackets: (session: Session, filter: string) => void;
  silence: (finding: Finding) => void;
  exportEvidence: (session: Session, finding: Finding) => void;
  showRule: (rule: string) => void;
  showDocument: (id: string) => void;
  report: (error: unknown) => void;
}

interface Shown {
  session: Session;
  run: string;
  finding: Finding;
}

/** The page of a finding: one panel, which shows the finding that was opened last and follows it as it goes on. */
export class FindingPanel implements Disposable {
  private open: { panel: vscode.WebviewPanel; pump: StatePump; disposables: DisposableStore } | null = null;
  private shown: Shown | null = null;
  private packets: { key: string; rows: PacketRow[] } = { key: '', rows: [] };

  constructor(private readonly options: FindingPanelOptions) {}

  /** Whether the page shows this finding, in sight. */
  isShown(findingId: string): boolean {
    return this.open?.panel.visible === true && this.shown?.finding.id === findingId;
  }

  /** Shows a finding of the active session. Returns false when it is not there (any more). `preserveFocus`: the focus stays. */
  async show(findingId: string, preserveFocus = false): Promise<boolean> {
    const session = this.options.sessions.active;
    const finding = session.findings.find(({ id }) => id === findingId);
    if (finding === undefined) return false;
    this.shown = { session, run: session.snapshot?.run ?? '', finding };
    this.packets = { key: '', rows: [] };
    if (this.open === null) await keepCaptureEditor();
    if (this.open === null) this.create(preserveFocus);
    else this.open.panel.reveal(undefined, preserveFocus);
    this.refresh();
    this.options.marks
      .load()
      .catch((error: unknown) => this.options.log('warn', `Marks were not read: ${String(error)}`));
    return true;
  }

  dispose(): void {
    this.open?.panel.dispose();
  }

  private create(preserveFocus: boolean): void {
    const { extensionUri, sessions, marks } = this.options;
    const place = { viewColumn: vscode.ViewColumn.Active, preserveFocus };
    const panel = vscode.window.createWebviewPanel(viewIds.finding, t('Finding'), place);
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'media', 'dashboard-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'media', 'dashboard-dark.svg'),
    };
    const root = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    panel.webview.options = { enableScripts: true, localResourceRoots: [root] };
    const disposables = new DisposableStore();
    const pump = disposables.add(
      new StatePump({ post: (sequence) => this.post(sequence), minIntervalMs: () => redrawMs }),
    );
    this.open = { panel, pump, disposables };
    disposables.add(panel.webview.onDidReceiveMessage((value: unknown) => this.onMessage(value)));
    disposables.add(
      panel.onDidChangeViewState(() => {
        pump.setVisible(panel.visible);
        if (panel.active && this.shown !== null && !this.shown.session.isDisposed)
          sessions.activate(this.shown.session);
      }),
    );
    disposables.add(sessions.onDidChangeActive((change) => (change === 'progress' ? undefined : this.refresh())));
    disposables.add(marks.onDidChange(() => pump.invalidate()));
    panel.onDidDispose(() => {
      disposables.dispose();
      if (this.open?.panel === panel) this.open = null;
      this.shown = null;
    });
    panel.webview.html = pageHtml({
      view: 'finding',
      title: t('Finding'),
      scriptUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(root, 'finding.js')).toString(),
      styleUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(root, 'finding.css')).toString(),
      cspSource: panel.webview.cspSource,
      language: vscode.env.language,
      translations: vscode.l10n.bundle,
      nonce: randomBytes(18).toString('base64'),
    });
  }

  /** Takes over the newest of the finding, and asks for its packets when there are others. */
  private refresh(): void {
    const { shown, open } = this;
    if (shown === null || open === null) return;
    const { session } = shown;
    if (session.snapshot?.run === shown.run) {
      shown.finding = session.findings.find(({ id }) => id === shown.finding.id) ?? shown.finding;
      this.loadPackets(shown);
    }
    const title = plain(shown.finding.title);
    if (open.panel.title !== title) open.panel.title = title;
    open.pump.invalidate();
  }

  private loadPackets({ session, run, finding }: Shown): void {
    const numbers = finding.packets.slice(0, maxListedPackets);
    const key = `${run} ${finding.id} ${numbers.join()}`;
    if (key === this.packets.key) return;
    this.packets = { key, rows: this.packets.rows };
    if (numbers.length === 0 || session.isDisposed) return;
    session.packetsByNumber(numbers).then(
      ({ rows }) => {
        if (this.packets.key !== key) return;
        this.packets = { key, rows };
        this.open?.pump.invalidate();
      },
      (error: unknown) => this.options.log('warn', `Packets of a finding were not read: ${String(error)}`),
    );
  }

  private post(sequence: number): void {
    const { shown, open } = this;
    if (open === null) return;
    const snapshot = shown?.session.snapshot ?? null;
    const state: FindingPageState = {
      type: 'finding',
      sequence,
      finding: shown?.finding ?? null,
      source: shown?.session.title ?? '',
      timeline: shown === null || snapshot?.run !== shown.run ? null : findingTimeline(snapshot.series),
      packets: this.packets.rows,
      mark: shown === null ? null : this.options.marks.of(shown.finding, shown.session.title),
      canWrite: this.options.marks.canWrite,
    };
    open.panel.webview.postMessage(state).then(undefined, (error: unknown) => {
      this.options.log('warn', `A finding did not reach its page: ${String(error)}`);
    });
  }

  private onMessage(value: unknown): void {
    const message = parseFromFindingPage(value);
    if (message === null) {
      this.options.log('warn', 'A message of the page of a finding was refused.');
      return;
    }
    if (message.type === 'ready') this.open?.pump.ready();
    else if (message.type === 'drawn') this.open?.pump.drawn(message.sequence);
    else if (this.shown !== null) this.act(message, this.shown);
  }

  private act(message: Exclude<FromFindingPage, { type: 'ready' | 'drawn' }>, { session, finding }: Shown): void {
    const { options } = this;
    switch (message.type) {
      case 'showPackets':
        options.showPackets(session, packetNumbersFilter(message.numbers));
        break;
      case 'showFlow': {
        const flow = finding.flows[message.flow];
        const filter = flow === undefined ? null : flowFilter(flow);
        if (filter !== null) options.showPackets(session, filter);
        break;
      }
      case 'mark':
        options.marks.mark(finding, session.title, message.verdict).catch(options.report);
        break;
      case 'silence':
        options.silence(finding);
        break;
      case 'exportEvidence':
        options.exportEvidence(session, finding);
        break;
      case 'showRule':
        options.showRule(finding.rule);
        break;
      case 'showDocument':
        options.showDocument(finding.id);
        break;
    }
  }
}
