import { AddressHash } from '../flows/hash';
import type { Flow } from '../flows/flow';
import type { Host } from '../flows/host';
import type { LimitCounter } from '../limits';
import type { Contact } from './contact';

/** A power of two above the records that there is room for. */
const chains = 2 ** 15;
const none = -1;
const udp = 17;
/** Tells ports of UDP from those of TCP. */
const udpPorts = 0x10000;

/**
 * Contacts that the end of the capture, or of the room for flows, cut short: too early to call them failures, but many ports of one
 * target by one source at once are a burst all the same. Kept as numbers beside each other and forgotten all at once when the room
 * is used up, since a flood with forged sources makes millions that nobody asks for.
 */
export class CutShortContacts {
  readonly #limit: LimitCounter;
  readonly #hash = new AddressHash();
  readonly #sources: (Host | null)[] = [];
  readonly #targets: Host[] = [];
  /** Newest record of each chain, and for each record the one before it. Made with the first record. */
  #newest = new Int32Array(0);
  #before = new Int32Array(0);
  #ports = new Int32Array(0);
  #sourcePorts = new Int32Array(0);
  #timesUs = new Float64Array(0);
  #packets = new Float64Array(0);
  #size = 0;

  /** `limit` bounds the records; those forgotten are its hits. */
  constructor(limit: LimitCounter) {
    this.#limit = limit;
  }

  /**
   * Adds the first packet of a flow over TCP or UDP, each port of a pair of hosts once. When its pair then has `wanted` ports, they
   * are taken out and returned, oldest first and this one last; until then null.
   */
  add(flow: Flow, wanted: number): Contact[] | null {
    const { a: source, b: target } = flow;
    const port = (flow.ipProtocol === udp ? udpPorts : 0) + Math.max(0, flow.bPort);
    if (this.#size >= this.#limit.limit) {
      this.#limit.hits += this.#size;
      this.#newest.fill(none);
      this.#size = 0;
    }
    if (this.#newest.length === 0) this.#make();
    const chain = this.#chainOf(flow);
    let ports = 1;
    for (let at = this.#newest[chain] ?? none; at !== none; at = this.#before[at] ?? none) {
      if (this.#sources[at] !== source || this.#targets[at] !== target) continue;
      if (this.#ports[at] === port) {
        this.#put(at, flow);
        return null;
      }
      ports++;
    }
    if (ports >= wanted) return this.#take(chain, flow, port);
    const at = this.#size++;
    this.#sources[at] = source;
    this.#targets[at] = target;
    this.#ports[at] = port;
    this.#before[at] = this.#newest[chain] ?? none;
    this.#newest[chain] = at;
    this.#put(at, flow);
    return null;
  }

  clear(): void {
    this.#newest.fill(none);
    this.#sources.length = 0;
    this.#targets.length = 0;
    this.#size = 0;
  }

  #make(): void {
    const room = this.#limit.limit;
    this.#newest = new Int32Array(chains).fill(none);
    this.#before = new Int32Array(room);
    this.#ports = new Int32Array(room);
    this.#sourcePorts = new Int32Array(room);
    this.#timesUs = new Float64Array(room);
    this.#packets = new Float64Array(room);
  }

  #chainOf(flow: Flow): number {
    const source = this.#hash.endpoint(flow.aWord0, flow.aWord1, flow.aWord2, flow.aWord3, 0);
    const target = this.#hash.endpoint(flow.bWord0, flow.bWord1, flow.bWord2, flow.bWord3, 1);
    return (source ^ target) & (chains - 1);
  }

  #put(at: number, flow: Flow): void {
    this.#sourcePorts[at] = flow.aPort;
    this.#timesUs[at] = flow.startUs;
    this.#packets[at] = flow.firstPacket;
  }

  #take(chain: number, flow: Flow, newestPort: number): Contact[] {
    const { a: source, b: target } = flow;
    const found: Contact[] = [contactOf(source, target, newestPort, flow.aPort, flow.startUs, flow.firstPacket)];
    for (let at = this.#newest[chain] ?? none; at !== none; at = this.#before[at] ?? none) {
      if (this.#sources[at] !== source || this.#targets[at] !== target) continue;
      const [sourcePort = -1, timeUs = 0, packet = 0] = [this.#sourcePorts[at], this.#timesUs[at], this.#packets[at]];
      found.push(contactOf(source, target, this.#ports[at] ?? 0, sourcePort, timeUs, packet));
      // Its place stays used until all are forgotten.
      this.#sources[at] = null;
    }
    return found.reverse();
  }
}

function contactOf(
  source: Host,
  target: Host,
  port: number,
  sourcePort: number,
  timeUs: number,
  packet: number,
): Contact {
  const [kind, number] = port >= udpPorts ? (['udp', port - udpPorts] as const) : (['syn', port] as const);
  return { source, target, sourcePort, port: number, kind, outcome: 'unanswered', timeUs, packet };
}
