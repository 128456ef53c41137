import type { ViewState } from '../../src/protocol/webviewMessages';

export interface StateStoreOptions {
  /** Calls back once, before the next paint; never while the document is hidden. */
  schedule: (callback: () => void) => void;
  draw: (state: ViewState, previous: ViewState | null) => void;
  /** A state is on the screen: the panel may send the next one. */
  drawn: (sequence: number) => void;
}

/**
 * Draws the newest state once a frame.
 * Invariants: at most one frame is asked for at a time; a state that was overtaken before its frame is never drawn.
 * What arrives last is newest: one state is in flight at a time, so a smaller number means that the sender started anew.
 */
export class StateStore {
  private pending: ViewState | null = null;
  private shown: ViewState | null = null;
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
      const state = this.pending;
      if (state === null) return;
      this.pending = null;
      const previous = this.shown;
      this.shown = state;
      try {
        this.options.draw(state, previous);
      } finally {
        // Also after a drawing error: a panel that waits for this number must not wait for ever.
        this.options.drawn(state.sequence);
      }
    });
  }
}
