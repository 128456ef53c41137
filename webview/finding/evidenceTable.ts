import type { Evidence } from '../../src/protocol/finding';
import { element, setVisible } from '../common/dom';
import { formatCount, safeText } from '../common/format';
import { evidenceScale, scaleWords } from './evidenceScale';
import { t } from '../../src/protocol/l10n';

/**
 * What was measured. Values with a limit are bars against it, in a table, so that the bars have their words beside them;
 * what has no limit is a list of facts.
 */
export class EvidenceTable {
  private readonly table = element('table', { class: 'evidence' });
  private readonly facts = element('dl', { class: 'finding-facts-list evidence-facts' });
  readonly element = element('div', {}, this.table, this.facts);

  update(evidence: readonly Evidence[]): void {
    const limited = evidence.filter(({ threshold }) => threshold !== null);
    const others = evidence.filter(({ threshold }) => threshold === null);
    const head = [t('Measured'), t('Value'), t('Against the limit'), t('Limit')].map((text) =>
      element('th', { text, attributes: { scope: 'col' } }),
    );
    setVisible(this.table, limited.length > 0);
    this.table.replaceChildren(
      element('caption', { class: 'hidden-text', text: t('What was measured and the limit it was held against') }),
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...limited.map(row)),
    );
    setVisible(this.facts, others.length > 0);
    this.facts.replaceChildren(
      ...others.map((one) =>
        element(
          'div',
          {},
          element('dt', { text: labelOf(one) }),
          element('dd', { text: withUnit(one.observed, one.unit) }),
        ),
      ),
    );
  }
}

function row(evidence: Evidence): HTMLTableRowElement {
  const { observed, threshold, unit } = evidence;
  const words = scaleWords(observed, threshold);
  return element(
    'tr',
    {},
    element('th', { text: labelOf(evidence), attributes: { scope: 'row' } }),
    element('td', { class: 'evidence-value', text: withUnit(observed, unit) }),
    element(
      'td',
      { class: 'evidence-cell' },
      ...bar(evidence),
      element('span', { class: 'evidence-words', text: words }),
    ),
    element('td', {
      class: 'evidence-limit',
      text: threshold === null ? '' : withUnit(threshold, unit),
      // Said by the style sheet where the heads of the columns are out of sight.
      attributes: { 'data-label': t('Limit') },
    }),
  );
}

function labelOf({ name, window }: Evidence): string {
  return window === null ? safeText(name) : t('{0} in {1}', safeText(name), safeText(window));
}

function withUnit(value: number | string, unit: string): string {
  return `${valueText(value)}${unit === '' || typeof value === 'string' ? '' : ` ${safeText(unit)}`}`;
}

function bar({ observed, threshold }: Evidence): HTMLElement[] {
  const scale = evidenceScale(observed, threshold);
  if (scale === null) return [];
  const fill = element('span', { class: 'evidence-fill' });
  fill.style.width = `${scale.observedPercent}%`;
  const track = element('span', { class: 'evidence-track', attributes: { 'aria-hidden': 'true' } }, fill);
  const limit = element('span', { class: 'evidence-mark' });
  limit.style.insetInlineStart = `${scale.limitPercent}%`;
  track.append(limit);
  track.classList.toggle('over', scale.observedPercent >= scale.limitPercent);
  if (scale.logarithmic) track.title = t('Logarithmic scale: each length is ten times more');
  return [track];
}

function valueText(value: number | string): string {
  if (typeof value === 'string') return safeText(value);
  return Number.isInteger(value) ? formatCount(value) : value.toLocaleString(undefined, { maximumFractionDigits: 2 });
}
