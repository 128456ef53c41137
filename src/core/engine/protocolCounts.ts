import type { ProtocolCount } from '../../protocol/capture';
import type { ProtocolName } from '../decode/protocols';

interface Counter {
  packets: number;
  bytes: number;
  /** Number of the newest packet counted, so that one that nests a protocol twice counts once. */
  newest: number;
}

/** Packets and bytes by protocol: a packet counts once for every protocol that it holds, however often nested. */
export class ProtocolCounts {
  readonly #counters = new Map<string, Counter>();
  #packet = 0;

  /** @param quoted protocols of the packet that an ICMP error quotes; tshark counts them too */
  add(layers: readonly ProtocolName[], quoted: readonly ProtocolName[], bytes: number): void {
    this.#packet++;
    for (let i = 0; i < layers.length; i++) this.#count(layers[i], bytes);
    for (let i = 0; i < quoted.length; i++) this.#count(quoted[i], bytes);
  }

  /** Most packets first, equal ones by name. */
  rows(): ProtocolCount[] {
    return [...this.#counters]
      .map(([protocol, { packets, bytes }]) => ({ protocol, packets, bytes }))
      .sort((x, y) => y.packets - x.packets || (x.protocol < y.protocol ? -1 : 1));
  }

  #count(protocol: string | undefined, bytes: number): void {
    if (protocol === undefined) return;
    let counter = this.#counters.get(protocol);
    if (counter === undefined) {
      counter = { packets: 0, bytes: 0, newest: 0 };
      this.#counters.set(protocol, counter);
    }
    if (counter.newest === this.#packet) return;
    counter.newest = this.#packet;
    counter.packets++;
    counter.bytes += bytes;
  }
}
