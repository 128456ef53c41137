import type { FlowRow } from '../../protocol/capture';
import { Flow, flowRow } from '../flows/flow';
import { LimitCounter, engineLimits } from '../limits';

/**
 * The flows that ended, in that order; at the limit the oldest is forgotten. Rows are made of them only when somebody looks:
 * in a flood of flows nobody ever does.
 */
export class EndedFlows {
  readonly limit: LimitCounter;
  readonly #flows: (Flow | FlowRow)[] = [];
  #oldest = 0;

  constructor(maxRows: number = engineLimits.endedFlowRows) {
    this.limit = new LimitCounter('rows of ended flows', maxRows);
  }

  get size(): number {
    return this.#flows.length;
  }

  /**
   * Takes a flow, or the row of a part of one that goes on. Returns the flow that was forgotten for it, whose object may be
   * used again.
   */
  add(flow: Flow | FlowRow): Flow | null {
    if (this.#flows.length < this.limit.limit) {
      this.#flows.push(flow);
      return null;
    }
    this.limit.hits++;
    const forgotten = this.#flows[this.#oldest] ?? null;
    this.#flows[this.#oldest] = flow;
    this.#oldest = (this.#oldest + 1) % this.limit.limit;
    return forgotten instanceof Flow ? forgotten : null;
  }

  slice(from: number, count: number): FlowRow[] {
    const rows: FlowRow[] = [];
    for (let i = from; i < Math.min(this.#flows.length, from + count); i++) {
      const flow = this.#flows[(this.#oldest + i) % this.#flows.length];
      if (flow !== undefined) rows.push(flow instanceof Flow ? flowRow(flow) : flow);
    }
    return rows;
  }
}
