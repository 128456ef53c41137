import { watchView } from './inView';

/** What is out of view is written at most this often: still true for those who read it without seeing it. */
const unseenEveryMs = 1000;

/** A part of a page that is written with every state while it is in view, and else only now and then. */
export class LazyPart {
  private readonly inView: () => boolean;
  private waiting: (() => void) | null = null;
  private writtenMs = Number.NEGATIVE_INFINITY;
  private timer = 0;

  constructor(element: Element) {
    this.inView = watchView(element, () => this.flush());
  }

  /**
   * Writes now, or when it is due or seen; the newest wins. `now`: nothing later will come that would be written. True
   * when it was written.
   */
  write(draw: () => void, now: boolean): boolean {
    this.waiting = draw;
    const waitMs = this.writtenMs + unseenEveryMs - performance.now();
    const due = now || this.inView() || waitMs <= 0;
    if (due) this.flush();
    else if (this.timer === 0) this.timer = window.setTimeout(() => this.flush(), waitMs);
    return due;
  }

  private flush(): void {
    window.clearTimeout(this.timer);
    this.timer = 0;
    const draw = this.waiting;
    if (draw === null) return;
    this.waiting = null;
    this.writtenMs = performance.now();
    draw();
  }
}
