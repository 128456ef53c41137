/** Packets that a person has marked. */
export class Marks {
  private readonly numbers: Set<number>;

  constructor(
    stored: readonly number[],
    private readonly save: (numbers: number[]) => void,
  ) {
    this.numbers = new Set(stored.slice(0, maxMarks));
  }

  get size(): number {
    return this.numbers.size;
  }

  has(number: number): boolean {
    return this.numbers.has(number);
  }

  /** False when there are too many already. */
  toggle(number: number): boolean {
    if (!this.numbers.delete(number)) {
      if (this.numbers.size >= maxMarks) return false;
      this.numbers.add(number);
    }
    this.save(this.all());
    return true;
  }

  /** In the order of the capture. */
  all(): number[] {
    return [...this.numbers].sort((a, b) => a - b);
  }

  /** Display filter that the marked packets match, neighbours as ranges. */
  filter(): string {
    const parts: string[] = [];
    const all = this.all();
    for (let index = 0; index < all.length;) {
      let end = index;
      while (all[end + 1] === (all[end] ?? 0) + 1) end += 1;
      parts.push(end === index ? String(all[index]) : `${all[index]}..${all[end]}`);
      index = end + 1;
    }
    return parts.length === 0 ? '' : `frame.number in {${parts.join(', ')}}`;
  }
}

/** As many as a display filter can list. */
export const maxMarks = 200;
