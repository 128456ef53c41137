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

const none = -1;
const firstCapacity = 1024;

/**
 * Flows by how long they have been silent: one list for each timeout, oldest first. The links are slots of flows in typed arrays:
 * moving a flow to the end, as each packet does, touches neither its neighbours nor the garbage collector.
 */
export class IdleLists {
  readonly #timeoutsUs: readonly number[];
  readonly #flows: readonly (Flow | null)[];
  readonly #oldest = new Int32Array(3).fill(none);
  readonly #newest = new Int32Array(3).fill(none);
  /** Slots of the older and of the newer neighbour, side by side for each slot. */
  #links = new Int32Array(2 * firstCapacity).fill(none);
  /** Memory of each list. */
  readonly #bytes = new Float64Array(3);
  #totalBytes = 0;

  /** @param flows all open flows by `Flow.slot`, kept by whoever adds them here */
  constructor(timeouts: FlowTimeouts, flows: readonly (Flow | null)[]) {
    // In the order of `idleClasses`.
    const { establishedIdleMs, handshakeIdleMs, datagramIdleMs } = timeouts;
    this.#timeoutsUs = [establishedIdleMs * 1000, handshakeIdleMs * 1000, datagramIdleMs * 1000];
    this.#flows = flows;
  }

  add(flow: Flow): void {
    const { slot, idleClass, weightBytes } = flow;
    if (2 * slot >= this.#links.length) this.#makeRoom(slot);
    this.#append(slot, idleClass);
    this.#bytes[idleClass] = (this.#bytes[idleClass] ?? 0) + weightBytes;
    this.#totalBytes += weightBytes;
  }

  remove(flow: Flow): void {
    const { slot, idleClass, weightBytes } = flow;
    this.#unlink(slot, idleClass);
    this.#bytes[idleClass] = (this.#bytes[idleClass] ?? 0) - weightBytes;
    this.#totalBytes -= weightBytes;
  }

  /** Memory of all flows, by their weights. */
  get bytes(): number {
    return this.#totalBytes;
  }

  touch(flow: Flow): void {
    const { slot, idleClass } = flow;
    if (this.#newest[idleClass] === slot) return;
    this.#unlink(slot, idleClass);
    this.#append(slot, idleClass);
  }

  /** Says that a flow that is listed takes `bytes` of memory from now on. */
  weigh(flow: Flow, bytes: number): void {
    const more = bytes - flow.weightBytes;
    this.#bytes[flow.idleClass] = (this.#bytes[flow.idleClass] ?? 0) + more;
    this.#totalBytes += more;
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
      const flow = this.#oldestOf(idleClass);
      if (flow !== null && nowUs - flow.endUs >= (this.#timeoutsUs[idleClass] ?? 0)) return flow;
    }
    return null;
  }

  /** The flow to give up for a new one: closed or unanswered ones first, then datagrams, then connections. */
  oldest(): Flow | null {
    return (
      this.#oldestOf(idleClasses.handshakeOrClosed) ??
      this.#oldestOf(idleClasses.datagram) ??
      this.#oldestOf(idleClasses.established)
    );
  }

  /**
   * The flow to give up when all together take `limitBytes`: of unanswered ones, or of datagrams, while they take more than a
   * quarter, else of connections. So a flood pushes out no connection, and many connections leave room for new ones.
   */
  oldestOfMost(limitBytes: number): Flow | null {
    for (const idleClass of [idleClasses.handshakeOrClosed, idleClasses.datagram]) {
      if ((this.#bytes[idleClass] ?? 0) > limitBytes / 4) return this.#oldestOf(idleClass);
    }
    return this.#oldestOf(idleClasses.established) ?? this.oldest();
  }

  #oldestOf(idleClass: number): Flow | null {
    const slot = this.#oldest[idleClass] ?? none;
    return slot < 0 ? null : (this.#flows[slot] ?? null);
  }

  #append(slot: number, idleClass: number): void {
    const newest = this.#newest[idleClass] as number;
    this.#links[2 * slot] = newest;
    this.#links[2 * slot + 1] = none;
    if (newest < 0) this.#oldest[idleClass] = slot;
    else this.#links[2 * newest + 1] = slot;
    this.#newest[idleClass] = slot;
  }

  #unlink(slot: number, idleClass: number): void {
    const older = this.#links[2 * slot] as number;
    const newer = this.#links[2 * slot + 1] as number;
    if (older < 0) this.#oldest[idleClass] = newer;
    else this.#links[2 * older + 1] = newer;
    if (newer < 0) this.#newest[idleClass] = older;
    else this.#links[2 * newer] = older;
  }

  #makeRoom(slot: number): void {
    let { length } = this.#links;
    while (length <= 2 * slot) length *= 2;
    const links = new Int32Array(length).fill(none);
    links.set(this.#links);
    this.#links = links;
  }
}
