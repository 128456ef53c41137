import { element, setAttribute, setTitle, setVisible } from '../common/dom';
import type { Column } from '../common/rowTable';

interface Cell {
  readonly node: HTMLElement;
  readonly text: Text;
  shown: string;
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
 * Where the row has not arrived yet, the cells are hidden and keep what was in them: emptied, they would be laid out once more.
 */
export class RowLine<Row> {
  readonly node: HTMLElement;
  private readonly cells: Cell[];
  private look: Partial<RowLook<Row>> = {};
  /** The cell that has a title and a context menu of its own: the one that somebody points at. */
  private named: HTMLElement | null = null;

  constructor(
    id: string,
    private readonly columns: readonly Column<Row>[],
    private readonly context: ((row: Row, column: Column<Row>) => string | null) | undefined,
  ) {
    this.cells = columns.map(({ kind, widthPx }) => {
      const text = document.createTextNode('');
      const node = element('div', { class: `cell ${kind}`, attributes: { role: 'gridcell' } }, text);
      if (widthPx !== undefined) node.style.flexBasis = `${widthPx}px`;
      return { node, text, shown: '' };
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
    this.look = look;
    if (row === undefined) {
      if (shown.row !== undefined || shown.index === undefined) node.setAttribute('aria-busy', 'true');
      this.unname();
      return;
    }
    if (shown.row === undefined) node.removeAttribute('aria-busy');
    if (shown.row === row && shown.before === before && shown.revision === revision) return;
    this.unname();
    this.columns.forEach((column, at) => {
      const cell = this.cells[at];
      const text = column.text(row, before);
      if (cell !== undefined && cell.shown !== text) cell.text.data = cell.shown = text;
    });
  }

  /** Gives a cell its title and its context menu when somebody points at it: most are never asked for. */
  name(target: Element): void {
    const { row } = this.look;
    const at = this.cells.findIndex(({ node }) => node.contains(target));
    const [cell, column] = [this.cells[at], this.columns[at]];
    if (cell === undefined || column === undefined || row === undefined || cell.node === this.named) return;
    this.unname();
    this.named = cell.node;
    setTitle(cell.node, column.title?.(row) ?? '');
    setAttribute(cell.node, 'data-vscode-context', this.context?.(row, column) ?? null);
  }

  private unname(): void {
    this.named?.removeAttribute('title');
    this.named?.removeAttribute('data-vscode-context');
    this.named = null;
  }
}
