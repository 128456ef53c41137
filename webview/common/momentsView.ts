import { t } from '../../src/protocol/l10n';
import type { Marker, MarkerKind } from '../../src/protocol/markers';
import type { Snapshot } from '../../src/protocol/snapshot';
import type { TimeChartModel } from './chartModels';
import { element, setVisible } from './dom';
import { formatCount, formatDateTime, formatPacketTime, safeText } from './format';
import { RowTable } from './rowTable';
import type { Column } from './rowTable';

const kindTexts: Record<MarkerKind, string> = {
  start: t('Start'),
  stop: t('Stopped'),
  test: t('Test'),
  task: t('Task'),
  end: t('End'),
};

const columns: readonly Column<Marker>[] = [
  {
    label: t('Time'),
    kind: 'mono packet-time',
    text: ({ timeUs }) => formatPacketTime(timeUs / 1e6),
    title: ({ timeUs }) => formatDateTime(timeUs / 1000),
  },
  { label: t('Kind'), kind: '', text: ({ kind }) => kindTexts[kind] },
  { label: t('Moment'), kind: 'grow', text: ({ text }) => safeText(text), title: ({ text }) => safeText(text) },
];

/**
 * The chart with the moments of a run, in its words as well. A moment before the first packet or after the newest stands at the edge;
 * those that a live chart has left behind are left out.
 */
export function withMoments(chart: TimeChartModel, { markers = [], firstUs }: Snapshot): TimeChartModel {
  const wholeCapture = firstUs !== null && firstUs / 1000 >= chart.minMs;
  const moments = markers
    .map(({ timeUs, kind, text }) => ({ timeMs: timeUs / 1000, short: kindTexts[kind], label: safeText(text, 80) }))
    .filter(({ timeMs }) => wholeCapture || timeMs >= chart.minMs)
    .map((moment) => ({ ...moment, timeMs: Math.min(chart.maxMs, Math.max(chart.minMs, moment.timeMs)) }));
  if (moments.length === 0) return chart;
  const named = moments.slice(0, 3).map(({ short, label }) => `${short}: ${label}`);
  const more = moments.length > 3 ? t(' and {0} more', formatCount(moments.length - 3)) : '';
  const description = t('{0} Moments: {1}{2}.', chart.description, named.join('; '), more);
  return { ...chart, moments, description };
}

/** Card with the moments of a run; not there where there are none. */
export class MomentsView {
  readonly element = element('div', { class: 'table-slot' });
  private readonly table = new RowTable<Marker>({
    id: 'moments',
    title: t('Moments'),
    columns,
    empty: t('Nothing was marked'),
    pauseWhenScrolled: true,
  });

  constructor() {
    this.element.append(this.table.element);
    setVisible(this.element, false);
  }

  reset(): void {
    this.table.reset();
  }

  update(markers: readonly Marker[] = []): void {
    setVisible(this.element, markers.length > 0);
    if (markers.length > 0) this.table.update(markers);
  }
}
