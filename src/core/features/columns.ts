import { singles, summaries } from '../flows/flowMeter';
import type { FlowMeter } from '../flows/flowMeter';

/** The two kinds of CICIDS2017 rows, and those of CSE-CIC-IDS2018 (for the cross-dataset figures only). */
export const rowKinds = ['improved', 'official', 'cse2018'] as const;
export type RowKind = (typeof rowKinds)[number];

/** One measured number of a flow, as a CSV file names it and as the extractor measures it. */
export interface Column {
  readonly id: string;
  /** Name in each kind of file; null where that kind does not have it. */
  readonly names: Readonly<Record<RowKind, string | null>>;
  readonly unit: string;
  readonly formula: string;
  /** Of a live flow; null for what only the official tool writes. */
  readonly measure: ((meter: FlowMeter, ipProtocol: number) => number) | null;
}

function column(
  id: string,
  names: readonly [improved: string | null, official: string | null, cse2018: string | null],
  unit: string,
  formula: string,
  measure: Column['measure'],
): Column {
  return { id, names: { improved: names[0], official: names[1], cse2018: names[2] }, unit, formula, measure };
}

const single =
  (slot: number) =>
  (meter: FlowMeter): number =>
    meter.values[slot] ?? 0;

function lengths(side: 'forward' | 'backward', short: 'Fwd' | 'Bwd', summary: number): Column[] {
  const names = (what: string): [string, string, string] => [
    `${short} Packet Length ${what}`,
    `${short} Packet Length ${what}`,
    `${short} Pkt Len ${what}`,
  ];
  const of = `of the payload lengths ${side}`;
  return [
    column(`${side}LengthMax`, names('Max'), 'bytes', `largest ${of}`, (m) => m.maximum(summary)),
    column(`${side}LengthMin`, names('Min'), 'bytes', `smallest ${of}`, (m) => m.minimum(summary)),
    column(`${side}LengthMean`, names('Mean'), 'bytes', `mean ${of}`, (m) => m.mean(summary)),
    column(`${side}LengthStd`, names('Std'), 'bytes', `sample standard deviation ${of}`, (m) => m.deviation(summary)),
  ];
}

function gaps(id: string, name: string, of: string, summary: number): Column[] {
  const names = (what: string): [string, string, string] =>
    Array(3).fill(`${name} ${what}`) as [string, string, string];
  return [
    column(`${id}Mean`, names('Mean'), 'µs', `mean of the times between ${of}`, (m) => m.mean(summary)),
    column(`${id}Std`, names('Std'), 'µs', `sample standard deviation of the times between ${of}`, (m) =>
      m.deviation(summary),
    ),
    column(`${id}Max`, names('Max'), 'µs', `longest time between ${of}`, (m) => m.maximum(summary)),
    column(`${id}Min`, names('Min'), 'µs', `shortest time between ${of}`, (m) => m.minimum(summary)),
  ];
}

function stretches(id: string, name: string, of: string, summary: number): Column[] {
  const names = (what: string): [string, string, string] =>
    Array(3).fill(`${name} ${what}`) as [string, string, string];
  return [
    column(`${id}Mean`, names('Mean'), 'µs', `mean length of ${of}`, (m) => m.mean(summary)),
    column(`${id}Max`, names('Max'), 'µs', `longest of ${of}`, (m) => m.maximum(summary)),
    column(`${id}Min`, names('Min'), 'µs', `shortest of ${of}`, (m) => m.minimum(summary)),
  ];
}

/**
 * The columns that are read and written, in this order. Official files hold their flags of the first packet only, under
 * permuted names (CICFlowMeter V3 walks a hash map): the name in this table is where each flag really is.
 */
