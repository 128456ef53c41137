/**
 * The `count` items with the greatest weight, greatest first, equal ones in their order. One pass with a short sorted list
 * (a heap that holds the smallest at its root), so it costs little where `count` is far below the number of items.
 */
export function largest<T>(items: Iterable<T>, count: number, weight: (item: T) => number): T[] {
  const kept: { item: T; weight: number; order: number }[] = [];
  if (count <= 0) return [];
  const lighter = (x: number, y: number): boolean => {
    const left = kept[x];
    const right = kept[y];
    if (left === undefined || right === undefined) return left !== undefined;
    return left.weight < right.weight || (left.weight === right.weight && left.order > right.order);
  };
  const swap = (x: number, y: number): void => {
    const left = kept[x];
    const right = kept[y];
    if (left === undefined || right === undefined) return;
    kept[x] = right;
    kept[y] = left;
  };
  const sink = (): void => {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= kept.length) return;
      const child = left + 1 < kept.length && lighter(left + 1, left) ? left + 1 : left;
      if (!lighter(child, at)) return;
      swap(child, at);
      at = child;
    }
  };
  let order = 0;
  for (const item of items) {
    const itsWeight = weight(item);
    order++;
    if (kept.length === count && !(itsWeight > (kept[0]?.weight ?? 0))) continue;
    const entry = { item, weight: itsWeight, order };
    if (kept.length < count) {
      kept.push(entry);
      for (let at = kept.length - 1; at > 0 && lighter(at, (at - 1) >> 1); at = (at - 1) >> 1) swap(at, (at - 1) >> 1);
    } else {
      kept[0] = entry;
      sink();
    }
  }
  return kept.sort((x, y) => y.weight - x.weight || x.order - y.order).map((entry) => entry.item);
}
