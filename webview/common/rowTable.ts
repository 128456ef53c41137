import { element, setText, setTitle, setVisible } from './dom';
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
  /** Of each row: the nodes that hold its texts, and what is in them. Read back from the document, a text costs more than to make it. */
  private readonly lines: { cells: Text[]; texts: string[]; press: HTMLElement | null; title: string }[] = [];
  /** Kept by the event: asking the document where it is scrolled to makes it lay out everything that was written. */
  private reading = false;
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
      this.reading = this.scroller.scrollTop > 4;
      if (this.held && !this.reading) this.update(this.held.rows, this.held.note);
    });
    this.body.addEventListener('pointerover', (event) => this.nameCell(event.target));
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

  /** Another capture begins: nothing of the last one is held back. */
  reset(): void {
    this.held = null;
    if (this.reading) this.scroller.scrollTop = 0;
    this.reading = false;
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
    while (this.lines.length > rows.length) {
      this.lines.pop();
      this.body.deleteRow(-1);
    }
    rows.forEach((row, index) => {
      if (index >= this.lines.length) this.addRow();
      this.write(index, row);
    });
  }

  private addRow(): void {
    const line = this.body.insertRow();
    const { choose } = this.options;
    const cells = this.options.columns.map((column) => {
      const text = document.createTextNode('');
      const cell = line.insertCell();
      cell.className = column.kind;
      cell.append(text);
      return text;
    });
    const [first] = cells;
    let press: HTMLElement | null = null;
    if (choose !== undefined && first !== undefined) {
      press = element('button', { class: 'cell-button', attributes: { type: 'button' } });
      press.addEventListener('click', () => {
        const row = this.rows[line.sectionRowIndex];
        if (row !== undefined) choose.act(row);
      });
      first.replaceWith(press);
      press.append(first);
    }
    this.lines.push({ cells, texts: cells.map(() => ''), press, title: '' });
  }

  private write(index: number, row: Row): void {
    const line = this.lines[index];
    if (line === undefined) return;
    const { columns, choose } = this.options;
    columns.forEach((column, at) => {
      const cell = line.cells[at];
      const text = column.text(row);
      if (cell === undefined || line.texts[at] === text) return;
      line.texts[at] = text;
      cell.data = text;
    });
    const title = columns[0]?.title;
    if (line.press === null || title === undefined) return;
    const name = `${title(row)}: ${choose?.title ?? ''}`;
    if (name !== line.title) line.press.title = line.title = name;
  }

  /** Gives a cell its title when somebody points at it: most are never asked for. */
  private nameCell(target: EventTarget | null): void {
    const cell = target instanceof Element ? target.closest('td') : null;
    const row =
      cell?.parentElement instanceof HTMLTableRowElement ? this.rows[cell.parentElement.sectionRowIndex] : null;
    const title = cell ? this.options.columns[cell.cellIndex]?.title : undefined;
    if (cell && row && title && !cell.querySelector('button')) setTitle(cell, title(row));
  }
}
