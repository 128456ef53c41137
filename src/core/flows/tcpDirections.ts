import { TcpDirection } from './tcpAnalysis';
import type { SegmentBudget } from './unacknowledgedSegments';

/** Two for each flow object that waits to be used again. */
const maxFree = 8192;

/** Makes the two directions of TCP connections, out of those of ended ones where there are some. */
export class TcpDirections {
  readonly #budget: SegmentBudget;
  readonly #free: TcpDirection[] = [];

  constructor(budget: SegmentBudget) {
    this.#budget = budget;
  }

  take(): TcpDirection {
    return this.#free.pop() ?? new TcpDirection(this.#budget);
  }

  /** Takes back one that nobody holds any longer, and what it remembers out of the budget. */
  give(direction: TcpDirection): void {
    direction.reset();
    if (this.#free.length < maxFree) this.#free.push(direction);
  }
}
