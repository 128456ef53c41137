import type { ProcessIdentity } from '../core/flows/flowOwners';
import type { LimitCounter } from '../core/limits';
import { placeText } from './socketTable';
import type { SocketPlace } from './socketTable';

/** One socket, as long as it was seen. Times are wall clock, microseconds since 1970, as those of packets. */
interface SeenSocket {
  readonly inode: number;
  /** Not there then yet: when the look before the first sight began. */
  readonly sinceUs: number;
  /** Not there then any more; Infinity while it is. */
  untilUs: number;
  /** Undefined until somebody has looked who holds it; null for unknown. */
  holder: ProcessIdentity | null | undefined;
}

/** Packets come up to some seconds after their time; what is gone for longer is asked for by no flow. */
const keptUs = 30_000_000;
/** Clocks of packets and of this process are one, but are not read in one moment. */
const toleranceUs = 50_000;
/** A server holds a connection only when it has accepted it. */
const acceptUs = 2_000_000;

/**
 * Sockets of this machine, those that are and those that were, with the time in which each was there, so that a flow is held to the
 * socket that there was when it began, although its packets come late and the socket is gone.
 */
export class SocketHistory {
  readonly #sockets = new Map<string, SeenSocket[]>();
  #size = 0;
  #lookedUs = Number.NEGATIVE_INFINITY;

  /** @param limit sockets that are kept; counts those that were forgotten before their time */
  constructor(private readonly limit: LimitCounter) {}

  /**
   * Takes the inodes of the sockets at each place, as they were read between two moments. Returns the sockets that nobody has
   * looked for the holder of.
   */
  look(sockets: ReadonlyMap<string, readonly number[]>, begunUs: number, endedUs: number): Set<number> {
    const unknown = new Set<number>();
    for (const [place, inodes] of sockets)
      for (const inode of inodes) if (this.#see(place, inode).holder === undefined) unknown.add(inode);
    for (const [place, seen] of this.#sockets) {
      const inodes = sockets.get(place);
      for (const socket of seen)
        if (socket.untilUs === Infinity && inodes?.includes(socket.inode) !== true) socket.untilUs = endedUs;
      const kept = seen.filter(({ untilUs }) => untilUs + keptUs >= begunUs);
      if (kept.length < seen.length) this.#keep(place, kept);
    }
    this.#lookedUs = begunUs;
    this.#shed();
    return unknown;
  }

  /** Says who holds sockets; those that have a holder keep it. */
  hold(holders: ReadonlyMap<number, ProcessIdentity | null>): void {
    for (const seen of this.#sockets.values()) for (const socket of seen) socket.holder ??= holders.get(socket.inode);
  }

  /**
   * Who held the socket at the first of `places` that had one when a flow began; null for unknown, which it is also when different
   * programs held sockets there. `opened`: this end opened the flow, so its socket cannot be younger.
   */
  holderAt(places: readonly SocketPlace[], startUs: number, opened: boolean): ProcessIdentity | null {
    const laterUs = opened ? toleranceUs : acceptUs;
    for (const place of places) {
      const there = (this.#sockets.get(placeText(place)) ?? []).filter(
        ({ sinceUs, untilUs }) => sinceUs <= startUs + laterUs && untilUs + toleranceUs >= startUs,
      );
      if (there.length > 0) return oneHolder(there);
    }
    return null;
  }

  #see(place: string, inode: number): SeenSocket {
    const seen = this.#sockets.get(place);
    const known = seen?.find((socket) => socket.inode === inode && socket.untilUs === Infinity);
    if (known !== undefined) return known;
    const socket: SeenSocket = { inode, sinceUs: this.#lookedUs, untilUs: Infinity, holder: undefined };
    if (seen === undefined) this.#sockets.set(place, [socket]);
    else seen.push(socket);
    this.#size++;
    return socket;
  }

  #keep(place: string, seen: SeenSocket[]): void {
    this.#size -= (this.#sockets.get(place)?.length ?? 0) - seen.length;
    if (seen.length === 0) this.#sockets.delete(place);
    else this.#sockets.set(place, seen);
  }

  /** Too many: the places that were seen first go first. */
  #shed(): void {
    for (const place of this.#sockets.keys()) {
      if (this.#size <= this.limit.limit) return;
      this.limit.hits++;
      this.#keep(place, []);
    }
  }
}

/** The sockets of several processes can be bound to one place: known only when they run one program. */
function oneHolder(sockets: readonly SeenSocket[]): ProcessIdentity | null {
  const [first, ...others] = sockets.map(({ holder }) => holder ?? null);
  if (first === undefined || first === null || others.some((one) => one?.program !== first.program)) return null;
  return others.some((one) => one?.pid !== first.pid) ? { ...first, pid: null } : first;
}
