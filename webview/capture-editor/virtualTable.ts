import { element, setAttribute, setText } from '../common/dom';
import { PagedRows } from '../common/pagedRows';
import { maxScrollHeightPx, rowWindow, scrollTopForRow } from '../common/rowWindow';
import type { RowWindowInput } from '../common/rowWindow';
import type { Column } from '../common/rowTable';
import { RowLine } from './rowLine';

const rowHeightPx = 22;
/** Rows move with the scroll bar before they are drawn anew; where the bar is scaled they do not, and one is enough. */
const overscanRows = 5;
/** Little more than a screen has: who jumps about reads none of the rest. */
const pageSize = 50;
/** Rows that are not there for longer are shown as such; before that they stay empty. */
const lateMs = 150;
/** Some 2 MB: what is let go has not grown old yet, which is cheap. */
const maxPages = 48;

export interface VirtualTableOptions<Row> {
  title: string;
  columns: readonly Column<Row>[];
  /** Value of `data-vscode-context` for a cell, which the editor's context menu goes by; null for none. */
  context?: (row: Row, column: Column<Row>) => string | null;
  request: (request: number, from: number, count: number, filter: string) => void;
  /** Something changed that is said outside the table: counts, errors, loading. */
  onChange: () => void;
  /** A row was opened: with Enter, or a double click. */
  onOpen?: () => void;
  /** Another row became the active one, or its content arrived. */
  onActive?: (row: Row) => void;
  /** Class of a row beside those of the list itself. */
  rowClass?: (row: Row) => string;
  /** A key that the list itself has no use for. */
  onKey?: (key: string) => void;
  /** The head of a column was pressed; columns cannot be sorted without. */
  onSort?: (column: number) => void;
}

/**
 * Table of any length: holds the rows that are on the screen and the pages around them, and nothing else.
 * Keyboard: arrows, Page Up and Down, Home and End move the active row.
 */
export class VirtualTable<Row> {
  readonly element: HTMLElement;
  readonly rows: PagedRows<Row>;
  private readonly scroller: HTMLElement;
  private readonly header: HTMLElement;
  private readonly spacer = element('div', { class: 'rows-spacer', attributes: { role: 'presentation' } });
  private readonly layer = element('div', { class: 'rows-layer', attributes: { role: 'rowgroup' } });
  private readonly lines: RowLine<Row>[] = [];
  private revision = 0;
  private spacerPx = -1;
  private rowCount = -1;
  private firstDrawn = 0;
  private lateTimer = 0;
  private active = -1;
  private scheduled = false;
  private started = false;
  private toldActive: Row | undefined;
  private viewportHeightPx = 0;

  private columns: readonly Column<Row>[];

  constructor(private readonly options: VirtualTableOptions<Row>) {
    this.columns = options.columns;
    this.rows = new PagedRows<Row>({ pageSize, maxPages, request: options.request });
    this.header = element(
      'div',
      { class: 'row row-header', attributes: { role: 'row', 'aria-rowindex': '1' } },
      ...options.columns.map((column, index) => this.headCell(column, index)),
    );
    this.spacer.append(this.layer);
    this.scroller = element(
      'div',
      {
        class: 'rows-scroller',
        attributes: { role: 'grid', tabindex: '0', 'aria-label': options.title, 'aria-readonly': 'true' },
      },
      element('div', { class: 'rows-head', attributes: { role: 'rowgroup' } }, this.header),
      this.spacer,
    );
    this.element = element('div', { class: 'virtual-table' }, this.scroller);
    this.layer.addEventListener('dblclick', () => this.options.onOpen?.());
    this.scroller.addEventListener('scroll', () => this.schedule(), { passive: true });
    for (const type of ['pointermove', 'contextmenu'] as const)
      this.layer.addEventListener(type, ({ target }) => this.nameCell(target));
    this.scroller.addEventListener('keydown', (event) => this.key(event));
    this.layer.addEventListener('mousedown', (event) => {
      const line = event.target instanceof Element ? event.target.closest('.row') : null;
      const index = line instanceof HTMLElement ? Number(line.dataset['index']) : NaN;
      if (Number.isInteger(index)) this.activate(index);
    });
    new ResizeObserver(() => this.resized()).observe(this.scroller);
  }

