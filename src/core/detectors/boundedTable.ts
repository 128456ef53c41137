import type { LimitCounter } from '../limits';

/** Part of the limit that goes at once: removing single entries at the front of a map gets slower with each. */
const evictedPart = 1 / 16;

/** Uses that count: an eviction looks at each record at most this many times, halving. */
const maxUses = 15;

interface Entry<Value> {
  readonly value: Value;
  /** Uses since it was seen again, halved each time an eviction passes it over. */
  uses: number;
}

/**
 * Records by key, bounded. Keys seen once wait apart from those seen again and go first (segmented LRU, Karedla et al., IEEE
 * Computer 1994); of the others, those used least of late (GCLOCK, Smith, ACM TODS 1978). So a flood with a
 * million forged sources pushes out forged sources, not the host under attack. Each evicted key is a hit of the limit.
 */
export class BoundedTable<Key, Value> {
  readonly #make: (key: Key) => Value;
  readonly #onEvict: ((key: Key, value: Value) => void) | null;
  readonly #once = new Map<Key, Entry<Value>>();
  readonly #again = new Map<Key, Entry<Value>>();

  constructor(
    readonly limit: LimitCounter,
    make: (key: Key) => Value,
    onEvict: ((key: Key, value: Value) => void) | null = null,
  ) {
    this.#make = make;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#once.size + this.#again.size;
  }

  /** Looks without counting as a use. */
  get(key: Key): Value | undefined {
    return (this.#again.get(key) ?? this.#once.get(key))?.value;
  }

  /** The record of `key`, made when there is none. */
  use(key: Key): Value {
    const known = this.#again.get(key);
    if (known !== undefined) {
      if (known.uses < maxUses) known.uses++;
      return known.value;
    }
    const once = this.#once.get(key);
    if (once !== undefined) {
      this.#once.delete(key);
      this.#again.set(key, once);
      return once.value;
    }
    if (this.size >= this.limit.limit) this.#evict();
    const made = { value: this.#make(key), uses: 0 };
    this.#once.set(key, made);
    return made.value;
  }

  delete(key: Key): boolean {
    return this.#once.delete(key) || this.#again.delete(key);
  }

  /** Removes every record that `isOver` says is; for sweeps at most every few seconds of packet time. */
  sweep(isOver: (value: Value, key: Key) => boolean): void {
    for (const part of [this.#once, this.#again]) {
      for (const [key, { value }] of part) if (isOver(value, key)) part.delete(key);
    }
  }

  *entries(): Generator<[Key, Value]> {
    for (const part of [this.#once, this.#again]) for (const [key, { value }] of part) yield [key, value];
  }

  clear(): void {
    this.#once.clear();
    this.#again.clear();
  }

  #evict(): void {
    const wanted = Math.max(1, Math.floor(this.limit.limit * evictedPart));
    let evicted = this.#evictFrom(this.#once, wanted);
    // Uses are halved with each round, so the loop ends.
    while (evicted === 0 && this.#again.size > 0) evicted = this.#evictFrom(this.#again, wanted);
    this.limit.hits += evicted;
  }

  #evictFrom(part: Map<Key, Entry<Value>>, wanted: number): number {
    let evicted = 0;
    let looked = 0;
    const all = part.size;
    for (const [key, entry] of part) {
      // Those let off were put at the end: do not come round to them.
      if (evicted >= wanted || looked >= all) break;
      looked++;
      part.delete(key);
      if (entry.uses > 0) {
        entry.uses >>= 1;
        part.set(key, entry);
        continue;
      }
      this.#onEvict?.(key, entry.value);
      evicted++;
    }
    return evicted;
  }
}
