import type { FilterCompletion } from '../../src/protocol/displayFilter';
import { element, setAttribute, setVisible } from '../common/dom';
import { safeText } from '../common/format';
import { t } from '../../src/protocol/l10n';

/** A row of the list under the display filter. */
export type FilterChoice =
  | { kind: 'completion'; completion: FilterCompletion; from: number; to: number }
  | { kind: 'filter'; filter: string; detail: string }
  | { kind: 'edit' };

/** The list under the display filter; the focus stays in the line, which names the active row. */
export class FilterChoices {
  readonly element: HTMLElement;
  private rows: readonly FilterChoice[] = [];
  private active = -1;

  constructor(
    private readonly id: string,
    private readonly onChoose: (choice: FilterChoice) => void,
  ) {
    this.element = element('ul', {
      class: 'filter-choices',
      attributes: { id, role: 'listbox', 'aria-label': t('Completions of the display filter') },
    });
    this.element.hidden = true;
    // The line would lose the focus, and with it the list would go.
    this.element.addEventListener('mousedown', (event) => event.preventDefault());
    this.element.addEventListener('click', (event) => {
      const row = event.target instanceof Element ? event.target.closest('li') : null;
      const index = row instanceof HTMLElement ? Number(row.dataset['index']) : Number.NaN;
      const choice = this.rows[index];
      if (choice !== undefined) this.onChoose(choice);
    });
  }

  get isOpen(): boolean {
    return this.element.hidden === false;
  }

  get hasActive(): boolean {
    return this.isOpen && this.active >= 0;
  }

  get activeId(): string | null {
    return this.hasActive ? `${this.id}-${this.active}` : null;
  }

  open(rows: readonly FilterChoice[]): void {
    this.rows = rows;
    this.active = -1;
    this.element.replaceChildren(...rows.map((row, index) => this.row(row, index)));
    this.element.scrollTop = 0;
    setVisible(this.element, rows.length > 0);
  }

  close(): void {
    this.active = -1;
    setVisible(this.element, false);
  }

  move(step: 1 | -1): void {
    const count = this.rows.length;
    if (count === 0) return;
    this.active = this.active < 0 && step < 0 ? count - 1 : (this.active + step + count) % count;
    [...this.element.children].forEach((row, index) => {
      setAttribute(row, 'aria-selected', String(index === this.active));
      if (index === this.active) row.scrollIntoView({ block: 'nearest' });
    });
  }

  take(): void {
    const choice = this.rows[this.active];
    if (choice !== undefined) this.onChoose(choice);
  }

  private row(choice: FilterChoice, index: number): HTMLElement {
    const [text, detail, kind] = described(choice);
    const row = element(
      'li',
      {
        class: `filter-choice ${kind}`,
        title: detail === '' ? text : `${text}: ${detail}`,
        attributes: { role: 'option', id: `${this.id}-${index}`, 'aria-selected': 'false' },
      },
      element('span', { class: 'choice-text', text }),
      element('span', { class: 'choice-detail', text: detail }),
    );
    row.dataset['index'] = String(index);
    return row;
  }
}

function described(choice: FilterChoice): [text: string, detail: string, kind: string] {
  if (choice.kind === 'edit') return [t('Edit Filters…'), t('the file that keeps them'), 'edit'];
  if (choice.kind === 'filter') return [safeText(choice.filter, 400), safeText(choice.detail, 80), 'filter'];
  const { text, detail, kind } = choice.completion;
  return [safeText(text, 400), safeText(detail, 200), kind];
}
