import { getHeapStatistics, setFlagsFromString } from 'node:v8';

/** A heap of this size belongs to a capture that makes it larger still. */
const largeHeapBytes = 64 * 1024 * 1024;

/** By how many percent the heap grows from one full collection to the next; V8 by itself lets a small one grow by 300. */
const growthPercent = { small: 100, large: 15 };

const checkIntervalMs = 50;

/**
 * Has the heap collected early once it is large: a flood of flows makes garbage that outlives the young generation, and so the
 * peak is nearly half. Before that it would cost a twentieth of the time and save nothing.
 */
export function restrainHeap(
  setFlags: (flags: string) => void = setFlagsFromString,
  usedBytes: () => number = () => getHeapStatistics().used_heap_size,
): void {
  setFlags(`--heap-growing-percent=${growthPercent.small}`);
  const timer = setInterval(() => {
    if (usedBytes() < largeHeapBytes) return;
    clearInterval(timer);
    setFlags(`--heap-growing-percent=${growthPercent.large}`);
  }, checkIntervalMs);
  timer.unref();
}