export const columns: readonly Column[] = [
  column('protocol', ['Protocol', null, 'Protocol'], '', 'IP protocol number', (_, ipProtocol) => ipProtocol),
  column(
    'initialWindow',
    [null, 'Init_Win_bytes_forward', null],
    'bytes',
    'only whether there is one (0 or more): then the flow is TCP',
    null,
  ),
  column(
    'duration',
    ['Flow Duration', 'Flow Duration', 'Flow Duration'],
    'µs',
    'last minus first packet',
    (m) => m.lastUs - m.startUs,
  ),
  column(
    'forwardPackets',
    ['Total Fwd Packet', 'Total Fwd Packets', 'Tot Fwd Pkts'],
    'packets',
    'packets in the direction of the opener',
    (m) => m.count(summaries.forwardLength),
  ),
  column(
    'backwardPackets',
    ['Total Bwd packets', 'Total Backward Packets', 'Tot Bwd Pkts'],
    'packets',
    'packets in the other direction',
    (m) => m.count(summaries.backwardLength),
  ),
  column(
    'forwardBytes',
    ['Total Length of Fwd Packet', 'Total Length of Fwd Packets', 'TotLen Fwd Pkts'],
    'bytes',
    'payload forward',
    (m) => m.total(summaries.forwardLength),
  ),
  column(
    'backwardBytes',
    ['Total Length of Bwd Packet', 'Total Length of Bwd Packets', 'TotLen Bwd Pkts'],
    'bytes',
    'payload backward',
    (m) => m.total(summaries.backwardLength),
  ),
  ...lengths('forward', 'Fwd', summaries.forwardLength),
  ...lengths('backward', 'Bwd', summaries.backwardLength),
  ...gaps('gap', 'Flow IAT', 'consecutive packets', summaries.gap),
  ...gaps('forwardGap', 'Fwd IAT', 'consecutive packets forward', summaries.forwardGap),
  ...gaps('backwardGap', 'Bwd IAT', 'consecutive packets backward', summaries.backwardGap),
  column(
    'forwardData',
    ['Fwd Act Data Pkts', 'act_data_pkt_fwd', 'Fwd Act Data Pkts'],
    'packets',
    'forward packets with payload, without the first packet',
    single(singles.forwardData),
  ),
  ...stretches('active', 'Active', 'the stretches without a gap over 5 s', summaries.active),
  ...stretches('idle', 'Idle', 'the gaps over 5 s', summaries.idle),
  column('fin', ['FIN Flag Count', null, null], 'packets', 'packets with FIN', single(singles.fin)),
  column('syn', ['SYN Flag Count', null, null], 'packets', 'packets with SYN', single(singles.syn)),
  column('rst', ['RST Flag Count', null, null], 'packets', 'packets with RST', single(singles.rst)),
  column('psh', ['PSH Flag Count', null, null], 'packets', 'packets with PSH', single(singles.psh)),
  column('ack', ['ACK Flag Count', null, null], 'packets', 'packets with ACK', single(singles.ack)),
  column('forwardPsh', ['Fwd PSH Flags', null, null], 'packets', 'forward with PSH', single(singles.forwardPsh)),
  column('backwardPsh', ['Bwd PSH Flags', null, null], 'packets', 'backward with PSH', single(singles.backwardPsh)),
  column('forwardRst', ['Fwd RST Flags', null, null], 'packets', 'forward with RST', single(singles.forwardRst)),
  column('backwardRst', ['Bwd RST Flags', null, null], 'packets', 'backward with RST', single(singles.backwardRst)),
  column(
    'connectionAge',
    ['Total TCP Flow Time', null, null],
    'µs',
    'last packet of the flow minus first packet of its TCP connection, which may have been cut before; 0 without TCP',
    (m, ipProtocol) => (ipProtocol === 6 ? Math.max(0, m.lastUs - (m.values[singles.connectionStartUs] ?? 0)) : 0),
  ),
  column('firstSyn', [null, 'PSH Flag Count', null], '0 or 1', 'SYN in the first packet', null),
  column('firstAck', [null, 'ACK Flag Count', null], '0 or 1', 'ACK in the first packet', null),
  column('firstFin', [null, 'URG Flag Count', null], '0 or 1', 'FIN in the first packet', null),
  column('firstPsh', [null, 'SYN Flag Count', null], '0 or 1', 'PSH in the first packet', null),
  column('firstRst', [null, 'FIN Flag Count', null], '0 or 1', 'RST in the first packet', null),
];

const indexById = new Map(columns.map((c, i) => [c.id, i]));

/** Position of a column in a vector of columns. @throws when there is none of that name: a mistake in a table. */
export function columnIndex(id: string): number {
  const index = indexById.get(id);
  if (index === undefined) throw new Error(`no column ${id}`);
  return index;
}

const measured = columns.flatMap(({ measure }, i) => (measure === null ? [] : [{ i, measure }]));
const unmeasured = Int32Array.from(columns.flatMap(({ measure }, i) => (measure === null ? [i] : [])));

/** Writes what the meter measured to `into` as the columns of an improved row; -1 for what such a row does not have. */
export function measureColumns(meter: FlowMeter, ipProtocol: number, into: Float64Array): void {
  for (let k = 0; k < measured.length; k++) {
    const { i, measure } = measured[k] as (typeof measured)[number];
    into[i] = measure(meter, ipProtocol);
  }
  for (let k = 0; k < unmeasured.length; k++) into[unmeasured[k] as number] = -1;
}
