import type { Percentiles } from '../../protocol/capture';

const relativeError = 0.02;
const smallest = 1e-3;
const largest = 1e7;
const growth = (1 + relativeError) / (1 - relativeError);
const logGrowth = Math.log(growth);
const binCount = Math.ceil(Math.log(largest / smallest) / logGrowth) + 1;

/**
 * Percentiles of positive values in bounded memory (576 counters, 4.6 KB): bins whose bounds grow by 4.1 % each, so a
 * percentile is within 2 % of the exact nearest-rank value for values from 0.001 to 10,000,000 (in milliseconds: 1 µs to
 * 2.7 h); values outside are counted at the ends. Same idea as DDSketch (Masson et al., VLDB 2019, section 2).
 */
export class LogHistogram {
  #bins: Float64Array | null = null;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Counts one value; NaN and negative ones are ignored. */
  add(value: number): void {
    if (!(value >= 0)) return;
    this.#bins ??= new Float64Array(binCount);
    const bin = value <= smallest ? 0 : Math.min(binCount - 1, Math.ceil(Math.log(value / smallest) / logGrowth));
    this.#bins[bin] = (this.#bins[bin] ?? 0) + 1;
    this.#count++;
  }

  /** Adds everything that `other` counted. */
  merge(other: LogHistogram): void {
    if (other.#bins === null) return;
    this.#bins ??= new Float64Array(binCount);
    for (let bin = 0; bin < binCount; bin++) this.#bins[bin] = (this.#bins[bin] ?? 0) + (other.#bins[bin] ?? 0);
    this.#count += other.#count;
  }

  /** Forgets everything; keeps the memory for reuse. */
  clear(): void {
    this.#bins?.fill(0);
    this.#count = 0;
  }

  /** The value at `rank` in 0 to 1 (nearest rank), or null when nothing was counted. */
  quantile(rank: number): number | null {
    if (this.#count === 0 || this.#bins === null) return null;
    const wanted = Math.max(1, Math.ceil(rank * this.#count));
    let seen = 0;
    for (let bin = 0; bin < binCount; bin++) {
      seen += this.#bins[bin] ?? 0;
      // The point of the bin whose relative distance to both its bounds is the same.
      if (seen >= wanted) return bin === 0 ? smallest : (2 * smallest * growth ** bin) / (growth + 1);
    }
    return largest;
  }

  /** Count and the three percentiles that views and reports show. */
  percentiles(): Percentiles {
    return { count: this.#count, p50: this.quantile(0.5), p95: this.quantile(0.95), p99: this.quantile(0.99) };
  }
}
