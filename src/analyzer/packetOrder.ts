import type { PacketRow } from '../protocol/capture';
import type { PacketSort } from '../protocol/packetSort';
import { engineLimits } from '../core/limits';
import { packetTimeUs } from '../core/pcap/rawPacket';
import { mergeSortSteps } from '../core/stats/mergeSort';
import { compareNatural } from '../core/stats/naturalOrder';
import type { PacketNumbers } from './packetNumbers';
import type { DecodedPacket } from './packetStore';

/** Items moved before other requests get their turn: some 10 ms. */
const stepItems = 100_000;

/** What an interned text takes beside its characters: its header, and its place in the table. */
const textOverheadBytes = 64;

const packetsPerProgress = 50_000;

/** Orders that are kept: two editors may be open on one file. */
const maxOrders = 2;

/** Numbers of packets in an order of their own. `complete` is false when a limit left packets out: the first ones are there. */
export interface PacketOrder {
  readonly numbers: Uint32Array;
  readonly complete: boolean;
}

export interface OrderSource {
  /** Packets to sort, as far as that is known. */
  readonly total: number;
  /** Hands over each of them, in the order of the capture, until `visit` returns false. */
  each(visit: (decoded: DecodedPacket) => boolean): Promise<void>;
  /** A row with its fields. */
  row(decoded: DecodedPacket, fields: readonly string[]): PacketRow;
}

export interface OrderLimits {
  packets: number;
  textBytes: number;
}

const usualLimits: OrderLimits = { packets: engineLimits.sortedPackets, textBytes: engineLimits.sortedTextBytes };

/** Told of a sort that goes on: the part that is done, 0 to 1. */
export type SortProgress = (part: number) => void;

/** A sort that was asked for was cancelled, or overtaken by others. */
export class SortCancelled extends Error {}

/** The orders that were asked for last, made once each. */
export class PacketOrders {
  readonly #known = new Map<string, { order: Promise<PacketOrder | null>; abort: AbortController }>();

  constructor(
    private readonly make: (
      filter: string,
      sort: PacketSort,
      signal: AbortSignal,
      progress?: SortProgress,
    ) => Promise<PacketOrder | null>,
  ) {}

