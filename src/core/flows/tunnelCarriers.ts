import type { Carrier, PacketView } from '../decode/packetView';
import { LimitCounter, engineLimits } from '../limits';
import { wordAt } from './hash';

/**
 * The UDP conversations that carry tunnels. Flows are those inside, so these are counted apart, by a hash of 53 bits of
 * both ends; bounded. One with packets that hold nothing with an address is a flow as well, and not counted again.
 */
export class TunnelCarriers {
  readonly limit = new LimitCounter('conversations that carry tunnels', engineLimits.conversations);
  readonly #seen = new Set<number>();
  readonly #flows = new Set<number>();
  #both = 0;

  get size(): number {
    return this.#seen.size - this.#both;
  }

  add({ bytes, carriers, sourceAddressOffset }: PacketView): void {
    for (const carrier of carriers) {
      const key = keyOf(bytes, carrier);
      // Nothing with an address was inside: the carrier is the flow.
      const isFlow = carrier.sourceAddressOffset === sourceAddressOffset;
      const [own, other] = isFlow ? [this.#flows, this.#seen] : [this.#seen, this.#flows];
      if (own.has(key)) continue;
      if (own.size >= this.limit.limit) {
        this.limit.hits++;
        continue;
      }
      own.add(key);
      if (other.has(key)) this.#both++;
    }
  }
}

/** The same for both directions. */
function keyOf(bytes: Uint8Array, carrier: Carrier): number {
  const { addressLength, sourceAddressOffset, destinationAddressOffset, sourcePort, destinationPort } = carrier;
  const [a, b] = [sourceAddressOffset, destinationAddressOffset];
  const low = hash(bytes, a, addressLength, sourcePort, 1) + hash(bytes, b, addressLength, destinationPort, 1);
  const high = hash(bytes, a, addressLength, sourcePort, 2) + hash(bytes, b, addressLength, destinationPort, 2);
  return (high & 0x1f_ffff) * 2 ** 32 + (low >>> 0);
}

/** Multiplicative, with the finalizer of MurmurHash3. */
function hash(bytes: Uint8Array, offset: number, length: number, port: number, seed: number): number {
  let mixed = Math.imul(port + seed, 0x9e3779b1);
  for (let at = 0; at < length; at += 4)
    mixed = Math.imul(mixed ^ wordAt(bytes, offset + at), 0x85ebca6b) ^ (mixed >>> 13);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) | 0;
}
