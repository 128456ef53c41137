import type { Finding } from '../../src/protocol/finding';
import type { FindingTimeline } from '../../src/protocol/findingPage';
import { element, setText, setVisible } from '../common/dom';
import { formatClock, formatCount, formatSpan, plural, safeText } from '../common/format';
import { t } from '../../src/protocol/l10n';

const svgNamespace = 'http://www.w3.org/2000/svg';
const width = 1000;
const height = 100;

/** When it happened, within the packets of the capture: a picture, and the same as a table. */
export class TimelineView {
  readonly element: HTMLElement;
  private readonly svg = document.createElementNS(svgNamespace, 'svg');
  private readonly words = element('p', { class: 'timeline-words' });
  private readonly ends = element('p', { class: 'timeline-ends', attributes: { 'aria-hidden': 'true' } });
  private readonly table = element('table', { class: 'data-table' });
  private readonly stages = element('ol', { class: 'stages' });
  private key = '';

  constructor() {
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.svg.setAttribute('preserveAspectRatio', 'none');
    this.svg.setAttribute('role', 'img');
    this.svg.setAttribute('class', 'timeline');
    const twin = element('details', { class: 'twin' }, element('summary', { text: t('As table') }), this.table);
    this.element = element('div', {}, this.words, this.svg, this.ends, this.stages, twin);
  }

  update(finding: Finding, timeline: FindingTimeline | null): void {
    const { firstSeen, lastSeen, stages } = finding;
    const key = JSON.stringify([finding.id, firstSeen, lastSeen, stages, timeline]);
    if (key === this.key) return;
    this.key = key;
    const span = formatSpan((lastSeen - firstSeen) * 1000);
    const words = t(
      '{0} to {1}, {2}; {3}.',
      formatClock(firstSeen * 1000),
      formatClock(lastSeen * 1000),
      span,
      plural(finding.count, 'event'),
    );
    setText(this.words, words);
    this.stages.replaceChildren(
      ...stages.map((stage) =>
        element(
          'li',
          {},
          element('span', { class: 'stage-time', text: formatClock(stage.firstSeen * 1000) }),
          element('span', { text: `${safeText(stage.title, 160)} (${safeText(stage.rule, 60)})` }),
        ),
      ),
    );
    setVisible(this.stages, stages.length > 0);
    for (const node of [this.svg, this.ends, this.table.parentElement]) {
      if (node instanceof HTMLElement) setVisible(node, timeline !== null);
    }
    this.svg.toggleAttribute('hidden', timeline === null);
    if (timeline === null) return;
    this.draw(finding, timeline, words);
  }

  private draw({ firstSeen, lastSeen }: Finding, { startMs, bucketMs, packets }: FindingTimeline, words: string): void {
    const spanMs = bucketMs * packets.length;
    const most = Math.max(1, ...packets);
    const place = (timeMs: number): number => Math.min(Math.max(((timeMs - startMs) / spanMs) * width, 0), width);
    const from = place(firstSeen * 1000);
    // A moment is still to be seen.
    const to = Math.min(width, Math.max(place(lastSeen * 1000), from + 4));
    const column = width / packets.length;
    const bars = packets.map((count, at) => {
      const barHeight = (count / most) * (height - 8);
      return rectangle('timeline-bar', at * column, height - barHeight, Math.max(column * 0.86, 0.6), barHeight);
    });
    this.svg.replaceChildren(
      rectangle('timeline-band', from, 0, to - from, height),
      ...bars,
      rectangle('timeline-edge', from, 0, 2, height),
      rectangle('timeline-edge', Math.max(from, to - 2), 0, 2, height),
    );
    this.svg.setAttribute(
      'aria-label',
      t('Packets over the {0} of the capture, with the finding in it: {1}', formatSpan(spanMs), words),
    );
    this.ends.replaceChildren(
      element('span', { text: formatClock(startMs) }),
      element('span', { text: t('up to {0} packets in {1}', formatCount(most), formatSpan(bucketMs)) }),
      element('span', { text: formatClock(startMs + spanMs) }),
    );
    this.fillTable({ startMs, bucketMs, packets }, firstSeen * 1000, lastSeen * 1000);
  }

  private fillTable({ startMs, bucketMs, packets }: FindingTimeline, fromMs: number, untilMs: number): void {
    const rows = packets.flatMap((count, at) => {
      const timeMs = startMs + at * bucketMs;
      if (count === 0) return [];
      const during = timeMs + bucketMs > fromMs && timeMs <= untilMs;
      return [
        element(
          'tr',
          {},
          element('th', { text: formatClock(timeMs), attributes: { scope: 'row' } }),
          element('td', { class: 'number', text: formatCount(count) }),
          element('td', { text: during ? 'yes' : 'no' }),
        ),
      ];
    });
    const head = [t('Time'), t('Packets'), t('During the finding')].map((text) =>
      element('th', { text, attributes: { scope: 'col' } }),
    );
    this.table.replaceChildren(
      element('caption', { class: 'hidden-text', text: t('Packets over the time of the capture') }),
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...rows),
    );
  }
}

function rectangle(kind: string, x: number, y: number, w: number, h: number): SVGRectElement {
  const node = document.createElementNS(svgNamespace, 'rect');
  node.setAttribute('class', kind);
  for (const [name, value] of Object.entries({ x, y, width: w, height: h })) node.setAttribute(name, value.toFixed(2));
  return node;
}
