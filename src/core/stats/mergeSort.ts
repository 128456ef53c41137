/** Runs that are sorted by insertion, before any are merged. */
const runLength = 16;

/**
 * Sorts `indexes` in place, stable, a step at a time, so that who sorts millions can do something else in between, or stop: each
 * step moves about `stepItems` items. Yields the part that is done, 0 to 1. `compare` is as that of `Array.sort`.
 */
export function* mergeSortSteps(
  indexes: Uint32Array,
  compare: (a: number, b: number) => number,
  stepItems: number,
): Generator<number, void> {
  const { length } = indexes;
  const passes = Math.max(1, Math.ceil(Math.log2(length / runLength))) + 1;
  let moved = 0;
  let due = stepItems;
  const done = (): number => Math.min(1, moved / (length * passes));
  for (let start = 0; start < length; start += runLength) {
    insertionSort(indexes, start, Math.min(length, start + runLength), compare);
    moved += runLength;
    if (moved >= due) {
      due += stepItems;
      yield done();
    }
  }
  let from = indexes;
  let to = new Uint32Array(length);
  for (let width = runLength; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const end = Math.min(length, start + 2 * width);
      let left = start;
      let right = Math.min(length, start + width);
      const middle = right;
      for (let at = start; at < end; at++) {
        const one = from[left] ?? 0;
        const other = from[right] ?? 0;
        // Of equals the left one: that keeps their order.
        if (left < middle && (right >= end || compare(one, other) <= 0)) {
          to[at] = one;
          left += 1;
        } else {
          to[at] = other;
          right += 1;
        }
        moved += 1;
        if (moved >= due) {
          due += stepItems;
          yield done();
        }
      }
    }
    [from, to] = [to, from as Uint32Array<ArrayBuffer>];
  }
  if (from !== indexes) indexes.set(from);
}

function insertionSort(
  indexes: Uint32Array,
  start: number,
  end: number,
  compare: (a: number, b: number) => number,
): void {
  for (let at = start + 1; at < end; at++) {
    const item = indexes[at] ?? 0;
    let to = at;
    for (; to > start && compare(indexes[to - 1] ?? 0, item) > 0; to--) indexes[to] = indexes[to - 1] ?? 0;
    indexes[to] = item;
  }
}
