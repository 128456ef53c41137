import type { PacketView } from '../decode/packetView';
import { wordAt } from '../flows/hash';
import type { Host } from '../flows/host';
import { LimitCounter, engineLimits } from '../limits';
import { macAt } from './spoofing/arpClaims';

/**
 * Which senders of ARP are routers: their hardware address carries packets from or to other networks (/24, since masks are in no
 * capture). A router asks for what others try to reach, and many look for the devices of their network by themselves.
 */
export class ArpRouters {
  readonly limit = new LimitCounter('ARP senders', engineLimits.arpAddresses);
  readonly #addresses = new Map<number, Host>();
  readonly #routers = new Set<Host>();
  /** Hardware addresses of the newest packet, since most are like the one before. */
  #source = -1;
  #destination = -1;

  isRouter(host: Host): boolean {
    return this.#routers.has(host);
  }

  /** The sender of an ARP packet. */
  learn(view: PacketView, sender: Host): void {
    if (view.arpSenderMacOffset < 0) return;
    const mac = macAt(view.bytes, view.arpSenderMacOffset);
    if (this.#addresses.has(mac)) return;
    if (this.#addresses.size >= this.limit.limit) {
      this.limit.hits++;
      return;
    }
    this.#addresses.set(mac, sender);
    this.#source = -1;
  }

  /** The first packet of an IPv4 flow. */
  flowOpened(view: PacketView): void {
    if (this.#addresses.size === 0 || view.sourceMacOffset < 0 || view.destinationMacOffset < 0) return;
    const { bytes } = view;
    const source = macAt(bytes, view.sourceMacOffset);
    const destination = macAt(bytes, view.destinationMacOffset);
    if (source === this.#source && destination === this.#destination) return;
    this.#source = source;
    this.#destination = destination;
    this.#judge(source, wordAt(bytes, view.sourceAddressOffset));
    this.#judge(destination, wordAt(bytes, view.destinationAddressOffset));
  }

  clear(): void {
    this.#addresses.clear();
    this.#routers.clear();
    this.#source = -1;
  }

  #judge(mac: number, address: number): void {
    const host = this.#addresses.get(mac);
    if (host !== undefined && host.word0 >>> 8 !== address >>> 8 && address >>> 0 !== 0) this.#routers.add(host);
  }
}
