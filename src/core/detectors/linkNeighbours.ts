import type { PacketView } from '../decode/packetView';
import { wordAt } from '../flows/hash';
import type { Host } from '../flows/host';
import { LimitCounter, engineLimits } from '../limits';
import { macAt } from './spoofing/arpClaims';

/** One device has a few addresses; a router that answers for others (proxy ARP, RFC 1027) has a network of them. */
const mostAddresses = 32;

/**
 * Which hosts are on one link, because both said their IPv4 address there by ARP (RFC 826): then they are in one network,
 * however that is cut. Masks are in no capture, and a network can be wider than the /24 that is assumed without ARP.
 */
export class LinkNeighbours {
  readonly limit: LimitCounter;
  /** Hardware address of each IPv4 address that was said. */
  readonly #macs = new Map<number, number>();
  readonly #addressesOf = new Map<number, number>();

  constructor(name: string) {
    this.limit = new LimitCounter(`${name}: addresses on the link`, engineLimits.arpAddresses);
  }

  /** An ARP packet; others do nothing. */
  learn(view: PacketView): void {
    if (view.arpOpcode < 0 || view.arpSenderMacOffset < 0 || view.arpSenderAddressOffset < 0) return;
    const address = wordAt(view.bytes, view.arpSenderAddressOffset) >>> 0;
    // A probe asks before it has an address (RFC 5227).
    if (address === 0 || this.#macs.has(address)) return;
    if (this.#macs.size >= this.limit.limit) {
      this.limit.hits++;
      return;
    }
    const mac = macAt(view.bytes, view.arpSenderMacOffset);
    this.#macs.set(address, mac);
    this.#addressesOf.set(mac, (this.#addressesOf.get(mac) ?? 0) + 1);
  }

  areNeighbours(x: Host, y: Host): boolean {
    return this.#isHere(x) && this.#isHere(y);
  }

  clear(): void {
    this.#macs.clear();
    this.#addressesOf.clear();
  }

  #isHere({ addressLength, word0 }: Host): boolean {
    const mac = addressLength === 4 ? this.#macs.get(word0 >>> 0) : undefined;
    return mac !== undefined && (this.#addressesOf.get(mac) ?? 0) <= mostAddresses;
  }
}
