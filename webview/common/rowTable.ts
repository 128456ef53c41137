import { element, setAttribute, setText, setTitle, setVisible } from './dom';
import { t } from '../../src/protocol/l10n';

export interface Column<Row> {
  label: string;
  /** Class of header and cells: `number` aligns to the right, `grow` takes what is left, `mono` for addresses. */
  kind: string;
  /** `before`: the row above, where a list knows it. */
  text: (row: Row, before?: Row) => string;
  title?: (row: Row) => string;
  /** What the label leaves out. */
  about?: string;
  /** Width that cells have at least; what the class says without. */
  widthPx?: number;
}

export interface RowTableOptions<Row> {
  id: string;
  title: string;
  columns: readonly Column<Row>[];
  empty: string;
  /** While a person reads further down, rows that move under their eyes are held back. */
  pauseWhenScrolled: boolean;
  /** Makes the first cell of each row a button. */
  choose?: { act: (row: Row) => void; title: string };
}

/** Card with a short table (tens of rows) whose cells are written in place. */
export class RowTable<Row> {
  readonly element: HTMLElement;
  private readonly body = element('tbody');
  private readonly scroller: HTMLElement;
  private readonly note = element('span', { class: 'card-note' });
  private readonly emptyText: HTMLElement;
  private rows: readonly Row[] = [];
  /** What is shown once the reader is back at the top. */
  private held: { rows: readonly Row[]; note: string } | null = null;

  constructor(private readonly options: RowTableOptions<Row>) {
    const headingId = `${options.id}-title`;
    const header = element(
      'tr',
      {},
      ...options.columns.map((column) =>
        element('th', { class: column.kind, text: column.label, attributes: { scope: 'col' } }),
      ),
    );
    this.scroller = element(
      'div',
      {
        class: 'table-scroller',
        attributes: { tabindex: '0', role: 'region', 'aria-label': t('{0}, rows', options.title) },
      },
      element('table', { class: 'data-table' }, element('thead', {}, header), this.body),
    );
    this.scroller.addEventListener('scroll', () => {
      if (this.held && !this.reading) this.update(this.held.rows, this.held.note);
    });
    this.emptyText = element('p', { class: 'chart-empty', text: options.empty });
    this.element = element(
      'section',
      { class: 'card table-card', attributes: { id: options.id, 'aria-labelledby': headingId } },
      element(
        'header',
        { class: 'card-header' },
        element('h2', { text: options.title, attributes: { id: headingId } }),
        this.note,
      ),
      this.scroller,
      this.emptyText,
    );
  }

  private get reading(): boolean {
    return this.scroller.scrollTop > 4;
  }

  /** Another capture begins: nothing of the last one is held back. */
  reset(): void {
    this.held = null;
    this.scroller.scrollTop = 0;
  }

  update(rows: readonly Row[], note = ''): void {
    setVisible(this.emptyText, rows.length === 0);
    setVisible(this.scroller, rows.length > 0);
    if (this.options.pauseWhenScrolled && this.reading && rows.length > 0) {
      this.held = { rows, note };
      setText(this.note, t('paused while scrolled'));
      return;
    }
    this.held = null;
    setText(this.note, note);
    this.rows = rows;
    while (this.body.rows.length > rows.length) this.body.deleteRow(-1);
    rows.forEach((row, index) => this.write(this.body.rows[index] ?? this.addRow(), row));
  }

  private addRow(): HTMLTableRowElement {
    const line = this.body.insertRow();
    for (const column of this.options.columns) setAttribute(line.insertCell(), 'class', column.kind);
    const { choose } = this.options;
    const [first] = line.cells;
    if (choose !== undefined && first !== undefined) {
      const press = element('button', { class: 'cell-button', attributes: { type: 'button' } });
      press.addEventListener('click', () => {
        const row = this.rows[line.sectionRowIndex];
        if (row !== undefined) choose.act(row);
      });
      first.append(press);
    }
    return line;
  }

  private write(line: HTMLTableRowElement, row: Row): void {
    this.options.columns.forEach((column, index) => {
      const cell = line.cells[index];
      if (!cell) return;
      const press = index === 0 && this.options.choose !== undefined ? cell.firstElementChild : null;
      setText(press ?? cell, column.text(row));
      if (column.title)
        setTitle(
          cell,
          press === null ? column.title(row) : `${column.title(row)}: ${this.options.choose?.title ?? ''}`,
        );
    });
  }
}
