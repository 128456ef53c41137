import type { ViewState } from '../../src/protocol/webviewMessages';

/** What may follow the beginning of a drawing, piece by piece, in later frames. */
export type DrawParts = readonly (() => void)[];

export interface StateStoreOptions {
  /** Calls back once, before the next paint; never while the document is hidden. */
  schedule: (callback: () => void) => void;
  /** Draws what belongs together at once; gives what may follow. */
  draw: (state: ViewState, previous: ViewState | null) => DrawParts;
  /** A state is on the screen: the panel may send the next one. */
  drawn: (sequence: number) => void;
  /** Clock for the time that a frame takes, milliseconds. */
  now?: () => number;
}

/**
 * After this, the rest of a drawing waits for the next frame: half of what a frame has at 60 a second, as layout and paint
 * of what was written come on top.
 */
const frameBudgetMs = 8;

/**
 * Draws the newest state once a frame, in as many frames as its parts need.
 * Invariants: at most one frame is asked for at a time; a state that was overtaken before its frame is never drawn; the
 * parts of two states are never mixed.
 * What arrives last is newest: one state is in flight at a time, so a smaller number means that the sender started anew.
 */
export class StateStore {
  private pending: ViewState | null = null;
  private shown: ViewState | null = null;
  private parts: DrawParts = [];
  private nextPart = 0;
  private drawing = false;
  private scheduled = false;

  constructor(private readonly options: StateStoreOptions) {}

  get current(): ViewState | null {
    return this.shown;
  }

  accept(state: ViewState): void {
    this.pending = state;
    this.ask();
  }

  /** Draws the state on the screen again, for example in the colours of another theme. */
  redraw(): void {
    this.pending ??= this.shown;
    if (this.pending !== null) this.ask();
  }

  private ask(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.options.schedule(() => {
      this.scheduled = false;
      this.frame();
    });
  }

  private frame(): void {
    const now = this.options.now ?? (() => performance.now());
    const endMs = now() + frameBudgetMs;
    let failed = true;
    try {
      if (!this.drawing) this.begin();
      while (this.nextPart < this.parts.length) {
        this.parts[this.nextPart++]?.();
        if (now() >= endMs) break;
      }
      failed = false;
    } finally {
      // Also after a drawing error: a panel that waits for this number must not wait for ever.
      if (this.drawing && (failed || this.nextPart >= this.parts.length)) this.finish();
    }
    if (this.drawing || this.pending !== null) this.ask();
  }

  private begin(): void {
    const state = this.pending;
    if (state === null) return;
    this.pending = null;
    const previous = this.shown;
    this.shown = state;
    this.drawing = true;
    this.parts = [];
    this.nextPart = 0;
    this.parts = this.options.draw(state, previous);
  }

  private finish(): void {
    this.drawing = false;
    this.parts = [];
    if (this.shown !== null) this.options.drawn(this.shown.sequence);
  }
}
