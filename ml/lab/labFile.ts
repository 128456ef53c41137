import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { columns } from '../../src/core/features/columns';
import { readCsvHeader, readCsvRow, splitCsv } from '../../src/core/features/csvRows';
import { classFacts, classOfLabel, flowClasses, flowFamilies } from '../../src/core/features/labels';
import { FlowRows } from '../data/flowRows';
import type { LabFlow } from './labFlows';

const measured = columns.flatMap((c, i) => (c.measure !== null && c.names.improved !== null ? [i] : []));
const facts = ['Label', 'Tool', 'Scenario', 'Checkpoint'];

/** Writes lab flows as improved CSV rows, compressed, the same bytes for the same flows. */
export function writeLabFile(file: string, flows: readonly LabFlow[]): void {
  const header = [...measured.map((i) => columns[i]?.names.improved ?? ''), ...facts].join(',');
  const lines = flows.map(({ columns: c, label, tool, scenario, checkpoint }) =>
    [...measured.map((i) => Number((c[i] ?? 0).toPrecision(9))), label, tool, scenario, checkpoint ? 1 : 0].join(','),
  );
  writeFileSync(file, gzipSync([header, ...lines, ''].join('\n'), { level: 9 }));
}

export interface LabRows {
  rows: FlowRows;
  tools: string[];
  scenarios: string[];
  /** Whether a row is a flow at its end; else at a checkpoint. */
  ended: boolean[];
}

/**
 * What the flows of one benign capture, or of one tool and class, count for together at most, in rows of the dataset: a flood
 * or a scan has hundreds that are alike, and would otherwise decide what the rest of its class looks like.
 */
const mostTogether = { benign: 300, attack: 100 } as const;

/** Lets each flow count for so much that what is alike counts for no more than {@link mostTogether}. */
function balance({ rows, scenarios, tools }: LabRows): void {
  const keyOf = (i: number): string =>
    rows.classes[i] === 0 ? (scenarios[i] ?? '') : `${tools[i] ?? ''} ${rows.classes[i] ?? 0}`;
  const sizes = new Map<string, number>();
  for (let i = 0; i < rows.count; i++) sizes.set(keyOf(i), (sizes.get(keyOf(i)) ?? 0) + 1);
  for (let i = 0; i < rows.count; i++) {
    const most = mostTogether[rows.classes[i] === 0 ? 'benign' : 'attack'];
    rows.copies[i] = Math.min(1, most / (sizes.get(keyOf(i)) ?? 1));
  }
}

/** Reads what {@link writeLabFile} wrote, with what each flow counts for. @throws CsvFormatError */
export function readLabFile(file: string): LabRows {
  const [header = '', ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  const layout = readCsvHeader(header);
  const names = splitCsv(header);
  const lab: LabRows = { rows: new FlowRows(), tools: [], scenarios: [], ended: [] };
  lab.rows.sources.push(file);
  const values = new Float64Array(columns.length);
  for (const line of lines) {
    const cells = splitCsv(line);
    readCsvRow(cells, layout, values);
    const name = classOfLabel(cells[layout.label] ?? '') ?? 'BENIGN';
    lab.rows.add(values, flowClasses.indexOf(name), flowFamilies.indexOf(classFacts[name].family), Number.NaN, false);
    lab.tools.push(cells[names.indexOf('Tool')] ?? '');
    lab.scenarios.push(cells[names.indexOf('Scenario')] ?? '');
    lab.ended.push(cells[names.indexOf('Checkpoint')] !== '1');
  }
  balance(lab);
  return lab;
}
