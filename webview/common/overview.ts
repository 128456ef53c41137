import type { Finding } from '../../src/protocol/finding';
import type { Snapshot, TalkerRow } from '../../src/protocol/snapshot';
import { bandwidthModel, latencyModel, lossModel, packetRateModel, withFindings } from './chartModels';
import { conversationColumns, packetColumns, talkerColumns } from './columns';
import type { ChartCard } from './chartCard';
import { element } from './dom';
import { FindingsView } from './findingsView';
import { plural } from './format';
import { LazyPart } from './lazyPart';
import { MomentsView, withMoments } from './momentsView';
import { ProgramsView } from './programsView';
import { ProtocolChart } from './protocolChart';
import { RowTable } from './rowTable';
import type { ChartTheme } from './theme';
import { tileModels } from './tileModels';
import { TilesView } from './tilesView';
import type { TimeBrush } from './timeBrush';
import { TimeChart } from './timeChart';
import type { Host } from './vscodeApi';
import type { DrawParts } from './stateStore';
import { ZoomBar } from './zoomBar';
import { t } from '../../src/protocol/l10n';

const maxFindings = 30;

/** Tiles, charts and tables of one capture, live or from a file. */
export class Overview {
  readonly element: HTMLElement;
  private run = '';
  private readonly lazyParts = new Map<Element, LazyPart>();
  private readonly tiles = new TilesView();
  private readonly bandwidth: TimeChart;
  private readonly packetRate: TimeChart;
  private readonly latency: TimeChart;
  private readonly loss: TimeChart;
  private readonly protocols: ProtocolChart;
  private readonly findings: FindingsView;
  private readonly zoomBar: ZoomBar | null;
  private readonly talkers: RowTable<TalkerRow>;
  private readonly programs = new ProgramsView();
  private readonly moments = new MomentsView();
  private readonly recent = new RowTable({
    id: 'recent',
    title: t('Recent packets'),
    columns: packetColumns,
    empty: t('No packet yet'),
    pauseWhenScrolled: true,
  });
  private readonly conversations = new RowTable({
    id: 'conversations',
    title: t('Conversations'),
    columns: conversationColumns,
    empty: t('No conversation seen yet'),
    pauseWhenScrolled: true,
  });

  constructor(
    host: Host,
    private readonly kind: 'live' | 'file',
    private readonly brush: TimeBrush | null = null,
    chooseHost: ((address: string) => void) | null = null,
  ) {
    const card = (id: string, title: string) => ({
      id,
      title,
      tableOpen: host.ui.tables.includes(id),
      onTableToggle: (open: boolean) =>
        host.saveUi({ tables: [...host.ui.tables.filter((item) => item !== id), ...(open ? [id] : [])] }),
    });
    this.talkers = new RowTable<TalkerRow>({
      id: 'talkers',
      title: t('Top talkers'),
      columns: talkerColumns,
      empty: t('No address seen yet'),
      pauseWhenScrolled: true,
      ...(chooseHost === null
        ? {}
        : { choose: { act: ({ address }) => chooseHost(address), title: t('show only its traffic') } }),
    });
    this.zoomBar = brush === null ? null : new ZoomBar(brush);
    this.bandwidth = new TimeChart(card('bandwidth', t('Bandwidth')), brush);
    this.packetRate = new TimeChart(card('packet-rate', t('Packets per second')), brush);
    this.latency = new TimeChart(card('latency', t('Latency')), brush);
    this.loss = new TimeChart(card('loss', t('Loss')), brush);
    this.protocols = new ProtocolChart({
      ...card('protocols', t('Protocols')),
      unit: host.ui.protocolUnit,
      onUnitChange: (protocolUnit) => host.saveUi({ protocolUnit }),
    });
    this.findings = new FindingsView('findings', maxFindings, (id) => host.post({ type: 'openFinding', id }));
    const charts = element(
      'div',
      { class: 'card-grid' },
      this.bandwidth.card.element,
      this.packetRate.card.element,
      this.protocols.card.element,
      this.latency.card.element,
      this.loss.card.element,
      this.findings.element,
    );
    this.element = element(
      'div',
      { class: 'overview' },
      this.tiles.element,
      ...(this.zoomBar === null ? [] : [this.zoomBar.element]),
      charts,
      ...(kind === 'live' ? [this.recent.element] : []),
      element(
        'div',
        { class: 'table-grid' },
        // Two columns of their own, so that no card leaves a hole beside a longer one.
        element('div', { class: 'table-column' }, this.talkers.element, this.programs.element),
        element('div', { class: 'table-column' }, this.conversations.element, this.moments.element),
      ),
    );
  }

