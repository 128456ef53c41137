/** The four parts of RITA's beacon score (activecm/rita analysis/beacons.go), each 0 to 1, and what they are from. */
export interface BeaconScore {
  /** Mean of the parts. */
  score: number;
  timestamps: number;
  sizes: number;
  duration: number;
  histogram: number;
  /** Middle interval between contacts, seconds. */
  intervalSeconds: number;
  /** Median absolute deviation of the intervals over their median. */
  jitter: number;
}

/** RITA cuts a day into hours; a capture of any length is cut into as many parts as its contacts can fill. */
const maxBins = 24;
const contactsPerBin = 4;

/**
 * `timesUs` in rising order, at least three; `sizes` of the same contacts; `captureUs` from the first to the last packet of
 * the capture.
 */
export function beaconScore(timesUs: readonly number[], sizes: readonly number[], captureUs: number): BeaconScore {
  const intervals: number[] = [];
  for (let index = 1; index < timesUs.length; index++) {
    intervals.push(((timesUs[index] ?? 0) - (timesUs[index - 1] ?? 0)) / 1e6);
  }
  const first = timesUs[0] ?? 0;
  const spanUs = (timesUs[timesUs.length - 1] ?? 0) - first;
  const time = regularity(intervals);
  const size = regularity(sizes);
  // RITA wants 12 hours of 24; in a shorter capture half of it, but one contact before and after are not to be seen.
  const duration = captureUs <= 0 ? 0 : Math.min(1, (spanUs + 1e6 * time.median) / (captureUs / 2));
  const histogram = evenness(timesUs, first, spanUs);
  const parts = [time.score, size.score, duration, histogram];
  return {
    score: parts.reduce((sum, part) => sum + part, 0) / parts.length,
    timestamps: time.score,
    sizes: size.score,
    duration,
    histogram,
    intervalSeconds: time.median,
    jitter: time.median === 0 ? 0 : time.deviation / time.median,
  };
}

/** Mean of 1 - |Bowley skewness| and (median - median absolute deviation) / median. */
function regularity(values: readonly number[]): { score: number; median: number; deviation: number } {
  // Typed arrays sort by number, several times faster than with a comparison.
  const sorted = Float64Array.from(values).sort();
  const median = quantile(sorted, 0.5);
  const low = quantile(sorted, 0.25);
  const high = quantile(sorted, 0.75);
  const deviations = sorted.map((value) => Math.abs(value - median)).sort();
  const deviation = quantile(deviations, 0.5);
  // A narrow middle says nothing about skew: RITA takes it for none below 10 s and 10 bytes, we below a tenth of the median.
  const skew = high - low <= 0.1 * median || high === low ? 0 : (low + high - 2 * median) / (high - low);
  const spread = median <= 0 ? 0 : Math.max(0, (median - deviation) / median);
  return { score: (1 - Math.abs(skew) + spread) / 2, median, deviation };
}

/** 1 - coefficient of variation of the contacts in equal parts of the time. */
function evenness(timesUs: readonly number[], first: number, spanUs: number): number {
  const bins = Math.min(maxBins, Math.floor(timesUs.length / contactsPerBin));
  if (bins < 2 || spanUs <= 0) return 0;
  const counts = new Array<number>(bins).fill(0);
  for (const time of timesUs) {
    const bin = Math.min(bins - 1, Math.floor((bins * (time - first)) / spanUs));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const mean = timesUs.length / bins;
  const variance = counts.reduce((sum, n) => sum + (n - mean) ** 2, 0) / bins;
  return Math.max(0, 1 - Math.sqrt(variance) / mean);
}

function quantile(sorted: Float64Array, part: number): number {
  if (sorted.length === 0) return 0;
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}
