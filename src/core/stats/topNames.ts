import type { NameCount } from '../../protocol/capture';
import type { LimitCounter } from '../limits';

interface Entry {
  count: number;
  /** Bucket of all names with the same count; replaces a search for the smallest. Null until one has to go. */
  bucket: Bucket | null;
}

interface Bucket {
  count: number;
  names: Set<string>;
  lower: Bucket | null;
  higher: Bucket | null;
}

/**
 * The most frequent names in bounded memory: space-saving with a bucket list (Metwally et al., ICDT 2005). Counts are exact
 * until more distinct names than `limit.limit` were seen; after that a count is at most `total / limit` too high, and every
 * name with more than that many occurrences is in the list. Each replaced name counts as a hit of the limit.
 */
export class TopNames {
  readonly #entries = new Map<string, Entry>();
  #lowest: Bucket | null = null;

  constructor(
    readonly limit: LimitCounter,
    readonly maxNameLength: number,
  ) {}

  add(name: string): void {
    const key = name.length > this.maxNameLength ? name.slice(0, this.maxNameLength) : name;
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#raise(key, known);
      return;
    }
    if (this.#entries.size < this.limit.limit) {
      this.#entries.set(key, { count: 1, bucket: null });
      return;
    }
    if (this.#lowest === null) this.#fillBuckets();
    const lowest = this.#lowest;
    const victim = lowest?.names.values().next().value;
    if (lowest === null || victim === undefined) return;
    this.limit.hits++;
    this.#entries.delete(victim);
    lowest.names.delete(victim);
    this.#insert(key, lowest.count + 1, lowest);
    if (lowest.names.size === 0) this.#unlink(lowest);
  }

  /** The `count` most frequent names, most frequent first, equal ones by name. */
  top(count: number): NameCount[] {
    return [...this.#entries]
      .map(([name, entry]) => ({ name, count: entry.count }))
      .sort((x, y) => y.count - x.count || (x.name < y.name ? -1 : 1))
      .slice(0, count);
  }

  #raise(name: string, entry: Entry): void {
    const from = entry.bucket;
    entry.count++;
    if (from === null) return;
    from.names.delete(name);
    entry.bucket = this.#bucketAbove(from, entry.count);
    entry.bucket.names.add(name);
    if (from.names.size === 0) this.#unlink(from);
  }

  #fillBuckets(): void {
    let bucket: Bucket | null = null;
    const ordered = [...this.#entries].sort(([, x], [, y]) => x.count - y.count);
    for (const [name, entry] of ordered) {
      if (bucket?.count !== entry.count) bucket = this.#bucketAbove(bucket, entry.count);
      bucket.names.add(name);
      entry.bucket = bucket;
    }
  }

  #insert(name: string, count: number, below: Bucket): void {
    const bucket = this.#bucketAbove(below, count);
    bucket.names.add(name);
    this.#entries.set(name, { count, bucket });
  }

  /** Finds or makes the bucket for `count`, which is the next one above `below` (null: the lowest of all). */
  #bucketAbove(below: Bucket | null, count: number): Bucket {
    const next = below === null ? this.#lowest : below.higher;
    if (next !== null && next.count === count) return next;
    const made: Bucket = { count, names: new Set(), lower: below, higher: next };
    if (below === null) this.#lowest = made;
    else below.higher = made;
    if (next !== null) next.lower = made;
    return made;
  }

  #unlink(bucket: Bucket): void {
    if (bucket.lower === null) this.#lowest = bucket.higher;
    else bucket.lower.higher = bucket.higher;
    if (bucket.higher !== null) bucket.higher.lower = bucket.lower;
  }
}