  /** Cards of the charts, in the order of the page. */
  get cards(): readonly ChartCard[] {
    return this.charts.map(({ card }) => card);
  }

  /** Draws everything at once. */
  update(snapshot: Snapshot, findings: readonly Finding[], theme: ChartTheme, tiles = snapshot): void {
    for (const part of this.parts(snapshot, findings, theme, tiles)) part();
  }

  /** Draws the charts that were left out because they are not in view. */
  drawUnseen(): void {
    for (const chart of this.charts) chart.drawUnseen();
  }

  /** What there is to draw, in pieces that are small enough for a frame. `tiles`: what the tiles are of, when that is less. */
  parts(snapshot: Snapshot, findings: readonly Finding[], theme: ChartTheme, tiles = snapshot): DrawParts {
    if (snapshot.run !== this.run) {
      this.run = snapshot.run;
      this.brush?.zoom.reset();
      for (const table of [this.recent, this.talkers, this.programs, this.moments, this.conversations]) table.reset();
    }
    const last = snapshot.state !== 'capturing' && snapshot.state !== 'reading';
    const lazily =
      ({ element }: { element: Element }, draw: () => void) =>
      (): void => {
        let part = this.lazyParts.get(element);
        if (part === undefined) this.lazyParts.set(element, (part = new LazyPart(element)));
        // Laying out a table takes longer than writing it. Done here, it counts in what a frame may take.
        if (part.write(draw, last)) element.getBoundingClientRect();
      };
    const parts = [
      () => this.tiles.update(tileModels(tiles, findings)),
      () => this.bandwidth.update(withMoments(withFindings(bandwidthModel(snapshot), findings), snapshot), theme),
      () => {
        const packetRate = withMoments(packetRateModel(snapshot, findings), snapshot);
        this.packetRate.update(packetRate, theme);
        this.zoomBar?.update({ minMs: packetRate.minMs, maxMs: packetRate.maxMs, stepMs: packetRate.bucketMs });
      },
      () => this.protocols.update(snapshot, theme),
      () => this.latency.update(withMoments(withFindings(latencyModel(snapshot), findings), snapshot), theme),
      () => this.loss.update(withMoments(withFindings(lossModel(snapshot), findings), snapshot), theme),
      lazily(this.findings, () => this.findings.update(findings)),
      lazily(this.talkers, () => this.talkers.update(snapshot.talkers)),
      // These two are not there at all without rows, and so never in view.
      () => this.programs.update(snapshot.live?.programs),
      () => this.moments.update(snapshot.markers),
      lazily(this.conversations, () => this.conversations.update(snapshot.conversations)),
    ];
    if (this.kind === 'live') parts.push(lazily(this.recent, () => this.drawRecent(snapshot)));
    return parts;
  }

  private drawRecent({ recentPackets }: Snapshot): void {
    const newestFirst = [...recentPackets].sort((a, b) => b.number - a.number);
    this.recent.update(
      newestFirst,
      newestFirst.length === 0 ? '' : t('newest {0}', plural(newestFirst.length, 'packet')),
    );
  }

  private get charts(): readonly (TimeChart | ProtocolChart)[] {
    return [this.bandwidth, this.packetRate, this.protocols, this.latency, this.loss];
  }
}
