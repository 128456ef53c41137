import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { RowKind } from '../../src/core/features/columns';
import { CsvFormatError } from '../../src/core/features/csvRows';
import { FlowRows, noClass, readFlowCsv } from '../data/flowRows';
import { mix, seededRandom } from '../random';

/** All rows of a folder, by their kind. */
export interface Dataset {
  rows: Record<RowKind, FlowRows>;
  /** Files that hold no flows, with the reason. */
  skipped: { file: string; reason: string }[];
  /** Rows whose label names no class or family. */
  unknownLabels: number;
  /** Over names and sizes of the files and all rows that were kept. */
  hash: string;
}

/** CSV files below a folder, `.gz` or plain, in the order of their names. */
export function findCsvFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.csv(\.gz)?$/i.test(name))
    .sort()
    .map((name) => path.join(folder, name));
}

/**
 * Reads every CSV file below a folder. A file of another layout is left out and named; rows with the same features and
 * label are kept once with their number, and a row that names only a family is dropped where an equal one names the class.
 * @throws CsvFormatError when no file has rows.
 */
export async function readDataset(
  folder: string,
  options: { maxRows: number; seed: number; onProgress?: (share: number) => void; cancelled?: () => boolean },
): Promise<Dataset> {
  const files = findCsvFiles(folder);
  const sizes = files.map((file) => statSync(file).size);
  const total = Math.max(1, sizes.reduce((x, y) => x + y, 0)); // prettier-ignore
  const all: Record<RowKind, FlowRows> = {
    improved: new FlowRows(),
    official: new FlowRows(),
    cse2018: new FlowRows(),
  };
  const skipped: Dataset['skipped'] = [];
  const hash = createHash('sha256');
  let unknownLabels = 0;
  let before = 0;
  for (const [i, file] of files.entries()) {
    const into = new FlowRows();
    const size = sizes[i] ?? 0;
    hash.update(`${path.relative(folder, file)} ${size}\n`);
    try {
      const result = await readFlowCsv(file, into, {
        onProgress: (bytes) => options.onProgress?.((before + Math.min(bytes, size)) / total),
        ...(options.cancelled === undefined ? {} : { cancelled: options.cancelled }),
      });
      unknownLabels += result.unknownLabels;
      all[result.kind].append(into);
    } catch (error) {
      if (!(error instanceof CsvFormatError)) throw error;
      skipped.push({ file: path.relative(folder, file), reason: error.message.replace(`${file}, `, '') });
    }
    before += size;
  }
  const rows = {} as Record<RowKind, FlowRows>;
  for (const kind of ['improved', 'official', 'cse2018'] as const) {
    rows[kind] = thin(distinct(all[kind]), options.maxRows, options.seed);
    hash.update(new Uint8Array(rows[kind].hashes.buffer, 0, rows[kind].count * 8));
  }
  if (Object.values(rows).every((r) => r.count === 0)) {
    const first = skipped[0];
    const why = first === undefined ? 'there is no CSV file' : `${first.file}: ${first.reason}`;
    throw new CsvFormatError(`No flows of CICIDS2017 in ${folder}: ${why}`);
  }
  return { rows, skipped, unknownLabels, hash: hash.digest('hex') };
}

/**
 * Each row once, in order, with its number of copies: as many as the file has that has most of them, because samples of
 * the dataset overlap. What is common must stay common: an empty connection is benign a hundred times and a bot once.
 */
export function distinct(rows: FlowRows): FlowRows {
  const first = new Map<number, number>();
  const inFile = new Map<number, number>();
  const named = new Set<number>();
  for (let i = 0; i < rows.count; i++) if (rows.classes[i] !== noClass) named.add(rows.contents[i] ?? 0);
  let file = -1;
  for (let i = 0; i < rows.count; i++) {
    if (rows.source[i] !== file) inFile.clear();
    file = rows.source[i] ?? 0;
    if (rows.classes[i] === noClass && named.has(rows.contents[i] ?? 0)) continue;
    const hash = rows.hashes[i] ?? 0;
    const copies = (inFile.get(hash) ?? 0) + 1;
    inFile.set(hash, copies);
    const at = first.get(hash);
    if (at === undefined) first.set(hash, i);
    else rows.copies[at] = Math.max(rows.copies[at] ?? 1, copies);
  }
  return rows.pick([...first.values()]);
}

/** At most so many rows: of each class the same share, but at least 2,000 of a class that has them. */
export function thin(rows: FlowRows, maxRows: number, seed: number): FlowRows {
  if (rows.count <= maxRows) return rows;
  const counts = new Map<number, number>();
  const kindOf = (i: number): number => (rows.classes[i] ?? 0) * 256 + (rows.families[i] ?? 0);
  for (let i = 0; i < rows.count; i++) counts.set(kindOf(i), (counts.get(kindOf(i)) ?? 0) + 1);
  const share = maxRows / rows.count;
  const random = seededRandom(mix(seed, 11));
  const keep: number[] = [];
  for (let i = 0; i < rows.count; i++) {
    const n = counts.get(kindOf(i)) ?? 1;
    if (random() < Math.min(1, Math.max(share, 2000 / n))) keep.push(i);
  }
  return rows.pick(keep);
}
