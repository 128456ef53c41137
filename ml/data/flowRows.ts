import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { columnIndex, columns } from '../../src/core/features/columns';
import type { RowKind } from '../../src/core/features/columns';
import { CsvFormatError, maxCsvLineLength, readCsvHeader, readCsvRow, splitCsv } from '../../src/core/features/csvRows';
import type { CsvLayout } from '../../src/core/features/csvRows';
import { features, writeFeatures } from '../../src/core/features/features';
import { classFacts, classOfLabel, familyOfLabel, flowClasses, flowFamilies } from '../../src/core/features/labels';
import { mix } from '../random';

/** Label of a row whose file names a family only. */
export const noClass = 255;

/** Rows of flows in typed arrays that grow; about 250 bytes a row. */
export class FlowRows {
  readonly inputs = features.length;
  count = 0;
  values = new Float32Array(1024 * features.length);
  /** Index in `flowClasses`, `noClass` where only the family is known. */
  classes = new Uint8Array(1024);
  /** Index in `flowFamilies`. */
  families = new Uint8Array(1024);
  /** Rows that are nearly equal share it: a split never separates them. */
  groups = new Uint32Array(1024);
  /** Hash of all features and the label. */
  hashes = new Float64Array(1024);
  /** Seconds since 1970, NaN where the file does not say (precisely). */
  times = new Float64Array(1024);
  /** TCP without a byte from the opener, in a class that needs one: an attack that was not carried out. */
  attempted = new Uint8Array(1024);
  /** Index in `sources`. */
  source = new Uint16Array(1024);
  readonly sources: string[] = [];

  /** Adds a row from its columns. */
  add(from: Float64Array, ofClass: number, family: number, time: number, attempted: boolean): void {
    if (this.count === this.classes.length) this.#grow();
    const i = this.count++;
    writeFeatures(from, this.values, i * this.inputs);
    this.classes[i] = ofClass;
    this.families[i] = family;
    this.times[i] = time;
    this.groups[i] = groupOf(from);
    this.hashes[i] = this.#hash(i, ofClass, family);
    this.source[i] = this.sources.length - 1;
    const payload = (from[forwardBytesAt] ?? 0) > 0;
    const tcp = (this.values[i * this.inputs] ?? 0) === 1;
    const needsPayload = family !== benign && family !== portScan;
    this.attempted[i] = attempted || (tcp && !payload && needsPayload) ? 1 : 0;
  }

  /** The rows at `picks`, copied. */
  pick(picks: ArrayLike<number>): FlowRows {
    const rows = new FlowRows();
    rows.sources.push(...this.sources);
    const n = picks.length;
    rows.count = n;
    rows.values = new Float32Array(n * this.inputs);
    rows.classes = new Uint8Array(n);
    rows.families = new Uint8Array(n);
    rows.groups = new Uint32Array(n);
    rows.hashes = new Float64Array(n);
    rows.times = new Float64Array(n);
    rows.attempted = new Uint8Array(n);
    rows.source = new Uint16Array(n);
    for (let i = 0; i < n; i++) {
      const from = picks[i] ?? 0;
      rows.values.set(this.values.subarray(from * this.inputs, (from + 1) * this.inputs), i * this.inputs);
      rows.classes[i] = this.classes[from] ?? noClass;
      rows.families[i] = this.families[from] ?? 0;
      rows.groups[i] = this.groups[from] ?? 0;
      rows.hashes[i] = this.hashes[from] ?? 0;
      rows.times[i] = this.times[from] ?? Number.NaN;
      rows.attempted[i] = this.attempted[from] ?? 0;
      rows.source[i] = this.source[from] ?? 0;
    }
    return rows;
  }

  #hash(i: number, ofClass: number, family: number): number {
    const bits = new Int32Array(this.values.buffer, i * this.inputs * 4, this.inputs);
    return mix(ofClass, family, ...bits) * 1_048_576 + (mix(7, ...bits) & 0xfffff);
  }

  #grow(): void {
    const length = this.classes.length * 2;
    const wider = <T extends { set: (from: T) => void }>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.values = wider(new Float32Array(length * this.inputs), this.values);
    this.classes = wider(new Uint8Array(length), this.classes);
    this.families = wider(new Uint8Array(length), this.families);
    this.groups = wider(new Uint32Array(length), this.groups);
    this.hashes = wider(new Float64Array(length), this.hashes);
    this.times = wider(new Float64Array(length), this.times);
    this.attempted = wider(new Uint8Array(length), this.attempted);
    this.source = wider(new Uint16Array(length), this.source);
  }
}

