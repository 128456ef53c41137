import { columnIndex, columns } from './columns';
import type { RowKind } from './columns';

/**
 * Raised whenever a feature changes its meaning, or one is added or removed: a model of another version is refused,
 * because the same numbers would mean something else to it.
 */
export const featureTableVersion = 1;

/** One input of the model. */
export interface Feature {
  readonly id: string;
  /** Ids of the columns that it is worked out from. */
  readonly from: readonly string[];
  readonly unit: string;
  readonly formula: string;
  /** In words, for explanations: "bytes a second". */
  readonly words: string;
  /** Which kinds of rows have it; in others it is -1. */
  readonly kinds: readonly RowKind[];
  readonly value: (columns: ArrayLike<number>) => number;
}

const all: readonly RowKind[] = ['improved', 'official', 'cse2018'];

function plain(id: string, words: string, kinds: readonly RowKind[] = all): Feature {
  const index = columnIndex(id);
  const { unit = '', formula = '' } = columns[index] ?? {};
  return { id, from: [id], unit, formula, words, kinds, value: (c) => c[index] ?? -1 };
}

function derived(
  id: string,
  from: readonly string[],
  unit: string,
  formula: string,
  words: string,
  work: (...values: number[]) => number,
): Feature {
  // Written out, because a list made for each value costs more than the value; what `work` does not take is not looked at.
  const [i = 0, j = 0, k = 0, l = 0, m = 0, n = 0] = from.map(columnIndex);
  const value = (c: ArrayLike<number>): number =>
    work(c[i] ?? 0, c[j] ?? 0, c[k] ?? 0, c[l] ?? 0, c[m] ?? 0, c[n] ?? 0);
  return { id, from, unit, formula, words, kinds: all, value };
}

/** 0 for a flow without duration, where the files hold Infinity or NaN. */
const perSecond = (amount: number, durationUs: number): number => (durationUs > 0 ? amount / (durationUs / 1e6) : 0);

function pooledMean(fn: number, fm: number, bn: number, bm: number): number {
  return fn + bn > 0 ? (fn * fm + bn * bm) / (fn + bn) : 0;
}

/** Sample standard deviation of both directions together, exactly, from count, mean and deviation of each. */
function pooledStd(fn: number, fm: number, fs: number, bn: number, bm: number, bs: number): number {
  const n = fn + bn;
  if (n < 2) return 0;
  const mean = pooledMean(fn, fm, bn, bm);
  const within = Math.max(0, fn - 1) * fs * fs + Math.max(0, bn - 1) * bs * bs;
  const between = fn * (fm - mean) ** 2 + bn * (bm - mean) ** 2;
  return Math.sqrt((within + between) / (n - 1));
}

const lengthWords = (side: string): [string, string][] => [
  ['LengthMax', `largest payload of a packet ${side}`],
  ['LengthMin', `smallest payload of a packet ${side}`],
  ['LengthMean', `mean payload of a packet ${side}`],
  ['LengthStd', `variation of the payload ${side}`],
];
const gapWords = (id: string, side: string): Feature[] => [
  plain(`${id}Mean`, `mean pause between packets${side}`),
  plain(`${id}Std`, `variation of the pauses between packets${side}`),
  plain(`${id}Max`, `longest pause between packets${side}`),
  plain(`${id}Min`, `shortest pause between packets${side}`),
];

/**
 * The inputs of the model, in this order. Left out on purpose, because they name the test network and not the
 * attack: destination port, addresses, absolute windows, header lengths (D'hooge and others 2022).
 */
