/** One line on a terminal that is drawn anew: share done, and the time that is left by the pace so far. */
export class ProgressLine {
  readonly #startMs: number;
  #drawnMs = 0;

  constructor(
    private readonly write: (text: string) => void,
    private readonly terminal: boolean,
    private readonly now: () => number,
  ) {
    this.#startMs = now();
  }

  show(share: number, what: string): void {
    const time = this.now();
    if (!this.terminal || (time - this.#drawnMs < 200 && share < 1)) return;
    this.#drawnMs = time;
    this.write(`\r\x1b[K${progressText(share, what, (time - this.#startMs) / 1000)}`);
  }

  /** Leaves the line, for text that stays. */
  end(): void {
    if (this.terminal) this.write('\r\x1b[K');
  }
}

/** `[#####-----]  50 %  training, 1 min 5 s left` */
export function progressText(share: number, what: string, elapsedSeconds: number): string {
  const width = 24;
  const done = Math.min(1, Math.max(0, share));
  const filled = Math.round(done * width);
  const left = done > 0.01 ? `, ${duration((elapsedSeconds / done) * (1 - done))} left` : '';
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}] ${String(Math.floor(done * 100)).padStart(3)} %  ${what}${left}`;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
