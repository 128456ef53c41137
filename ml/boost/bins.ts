import { mix, seededRandom } from '../random';

/** One byte a value: at most so many bins an input. */
export const maxBins = 255;

/** Rows looked at for the quantiles; more do not move them. */
const sampleRows = 200_000;

/** For each input the ascending upper edges of its bins; a value goes to the first bin whose edge it does not pass. */
export type BinEdges = readonly Float32Array[];

/** Quantile bins of every input. An edge lies at the single-precision middle between two values that occur. */
export function findBins(rows: Float32Array, count: number, inputs: number, seed: number): BinEdges {
  const random = seededRandom(mix(seed, 1));
  const take = Math.min(count, sampleRows);
  const picks = Uint32Array.from({ length: take }, (_, i) =>
    take === count ? i : Math.min(count - 1, Math.floor(random() * count)),
  );
  const values = new Float32Array(take);
  const edges: Float32Array[] = [];
  for (let f = 0; f < inputs; f++) {
    for (let i = 0; i < take; i++) values[i] = rows[(picks[i] ?? 0) * inputs + f] ?? 0;
    edges.push(edgesOf(values.slice().sort()));
  }
  return edges;
}

function edgesOf(sorted: Float32Array): Float32Array {
  const distinct: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (distinct.length > 0 && distinct[distinct.length - 1] === value)
      counts[counts.length - 1] = (counts.at(-1) ?? 0) + 1;
    else {
      distinct.push(value);
      counts.push(1);
    }
  }
  const edges: number[] = [];
  const few = distinct.length <= maxBins;
  const target = sorted.length / maxBins;
  let filled = 0;
  for (let i = 0; i + 1 < distinct.length && edges.length < maxBins - 1; i++) {
    filled += counts[i] ?? 0;
    if (!few && filled < target) continue;
    filled = 0;
    const low = distinct[i] ?? 0;
    const high = distinct[i + 1] ?? 0;
    const middle = Math.fround(low + (high - low) / 2);
    edges.push(middle < high ? middle : low);
  }
  return Float32Array.from(edges);
}

/** Bin of every value, rows one after another. */
export function binRows(rows: Float32Array, count: number, edges: BinEdges, into: Uint8Array): void {
  const inputs = edges.length;
  for (let f = 0; f < inputs; f++) {
    const list = edges[f] ?? new Float32Array(0);
    for (let i = 0, at = f; i < count; i++, at += inputs) {
      const value = rows[at] ?? 0;
      let low = 0;
      let high = list.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (value <= (list[middle] ?? 0)) high = middle;
        else low = middle + 1;
      }
      into[at] = low;
    }
  }
}
