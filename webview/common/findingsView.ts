import type { Finding } from '../../src/protocol/finding';
import { element, icon, setText, setTitle, setVisible } from './dom';
import { formatClock, formatDateTime, plural, safeText } from './format';
import { severitySummary, sortFindings } from './findingOrder';
import { badge } from './ui';
import type { BadgeControl } from './ui';
import { t } from '../../src/protocol/l10n';

interface Item {
  node: HTMLLIElement;
  press: HTMLButtonElement;
  severity: BadgeControl;
  title: HTMLElement;
  summary: HTMLElement;
  facts: HTMLElement;
  /** What is written in it. */
  written: Finding | null;
}

const shownFields = ['severity', 'title', 'summary', 'count', 'firstSeen', 'lastSeen'] as const;

/** Card with the findings; each opens its evidence. */
export class FindingsView {
  readonly element: HTMLElement;
  private readonly list = element('ul', { class: 'findings', attributes: { role: 'list' } });
  private readonly note = element('span', { class: 'card-note' });
  private readonly more = element('p', { class: 'card-foot' });
  private readonly emptyText: HTMLElement;
  private readonly items = new Map<string, Item>();

  constructor(
    id: string,
    private readonly maxItems: number,
    private readonly open: (id: string) => void,
  ) {
    const headingId = `${id}-title`;
    this.emptyText = element(
      'div',
      { class: 'chart-empty' },
      icon('shield'),
      element('p', { text: t('Nothing suspicious') }),
    );
    this.element = element(
      'section',
      { class: 'card findings-card', attributes: { id, 'aria-labelledby': headingId } },
      element(
        'header',
        { class: 'card-header' },
        element('h2', { text: t('Findings'), attributes: { id: headingId } }),
        this.note,
      ),
      this.list,
      this.more,
      this.emptyText,
    );
  }

  update(findings: readonly Finding[]): void {
    const shown = sortFindings(findings).slice(0, this.maxItems);
    const wanted = new Set(shown.map((finding) => finding.id));
    for (const [id, item] of this.items)
      if (!wanted.has(id)) {
        item.node.remove();
        this.items.delete(id);
      }
    shown.forEach((finding, index) => {
      const item = this.items.get(finding.id) ?? this.add(finding.id);
      // A node that is already in its place keeps the focus.
      if (this.list.children[index] !== item.node) this.list.insertBefore(item.node, this.list.children[index] ?? null);
      this.write(item, finding);
    });
    setText(this.note, severitySummary(findings));
    const left = findings.length - shown.length;
    setText(this.more, left > 0 ? t('{0} in the Anomalies view', plural(left, 'more finding')) : '');
    setVisible(this.more, left > 0);
    setVisible(this.list, shown.length > 0);
    setVisible(this.emptyText, shown.length === 0);
  }

  private add(id: string): Item {
    const severity = badge('');
    const title = element('span', { class: 'finding-title' });
    const summary = element('span', { class: 'finding-summary' });
    const facts = element('span', { class: 'finding-facts' });
    const press = element(
      'button',
      { class: 'finding', attributes: { type: 'button' } },
      severity.element,
      element('span', { class: 'finding-text' }, title, summary, facts),
    );
    press.addEventListener('click', () => this.open(id));
    const item = { node: element('li', {}, press), press, severity, title, summary, facts, written: null };
    this.items.set(id, item);
    return item;
  }

  private write(item: Item, finding: Finding): void {
    if (item.written !== null && shownFields.every((name) => item.written?.[name] === finding[name])) return;
    item.written = finding;
    item.node.dataset['severity'] = finding.severity;
    item.severity.setText(t(finding.severity));
    setText(item.title, safeText(finding.title, 160));
    setText(item.summary, safeText(finding.summary, 240));
    setText(
      item.facts,
      t(
        '{0} · {1} to {2}',
        plural(finding.count, 'event'),
        formatClock(finding.firstSeen * 1000),
        formatClock(finding.lastSeen * 1000),
      ),
    );
    setTitle(item.press, t('Last seen {0}. Open the evidence.', formatDateTime(finding.lastSeen * 1000)));
  }
}
