/**
 * The value that would stand at `index` if `values` were sorted; NaN when there is none. Reorders `values`. Hoare's FIND, in a tenth of the time of
 * sorting. It divides at the median of three values from anywhere: those of both ends and the middle are bad ones in what it left
 * half sorted. Input that defeats it is sorted after all (introselect, Musser 1997).
 */
export function nthSmallest(values: Float64Array, index: number): number {
  if (!(index >= 0 && index < values.length)) return Number.NaN;
  let low = 0;
  let high = values.length - 1;
  let rounds = 4 * Math.ceil(Math.log2(values.length + 1));
  let random = 1;
  // Numerical Recipes' generator: where values are looked at must not depend on them, and be the same each time.
  const anyValue = (): number => {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    return values[low + Math.floor((random / 2 ** 32) * (high - low + 1))] ?? 0;
  };
  while (low < high) {
    if (rounds-- === 0) {
      values.subarray(low, high + 1).sort();
      break;
    }
    const pivot = middleOf(anyValue(), anyValue(), anyValue());
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] ?? 0) < pivot) left++;
      while ((values[right] ?? 0) > pivot) right--;
      if (left > right) break;
      const swapped = values[left] ?? 0;
      values[left++] = values[right] ?? 0;
      values[right--] = swapped;
    }
    if (index <= right) high = right;
    else if (index >= left) low = left;
    else break;
  }
  return values[index] ?? Number.NaN;
}

function middleOf(x: number, y: number, z: number): number {
  return Math.max(Math.min(x, y), Math.min(Math.max(x, y), z));
}
