import type { LimitCounter } from '../limits';
import { sequenceAfter } from './sequence';

const firstCapacity = 8;
/** Arrays larger than this are given back when everything is forgotten. */
const keptCapacity = 64;
const none32 = new Int32Array(0);
const none64 = new Float64Array(0);

/** How many segments all directions together remember; beyond the limit new ones are not remembered, and that is counted. */
export class SegmentBudget {
  used = 0;

  constructor(readonly limit: LimitCounter) {}

  /** False when there is no room for one more. */
  take(): boolean {
    if (this.used >= this.limit.limit) {
      this.limit.hits++;
      return false;
    }
    this.used++;
    return true;
  }
}

/**
 * Segments of one direction that wait for their acknowledgment, by the sequence number after them, for the time until it comes.
 * A segment is nearly always the newest, so keeping the order costs nothing.
 */
export class UnacknowledgedSegments {
  // Most connections never have two segments waiting, and a scan has thousands of them: one is kept without arrays.
  #single = false;
  #singleEnd = 0;
  #singleTimeUs = 0;
  #ends: Int32Array = none32;
  #timesUs: Float64Array = none64;
  #first = 0;
  #end = 0;

  constructor(
    readonly budget: SegmentBudget,
    readonly maxSegments: number,
  ) {}

  get size(): number {
    return this.#single ? 1 : this.#end - this.#first;
  }

  /** Remembers a segment that ends before sequence number `end`, sent at `timeUs`. */
  add(end: number, timeUs: number): void {
    if (this.size >= this.maxSegments) {
      this.budget.limit.hits++;
      return;
    }
    if (!this.budget.take()) return;
    if (!this.#single && this.#end === 0) {
      this.#single = true;
      this.#singleEnd = end;
      this.#singleTimeUs = timeUs;
      return;
    }
    if (this.#single) {
      this.#single = false;
      this.#insert(this.#singleEnd, this.#singleTimeUs);
    }
    this.#insert(end, timeUs);
  }

  /**
   * Forgets all that `acknowledgment` covers. Returns when the segment that ends right there was sent first, NaN when there is
   * none: an acknowledgment of half a segment measures nothing.
   */
  acknowledge(acknowledgment: number): number {
    if (this.#single) {
      if (sequenceAfter(this.#singleEnd, acknowledgment)) return Number.NaN;
      this.#single = false;
      this.budget.used--;
      return this.#singleEnd === acknowledgment ? this.#singleTimeUs : Number.NaN;
    }
    let sentUs = Number.NaN;
    const from = this.#first;
    while (this.#first < this.#end) {
      const end = this.#ends[this.#first] ?? 0;
      if (sequenceAfter(end, acknowledgment)) break;
      if (end === acknowledgment && Number.isNaN(sentUs)) sentUs = this.#timesUs[this.#first] ?? 0;
      this.#first++;
    }
    this.budget.used -= this.#first - from;
    if (this.#first === this.#end) {
      this.#first = 0;
      this.#end = 0;
    }
    return sentUs;
  }

  /** When the segment that ends before `end` was sent first; NaN when it does not wait any more. */
  sentUs(end: number): number {
    if (this.#single) return this.#singleEnd === end ? this.#singleTimeUs : Number.NaN;
    for (let at = this.#first; at < this.#end; at++) if (this.#ends[at] === end) return this.#timesUs[at] ?? Number.NaN;
    return Number.NaN;
  }

  /** Forgets everything. */
  clear(): void {
    this.budget.used -= this.size;
    this.#single = false;
    this.#first = 0;
    this.#end = 0;
    if (this.#ends.length > keptCapacity) {
      this.#ends = none32;
      this.#timesUs = none64;
    }
  }

  #insert(end: number, timeUs: number): void {
    if (this.#end === this.#ends.length) this.#makeRoom();
    let at = this.#end++;
    if (at > this.#first && sequenceAfter(this.#ends[at - 1] ?? 0, end)) {
      while (at > this.#first && sequenceAfter(this.#ends[at - 1] ?? 0, end)) at--;
      this.#ends.copyWithin(at + 1, at, this.#end - 1);
      this.#timesUs.copyWithin(at + 1, at, this.#end - 1);
    }
    this.#ends[at] = end;
    this.#timesUs[at] = timeUs;
  }

  #makeRoom(): void {
    const size = this.#end - this.#first;
    if (this.#first <= size) {
      const capacity = Math.max(firstCapacity, 2 * this.#ends.length);
      const ends = new Int32Array(capacity);
      const timesUs = new Float64Array(capacity);
      ends.set(this.#ends.subarray(this.#first, this.#end));
      timesUs.set(this.#timesUs.subarray(this.#first, this.#end));
      this.#ends = ends;
      this.#timesUs = timesUs;
    } else {
      this.#ends.copyWithin(0, this.#first, this.#end);
      this.#timesUs.copyWithin(0, this.#first, this.#end);
    }
    this.#first = 0;
    this.#end = size;
  }
}
