import type { Flow } from '../flows/flow';
import { LimitCounter, engineLimits } from '../limits';

/** Three seconds: a second more than the first two SYNs of Linux and Windows are apart, and far above any round trip. */
const answerTimeoutUs = 3_000_000;
/** Time at the place of a flow that waits no longer. */
const free = Number.NaN;
/** A power of two, as all sizes of the ring are. */
const fewest = 1024;

/**
 * Flows that wait for an answer, in the order in which they were opened, bounded. A ring, so that who looks for those whose time is
 * over reads times that lie next to each other, and no flow that was answered or forgotten since.
 */
export class PendingContacts {
  readonly limit = new LimitCounter('contacts waiting for an answer', engineLimits.scanPendingContacts);
  #flows: (Flow | null)[] = [];
  #startsUs = new Float64Array(0);
  /** Tickets of the oldest flow and of the next to come; places are their lowest bits. */
  #oldest = 0;
  #next = 0;

  /** A ticket for a flow that waits from now on; -1 when there is no room, which is counted. */
  add(flow: Flow): number {
    if (this.#next - this.#oldest >= this.limit.limit) {
      this.limit.hits++;
      return -1;
    }
    if (this.#next - this.#oldest === this.#flows.length) this.#grow();
    const place = this.#placeOf(this.#next);
    this.#flows[place] = flow;
    this.#startsUs[place] = flow.startUs;
    return this.#next++;
  }

  /** The flow with this ticket waits no longer. */
  remove(flow: Flow, ticket: number): void {
    const place = this.#placeOf(ticket);
    if (this.#flows[place] !== flow) return;
    this.#flows[place] = null;
    this.#startsUs[place] = free;
  }

  /** Takes out the oldest flow if its time is over at `nowUs`; null when none's is. */
  takeDue(nowUs: number): Flow | null {
    while (this.#oldest < this.#next) {
      const waitedUs = nowUs - (this.#startsUs[this.#placeOf(this.#oldest)] ?? free);
      // A packet dated far ahead must not hold up those behind it.
      if (waitedUs < answerTimeoutUs && waitedUs > -answerTimeoutUs) return null;
      const flow = this.take();
      if (flow !== null) return flow;
    }
    return null;
  }

  /** Takes out the oldest; null when it waits no longer, or when there is none (see `size`). */
  take(): Flow | null {
    if (this.#oldest >= this.#next) return null;
    const place = this.#placeOf(this.#oldest);
    const flow = this.#flows[place] ?? null;
    this.#oldest++;
    this.#flows[place] = null;
    return flow;
  }

  get size(): number {
    return this.#next - this.#oldest;
  }

  clear(): void {
    this.#flows = [];
    this.#startsUs = new Float64Array(0);
    this.#oldest = this.#next;
  }

  #placeOf(ticket: number): number {
    return ticket & (this.#flows.length - 1);
  }

  #grow(): void {
    const flows = new Array<Flow | null>(Math.max(fewest, 2 * this.#flows.length)).fill(null);
    const startsUs = new Float64Array(flows.length);
    for (let ticket = this.#oldest; ticket < this.#next; ticket++) {
      const from = this.#placeOf(ticket);
      const to = ticket & (flows.length - 1);
      flows[to] = this.#flows[from] ?? null;
      startsUs[to] = this.#startsUs[from] ?? free;
    }
    this.#flows = flows;
    this.#startsUs = startsUs;
  }
}
