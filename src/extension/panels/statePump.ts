import type { Disposable } from '../disposable';

/** A view that does not say `drawn` within this time gets the newest state all the same. */
const drawnTimeoutMs = 2000;

export interface StatePumpOptions {
  /** Builds the newest state and posts it. */
  post: (sequence: number) => void;
  /** Least time between two posts. */
  minIntervalMs: () => number;
  now?: () => number;
  setTimer?: (callback: () => void, delayMs: number) => Disposable;
}

/**
 * Decides when a view gets a state: one in flight at a time, only while the view is visible and listens, no faster than
 * asked for, and always the newest. A view that comes back, or whose page was loaded again, gets the newest at once.
 */
export class StatePump implements Disposable {
  private listening = false;
  private visible = true;
  private stale = true;
  private sequence = 0;
  private inFlight: { sequence: number; sinceMs: number } | null = null;
  private postedMs = Number.NEGATIVE_INFINITY;
  private timer: Disposable | null = null;
  private disposed = false;
  private readonly now: () => number;
  private readonly setTimer: (callback: () => void, delayMs: number) => Disposable;

  constructor(private readonly options: StatePumpOptions) {
    this.now = options.now ?? Date.now;
    this.setTimer =
      options.setTimer ??
      ((callback, delayMs) => {
        const timer = setTimeout(callback, delayMs);
        return { dispose: () => clearTimeout(timer) };
      });
  }

  /** The page is loaded and listens. Whatever was in flight went to a page that is no more. */
  ready(): void {
    this.listening = true;
    this.inFlight = null;
    this.stale = true;
    this.postedMs = Number.NEGATIVE_INFINITY;
    this.pump();
  }

  setVisible(visible: boolean): void {
    if (visible === this.visible) return;
    this.visible = visible;
    this.inFlight = null;
    if (visible) this.stale = true;
    this.pump();
  }

  /** There is something new to draw. */
  invalidate(): void {
    this.stale = true;
    this.pump();
  }

  /** The page has drawn the state with this number. */
  drawn(sequence: number): void {
    if (this.inFlight?.sequence !== sequence) return;
    this.inFlight = null;
    this.pump();
  }

  dispose(): void {
    this.disposed = true;
    this.timer?.dispose();
    this.timer = null;
  }

  private pump(): void {
    if (this.disposed || !this.listening || !this.visible || !this.stale) return;
    const now = this.now();
    const waitMs = Math.max(
      this.postedMs + this.options.minIntervalMs() - now,
      this.inFlight === null ? 0 : this.inFlight.sinceMs + drawnTimeoutMs - now,
    );
    this.timer?.dispose();
    this.timer = null;
    if (waitMs > 0) {
      this.timer = this.setTimer(() => {
        this.timer = null;
        this.pump();
      }, waitMs);
      return;
    }
    this.stale = false;
    this.sequence += 1;
    this.inFlight = { sequence: this.sequence, sinceMs: now };
    this.postedMs = now;
    this.options.post(this.sequence);
  }
}
