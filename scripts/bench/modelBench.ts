import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createScorer, TreeScorer } from '../../src/analyzer/flowScorer';
import type { FlowScorer } from '../../src/analyzer/flowScorer';
import { loadLiveModel, shippedModels } from '../../src/analyzer/modelFile';
import { columns } from '../../src/core/features/columns';
import { readCsvHeader, readCsvRow, splitCsv } from '../../src/core/features/csvRows';
import { features, writeFeatures } from '../../src/core/features/features';
import { inputPositions } from '../../src/core/model/modelMetadata';
import type { BenchCapture } from './captures';
import { measureCommand, median } from './measure';

/** Rows that are scored for one figure. */
const scoredRows = 100_000;

/** Rows of one call, as the analysis and `score` have them. */
const batchRows = 1024;

/** What the model costs: rows a processor second in each evaluator, and processor time a packet beside the analysis without it. */
export async function benchModel(
  cli: string,
  captures: readonly BenchCapture[],
  runs: number,
  say: (text: string) => void,
): Promise<Record<string, unknown>> {
  const record: Record<string, unknown> = {};
  const loaded = loadLiveModel(shippedModels());
  const rows = labRows(loaded.metadata, loaded.model.inputs);
  const { roots, feature } = loaded.model;
  say(`\nmodel: ${roots.length} trees, ${feature.length} nodes, ${loaded.model.inputs} inputs; rows of the lab in batches of ${batchRows}`); // prettier-ignore
  for (const scorer of [await createScorer(loaded), new TreeScorer(loaded)]) {
    const rates: number[] = [];
    await rowsPerCpuSecond(scorer, rows, loaded.model.inputs);
    for (let run = 0; run < runs; run++) rates.push(await rowsPerCpuSecond(scorer, rows, loaded.model.inputs));
    record[scorer.engine] = rates;
    say(`${scorer.engine.padEnd(32)} ${Math.round(median(rates))} rows a processor second`);
    await scorer.close();
  }
  for (const kind of ['improved', 'official'] as const) {
    const whole = scoreRates(cli, kind, runs);
    record[`score ${kind}`] = whole;
    const name = `score, ${kind} rows to a report`;
    say(`${name.padEnd(32)} ${Math.round(median(whole))} rows a processor second`);
  }
  for (const { name, file, packets } of captures) {
    const cpu = (words: string[]): number[] => {
      const measured = measureCommand(process.execPath, [cli, 'analyze', file, '--format', 'json', ...words], runs);
      return measured.ok ? measured.runs.map((m) => m.cpuSeconds) : [];
    };
    const [on, off] = [cpu([]), cpu(['--no-model'])];
    const added = (1e9 * (median(on) - median(off))) / packets;
    record[name] = { on, off };
    say(`${name}: ${added.toFixed(0)} ns a packet for the model, beside ${((1e9 * median(off)) / packets).toFixed(0)} without it`); // prettier-ignore
  }
  return record;
}

/** The rows of the lab that many times, as one CSV file: the start of the program is to be a small part. */
const fileCopies = 8;

/** Cells of an official row. */
const officialCells = 79;

/** Rows a processor second of the command `score`, the start, the reading and the figures with it. */
function scoreRates(cli: string, kind: 'improved' | 'official', runs: number): number[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-score-'));
  try {
    const [header = '', ...lines] = kind === 'official' ? officialLines() : labLines();
    const file = path.join(folder, 'rows.csv');
    writeFileSync(file, [header, ...Array.from({ length: fileCopies }, () => lines).flat(), ''].join('\n'));
    const measured = measureCommand(process.execPath, [cli, 'score', file, '--format', 'json'], runs);
    return measured.ok ? measured.runs.map((m) => (fileCopies * lines.length) / m.cpuSeconds) : [];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The rows of the lab as wide as official ones and under their names; what only those have is 0. */
function officialLines(): string[] {
  const [header = '', ...lines] = labLines();
  const layout = readCsvHeader(header);
  const named = columns.flatMap(({ names }, i) => (names.official === null ? [] : [{ name: names.official, i }]));
  const empty = Array.from({ length: officialCells - named.length - 1 }, () => '0');
  const values = new Float64Array(columns.length);
  const rows = lines.map((line) => {
    const cells = splitCsv(line);
    readCsvRow(cells, layout, values);
    return [...named.map(({ i }) => Math.max(0, values[i] ?? 0)), ...empty, cells[layout.label] ?? ''].join(',');
  });
  return [[...named.map(({ name }) => name), ...empty.map((_, i) => `Other ${i}`), 'Label'].join(','), ...rows];
}

async function rowsPerCpuSecond(scorer: FlowScorer, rows: Float32Array, inputs: number): Promise<number> {
  const before = process.cpuUsage();
  let done = 0;
  for (let at = 0; done < scoredRows; done += batchRows, at += batchRows * inputs) {
    if (at + batchRows * inputs > rows.length) at = 0;
    await scorer.score(rows.subarray(at, at + batchRows * inputs), batchRows);
  }
  const { user, system } = process.cpuUsage(before);
  return done / ((user + system) / 1e6);
}

const labLines = (): string[] =>
  gunzipSync(readFileSync(path.join(shippedModels(), 'lab-flows.csv.gz')))
    .toString('utf8')
    .trim()
    .split('\n');

/** Flows that were really seen, as inputs of the model: random numbers would go other ways through the trees. */
function labRows(metadata: Parameters<typeof inputPositions>[0], inputs: number): Float32Array {
  const [header = '', ...lines] = labLines();
  const layout = readCsvHeader(header);
  const positions = inputPositions(metadata);
  const values = new Float64Array(columns.length);
  const all = new Float32Array(features.length);
  const rows = new Float32Array(lines.length * inputs);
  for (const [i, line] of lines.entries()) {
    readCsvRow(splitCsv(line), layout, values);
    writeFeatures(values, all, 0);
    for (const [j, position] of positions.entries()) rows[i * inputs + j] = all[position] ?? 0;
  }
  return rows;
}
