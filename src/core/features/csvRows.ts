import { columnIndex, columns, rowKinds } from './columns';
import type { RowKind } from './columns';

/** Longest header or row that is taken; real ones have about 2 KB. */
export const maxCsvLineLength = 65_536;

/** The file is no table of flows that the model knows; the message says what is missing. */
export class CsvFormatError extends Error {}

/** Where a file keeps what is needed of it. */
export interface CsvLayout {
  readonly kind: RowKind;
  /** For each of `columns` its position in a row, -1 for none. */
  readonly positions: Int32Array;
  /** -1 without labels. */
  readonly label: number;
  /** Position of the time of the flow, -1 for none (it is in the improved rows). */
  readonly timestamp: number;
  /** Position of `Attempted Category` of the improved rows, -1 for none. */
  readonly attempted: number;
  /** Positions of what the model never gets but rows are told apart by: header lengths and windows. */
  readonly others: readonly number[];
  readonly width: number;
}

const otherNames = [
  'Fwd Header Length',
  'Bwd Header Length',
  'Init_Win_bytes_forward',
  'Init_Win_bytes_backward',
  'FWD Init Win Bytes',
  'Bwd Init Win Bytes',
];

const normal = (name: string): string =>
  name
    .replace(/^\uFEFF/, '')
    .toLowerCase()
    .replace(/[^a-z0-9/]/g, '');

/**
 * Finds the columns by the header line, whatever their order, spaces or case. A name that is there twice
 * (`Fwd Header Length` in official files, `protocol` in rows of `flows --features`) counts once, the last time.
 * @throws CsvFormatError that names the first missing column.
 */
export function readCsvHeader(line: string): CsvLayout {
  const names = splitCsv(line).map(normal);
  const at = (name: string | null): number => (name === null ? -1 : names.lastIndexOf(normal(name)));
  let best: { kind: RowKind; missing: string[] } | null = null;
  for (const kind of rowKinds) {
    const missing = columns.flatMap(({ names: n }) => (n[kind] !== null && at(n[kind]) < 0 ? [n[kind]] : []));
    if (best === null || missing.length < best.missing.length) best = { kind, missing };
  }
  const label = ['label', 'attacktype'].map((name) => names.indexOf(name)).find((i) => i >= 0) ?? -1;
  if (best === null || best.missing.length > 0) {
    const missing = best?.missing ?? [];
    const shown = missing
      .slice(0, 3)
      .map((name) => `"${name}"`)
      .join(', ');
    const more = missing.length > 3 ? ` and ${missing.length - 3} more` : '';
    throw new CsvFormatError(
      missing.length > columns.length / 2
        ? 'This is no table of CICIDS2017 flows: the header has neither the columns of the official nor those of the improved files.'
        : `The column ${shown}${more} is missing (it looks like the ${best?.kind ?? ''} kind of CICIDS2017 rows).`,
    );
  }
  const { kind } = best;
  return {
    kind,
    positions: Int32Array.from(columns, ({ names: n }) => at(n[kind])),
    label,
    timestamp: kind === 'improved' ? names.indexOf('timestamp') : -1,
    attempted: kind === 'improved' ? names.indexOf('attemptedcategory') : -1,
    others: otherNames.map((name) => names.lastIndexOf(normal(name))).filter((i) => i >= 0),
    width: names.length,
  };
}

/** Cells of a line by RFC 4180, without the line end; a quoted line break is not supported (no such file has one). */
export function splitCsv(line: string): string[] {
  if (!line.includes('"')) return line.replace(/[\r\n]+$/, '').split(',');
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (const char of line.replace(/[\r\n]+$/, '')) {
    if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += char;
  }
  cells.push(cell);
  return cells;
}

const protocolAt = columnIndex('protocol');
const windowAt = columnIndex('initialWindow');
const timeColumns = columns.flatMap(({ unit, id }, i) => (unit === 'µs' || id === 'duration' ? [i] : []));
const sides = (['forward', 'backward'] as const).map((side) => ({
  bytes: columnIndex(`${side}Bytes`),
  max: columnIndex(`${side}LengthMax`),
  min: columnIndex(`${side}LengthMin`),
  mean: columnIndex(`${side}LengthMean`),
  std: columnIndex(`${side}LengthStd`),
}));
const forwardDataAt = columnIndex('forwardData');

/**
 * Reads the columns of one row into `into`. What the tool wrote for "not a number" counts as 0, times before 0 too (the
 * clock was set back); of official rows the padding of Ethernet frames is taken out again: a direction whose longest
 * payload is 1 to 6 bytes sent none.
 * @throws CsvFormatError when the row has too few cells or a cell is no number.
 */
export function readCsvRow(cells: readonly string[], layout: CsvLayout, into: Float64Array): void {
  if (cells.length < layout.width) {
    throw new CsvFormatError(`the row has ${cells.length} cells, the header ${layout.width}`);
  }
  for (let i = 0; i < columns.length; i++) {
    const position = layout.positions[i] ?? -1;
    into[i] = position < 0 ? -1 : number(cells[position] ?? '', columns[i]?.names[layout.kind] ?? '');
  }
  completeRow(layout, into);
}

/** What is done with the numbers of a row, however they were read. */
export function completeRow(layout: CsvLayout, into: Float64Array): void {
  for (const i of timeColumns) if ((into[i] ?? 0) < 0) into[i] = 0;
  if (layout.kind === 'official') {
    into[protocolAt] = -1;
    if ((into[windowAt] ?? -1) >= 0) unpad(into);
  }
}

/** Ethernet pads short frames; CICFlowMeter V3 took the padding of empty TCP packets for up to 6 bytes of payload. */
function unpad(row: Float64Array): void {
  for (const [i, side] of sides.entries()) {
    const longest = row[side.max] ?? 0;
    if (longest > 0 && longest <= 6) {
      row[side.bytes] = 0;
      row[side.max] = 0;
      row[side.min] = 0;
      row[side.mean] = 0;
      row[side.std] = 0;
      if (i === 0) row[forwardDataAt] = 0;
    } else if ((row[side.min] ?? 0) <= 6) row[side.min] = 0;
  }
}

function number(cell: string, name: string): number {
  const text = cell.trim();
  if (text === '') return 0;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  if (/^[-+]?(inf(inity)?|nan|∞)$/i.test(text)) return 0;
  throw new CsvFormatError(`"${text.slice(0, 40)}" in the column "${name}" is no number`);
}
