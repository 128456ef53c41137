/** How a rate is judged; one object for all baselines of a rule. */
export interface BaselineOptions {
  /** Width of the buckets that events are counted in, microseconds. */
  bucketUs: number;
  /** Events of a bucket that are never too many, whatever is usual: what keeps an idle machine's first download quiet. */
  floor: number;
  /** Standard deviations above the mean (z-score) that are too many. */
  deviations: number;
  /** Buckets before the mean is trusted; until then the floor alone decides. */
  warmUpBuckets: number;
}

/** Weight of a new bucket once warmed up, and of one that was too high, so that an attack does not become usual (Slips: 0.05, 0.005). */
const usualWeight = 0.05;
const suspiciousWeight = 0.005;
/** After this many empty buckets at usual weight nothing is left of the past: longer gaps need no more steps. */
const gapBuckets = 200;

/**
 * What is usual for one subject: mean and variance of its events in a bucket of time, by Welford's method (Technometrics
 * 1962) until warm, then exponentially weighted (West, CACM 1979; Finch 2009). Too many is more than the floor and more
 * than the mean by so many deviations. Depends on the packets alone, not on when it is asked.
 */
export class RateBaseline {
  mean = 0;
  #variance = 0;
  #buckets = 0;
  #bucket: number;
  /** Events of the bucket that is being filled. */
  current = 0;

  constructor(
    readonly options: BaselineOptions,
    timeUs: number,
  ) {
    this.#bucket = Math.floor(timeUs / options.bucketUs);
  }

  /** Counts `amount` events at `timeUs`; true when the bucket so far is too high. A time before the bucket counts into it. */
  add(timeUs: number, amount = 1): boolean {
    this.advance(timeUs);
    this.current += amount;
    return this.current > this.limit;
  }

  /** Closes the buckets before `timeUs`. */
  advance(timeUs: number): void {
    const bucket = Math.floor(timeUs / this.options.bucketUs);
    if (bucket <= this.#bucket) return;
    this.#learn(this.current);
    this.current = 0;
    const empty = Math.min(bucket - this.#bucket - 1, gapBuckets);
    for (let i = 0; i < empty; i++) this.#learn(0);
    this.#bucket = bucket;
  }

  get warm(): boolean {
    return this.#buckets >= this.options.warmUpBuckets;
  }

  get deviation(): number {
    return Math.sqrt(this.#variance);
  }

  /** Events of a bucket above which it is too high. */
  get limit(): number {
    const { floor, deviations } = this.options;
    return this.warm ? Math.max(floor, this.mean + deviations * this.deviation) : floor;
  }

  /** Deviations that the bucket so far is above the mean; 0 when below it or when nothing varies yet. */
  get zScore(): number {
    const above = this.current - this.mean;
    return above <= 0 || this.#variance === 0 ? 0 : above / this.deviation;
  }

  #learn(value: number): void {
    const { limit } = this;
    const suspicious = value > limit;
    const weight = suspicious ? suspiciousWeight : this.warm ? usualWeight : 1 / (this.#buckets + 1);
    // Of what is too much, only as much as would have been usual.
    const difference = Math.min(value, limit) - this.mean;
    this.mean += weight * difference;
    this.#variance = (1 - weight) * (this.#variance + weight * difference * difference);
    this.#buckets++;
  }
}