export const features: readonly Feature[] = [
  derived(
    'isTcp',
    ['protocol', 'initialWindow'],
    '0 or 1',
    '1 for TCP, else 0 (official rows: 1 where a window was seen)',
    'TCP',
    (protocol, window) => (protocol === 6 || (protocol === -1 && (window ?? -1) >= 0) ? 1 : 0),
  ),
  plain('duration', 'how long the flow lasted'),
  plain('forwardPackets', 'packets from the opener'),
  plain('backwardPackets', 'packets in answer'),
  plain('forwardBytes', 'bytes from the opener'),
  plain('backwardBytes', 'bytes in answer'),
  ...lengthWords('from the opener').map(([id, words]) => plain(`forward${id}`, words)),
  ...lengthWords('in answer').map(([id, words]) => plain(`backward${id}`, words)),
  derived(
    'lengthMean',
    ['forwardPackets', 'forwardLengthMean', 'backwardPackets', 'backwardLengthMean'],
    'bytes',
    'mean payload of all packets (each once)',
    'mean payload of a packet',
    (fn = 0, fm = 0, bn = 0, bm = 0) => pooledMean(fn, fm, bn, bm),
  ),
  derived(
    'lengthStd',
    [
      'forwardPackets',
      'forwardLengthMean',
      'forwardLengthStd',
      'backwardPackets',
      'backwardLengthMean',
      'backwardLengthStd',
    ],
    'bytes',
    'sample standard deviation of the payload of all packets (each once)',
    'variation of the payload',
    (fn = 0, fm = 0, fs = 0, bn = 0, bm = 0, bs = 0) => pooledStd(fn, fm, fs, bn, bm, bs),
  ),
  derived(
    'bytesPerSecond',
    ['forwardBytes', 'backwardBytes', 'duration'],
    'bytes/s',
    'payload of both directions a second; 0 without duration',
    'bytes a second',
    (f = 0, b = 0, d = 0) => perSecond(f + b, d),
  ),
  derived(
    'packetsPerSecond',
    ['forwardPackets', 'backwardPackets', 'duration'],
    'packets/s',
    'packets of both directions a second; 0 without duration',
    'packets a second',
    (f = 0, b = 0, d = 0) => perSecond(f + b, d),
  ),
  derived(
    'forwardPacketsPerSecond',
    ['forwardPackets', 'duration'],
    'packets/s',
    'packets forward a second; 0 without duration',
    'packets a second from the opener',
    (f = 0, d = 0) => perSecond(f, d),
  ),
  derived(
    'backwardPacketsPerSecond',
    ['backwardPackets', 'duration'],
    'packets/s',
    'packets backward a second; 0 without duration',
    'packets a second in answer',
    (b = 0, d = 0) => perSecond(b, d),
  ),
  ...gapWords('gap', ''),
  ...gapWords('forwardGap', ' from the opener'),
  ...gapWords('backwardGap', ' in answer'),
  derived(
    'packetRatio',
    ['forwardPackets', 'backwardPackets'],
    '',
    'packets backward / packets forward',
    'packets in answer for each from the opener',
    (f = 0, b = 0) => (f > 0 ? b / f : 0),
  ),
  derived(
    'byteRatio',
    ['forwardBytes', 'backwardBytes'],
    '',
    'bytes backward / (bytes forward + 1)',
    'bytes in answer for each from the opener',
    (f = 0, b = 0) => b / (f + 1),
  ),
  plain('forwardData', 'packets with data from the opener'),
  plain('activeMean', 'mean busy stretch'),
  plain('activeMax', 'longest busy stretch'),
  plain('activeMin', 'shortest busy stretch'),
  plain('idleMean', 'mean silence over 5 s'),
  plain('idleMax', 'longest silence over 5 s'),
  plain('idleMin', 'shortest silence over 5 s'),
  plain('firstSyn', 'SYN in the first packet', ['official']),
  plain('firstAck', 'ACK in the first packet', ['official']),
  plain('firstFin', 'FIN in the first packet', ['official']),
  plain('firstPsh', 'PSH in the first packet', ['official']),
  plain('firstRst', 'RST in the first packet', ['official']),
  plain('fin', 'packets that close (FIN)', ['improved']),
  plain('syn', 'packets that open (SYN)', ['improved']),
  plain('rst', 'resets (RST)', ['improved']),
  plain('psh', 'packets that end a write (PSH)', ['improved']),
  plain('ack', 'acknowledgments', ['improved']),
  plain('forwardPsh', 'writes of the opener (PSH)', ['improved']),
  plain('backwardPsh', 'writes in answer (PSH)', ['improved']),
  plain('forwardRst', 'resets from the opener', ['improved']),
  plain('backwardRst', 'resets in answer', ['improved']),
  plain('connectionAge', 'how long the connection has been open', ['improved']),
];

/** Works out every feature of a vector of columns; `into` takes them from `offset` on. */
export function writeFeatures(from: ArrayLike<number>, into: Float32Array, offset: number): void {
  for (let i = 0; i < features.length; i++) {
    const value = features[i]?.value(from) ?? -1;
    into[offset + i] = Number.isFinite(value) ? value : 0;
  }
}

const values = features.map(({ value }) => value);

/** Works out the features at some positions only, one after another from the start of `into` on. */
export function writeSomeFeatures(from: ArrayLike<number>, positions: Int32Array, into: Float32Array): void {
  for (let j = 0; j < positions.length; j++) {
    const value = values[positions[j] as number]?.(from) ?? -1;
    into[j] = Number.isFinite(value) ? value : 0;
  }
}

/** Positions in `features` that rows of a kind have. */
export function featuresOf(kind: RowKind): number[] {
  return features.flatMap((feature, i) => (feature.kinds.includes(kind) ? [i] : []));
}
