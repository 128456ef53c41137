import { element, setVisible } from '../common/dom';
import type { Column } from '../common/rowTable';

interface Cell {
  readonly node: HTMLElement;
  readonly text: Text;
  shown: string;
  title: string;
  context: string | null;
}

export interface RowLook<Row> {
  /** Undefined until it has arrived. */
  row: Row | undefined;
  /** The row above, where it is there. */
  before: Row | undefined;
  index: number;
  active: boolean;
  className: string;
  /** Another number: the cells of the same row may have other texts now. */
  revision: number;
}

/**
 * The nodes of one row of a long table, and what is in them. Read back from the document, a text costs more than to make it, and
 * leaves a handle behind that the garbage collector has to let go: with ten thousands of them it holds up a frame.
 */
export class RowLine<Row> {
  readonly node: HTMLElement;
  private readonly cells: Cell[];
  private look: Partial<RowLook<Row>> = {};

  constructor(
    id: string,
    private readonly columns: readonly Column<Row>[],
    private readonly context: ((row: Row, column: Column<Row>) => string | null) | undefined,
  ) {
    this.cells = columns.map(({ kind, widthPx }) => {
      const text = document.createTextNode('');
      const node = element('div', { class: `cell ${kind}`, attributes: { role: 'gridcell' } }, text);
      if (widthPx !== undefined) node.style.flexBasis = `${widthPx}px`;
      return { node, text, shown: '', title: '', context: null };
    });
    this.node = element(
      'div',
      { class: 'row', attributes: { role: 'row', id } },
      ...this.cells.map(({ node }) => node),
    );
  }

  hide(): void {
    setVisible(this.node, false);
  }

  show(look: RowLook<Row>): void {
    const { look: shown, node } = this;
    const { row, before, index, active, className, revision } = look;
    setVisible(node, true);
    if (shown.index !== index) {
      node.dataset['index'] = String(index);
      node.setAttribute('aria-rowindex', String(index + 2));
    }
    if (shown.active !== active) node.setAttribute('aria-selected', String(active));
    if (shown.className !== className) node.className = className;
    const same = row !== undefined && shown.row === row && shown.before === before && shown.revision === revision;
    if (!same)
      this.columns.forEach((column, at) => this.write(this.cells[at], column, row, before, at === 0 ? '…' : ''));
    this.look = look;
  }

  private write(
    cell: Cell | undefined,
    column: Column<Row>,
    row: Row | undefined,
    before: Row | undefined,
    waiting: string,
  ): void {
    if (!cell) return;
    const text = row === undefined ? waiting : column.text(row, before);
    if (cell.shown !== text) cell.text.data = cell.shown = text;
    const context = row === undefined ? null : (this.context?.(row, column) ?? null);
    if (cell.context !== context) {
      cell.context = context;
      if (context === null) cell.node.removeAttribute('data-vscode-context');
      else cell.node.setAttribute('data-vscode-context', context);
    }
    const title = row === undefined ? '' : (column.title?.(row) ?? '');
    if (cell.title !== title) cell.node.title = cell.title = title;
  }
}
