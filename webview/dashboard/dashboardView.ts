import type { ViewState } from '../../src/protocol/webviewMessages';
import { Announcer } from '../common/announcer';
import { Banner } from '../common/banner';
import { captureFigures } from '../common/captureFigures';
import { element, icon, setText, setVisible } from '../common/dom';
import { ExportButtons } from '../common/exportButtons';
import { FactsView } from '../common/facts';
import { Overview } from '../common/overview';
import { announcement, bannerModel, factModels, statusModel } from '../common/statusModel';
import type { ChartTheme } from '../common/theme';
import { captureSpanMs, tileModels } from '../common/tileModels';
import { formatDateTime } from '../common/format';
import type { DrawParts } from '../common/stateStore';
import type { ReplyMessage, View } from '../common/view';
import type { Host } from '../common/vscodeApi';
import { TimeBrush } from '../common/timeBrush';
import { CaptureStrip } from './captureStrip';
import { Controls } from './controls';
import { PausedNote } from './pausedNote';
import { PartFigures } from '../common/partFigures';
import { Selection } from '../common/selection';
import { SelectionCard } from './selectionCard';
import { SnapshotButtons } from './snapshotButtons';
import { snapshotPicture } from './snapshotPicture';
import { t } from '../../src/protocol/l10n';

/** The live dashboard. */
export class DashboardView implements View {
  private readonly controls: Controls;
  private readonly banner: Banner;
  private readonly facts = new FactsView();
  private readonly strip = new CaptureStrip();
  private readonly paused: PausedNote;
  private readonly exports: ExportButtons;
  private readonly snapshots: SnapshotButtons;
  private readonly overview: Overview;
  private readonly selection = new Selection(new TimeBrush());
  private readonly part: PartFigures;
  private readonly selectionCard: SelectionCard;
  private theme: ChartTheme | null = null;
  private readonly announcer = new Announcer();
  private readonly dot = element('span', { class: 'status-dot', attributes: { 'aria-hidden': 'true' } });
  private readonly statusText = element('span', { class: 'status-text' });
  private readonly elapsed = element('span', { class: 'status-elapsed' });
  private readonly welcome: HTMLElement;
  /** When this view first saw the run; the clock of the captured machine may differ from ours. */
  private seen: { run: string; atMs: number; spanMs: number } | null = null;
  private state: ViewState | null = null;
  private timer = 0;

  constructor(root: HTMLElement, host: Host) {
    this.controls = new Controls(host);
    this.banner = new Banner((action) => {
      if (action === 'retry') this.controls.retry();
      else host.post({ type: 'showLog' });
    });
    this.paused = new PausedNote(() => host.post({ type: 'pauseView', paused: false }));
    this.exports = new ExportButtons(host, ['packets.csv', 'flows.csv', 'analysis.json', 'packets.pcap']);
    this.snapshots = new SnapshotButtons(host, () => this.picture());
    this.overview = new Overview(host, 'live', this.selection.brush, (address) => this.selection.chooseHost(address));
    this.part = new PartFigures(
      (message) => host.post(message),
      this.selection,
      () => this.drawChosen(),
    );
    this.selectionCard = new SelectionCard(host, this.selection);
    this.selection.listen(() => this.drawChosen());
    this.welcome = welcome();
    const status = element('div', { class: 'status' }, this.dot, this.statusText, this.elapsed);
    root.append(
      element('h1', { class: 'hidden-text', text: t('Network traffic dashboard') }),
      element(
        'header',
        { class: 'view-header' },
        this.controls.element,
        element(
          'div',
          { class: 'status-line' },
          status,
          this.facts.element,
          this.exports.element,
          this.snapshots.element,
        ),
        this.strip.element,
        this.selectionCard.line,
      ),
      this.paused.element,
      this.banner.element,
      this.welcome,
      this.selectionCard.element,
      this.overview.element,
      this.announcer.element,
    );
    setVisible(this.overview.element, false);
    setVisible(this.welcome, false);
  }

