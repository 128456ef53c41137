import { idleClasses } from './flow';
import type { Flow } from './flow';

/** When a flow ends although nothing says so (RFC 5102 `flowEndReason` 1 and 2), in milliseconds; `Infinity` for never. */
export interface FlowTimeouts {
  /** Silence of an established TCP connection. */
  establishedIdleMs: number;
  /** Silence of a TCP handshake without an answer, and of a connection that is closed or reset. */
  handshakeIdleMs: number;
  /** Silence of UDP and the rest. */
  datagramIdleMs: number;
  /** Age of a flow that goes on: it is reported, and what follows counts as the next flow. */
  activeMs: number;
}

/**
 * Established TCP: 30 minutes, NFStream's active timeout; longer than every usual keep-alive of an application. Handshake
 * without an answer, closed or reset: a minute, twice the 2 MSL that Linux waits. UDP and the rest: 2 minutes, NFStream's idle
 * timeout and what RFC 4787 asks of NATs. A flow that goes on is one flow, however long, unless an exporter wants it otherwise.
 */
export const defaultFlowTimeouts: FlowTimeouts = {
  establishedIdleMs: 1_800_000,
  handshakeIdleMs: 60_000,
  datagramIdleMs: 120_000,
  activeMs: Number.POSITIVE_INFINITY,
};

/** Flows by how long they have been silent: one list for each timeout, oldest first. */
export class IdleLists {
  readonly #timeoutsUs: readonly number[];
  readonly #oldest: (Flow | null)[] = [null, null, null];
  readonly #newest: (Flow | null)[] = [null, null, null];
  /** Memory of each list. */
  readonly #bytes = new Float64Array(3);

  constructor(timeouts: FlowTimeouts) {
    // In the order of `idleClasses`.
    const { establishedIdleMs, handshakeIdleMs, datagramIdleMs } = timeouts;
    this.#timeoutsUs = [establishedIdleMs * 1000, handshakeIdleMs * 1000, datagramIdleMs * 1000];
  }

  add(flow: Flow): void {
    const newest = this.#newest[flow.idleClass] ?? null;
    flow.older = newest;
    flow.newer = null;
    if (newest === null) this.#oldest[flow.idleClass] = flow;
    else newest.newer = flow;
    this.#newest[flow.idleClass] = flow;
    this.#bytes[flow.idleClass] = (this.#bytes[flow.idleClass] ?? 0) + flow.weightBytes;
  }

  remove(flow: Flow): void {
    this.#bytes[flow.idleClass] = (this.#bytes[flow.idleClass] ?? 0) - flow.weightBytes;
    if (flow.older === null) this.#oldest[flow.idleClass] = flow.newer;
    else flow.older.newer = flow.newer;
    if (flow.newer === null) this.#newest[flow.idleClass] = flow.older;
    else flow.newer.older = flow.older;
    flow.older = null;
    flow.newer = null;
  }

  /** Memory of all flows, by their weights. */
  get bytes(): number {
    return (this.#bytes[0] ?? 0) + (this.#bytes[1] ?? 0) + (this.#bytes[2] ?? 0);
  }

  touch(flow: Flow): void {
    if (flow.newer === null) return;
    this.remove(flow);
    this.add(flow);
  }

  /** Says that a flow that is listed takes `bytes` of memory from now on. */
  weigh(flow: Flow, bytes: number): void {
    this.#bytes[flow.idleClass] = (this.#bytes[flow.idleClass] ?? 0) + bytes - flow.weightBytes;
    flow.weightBytes = bytes;
  }

  move(flow: Flow, idleClass: number): void {
    this.remove(flow);
    flow.idleClass = idleClass;
    this.add(flow);
  }

  /** A flow whose timeout has passed at `nowUs`, or null. */
  expired(nowUs: number): Flow | null {
    for (let idleClass = 0; idleClass < this.#timeoutsUs.length; idleClass++) {
      const flow = this.#oldest[idleClass] ?? null;
      if (flow !== null && nowUs - flow.endUs >= (this.#timeoutsUs[idleClass] ?? 0)) return flow;
    }
    return null;
  }

  /** The flow to give up for a new one: closed or unanswered ones first, then datagrams, then connections. */
  oldest(): Flow | null {
    return (
      this.#oldest[idleClasses.handshakeOrClosed] ??
      this.#oldest[idleClasses.datagram] ??
      this.#oldest[idleClasses.established] ??
      null
    );
  }

  /**
   * The flow to give up when all together take `limitBytes`: of unanswered ones, or of datagrams, while they take more than a
   * quarter, else of connections. So a flood pushes out no connection, and many connections leave room for new ones.
   */
  oldestOfMost(limitBytes: number): Flow | null {
    for (const idleClass of [idleClasses.handshakeOrClosed, idleClasses.datagram]) {
      if ((this.#bytes[idleClass] ?? 0) > limitBytes / 4) return this.#oldest[idleClass] ?? null;
    }
    return this.#oldest[idleClasses.established] ?? this.oldest();
  }
}