const benign = flowFamilies.indexOf('BENIGN');
const portScan = flowFamilies.indexOf('PortScan');
const forwardBytesAt = columnIndex('forwardBytes');
const groupColumns = [
  'duration',
  'forwardPackets',
  'backwardPackets',
  'forwardBytes',
  'backwardBytes',
  'forwardLengthMax',
  'forwardLengthMin',
  'backwardLengthMax',
  'backwardLengthMin',
  'forwardData',
].map(columnIndex);

function groupOf(from: Float64Array): number {
  return mix(...groupColumns.map((i) => Math.round(from[i] ?? 0)));
}

export interface ReadOptions {
  /** Bytes read of the file so far (compressed ones of a .gz). */
  onProgress?: (bytes: number) => void;
  cancelled?: () => boolean;
  /** Stops after so many rows of this file. */
  maxRows?: number;
}

/**
 * Reads a CSV file of flows, plain or `.gz`, and adds its rows; returns the kind and how many there were. Rows without
 * a known label are left out and counted.
 * @throws CsvFormatError with the file's name and the line.
 */
export async function readFlowCsv(
  file: string,
  rows: FlowRows,
  options: ReadOptions = {},
): Promise<{ kind: RowKind; rows: number; unknownLabels: number }> {
  rows.sources.push(file);
  const input = createReadStream(file, { highWaterMark: 1 << 20 });
  const stream = file.endsWith('.gz') ? input.pipe(createGunzip({ chunkSize: 1 << 20 })) : input;
  if (stream !== input) input.on('error', (error) => stream.destroy(error));
  // latin1 keeps every byte: official labels are not UTF-8.
  stream.setEncoding('latin1');
  const reader = new RowReader(file, rows);
  let rest = '';
  try {
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > maxCsvLineLength)
        throw new CsvFormatError(`${file}: a line is over ${maxCsvLineLength} characters`);
      for (const line of lines) reader.line(line);
      options.onProgress?.(input.bytesRead);
      if (options.cancelled?.() === true || reader.rows >= (options.maxRows ?? Number.POSITIVE_INFINITY)) break;
    }
    if (rest !== '') reader.line(rest);
  } finally {
    input.destroy();
  }
  if (reader.layout === null) throw new CsvFormatError(`${file} is empty.`);
  return { kind: reader.layout.kind, rows: reader.rows, unknownLabels: reader.unknownLabels };
}

class RowReader {
  layout: CsvLayout | null = null;
  rows = 0;
  unknownLabels = 0;
  readonly #columns = new Float64Array(columns.length);
  #lineNumber = 0;

  constructor(
    private readonly file: string,
    private readonly into: FlowRows,
  ) {}

  line(text: string): void {
    this.#lineNumber++;
    if (text.trim() === '') return;
    try {
      if (this.layout === null) {
        this.layout = readCsvHeader(text);
        if (this.layout.label < 0)
          throw new CsvFormatError('There is no column "Label", so nothing can be learned from it.');
        return;
      }
      this.#row(splitCsv(text), this.layout);
    } catch (error) {
      if (error instanceof CsvFormatError)
        throw new CsvFormatError(`${this.file}, line ${this.#lineNumber}: ${error.message}`);
      throw error;
    }
  }

  #row(cells: string[], layout: CsvLayout): void {
    const label = cells[layout.label] ?? '';
    if (label === 'Label') return;
    const family = familyOfLabel(label);
    const attempted = /attempted/i.test(label);
    if (family === null) {
      this.unknownLabels++;
      return;
    }
    readCsvRow(cells, layout, this.#columns);
    const name = classOfLabel(label);
    const time =
      layout.timestamp < 0 ? Number.NaN : Date.parse(`${(cells[layout.timestamp] ?? '').replace(' ', 'T')}Z`) / 1000;
    this.into.add(
      this.#columns,
      name === null ? noClass : flowClasses.indexOf(name),
      flowFamilies.indexOf(family),
      time,
      attempted || (layout.attempted >= 0 && Number(cells[layout.attempted]) >= 0),
    );
    this.rows++;
  }
}

/** The family of each class, both as indexes. */
export const familyOfClass = Uint8Array.from(flowClasses, (name) => flowFamilies.indexOf(classFacts[name].family));
