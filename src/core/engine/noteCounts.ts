import { LimitCounter, engineLimits } from '../limits';

/** How often the decoder noted what, by note; bounded. */
export class NoteCounts {
  readonly limit = new LimitCounter('kinds of notes', engineLimits.noteNames);
  readonly #counts = new Map<string, number>();

  add(notes: readonly string[]): void {
    for (const note of notes) {
      const seen = this.#counts.get(note);
      if (seen === undefined && this.#counts.size >= this.limit.limit) this.limit.hits++;
      else this.#counts.set(note, (seen ?? 0) + 1);
    }
  }

  /** The most frequent ones first. */
  rows(count: number): { name: string; count: number }[] {
    return [...this.#counts]
      .map(([name, times]) => ({ name, count: times }))
      .sort((x, y) => y.count - x.count)
      .slice(0, count);
  }
}
