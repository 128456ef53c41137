/** Charts, tiles and tables of what is chosen: read from the recorded packets, and again while they grow. No document: pure, for tests too. */
import type { PartOverview } from '../../src/protocol/partOverview';
import type { Series, Snapshot } from '../../src/protocol/snapshot';
import type { TimeRange } from '../../src/protocol/timeRange';
import type { FromWebview } from '../../src/protocol/webviewMessages';
import { t } from '../../src/protocol/l10n';
import type { Selection } from './selection';

/** While packets come, asked again no sooner than this, and than ten times what the answer took. */
const againMs = 3000;
const restFactor = 10;
/** Apart from the requests of lists, which count from 1. */
const firstRequest = 2 ** 30;

export class PartFigures {
  private part: PartOverview | null = null;
  private request = firstRequest;
  private askedMs = 0;
  private answeredMs = 0;
  private waiting = false;
  private failure = '';

  constructor(
    private readonly post: (message: FromWebview) => void,
    private readonly selection: Selection,
    /** There is something else to draw. */
    private readonly changed: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    selection.listen(() => this.choose());
  }

  /** A state was drawn: while packets come, the part may hold more of them. */
  update(running: boolean): void {
    if (!running || this.selection.isEmpty || this.waiting) return;
    const restMs = Math.max(againMs, restFactor * (this.answeredMs - this.askedMs));
    if (this.now() - this.answeredMs >= restMs) this.ask();
  }

  /** True when the answer was one of these. */
  deliver(request: number, part: PartOverview): boolean {
    if (request !== this.request) return request >= firstRequest;
    this.waiting = false;
    this.answeredMs = this.now();
    this.part = part;
    this.failure = '';
    this.changed();
    return true;
  }

  /** True when the request that failed was one of these. */
  fail(request: number, message: string): boolean {
    if (request !== this.request) return request >= firstRequest;
    this.waiting = false;
    this.answeredMs = this.now();
    this.failure = message;
    this.changed();
    return true;
  }

  /** The snapshot with the figures of the part, as far as it is known. What is told of the capture itself stays. */
  applied(snapshot: Snapshot): Snapshot {
    const { part } = this;
    if (part === null) return snapshot;
    return { ...snapshot, ...part, series: part.series === null ? snapshot.series : withoutCaptureLoss(part.series) };
  }

  /** Like {@link applied}, with rates of the chosen time alone: figures for the whole of what is chosen. */
  tiles(snapshot: Snapshot): Snapshot {
    const { range } = this.selection;
    const applied = this.applied(snapshot);
    if (range === null || this.part === null) return applied;
    const [firstUs, clockUs] = [applied.firstUs ?? range.fromUs, applied.clockUs ?? range.untilUs];
    return {
      ...applied,
      // It holds no more than it does, so there is no newest rate in it.
      state: 'finished',
      firstUs: Math.max(firstUs, range.fromUs),
      clockUs: Math.min(clockUs, range.untilUs),
      series: seriesWithin(applied.series, range),
    };
  }

  /** What a person has to know of the figures; empty when nothing is chosen. */
  get note(): string {
    if (this.selection.isEmpty) return '';
    if (this.part === null)
      return this.failure === ''
        ? t('Reading the recorded packets…')
        : t('Charts are of everything: {0}', this.failure);
    return [
      this.selection.host === null
        ? t('Tiles, protocols and tables are of the chosen time; the lines show all times, with it marked.')
        : t('Charts, tiles and tables are of this host alone.'),
      t('Loss in the capture, programs and moments are of everything.'),
      ...(this.part.complete ? [] : [t('The oldest packets are no longer kept.')]),
    ].join(' ');
  }

  private choose(): void {
    this.part = null;
    this.failure = '';
    this.waiting = false;
    // Whatever is under way is of another choice.
    this.request++;
    if (!this.selection.isEmpty) this.ask();
  }

  private ask(): void {
    this.waiting = true;
    this.askedMs = this.now();
    const { hostFilter: filter, range } = this.selection;
    this.post({ type: 'getOverview', request: ++this.request, filter, range });
  }
}

/** The buckets that begin in the range, or the one that it lies within. */
function seriesWithin(series: Series, { fromUs, untilUs }: TimeRange): Series {
  const bucketUs = series.bucketMs * 1000;
  const from = Math.max(0, Math.floor((fromUs - series.startUs) / bucketUs));
  const until = Math.max(from + 1, Math.ceil((untilUs - series.startUs) / bucketUs));
  const cut = (values: Float64Array): Float64Array => values.slice(from, until);
  return {
    bucketMs: series.bucketMs,
    startUs: series.startUs + from * bucketUs,
    packets: cut(series.packets),
    bytesIn: cut(series.bytesIn),
    bytesOut: cut(series.bytesOut),
    bytesOther: cut(series.bytesOther),
    latencyP50Ms: cut(series.latencyP50Ms),
    latencyP95Ms: cut(series.latencyP95Ms),
    retransmittedSegments: cut(series.retransmittedSegments),
    captureLost: cut(series.captureLost),
  };
}

/** Which packets the capture lost nobody knows, so nobody knows whose they were. */
function withoutCaptureLoss(series: Series): Series {
  return { ...series, captureLost: new Float64Array(series.captureLost.length).fill(NaN) };
}
