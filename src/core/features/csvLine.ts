import { columns } from './columns';
import { completeRow, readCsvRow, splitCsv } from './csvRows';
import type { CsvLayout } from './csvRows';

const comma = 44;
const minus = 45;
const point = 46;
const zero = 48;

/** Whole numbers up to here, and powers of ten up to 10^15, are exact, and so is what one by the other is rounded to. */
const exactDigits = 15;
const powers = Float64Array.from({ length: exactDigits + 1 }, (_, i) => 10 ** i);

/**
 * Reads the lines of one file, with the same result as `splitCsv` and `readCsvRow`, without a string for each cell: five
 * times as fast.
 */
export class CsvLineReader {
  /** For each position the column that is read there, -1 for none. */
  readonly #columnAt: Int16Array;
  /** For each column another one at the same position, -1 for none. */
  readonly #sameCell: Int16Array;

  constructor(private readonly layout: CsvLayout) {
    this.#columnAt = new Int16Array(layout.width).fill(-1);
    this.#sameCell = new Int16Array(columns.length).fill(-1);
    for (const [column, position] of layout.positions.entries()) {
      if (position < 0) continue;
      this.#sameCell[column] = this.#columnAt[position] ?? -1;
      this.#columnAt[position] = column;
    }
  }

  /**
   * Fills `into` with the columns of a line and gives the cell of the label, empty where there is none.
   * @throws CsvFormatError when the row has too few cells or a cell is no number.
   */
  read(line: string, into: Float64Array): string {
    const { layout } = this;
    return this.#scan(line, into) ?? this.#split(splitCsv(line), layout, into);
  }

  #split(cells: string[], layout: CsvLayout, into: Float64Array): string {
    readCsvRow(cells, layout, into);
    return layout.label < 0 ? '' : (cells[layout.label] ?? '');
  }

  /** Null for a line that has quotes, too few cells, or one that is no number. */
  #scan(line: string, into: Float64Array): string | null {
    const { width, label } = this.layout;
    if (line.includes('"')) return null;
    let length = line.length;
    while (length > 0 && (line.charCodeAt(length - 1) === 13 || line.charCodeAt(length - 1) === 10)) length--;
    into.fill(-1);
    let labelCell = '';
    let from = 0;
    for (let position = 0; position < width; position++) {
      if (from > length) return null;
      const column = this.#columnAt[position] ?? -1;
      let end = column < 0 ? from : this.#number(line, from, length, column, into);
      if (end < 0 || column < 0) {
        end = line.indexOf(',', from);
        if (end < 0 || end > length) end = length;
        if (column >= 0) {
          const value = Number(line.slice(from, end));
          if (!Number.isFinite(value)) return null;
          into[column] = value;
        }
      }
      if (column >= 0) this.#share(column, into);
      if (position === label) labelCell = line.slice(from, end);
      from = end + 1;
    }
    completeRow(this.layout, into);
    return labelCell;
  }

  /** Reads a plain decimal number; gives where it ends, or -1 when the cell is something else. */
  #number(line: string, from: number, length: number, column: number, into: Float64Array): number {
    let at = from;
    const negative = at < length && line.charCodeAt(at) === minus;
    if (negative) at++;
    let value = 0;
    let digits = 0;
    let pointAt = -1;
    for (; at < length; at++) {
      const code = line.charCodeAt(at);
      if (code >= zero && code <= zero + 9) {
        value = value * 10 + (code - zero);
        digits++;
      } else if (code === point && pointAt < 0) pointAt = digits;
      else if (code === comma) break;
      else return -1;
    }
    if (digits === 0 || digits > exactDigits) return -1;
    if (pointAt >= 0) value /= powers[digits - pointAt] ?? 1;
    into[column] = negative ? -value : value;
    return at;
  }

  #share(column: number, into: Float64Array): void {
    for (let other = this.#sameCell[column] ?? -1; other >= 0; other = this.#sameCell[other] ?? -1) {
      into[other] = into[column] ?? 0;
    }
  }
}
