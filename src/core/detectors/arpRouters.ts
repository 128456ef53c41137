import type { PacketView } from '../decode/packetView';
import { wordAt } from '../flows/hash';
import type { Host } from '../flows/host';
import { LimitCounter, engineLimits } from '../limits';
import { macAt } from './spoofing/arpClaims';

/** As many as eight bits number. */
const cells = 256;

/**
 * Which senders of ARP are routers: their hardware address carries packets from or to other networks (/24, since masks are in no
 * capture). A router asks for what others try to reach, and many look for the devices of their network by themselves.
 */
export class ArpRouters {
  readonly limit = new LimitCounter('ARP senders', engineLimits.arpAddresses);
  readonly #addresses = new Map<number, Host>();
  readonly #routers = new Set<Host>();
  /** Senders and their networks that were judged of late, by parts of both: most flows are between the same few. */
  readonly #judgedMacs = new Int32Array(cells);
  readonly #judgedNetworks = new Float64Array(cells).fill(-1);

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
    this.#judgedNetworks.fill(-1);
  }

  /** The first packet of an IPv4 flow. */
  flowOpened(view: PacketView): void {
    if (this.#addresses.size === 0 || view.sourceMacOffset < 0 || view.destinationMacOffset < 0) return;
    const { bytes } = view;
    this.#judge(bytes, view.sourceMacOffset, wordAt(bytes, view.sourceAddressOffset));
    this.#judge(bytes, view.destinationMacOffset, wordAt(bytes, view.destinationAddressOffset));
  }

  clear(): void {
    this.#addresses.clear();
    this.#routers.clear();
    this.#judgedNetworks.fill(-1);
  }

  #judge(bytes: Uint8Array, macOffset: number, address: number): void {
    const word = wordAt(bytes, macOffset + 2);
    // The upper part of the hardware address and the network, 40 bits.
    const rest = (wordAt(bytes, macOffset) >>> 16) * 2 ** 24 + (address >>> 8);
    const cell = Math.imul(word ^ (address >>> 8), 0x9e3779b1) >>> 24;
    if (this.#judgedMacs[cell] === word && this.#judgedNetworks[cell] === rest) return;
    this.#judgedMacs[cell] = word;
    this.#judgedNetworks[cell] = rest;
    const mac = macAt(bytes, macOffset);
    const host = this.#addresses.get(mac);
    if (host !== undefined && host.word0 >>> 8 !== address >>> 8 && address >>> 0 !== 0) this.#routers.add(host);
  }
}
