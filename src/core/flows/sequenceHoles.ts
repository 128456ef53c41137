import { engineLimits } from '../limits';
import { sequenceAfter } from './sequence';

/** Stretches of the sequence space that one direction skipped and that were not seen since, with when they were skipped. */
export class SequenceHoles {
  // Pairs of first and one past last.
  #holes: Int32Array | null = null;
  #holeTimesUs: Float64Array | null = null;
  #holeCount = 0;

  /** Remembers that `[first, end)` was skipped at `timeUs`. At the limit the oldest hole is forgotten. */
  add(first: number, end: number, timeUs: number): void {
    const limit = engineLimits.sequenceHolesPerDirection;
    this.#holes ??= new Int32Array(2 * limit);
    this.#holeTimesUs ??= new Float64Array(limit);
    if (this.#holeCount === limit) this.#removeHole(0);
    this.#holes[2 * this.#holeCount] = first;
    this.#holes[2 * this.#holeCount + 1] = end;
    this.#holeTimesUs[this.#holeCount] = timeUs;
    this.#holeCount++;
  }

  /** When the first hole that `[first, end)` fills, at least in part, was made; NaN when all of it was seen before. */
  fill(first: number, end: number): number {
    const holes = this.#holes;
    const times = this.#holeTimesUs;
    if (holes === null || times === null) return Number.NaN;
    let madeUs = Number.NaN;
    for (let i = 0; i < this.#holeCount; i++) {
      const holeFirst = holes[2 * i] ?? 0;
      const holeEnd = holes[2 * i + 1] ?? 0;
      if (!sequenceAfter(end, holeFirst) || !sequenceAfter(holeEnd, first)) continue;
      const timeUs = times[i] ?? 0;
      if (!(madeUs <= timeUs)) madeUs = timeUs;
      const leavesHead = sequenceAfter(first, holeFirst);
      const leavesTail = sequenceAfter(holeEnd, end);
      if (leavesHead) {
        holes[2 * i + 1] = first;
        // The segment lies within this hole alone, so nothing is left to look at.
        if (leavesTail) {
          this.add(end, holeEnd, timeUs);
          return madeUs;
        }
      } else if (leavesTail) {
        holes[2 * i] = end;
      } else {
        this.#removeHole(i);
        i--;
      }
    }
    return madeUs;
  }

  clear(): void {
    this.#holeCount = 0;
  }

  #removeHole(index: number): void {
    this.#holes?.copyWithin(2 * index, 2 * index + 2, 2 * this.#holeCount);
    this.#holeTimesUs?.copyWithin(index, index + 1, this.#holeCount);
    this.#holeCount--;
  }
}