  draw(state: ViewState, previous: ViewState | null, theme: ChartTheme): DrawParts {
    this.state = state;
    const { snapshot } = state;
    if (snapshot && this.seen?.run !== snapshot.run)
      this.seen = { run: snapshot.run, atMs: performance.now(), spanMs: captureSpanMs(snapshot) };
    this.controls.update(state);
    this.banner.update(bannerModel(snapshot, state.canCapture));
    this.facts.update(factModels(snapshot));
    this.strip.update(captureFigures(snapshot));
    this.paused.update(state);
    const hasResults = snapshot !== null && snapshot.packets > 0;
    this.exports.setVisible(hasResults);
    this.snapshots.setVisible(hasResults);
    // From the first moment of a capture on, so that nothing jumps when the first packet arrives.
    const showOverview = hasResults || snapshot?.state === 'capturing' || snapshot?.state === 'stopping';
    setVisible(this.welcome, !showOverview);
    setVisible(this.overview.element, showOverview);
    this.theme = theme;
    if (previous?.snapshot?.run !== snapshot?.run) this.selection.clear();
    this.part.update(snapshot?.state === 'capturing');
    this.selectionCard.update(snapshot?.state === 'capturing');
    this.drawStatus();
    this.keepTime(snapshot?.state === 'capturing' || snapshot?.state === 'stopping');
    this.announcer.say(announcement(previous?.snapshot ?? null, snapshot, state.findings.length));
    if (!showOverview || snapshot === null) return [];
    const findings = this.selection.findings(state.findings);
    return this.overview.parts(this.part.applied(snapshot), findings, theme, this.part.tiles(snapshot));
  }

  reply(message: ReplyMessage): void {
    if (message.type === 'filterVerdict') this.controls.showVerdict(message.filter, message.error);
    else if (message.type === 'overview') this.part.deliver(message.request, message.part);
    else if (message.type === 'requestFailed') this.part.fail(message.request, message.message);
    else this.selectionCard.reply(message);
  }

  /** Charts and findings of what is chosen. */
  private drawChosen(): void {
    const { state, theme } = this;
    this.selectionCard.say(this.part.note);
    if (!state?.snapshot || !theme) return;
    const findings = this.selection.findings(state.findings);
    this.overview.update(this.part.applied(state.snapshot), findings, theme, this.part.tiles(state.snapshot));
  }

  /** What the dashboard shows now; null while there is nothing. */
  private picture(): HTMLCanvasElement | null {
    const { state, theme } = this;
    if (!state?.snapshot || !theme) return null;
    const snapshot = this.part.applied(state.snapshot);
    this.overview.drawUnseen();
    const findings = this.selection.findings(state.findings);
    const times = [snapshot.firstUs, snapshot.clockUs].map((us) => (us === null ? '–' : formatDateTime(us / 1000)));
    const words = this.selection.words();
    const tiles = tileModels(this.part.tiles(state.snapshot), findings);
    return snapshotPicture(
      {
        title: t('Network traffic'),
        lines: [
          `${this.statusText.textContent} ${this.elapsed.textContent}`.trim(),
          times.join(' – '),
          ...(words === '' ? [] : [words]),
          ...(tiles.some(({ lossy }) => lossy) ? [t('* misses packets, because this capture did')] : []),
        ],
        tiles,
        cards: this.overview.cards,
        findings,
        talkers: snapshot.talkers,
      },
      theme,
    );
  }

  private drawStatus(): void {
    const snapshot = this.state?.snapshot ?? null;
    const status = statusModel(snapshot, this.elapsedMs());
    this.dot.dataset['tone'] = status.tone;
    setText(this.statusText, status.text);
    setText(this.elapsed, status.elapsed);
  }

  private elapsedMs(): number {
    const snapshot = this.state?.snapshot;
    if (!snapshot || !this.seen) return 0;
    return Math.max(captureSpanMs(snapshot), this.seen.spanMs + performance.now() - this.seen.atMs);
  }

  /** The clock goes on while no packet arrives. */
  private keepTime(running: boolean): void {
    if (running && this.timer === 0) this.timer = window.setInterval(() => this.drawStatus(), 1000);
    if (!running && this.timer !== 0) {
      window.clearInterval(this.timer);
      this.timer = 0;
    }
  }
}

function welcome(): HTMLElement {
  const step = (title: string, text: string): HTMLElement =>
    element('li', {}, element('strong', { text: title }), element('span', { text }));
  return element(
    'section',
    { class: 'welcome', attributes: { 'aria-labelledby': 'welcome-title' } },
    icon('pulse'),
    element('h2', { text: t('See what this machine says on the network'), attributes: { id: 'welcome-title' } }),
    element(
      'ol',
      {},
      step(t('Choose'), t('an interface, or leave it on Auto-detect, and a capture filter if you want less.')),
      step(t('Start'), t('and allow it once: opening an interface needs more rights than an editor has.')),
      step(t('Watch'), t('bandwidth, protocols, latency, loss and findings, and export what you need.')),
    ),
    element('p', {
      class: 'welcome-foot',
      text: t(
        'Have a capture file? Right-click a .pcap or .pcapng file in the Explorer and choose Analyze Network Capture.',
      ),
    }),
  );
}
