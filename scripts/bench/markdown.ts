/** Collects what is said, as Markdown that reads well on a terminal too. */
export class Markdown {
  readonly #lines: string[] = [];

  constructor(private readonly out: (line: string) => void) {}

  get text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  say(line: string): void {
    this.#lines.push(line);
    this.out(line);
  }

  /** Begins a table; the first column holds text, the others numbers. */
  head(cells: readonly string[]): void {
    this.say('');
    this.row(cells);
    this.say(`|${cells.map((_, i) => (i === 0 ? ` ${'-'.repeat(31)} ` : ' --------: ')).join('|')}|`);
  }

  row(cells: readonly (string | number)[]): void {
    const padded = cells.map((cell, i) => (i === 0 ? String(cell).padEnd(31) : String(cell).padStart(10)));
    this.say(`| ${padded.join(' | ')} |`);
  }
}
