import type { LimitCounter } from '../limits';
import { sequenceAfter } from './sequence';

/** Room is made for as many more segments at a time at least. */
const firstCapacity = 8;
/** A list for more segments than this is given back when everything is forgotten. */
const keptCapacity = 64;
const none: number[] = [];

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
  /** End and time of each, in turns: side by side, and in an array that is nothing beside its numbers, for the cache's sake. */
  #segments = none;
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
      const end = this.#segments[2 * this.#first] ?? 0;
      if (sequenceAfter(end, acknowledgment)) break;
      if (end === acknowledgment && Number.isNaN(sentUs)) sentUs = this.#segments[2 * this.#first + 1] ?? 0;
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
    const segments = this.#segments;
    for (let at = this.#first; at < this.#end; at++)
      if (segments[2 * at] === end) return segments[2 * at + 1] ?? Number.NaN;
    return Number.NaN;
  }

  /** Forgets everything. */
  clear(): void {
    this.budget.used -= this.size;
    this.#single = false;
    this.#first = 0;
    this.#end = 0;
    if (this.#segments.length > 2 * keptCapacity) this.#segments = none;
  }

  #insert(end: number, timeUs: number): void {
    if (2 * this.#end === this.#segments.length) this.#makeRoom();
    const segments = this.#segments;
    let at = this.#end++;
    for (; at > this.#first && sequenceAfter(segments[2 * at - 2] ?? 0, end); at--) {
      segments[2 * at] = segments[2 * at - 2] ?? 0;
      segments[2 * at + 1] = segments[2 * at - 1] ?? 0;
    }
    segments[2 * at] = end;
    segments[2 * at + 1] = timeUs;
  }

  #makeRoom(): void {
    const size = this.#end - this.#first;
    const from = 2 * this.#first;
    if (this.#first <= size) {
      const capacity = Math.max(2 * firstCapacity, 2 * this.#segments.length);
      const larger: number[] = [];
      // Fractions from the start, so that V8 keeps doubles in it and not an object for each time.
      for (let i = 0; i < capacity; i++) larger.push(i < 2 * size ? (this.#segments[from + i] ?? 0.5) : 0.5);
      this.#segments = larger;
    } else {
      this.#segments.copyWithin(0, from, 2 * this.#end);
    }
    this.#first = 0;
    this.#end = size;
  }
}
