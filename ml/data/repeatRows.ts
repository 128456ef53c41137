/**
 * Makes a folder of many rows out of few, to try how long a training on all of CICIDS2017 takes and how much memory it
 * needs: `node --import tsx ml/data/repeatRows.ts --data DIR --out DIR [--rows 2500000] [--seed N]`. Each row is repeated with
 * its times stretched by up to a tenth; four of five are benign, as in the whole dataset. The figures of a model of such rows mean
 * nothing. Half of the rows are improved ones, half official ones.
 */
import { createWriteStream, mkdirSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readLines } from '../../src/analyzer/csvLines';
import { CsvFormatError, readCsvHeader, splitCsv } from '../../src/core/features/csvRows';
import type { CsvLayout } from '../../src/core/features/csvRows';
import { classOfLabel } from '../../src/core/features/labels';
import { seededRandom } from '../random';
import { findCsvFiles } from '../train/rows';

const benignShare = 0.8;

interface Table {
  header: string;
  layout: CsvLayout;
  benign: string[];
  attacks: string[];
}

/** The rows of the first file of each layout, and of all others with the same header. */
async function readTables(folder: string): Promise<Table[]> {
  const tables: Table[] = [];
  for (const file of findCsvFiles(folder)) {
    let table: Table | undefined;
    let first = true;
    try {
      for await (const { lines } of readLines(file)) {
        for (const line of lines) {
          if (first) {
            const layout = readCsvHeader(line);
            const header = line.trimEnd();
            table = tables.find((t) => t.header === header);
            if (table === undefined && layout.kind !== 'cse2018' && layout.label >= 0) {
              table = { header, layout, benign: [], attacks: [] };
              tables.push(table);
            }
            first = false;
          } else if (table !== undefined && line !== '') {
            const name = classOfLabel(splitCsv(line)[table.layout.label] ?? '');
            if (name !== null) table[name === 'BENIGN' ? 'benign' : 'attacks'].push(line.trimEnd());
          }
        }
      }
    } catch (error) {
      if (!(error instanceof CsvFormatError)) throw error;
    }
  }
  return tables;
}

/** The row with its times, and so its rates, stretched. */
function stretched(line: string, timed: readonly boolean[], random: () => number): string {
  const factor = 0.95 + random() / 10;
  return splitCsv(line)
    .map((cell, i) => (timed[i] === true && Number(cell) > 1 ? String(Math.round(Number(cell) * factor)) : cell))
    .join(',');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, out: { type: 'string' }, rows: { type: 'string' }, seed: { type: 'string' } },
  });
  if (values.data === undefined || values.out === undefined) throw new Error('Say --data DIR and --out DIR.');
  mkdirSync(values.out, { recursive: true });
  const wanted = Number(values.rows ?? 2_500_000) / 2;
  const random = seededRandom(Number(values.seed ?? 1));
  const tables = await readTables(values.data);
  for (const kind of ['improved', 'official'] as const) {
    const table = tables
      .filter(({ layout, benign, attacks }) => layout.kind === kind && benign.length > 0 && attacks.length > 0)
      .sort((x, y) => y.benign.length + y.attacks.length - x.benign.length - x.attacks.length)[0];
    if (table === undefined) continue;
    const timed = splitCsv(table.header).map((name) => /duration|iat|^\s*(active|idle)/i.test(name));
    const file = createWriteStream(path.join(values.out, `${kind}.csv`));
    file.write(`${table.header}\n`);
    for (let done = 0; done < wanted;) {
      const some: string[] = [];
      for (let i = 0; i < 2000 && done < wanted; i++, done++) {
        const list = random() < benignShare ? table.benign : table.attacks;
        some.push(stretched(list[Math.floor(random() * list.length)] ?? '', timed, random));
      }
      if (!file.write(`${some.join('\n')}\n`)) await once(file, 'drain');
    }
    file.end();
    await once(file, 'finish');
  }
}

void main();
