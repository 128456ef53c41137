import type { Evidence } from '../../src/protocol/finding';
import { element } from '../common/dom';
import { formatCount, safeText } from '../common/format';
import { evidenceScale, scaleWords } from './evidenceScale';

/** What was measured, each value as a bar against its limit: a table, so that the bars have their words beside them. */
export class EvidenceTable {
  readonly element = element('table', { class: 'evidence' });

  update(evidence: readonly Evidence[]): void {
    const head = ['Measured', 'Value', 'Against the limit', 'Limit'].map((text) =>
      element('th', { text, attributes: { scope: 'col' } }),
    );
    this.element.replaceChildren(
      element('caption', { class: 'hidden-text', text: 'What was measured and the limit it was held against' }),
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...evidence.map(row)),
    );
  }
}

function row(evidence: Evidence): HTMLTableRowElement {
  const { name, observed, threshold, unit, window } = evidence;
  const label = window === null ? safeText(name) : `${safeText(name)} in ${safeText(window)}`;
  const withUnit = (value: number | string): string =>
    `${valueText(value)}${unit === '' || typeof value === 'string' ? '' : ` ${safeText(unit)}`}`;
  const words = scaleWords(observed, threshold);
  return element(
    'tr',
    {},
    element('th', { text: label, attributes: { scope: 'row' } }),
    element('td', { class: 'evidence-value', text: withUnit(observed) }),
    element(
      'td',
      { class: 'evidence-cell' },
      ...bar(evidence),
      element('span', { class: 'evidence-words', text: words }),
    ),
    element('td', { class: 'evidence-limit', text: threshold === null ? '–' : withUnit(threshold) }),
  );
}

function bar({ observed, threshold }: Evidence): HTMLElement[] {
  const scale = evidenceScale(observed, threshold);
  if (scale === null) return [];
  const fill = element('span', { class: 'evidence-fill' });
  fill.style.width = `${scale.observedPercent}%`;
  const track = element('span', { class: 'evidence-track', attributes: { 'aria-hidden': 'true' } }, fill);
  if (scale.limitPercent !== null) {
    const limit = element('span', { class: 'evidence-mark' });
    limit.style.insetInlineStart = `${scale.limitPercent}%`;
    track.append(limit);
    track.classList.toggle('over', scale.observedPercent >= scale.limitPercent);
  }
  if (scale.logarithmic) track.title = 'Logarithmic scale: each length is ten times more';
  return [track];
}

function valueText(value: number | string): string {
  if (typeof value === 'string') return safeText(value);
  return Number.isInteger(value) ? formatCount(value) : value.toLocaleString(undefined, { maximumFractionDigits: 2 });
}
