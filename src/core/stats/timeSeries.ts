import type { Series } from '../../protocol/snapshot';
import { engineLimits } from '../limits';
import { LogHistogram } from './logHistogram';

const bucketLimit = engineLimits.seriesBuckets;

/** What happens when the packets outgrow the buckets. */
export type SeriesMode =
  /** Bucket width stays; the oldest buckets go (live). */
  | 'slide'
  /** All of the capture stays; pairs of buckets are merged and the width doubles (files). */
  | 'widen';

/**
 * Values over packet time in at most 300 buckets. Time that jumps back counts in the oldest bucket kept, so a clock set back
 * neither loses bytes nor throws.
 */
export class TimeSeries {
  readonly #mode: SeriesMode;
  #bucketUs: number;
  #startUs = 0;
  /** Number of buckets in use, from `#startUs` on. */
  #used = 0;
  /** Position of the first bucket in the rings. */
  #head = 0;
  readonly #packets = new Float64Array(bucketLimit);
  readonly #bytesIn = new Float64Array(bucketLimit);
  readonly #bytesOut = new Float64Array(bucketLimit);
  readonly #bytesOther = new Float64Array(bucketLimit);
  readonly #retransmitted = new Float64Array(bucketLimit);
  readonly #captureLost = new Float64Array(bucketLimit);
  readonly #latency: LogHistogram[] = Array.from({ length: bucketLimit }, () => new LogHistogram());
  #currentStartUs = 0;
  #currentEndUs = 0;
  #currentIndex = -1;

  constructor(mode: SeriesMode, bucketMs = 1000) {
    this.#mode = mode;
    this.#bucketUs = bucketMs * 1000;
  }

  /** Counts one packet. `toLocal` and `fromLocal` may both hold (loopback): then both directions get its bytes. */
  addPacket(timeUs: number, bytes: number, toLocal: boolean, fromLocal: boolean): void {
    const index = this.#bucket(timeUs);
    this.#packets[index] = (this.#packets[index] ?? 0) + 1;
    if (toLocal) this.#bytesIn[index] = (this.#bytesIn[index] ?? 0) + bytes;
    if (fromLocal) this.#bytesOut[index] = (this.#bytesOut[index] ?? 0) + bytes;
    if (!toLocal && !fromLocal) this.#bytesOther[index] = (this.#bytesOther[index] ?? 0) + bytes;
  }

  addLatency(timeUs: number, milliseconds: number): void {
    this.#latency[this.#bucket(timeUs)]?.add(milliseconds);
  }

  addRetransmission(timeUs: number): void {
    const index = this.#bucket(timeUs);
    this.#retransmitted[index] = (this.#retransmitted[index] ?? 0) + 1;
  }

  addCaptureLoss(timeUs: number, packets: number): void {
    const index = this.#bucket(timeUs);
    this.#captureLost[index] = (this.#captureLost[index] ?? 0) + packets;
  }

  /** Makes empty buckets up to `nowUs`, so that a silent line is drawn as silence. */
  advance(nowUs: number): void {
    if (this.#used > 0) this.#bucket(nowUs);
  }

  /** A copy in the form that views draw, oldest bucket first. */
  series(): Series {
    const inOrder = (ring: Float64Array): Float64Array => {
      const values = new Float64Array(this.#used);
      for (let i = 0; i < this.#used; i++) values[i] = ring[(this.#head + i) % bucketLimit] ?? 0;
      return values;
    };
    const quantile = (rank: number): Float64Array => {
      const values = new Float64Array(this.#used);
      for (let i = 0; i < this.#used; i++) {
        values[i] = this.#latency[(this.#head + i) % bucketLimit]?.quantile(rank) ?? Number.NaN;
      }
      return values;
    };
    return {
      bucketMs: this.#bucketUs / 1000,
      startUs: this.#startUs,
      packets: inOrder(this.#packets),
      bytesIn: inOrder(this.#bytesIn),
      bytesOut: inOrder(this.#bytesOut),
      bytesOther: inOrder(this.#bytesOther),
      latencyP50Ms: quantile(0.5),
      latencyP95Ms: quantile(0.95),
      retransmittedSegments: inOrder(this.#retransmitted),
      captureLost: inOrder(this.#captureLost),
    };
  }

  /** Position in the rings of the bucket that holds `timeUs`. */
  #bucket(timeUs: number): number {
    if (timeUs >= this.#currentStartUs && timeUs < this.#currentEndUs) return this.#currentIndex;
    if (this.#used === 0) {
      this.#startUs = Math.floor(timeUs / this.#bucketUs) * this.#bucketUs;
      this.#used = 1;
    }
    let position = Math.floor((timeUs - this.#startUs) / this.#bucketUs);
    if (position < 0) position = 0;
    if (position >= bucketLimit) {
      if (this.#mode === 'slide') this.#slide(position - bucketLimit + 1);
      else while (Math.floor((timeUs - this.#startUs) / this.#bucketUs) >= bucketLimit) this.#widen();
      position = Math.floor((timeUs - this.#startUs) / this.#bucketUs);
    }
    if (position >= this.#used) this.#used = position + 1;
    this.#currentStartUs = this.#startUs + position * this.#bucketUs;
    this.#currentEndUs = this.#currentStartUs + this.#bucketUs;
    this.#currentIndex = (this.#head + position) % bucketLimit;
    return this.#currentIndex;
  }

  #slide(count: number): void {
    for (let i = 0; i < Math.min(count, bucketLimit); i++) {
      this.#clear(this.#head);
      this.#head = (this.#head + 1) % bucketLimit;
    }
    this.#startUs += count * this.#bucketUs;
    this.#used = Math.max(1, this.#used - count);
  }

  #widen(): void {
    // Wide buckets start at multiples of their width, so that two captures of one time line up.
    const wideUs = this.#bucketUs * 2;
    const wideStartUs = Math.floor(this.#startUs / wideUs) * wideUs;
    const shift = this.#startUs === wideStartUs ? 0 : 1;
    const wideUsed = Math.ceil((this.#used + shift) / 2);
    const rings = [
      this.#packets,
      this.#bytesIn,
      this.#bytesOut,
      this.#bytesOther,
      this.#retransmitted,
      this.#captureLost,
    ];
    for (const ring of rings) {
      const wide = new Float64Array(bucketLimit);
      for (let i = 0; i < this.#used; i++) {
        const to = (i + shift) >> 1;
        wide[to] = (wide[to] ?? 0) + (ring[i] ?? 0);
      }
      ring.set(wide);
    }
    const wideLatency = Array.from({ length: wideUsed }, () => new LogHistogram());
    for (let i = 0; i < this.#used; i++) {
      const from = this.#latency[i];
      if (from !== undefined) wideLatency[(i + shift) >> 1]?.merge(from);
    }
    for (let i = 0; i < bucketLimit; i++) this.#latency[i] = wideLatency[i] ?? new LogHistogram();
    this.#bucketUs = wideUs;
    this.#startUs = wideStartUs;
    this.#used = wideUsed;
  }

  #clear(index: number): void {
    this.#packets[index] = 0;
    this.#bytesIn[index] = 0;
    this.#bytesOut[index] = 0;
    this.#bytesOther[index] = 0;
    this.#retransmitted[index] = 0;
    this.#captureLost[index] = 0;
    this.#latency[index]?.clear();
  }
}
