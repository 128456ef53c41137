import { idleClasses } from './flow';
import type { Flow } from './flow';

/**
 * Idle time that ends a flow. Established TCP: 30 minutes, NFStream's active timeout; longer than every usual keep-alive of
 * an application. Handshake without an answer, closed or reset: a minute, twice the 2 MSL that Linux waits. UDP and the
 * rest: 2 minutes, NFStream's idle timeout and what RFC 4787 asks of NATs.
 */
const timeoutsUs: readonly number[] = [1_800_000_000, 60_000_000, 120_000_000];

/** Flows by how long they have been silent: one list for each timeout, oldest first. */
export class IdleLists {
  readonly #oldest: (Flow | null)[] = timeoutsUs.map(() => null);
  readonly #newest: (Flow | null)[] = timeoutsUs.map(() => null);

  add(flow: Flow): void {
    const newest = this.#newest[flow.idleClass] ?? null;
    flow.older = newest;
    flow.newer = null;
    if (newest === null) this.#oldest[flow.idleClass] = flow;
    else newest.newer = flow;
    this.#newest[flow.idleClass] = flow;
  }

  remove(flow: Flow): void {
    if (flow.older === null) this.#oldest[flow.idleClass] = flow.newer;
    else flow.older.newer = flow.newer;
    if (flow.newer === null) this.#newest[flow.idleClass] = flow.older;
    else flow.newer.older = flow.older;
    flow.older = null;
    flow.newer = null;
  }

  touch(flow: Flow): void {
    if (flow.newer === null) return;
    this.remove(flow);
    this.add(flow);
  }

  move(flow: Flow, idleClass: number): void {
    this.remove(flow);
    flow.idleClass = idleClass;
    this.add(flow);
  }

  /** A flow whose timeout has passed at `nowUs`, or null. */
  expired(nowUs: number): Flow | null {
    for (let idleClass = 0; idleClass < timeoutsUs.length; idleClass++) {
      const flow = this.#oldest[idleClass] ?? null;
      if (flow !== null && nowUs - flow.endUs >= (timeoutsUs[idleClass] ?? 0)) return flow;
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
}