  /** The row that is chosen and there. */
  get activeRow(): Row | undefined {
    return this.active < 0 ? undefined : this.rows.row(this.active);
  }

  /** Says at the heads how rows are sorted; null for the order of the table itself. */
  showSort(column: number, descending: boolean | null): void {
    [...this.header.children].forEach((head, index) => {
      const sorted = index === column && descending !== null;
      setAttribute(head, 'aria-sort', sorted ? (descending ? 'descending' : 'ascending') : null);
    });
  }

  private headCell(column: Column<Row>, index: number): HTMLElement {
    const { onSort } = this.options;
    const head = element('div', { class: `cell ${column.kind}`, attributes: { role: 'columnheader' } });
    setWidth(head, column);
    if (column.about !== undefined) head.title = column.about;
    if (onSort === undefined) setText(head, column.label);
    else {
      const sort = element('button', { class: 'sort-button', text: column.label, attributes: { type: 'button' } });
      sort.addEventListener('click', () => onSort(index));
      head.append(sort);
    }
    return head;
  }

  /** Shows other columns of the same rows. */
  setColumns(columns: readonly Column<Row>[]): void {
    this.columns = columns;
    this.header.replaceChildren(...columns.map((column, index) => this.headCell(column, index)));
    this.layer.replaceChildren();
    this.lines.length = 0;
    this.schedule();
  }

  /** Chooses the row at a position and brings it into view. */
  choose(position: number): void {
    this.activate(position);
  }

  /** Draws what is on the screen again. */
  redraw(): void {
    this.revision++;
    this.schedule();
  }

  /** Asks for the first rows; later calls do nothing, so that a tab that is never opened costs nothing. */
  start(): void {
    if (this.started) return;
    this.started = true;
    this.rows.setFilter('');
  }

  get isStarted(): boolean {
    return this.started;
  }

  setFilter(filter: string): void {
    this.started = true;
    this.rows.setFilter(filter);
    this.options.onChange();
  }

  /** Asks again for everything with the same filter: what the answer depends on beside it has changed. */
  reload(): void {
    if (!this.started) return;
    this.rows.setFilter(this.rows.wanted);
    this.options.onChange();
  }

  setTotal(total: number): void {
    this.rows.setTotal(total);
    this.schedule();
  }

  /** Fetches again what is on the screen, for example once the whole file has been read. */
  refresh(): void {
    if (!this.started) return;
    this.rows.refresh();
    this.schedule();
  }

  /** True when the rows were asked for here. */
  deliver(request: number, rows: readonly Row[], total: number, complete: boolean): boolean {
    const wasLoading = this.rows.loading;
    if (!this.rows.deliver(request, rows, total, complete)) return false;
    if (wasLoading) {
      this.active = -1;
      this.scroller.scrollTop = 0;
    }
    this.schedule();
    this.options.onChange();
    return true;
  }

  fail(request: number, message: string): void {
    if (!this.rows.fail(request, message)) return;
    this.schedule();
    this.options.onChange();
  }

  /** The details of the row that was chosen take room from the list: the row stays in view if it was. */
  private resized(): void {
    this.schedule();
    if (this.scroller.clientHeight === 0) return;
    const now = this.windowInput();
    const before = { ...now, viewportHeightPx: this.viewportHeightPx };
    this.viewportHeightPx = now.viewportHeightPx;
    // Browsers round scroll positions, to less than a pixel.
    const wasInView = this.active >= 0 && Math.abs(scrollTopForRow(before, this.active) - before.scrollTopPx) < 1;
    if (wasInView) this.scroller.scrollTop = scrollTopForRow(now, this.active);
  }

