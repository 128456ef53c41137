import { element, setAttribute, setVisible } from '../common/dom';
import { rowWindow, scrollTopForRow } from '../common/rowWindow';
import { byteCharacter } from './packetText';
import { t } from '../../src/protocol/l10n';

const rowHeightPx = 18;
const bytesPerRow = 16;

interface Line {
  node: HTMLElement;
  offset: HTMLElement;
  cells: HTMLElement[];
  characters: HTMLElement[];
}

/**
 * Bytes in hexadecimal digits and as characters, only the rows that are on the screen. Arrows, Home and End move a
 * cursor; the byte under it is told like a click.
 */
export class BytesView {
  readonly element: HTMLElement;
  private readonly spacer = element('div', { class: 'bytes-spacer', attributes: { role: 'presentation' } });
  private readonly layer = element('div', { class: 'bytes-layer', attributes: { role: 'rowgroup' } });
  private readonly lines: Line[] = [];
  private bytes: Uint8Array = new Uint8Array(0);
  private start = 0;
  private end = 0;
  private cursor = 0;
  private scheduled = false;

  constructor(private readonly onByte: (offset: number) => void) {
    this.spacer.append(this.layer);
    this.element = element(
      'div',
      {
        class: 'bytes-view',
        attributes: { role: 'grid', tabindex: '0', 'aria-label': t('Bytes'), 'aria-readonly': 'true' },
      },
      this.spacer,
    );
    this.element.addEventListener('scroll', () => this.schedule(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.layer.addEventListener('click', (event) => {
      const cell = event.target instanceof HTMLElement ? event.target : null;
      const offset = Number(cell?.dataset['at'] ?? NaN);
      if (Number.isInteger(offset)) this.choose(offset);
    });
    new ResizeObserver(() => this.schedule()).observe(this.element);
  }

  show(bytes: Uint8Array): void {
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    this.cursor = Math.min(this.cursor, Math.max(0, bytes.length - 1));
    this.schedule();
  }

  /** Highlights `start` to `end` and brings it into view. */
  highlight(start: number, end: number): void {
    this.start = start;
    this.end = end;
    if (end > start) {
      if (this.cursor < start || this.cursor >= end) this.cursor = start;
      this.bringIntoView(start);
    }
    this.schedule();
  }

  private choose(offset: number): void {
    if (offset < 0 || offset >= this.bytes.length) return;
    this.cursor = offset;
    this.bringIntoView(offset);
    this.schedule();
    this.onByte(offset);
  }

  private bringIntoView(offset: number): void {
    this.element.scrollTop = scrollTopForRow(this.windowInput(), Math.floor(offset / bytesPerRow));
  }

  private windowInput() {
    return {
      rowCount: Math.ceil(this.bytes.length / bytesPerRow),
      rowHeightPx,
      viewportHeightPx: this.element.clientHeight,
      scrollTopPx: this.element.scrollTop,
      overscan: 4,
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
    const { first, end, offsetPx, scrollHeightPx } = rowWindow(this.windowInput());
    this.spacer.style.height = `${scrollHeightPx}px`;
    this.layer.style.transform = `translateY(${offsetPx}px)`;
    setAttribute(this.element, 'aria-rowcount', String(Math.ceil(this.bytes.length / bytesPerRow)));
    while (this.lines.length < end - first) this.addLine();
    let active: string | null = null;
    this.lines.forEach((line, index) => {
      const row = first + index;
      setVisible(line.node, row < end);
      if (row >= end) return;
      const base = row * bytesPerRow;
      line.node.setAttribute('aria-rowindex', String(row + 1));
      line.offset.textContent = base.toString(16).padStart(4, '0');
      line.cells.forEach((cell, column) => {
        const at = base + column;
        this.write(cell, line.characters[column], at);
        if (at === this.cursor && at < this.bytes.length) active = cell.id;
      });
    });
    setAttribute(this.element, 'aria-activedescendant', active);
  }

  private write(cell: HTMLElement, character: HTMLElement | undefined, at: number): void {
    const byte = this.bytes[at];
    const lit = at >= this.start && at < this.end;
    cell.textContent = byte === undefined ? '' : byte.toString(16).padStart(2, '0');
    cell.dataset['at'] = String(at);
    setAttribute(cell, 'aria-selected', String(lit));
    cell.classList.toggle('cursor', at === this.cursor);
    if (!character) return;
    character.textContent = byte === undefined ? '' : byteCharacter(byte);
    character.dataset['at'] = String(at);
    character.classList.toggle('lit', lit);
  }

  private addLine(): void {
    const number = this.lines.length;
    const offset = element('span', { class: 'bytes-offset', attributes: { role: 'rowheader' } });
    const cells = Array.from({ length: bytesPerRow }, (_, column) =>
      element('span', { class: 'byte', attributes: { role: 'gridcell', id: `byte-${number}-${column}` } }),
    );
    const characters = Array.from({ length: bytesPerRow }, () => element('span', { class: 'character' }));
    const node = element(
      'div',
      { class: 'bytes-row', attributes: { role: 'row' } },
      offset,
      ...cells,
      element('span', { class: 'characters', attributes: { 'aria-hidden': 'true' } }, ...characters),
    );
    this.layer.append(node);
    this.lines.push({ node, offset, cells, characters });
  }

  private key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || this.bytes.length === 0) return;
    const rowStart = this.cursor - (this.cursor % bytesPerRow);
    const moves: Record<string, number> = {
      ArrowRight: this.cursor + 1,
      ArrowLeft: this.cursor - 1,
      ArrowDown: this.cursor + bytesPerRow,
      ArrowUp: this.cursor - bytesPerRow,
      Home: rowStart,
      End: Math.min(rowStart + bytesPerRow, this.bytes.length) - 1,
    };
    const target = moves[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.choose(target);
  }
}
