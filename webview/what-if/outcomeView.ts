import type { FromWhatIfPage, MarkEffect, WhatIfOutcome, WhatIfRow } from '../../src/protocol/whatIfPage';
import { element, setText, setVisible } from '../common/dom';
import { plural, safeText } from '../common/format';
import { badge, button } from '../common/ui';
import { t } from '../../src/protocol/l10n';

const markWords = { right: t('marked as right'), wrong: t('marked as wrong') } as const;

/** What a change would find more and less, held against the person's own marks; and the buttons that keep the change. */
export class OutcomeView {
  readonly element: HTMLElement;
  private readonly change = element('h2', { class: 'what-if-change' });
  private readonly counts = element('p', { class: 'what-if-counts', attributes: { role: 'status' } });
  private readonly marks = element('p', { class: 'what-if-marks' });
  private readonly lists = element('div');
  private readonly forWorkspace;
  private drawn: WhatIfOutcome | null = null;

  constructor(post: (message: FromWhatIfPage) => void) {
    this.forWorkspace = button({
      label: t('Save for Workspace'),
      appearance: 'primary',
      onPress: () => post({ type: 'save', target: 'workspace' }),
    });
    const forUser = button({
      label: t('Save for User'),
      appearance: 'secondary',
      onPress: () => post({ type: 'save', target: 'user' }),
    });
    this.element = element(
      'div',
      {},
      this.change,
      this.counts,
      this.marks,
      this.lists,
      element('div', { class: 'what-if-buttons' }, this.forWorkspace.element, forUser.element),
    );
  }

  update(outcome: WhatIfOutcome | null, hasWorkspace: boolean, trying: boolean): void {
    setVisible(this.element, outcome !== null);
    this.element.classList.toggle('stale', trying);
    this.forWorkspace.setVisible(hasWorkspace);
    if (outcome === null || JSON.stringify(outcome) === JSON.stringify(this.drawn)) return;
    this.drawn = outcome;
    const { added, removed, changed, kept, packets, complete } = outcome;
    setText(this.change, outcome.change);
    const part = complete ? '' : t(', not all of them');
    setText(
      this.counts,
      t(
        '{0} more, {1} less, {2} of another severity, {3} the same, over {4}{5}.',
        added.length,
        removed.length,
        changed.length,
        kept,
        plural(packets, 'packet'),
        part,
      ),
    );
    setText(this.marks, marksText(outcome.marks));
    this.lists.replaceChildren(
      ...list(t('Would come'), '+', added),
      ...list(t('Would go'), '−', removed),
      ...list(t('Would have another severity'), '~', changed),
    );
  }
}

/** "Of 3 that you marked as right, 1 would go." */
function marksText({ right, rightGone, wrong, wrongGone }: MarkEffect): string {
  if (right === 0 && wrong === 0)
    return t(
      'No finding of this capture is marked as right or wrong yet: with marks, this says which of them it would lose and which false ones it would spare.',
    );
  return t(
    'Of {0} marked as right, {1} would go. Of {2} marked as wrong, {3} would go.',
    right,
    rightGone,
    wrong,
    wrongGone,
  );
}

function list(title: string, sign: string, rows: readonly WhatIfRow[]): HTMLElement[] {
  if (rows.length === 0) return [];
  const items = rows.map(({ rule, title: text, severity, severityAfter, mark }) => {
    const level = badge(severityAfter === null ? t(severity) : `${t(severity)} → ${t(severityAfter)}`);
    return element(
      'li',
      { attributes: { 'data-severity': severityAfter ?? severity } },
      element('span', { class: 'what-if-sign', text: sign, attributes: { 'aria-hidden': 'true' } }),
      level.element,
      element('span', { class: 'what-if-finding', text: safeText(text, 200) }),
      element('span', {
        class: 'what-if-rule',
        text: safeText(mark === null ? rule : `${rule} · ${markWords[mark]}`, 120),
      }),
    );
  });
  return [element('h3', { text: title }), element('ul', { class: 'what-if-list' }, ...items)];
}