  private windowInput(): RowWindowInput {
    return {
      rowCount: this.rows.total,
      rowHeightPx,
      viewportHeightPx: Math.max(0, this.scroller.clientHeight - this.header.offsetHeight),
      scrollTopPx: this.scroller.scrollTop,
      overscan: this.rows.total * rowHeightPx > maxScrollHeightPx ? 1 : overscanRows,
    };
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.draw();
    });
  }

  private draw(): void {
    if (this.scroller.clientHeight === 0) return;
    const { first, end, offsetPx, scrollHeightPx } = rowWindow(this.windowInput());
    this.rows.need(first, end);
    if (scrollHeightPx !== this.spacerPx) this.spacer.style.height = `${(this.spacerPx = scrollHeightPx)}px`;
    this.layer.style.transform = `translateY(${offsetPx}px)`;
    if (this.rows.total !== this.rowCount) {
      this.rowCount = this.rows.total;
      setAttribute(this.scroller, 'aria-rowcount', String(this.rowCount + 1));
    }
    while (this.lines.length < end - first) this.addLine();
    this.rotate(first);
    this.lines.forEach((line, index) => {
      const at = first + index;
      if (at < end) line.show(this.look(at));
      else line.hide();
    });
    this.tellLate(first, end);
    const row = this.activeRow;
    if (row !== this.toldActive) {
      this.toldActive = row;
      if (row !== undefined) this.options.onActive?.(row);
    }
    const activeLine = this.active >= first && this.active < end ? this.lines[this.active - first] : undefined;
    setAttribute(this.scroller, 'aria-activedescendant', activeLine ? activeLine.node.id : null);
  }

  /** Lines whose rows went out of view at one end come back in at the other: the others stay as they are. */
  private rotate(first: number): void {
    const moved = first - this.firstDrawn;
    const { length } = this.lines;
    this.firstDrawn = first;
    if (moved === 0 || Math.abs(moved) * 2 > length) return;
    if (moved > 0) {
      const gone = this.lines.splice(0, moved);
      this.lines.push(...gone);
      this.layer.append(...gone.map(({ node }) => node));
    } else {
      const gone = this.lines.splice(length + moved);
      this.lines.unshift(...gone);
      this.layer.prepend(...gone.map(({ node }) => node));
    }
  }

  private tellLate(first: number, end: number): void {
    let waiting = false;
    for (let at = first; at < end && !waiting; at++) waiting = this.rows.row(at) === undefined;
    if (waiting === (this.lateTimer !== 0)) return;
    window.clearTimeout(this.lateTimer);
    this.lateTimer = waiting ? window.setTimeout(() => this.layer.classList.add('late'), lateMs) : 0;
    if (!waiting) this.layer.classList.remove('late');
  }

  private nameCell(target: EventTarget | null): void {
    const node = target instanceof Element ? target.closest('.row') : null;
    if (target instanceof Element && node !== null) this.lines.find((line) => line.node === node)?.name(target);
  }

  private addLine(): void {
    const id = `${this.options.title.toLowerCase().replace(/\W+/g, '-')}-row-${this.lines.length}`;
    const line = new RowLine<Row>(id, this.columns, this.options.context);
    this.layer.append(line.node);
    this.lines.push(line);
  }

  private look(index: number) {
    const row = this.rows.row(index);
    const extra = row === undefined ? 'waiting' : (this.options.rowClass?.(row) ?? '');
    const className = `row${index % 2 === 1 ? ' odd' : ''}${extra === '' ? '' : ` ${extra}`}`;
    const before = this.rows.row(index - 1);
    return { row, before, index, active: index === this.active, className, revision: this.revision };
  }

  private activate(index: number): void {
    this.active = Math.min(Math.max(0, index), this.rows.total - 1);
    this.scroller.scrollTop = scrollTopForRow(this.windowInput(), this.active);
    this.schedule();
    this.options.onChange();
  }

  private key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || this.rows.total === 0) return;
    if (event.target !== this.scroller) return;
    if (event.key === 'Enter' && this.active >= 0) {
      event.preventDefault();
      this.options.onOpen?.();
      return;
    }
    const page = Math.max(1, Math.floor(this.windowInput().viewportHeightPx / rowHeightPx) - 1);
    const moves: Record<string, number> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: this.rows.total - 1,
    };
    const target = moves[event.key];
    if (target === undefined) {
      this.options.onKey?.(event.key);
      return;
    }
    event.preventDefault();
    this.activate(target);
  }
}

function setWidth(cell: HTMLElement, { widthPx }: { widthPx?: number }): HTMLElement {
  if (widthPx !== undefined) cell.style.flexBasis = `${widthPx}px`;
  return cell;
}