  /** @throws SortCancelled, and what making it throws */
  async of(filter: string, sort: PacketSort, progress?: SortProgress): Promise<PacketOrder> {
    const key = JSON.stringify([filter.trim(), sort.column, sort.descending, sort.version]);
    let known = this.#known.get(key);
    // The one that was not used for longest goes.
    this.#known.delete(key);
    if (known === undefined) {
      for (const old of this.#known.keys()) if (this.#known.size >= maxOrders) this.#drop(old);
      const abort = new AbortController();
      known = { order: this.make(filter, sort, abort.signal, progress), abort };
      known.order.catch(() => this.#known.delete(key));
    }
    this.#known.set(key, known);
    const order = await known.order;
    if (order === null) throw new SortCancelled('The sort was cancelled.');
    return order;
  }

  /** Ends every sort that goes on; who waits for one gets `SortCancelled`. */
  cancel(): void {
    for (const key of this.#known.keys()) this.#drop(key);
  }

  #drop(key: string): void {
    this.#known.get(key)?.abort.abort();
    this.#known.delete(key);
  }
}

/** The packets from number `first` on, `recorded` of them, or those of a display filter. */
export function orderSource(
  { matches, first, recorded }: { matches: PacketNumbers | null; first: number; recorded: number },
  walk: (from: number, visit: (decoded: DecodedPacket) => boolean) => Promise<void>,
  row: OrderSource['row'],
): OrderSource {
  const total = matches?.length ?? recorded;
  const last = matches === null ? first - 1 + total : matches.at(total - 1);
  let next = 0;
  return {
    total,
    row,
    each: async (visit) => {
      if (total === 0) return;
      await walk(matches === null ? first : matches.at(0), (decoded) => {
        const { number } = decoded.packet;
        if (number > last) return false;
        if (matches !== null && matches.at(next) !== number) return true;
        next += 1;
        return visit(decoded) && number < last;
      });
    },
  };
}

/** Stands for a packet that is not there any more. */
export function missingRow(number: number): PacketRow {
  const unknown = { source: '', destination: '', sourcePort: null, destinationPort: null, protocol: '' };
  return { number, time: Number.NaN, ...unknown, length: 0, info: '' };
}

/**
 * Sorts packets by one column, stable: keys are collected in one pass, as numbers or as ranks of the different texts, and sorted
 * in steps between which other requests are answered. Null when `signal` ended it.
 */
export async function sortPackets(
  source: OrderSource,
  sort: PacketSort,
  signal: AbortSignal,
  progress: (part: number) => void = () => undefined,
  limits: OrderLimits = usualLimits,
): Promise<PacketOrder | null> {
  const keys = new Keys(sort.column, source, limits);
  let complete = true;
  await source.each((decoded) => {
    if (signal.aborted) return false;
    complete = keys.add(decoded);
    if (keys.length % packetsPerProgress === 0) progress((keys.length / Math.max(source.total, keys.length)) * 0.5);
    return complete;
  });
  if (signal.aborted) return null;
  const values = await keys.values(signal);
  const order = Uint32Array.from({ length: keys.length }, (_item, index) => index);
  const sign = sort.descending ? -1 : 1;
  const compare = (a: number, b: number): number => {
    const x = values[a] ?? Number.NaN;
    const y = values[b] ?? Number.NaN;
    if (x < y) return -sign;
    if (x > y) return sign;
    return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
  };
  await inSteps(mergeSortSteps(order, compare, stepItems), signal, (part) => progress(0.5 + part / 2));
  if (signal.aborted) return null;
  const numbers = keys.numbers;
  for (let at = 0; at < order.length; at++) order[at] = numbers[order[at] ?? 0] ?? 0;
  return { numbers: order, complete };
}

async function inSteps(steps: Generator<number, void>, signal: AbortSignal, told: (part: number) => void) {
  for (let step = steps.next(); step.done !== true && !signal.aborted; step = steps.next()) {
    told(step.value);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The keys of one column, in typed arrays that grow. NaN stands for no value. */
class Keys {
  #numbers = new Uint32Array(1024);
  #values = new Float64Array(1024);
  #length = 0;
  readonly #texts = new Map<string, number>();
  #textBytes = 0;
  readonly #number: ((decoded: DecodedPacket) => number) | null;
  readonly #fields: readonly string[];

  constructor(
    private readonly column: string,
    private readonly source: OrderSource,
    private readonly limits: OrderLimits,
  ) {
    this.#number = numericKeys[column] ?? null;
    this.#fields = column.includes('.') ? [column] : [];
  }

  get length(): number {
    return this.#length;
  }

  get numbers(): Uint32Array {
    return this.#numbers;
  }

  /** False when a limit leaves the packet out. */
  add(decoded: DecodedPacket): boolean {
    if (this.#length >= this.limits.packets) return false;
    const key = this.#number === null ? this.#text(decoded) : this.#number(decoded);
    if (key === null) return false;
    if (this.#length === this.#numbers.length) this.#grow();
    this.#numbers[this.#length] = decoded.packet.number;
    this.#values[this.#length] = key;
    this.#length += 1;
    return true;
  }

  /** Keys to compare: for texts, their places among all texts. */
  async values(signal: AbortSignal): Promise<Float64Array> {
    if (this.#number !== null) return this.#values;
    const texts = [...this.#texts.keys()];
    this.#texts.clear();
    const order = Uint32Array.from(texts.keys());
    const compare = (a: number, b: number): number => compareNatural(texts[a] ?? '', texts[b] ?? '');
    await inSteps(mergeSortSteps(order, compare, stepItems), signal, () => undefined);
    const ranks = new Uint32Array(order.length);
    for (let rank = 0; rank < order.length; rank++) ranks[order[rank] ?? 0] = rank;
    for (let at = 0; at < this.#length; at++) {
      const text = this.#values[at] ?? Number.NaN;
      if (!Number.isNaN(text)) this.#values[at] = ranks[text] ?? Number.NaN;
    }
    return this.#values;
  }

  /** Number of the text; NaN for none, null when there is no room for another one. */
  #text(decoded: DecodedPacket): number | null {
    const row = this.source.row(decoded, this.#fields);
    const text = this.#fields.length > 0 ? row.fields?.[0] : row[this.column as TextColumn];
    if (text === undefined || text === '') return Number.NaN;
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#textBytes += text.length + textOverheadBytes;
    if (this.#textBytes > this.limits.textBytes) return null;
    this.#texts.set(text, this.#texts.size);
    return this.#texts.size - 1;
  }

  #grow(): void {
    const capacity = Math.min(this.limits.packets, this.#numbers.length * 2);
    const numbers = new Uint32Array(capacity);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const values = new Float64Array(capacity);
    values.set(this.#values);
    this.#values = values;
  }
}

type TextColumn = 'source' | 'destination' | 'protocol' | 'label' | 'info' | 'comment';

const portKey = (port: number): number => (port < 0 ? Number.NaN : port);

const numericKeys: Partial<Record<string, (decoded: DecodedPacket) => number>> = {
  number: ({ packet }) => packet.number,
  time: ({ packet }) => packetTimeUs(packet),
  length: ({ packet }) => packet.originalLength,
  sourcePort: ({ view }) => portKey(view.sourcePort),
  destinationPort: ({ view }) => portKey(view.destinationPort),
};
