import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A heap of this size belongs to a capture that makes it larger still. */
const largeHeapBytes = 64 * 1024 * 1024;

/** By how many percent the heap grows from one full collection to the next; V8 by itself lets a small one grow by 300. */
const growthPercent = { small: 100, large: 40 };

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

/**
 * Gives back what a large capture has taken while it was read: a collection, and another one that moves together what is left (first
 * what is garbage goes, as what is moved is there twice). Takes a third of a second with a heap of 100 MB, so only where nothing waits;
 * a heap that is not large stays as it is.
 */
export function giveBackMemory(
  setFlags: (flags: string) => void = setFlagsFromString,
  usedBytes: () => number = () => getHeapStatistics().used_heap_size,
  collect: () => void = collector,
): void {
  if (usedBytes() < largeHeapBytes) return;
  setFlags('--expose-gc');
  collect();
  setFlags('--compact-on-every-full-gc');
  collect();
  setFlags('--no-compact-on-every-full-gc');
}

/** The function that V8 gives to contexts made while `--expose-gc` is set. */
function collector(): void {
  const gc: unknown = runInNewContext('typeof gc === "function" ? gc : null');
  if (typeof gc === 'function') gc();
}
