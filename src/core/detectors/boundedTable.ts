import type { LimitCounter } from '../limits';

/** Part of the limit that goes at once: looking for what may go costs the same for one as for many. */
const evictedPart = 1 / 16;

/** Uses that count: an eviction looks at each record at most this many times, halving. */
const maxUses = 15;

const cellBits = 7;

interface Entry<Key, Value> {
  readonly key: Key;
  readonly value: Value;
  /** Uses since it was seen again, halved each time an eviction passes it over; -1 when it was seen once. */
  uses: number;
  previous: Entry<Key, Value> | null;
  next: Entry<Key, Value> | null;
}

/** Entries in the order in which they came. */
interface Queue<Key, Value> {
  first: Entry<Key, Value> | null;
  last: Entry<Key, Value> | null;
  size: number;
}

/**
 * Records by key, bounded. Keys seen once wait apart from those seen again and go first (segmented LRU, Karedla et al., IEEE
 * Computer 1994); of the others, those used least of late (GCLOCK, Smith, ACM TODS 1978). So a flood with a
 * million forged sources pushes out forged sources, not the host under attack. Each evicted key is a hit of the limit.
 * A known key costs one look-up: keys are most of the cost of rules.
 */
export class BoundedTable<Key, Value> {
  readonly #make: (key: Key) => Value;
  readonly #onEvict: ((key: Key, value: Value) => void) | null;
  readonly #entries = new Map<Key, Entry<Key, Value>>();
  readonly #once: Queue<Key, Value> = { first: null, last: null, size: 0 };
  readonly #again: Queue<Key, Value> = { first: null, last: null, size: 0 };
  /** Those found of late: most packets and messages are about what one shortly before was about. */
  readonly #cells = new Array<Entry<Key, Value> | null>(2 ** cellBits).fill(null);

  constructor(
    readonly limit: LimitCounter,
    make: (key: Key) => Value,
    onEvict: ((key: Key, value: Value) => void) | null = null,
  ) {
    this.#make = make;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Looks without counting as a use. */
  get(key: Key): Value | undefined {
    return this.#find(key)?.value;
  }

  /** The record of `key`, made when there is none. */
  use(key: Key): Value {
    const known = this.#find(key);
    if (known !== undefined) {
      if (known.uses < 0) {
        unlink(this.#once, known);
        append(this.#again, known);
        known.uses = 0;
      } else if (known.uses < maxUses) {
        known.uses++;
      }
      return known.value;
    }
    if (this.#entries.size >= this.limit.limit) this.#evict();
    const made: Entry<Key, Value> = { key, value: this.#make(key), uses: -1, previous: null, next: null };
    this.#entries.set(key, made);
    append(this.#once, made);
    this.#cells[cellOf(key)] = made;
    return made.value;
  }

  delete(key: Key): boolean {
    const known = this.#entries.get(key);
    if (known === undefined) return false;
    this.#remove(known);
    return true;
  }

  /** Shows every record, without counting that as a use. */
  each(visit: (value: Value) => void): void {
    for (const queue of [this.#once, this.#again]) {
      for (let entry = queue.first; entry !== null; entry = entry.next) visit(entry.value);
    }
  }

  /** Removes every record that `isOver` says is; for sweeps at most every few seconds of packet time. */
  sweep(isOver: (value: Value, key: Key) => boolean): void {
    for (const queue of [this.#once, this.#again]) {
      for (let entry = queue.first; entry !== null;) {
        const { next } = entry;
        if (isOver(entry.value, entry.key)) this.#remove(entry);
        entry = next;
      }
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#cells.fill(null);
    for (const queue of [this.#once, this.#again]) {
      queue.first = null;
      queue.last = null;
      queue.size = 0;
    }
  }

  #find(key: Key): Entry<Key, Value> | undefined {
    const cell = cellOf(key);
    const held = this.#cells[cell];
    if (held?.key === key) return held;
    const known = this.#entries.get(key);
    if (known !== undefined) this.#cells[cell] = known;
    return known;
  }

  #remove(entry: Entry<Key, Value>): void {
    this.#entries.delete(entry.key);
    const cell = cellOf(entry.key);
    if (this.#cells[cell] === entry) this.#cells[cell] = null;
    unlink(entry.uses < 0 ? this.#once : this.#again, entry);
  }

  #evict(): void {
    const wanted = Math.max(1, Math.floor(this.limit.limit * evictedPart));
    let evicted = this.#evictFrom(this.#once, wanted);
    // Uses are halved with each round, so the loop ends.
    while (evicted === 0 && this.#again.size > 0) evicted = this.#evictFrom(this.#again, wanted);
    this.limit.hits += evicted;
  }

  #evictFrom(queue: Queue<Key, Value>, wanted: number): number {
    let evicted = 0;
    // Those let off are put at the end: do not come round to them.
    for (let left = queue.size; left > 0 && evicted < wanted; left--) {
      const entry = queue.first;
      if (entry === null) break;
      if (entry.uses > 0) {
        entry.uses >>= 1;
        unlink(queue, entry);
        append(queue, entry);
        continue;
      }
      this.#remove(entry);
      this.#onEvict?.(entry.key, entry.value);
      evicted++;
    }
    return evicted;
  }
}

/** By the lowest 32 bits of a number, or the length, the first and a middle character of a text. */
function cellOf(key: unknown): number {
  if (typeof key === 'number') return Math.imul(key, 0x9e3779b1) >>> (32 - cellBits);
  if (typeof key !== 'string') return 0;
  const some = key.length ^ (key.charCodeAt(0) << 8) ^ (key.charCodeAt(key.length >> 1) << 16);
  return Math.imul(some, 0x9e3779b1) >>> (32 - cellBits);
}

function append<Key, Value>(queue: Queue<Key, Value>, entry: Entry<Key, Value>): void {
  entry.previous = queue.last;
  entry.next = null;
  if (queue.last === null) queue.first = entry;
  else queue.last.next = entry;
  queue.last = entry;
  queue.size++;
}

function unlink<Key, Value>(queue: Queue<Key, Value>, entry: Entry<Key, Value>): void {
  if (entry.previous === null) queue.first = entry.next;
  else entry.previous.next = entry.next;
  if (entry.next === null) queue.last = entry.previous;
  else entry.next.previous = entry.previous;
  entry.previous = null;
  entry.next = null;
  queue.size--;
}
