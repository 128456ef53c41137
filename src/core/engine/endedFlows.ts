import type { FlowRow } from '../../protocol/capture';
import { LimitCounter, engineLimits } from '../limits';

/** Rows of the flows that ended, in that order; at the limit the oldest is forgotten. */
export class EndedFlows {
  readonly limit: LimitCounter;
  readonly #rows: FlowRow[] = [];
  #oldest = 0;

  constructor(maxRows: number = engineLimits.endedFlowRows) {
    this.limit = new LimitCounter('rows of ended flows', maxRows);
  }

  get size(): number {
    return this.#rows.length;
  }

  add(row: FlowRow): void {
    if (this.#rows.length < this.limit.limit) {
      this.#rows.push(row);
      return;
    }
    this.limit.hits++;
    this.#rows[this.#oldest] = row;
    this.#oldest = (this.#oldest + 1) % this.limit.limit;
  }

  slice(from: number, count: number): FlowRow[] {
    const rows: FlowRow[] = [];
    for (let i = from; i < Math.min(this.#rows.length, from + count); i++) {
      const row = this.#rows[(this.#oldest + i) % this.#rows.length];
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }
}
