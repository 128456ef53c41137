import type { RawPacket } from '../../src/core/pcap/rawPacket';
import { macForIp } from './frames';
import { Random } from './random';
import { arpFrame, ipFrame } from './wholeFrames';

/** The local network that a capture is made in. */
export interface Site {
  /** Starts of the addresses that are on the link; all others are behind the gateway. */
  localPrefixes: string[];
  gatewayMac: string;
  /** Addresses whose MAC address is not made of the address: second addresses of a host, the gateway. */
  macs: Record<string, string>;
}

/** Collects the packets of one capture in any order; times are microseconds since `startSeconds`. */
export class Timeline {
  readonly random: Random;
  private readonly events: { timeUs: number; frame: Uint8Array }[] = [];
  private identification: number;
  private port: number;

  constructor(
    private readonly site: Site,
    private readonly startSeconds: number,
    seed: number,
  ) {
    this.random = new Random(seed);
    this.identification = this.random.integer(1, 60_000);
    this.port = this.random.integer(35_000, 45_000);
  }

  /** An IP packet of `protocol`, with the MAC addresses of the site and the hop limit of a near or far sender. */
  ip(
    timeUs: number,
    source: string,
    destination: string,
    protocol: number,
    payload: Uint8Array,
    timeToLive = this.isLocal(source) ? 64 : 52,
  ): void {
    this.identification = (this.identification + 1) & 0xffff;
    const frame = ipFrame(
      {
        source,
        destination,
        protocol,
        sourceMac: this.macOf(source),
        destinationMac: this.macOf(destination),
        timeToLive,
        identification: this.identification,
      },
      payload,
    );
    this.events.push({ timeUs, frame });
  }

  /** Asks for the MAC address of `target` and, 300 microseconds later, hears it; `answered` false leaves that out. */
  arp(timeUs: number, asker: string, target: string, answered = true): void {
    const macs = { senderMac: this.macOf(asker), targetMac: this.macOf(target) };
    const request = arpFrame({ ...macs, operation: 'request', senderAddress: asker, targetAddress: target });
    this.events.push({ timeUs, frame: request });
    if (!answered) return;
    const reply = arpFrame({
      operation: 'reply',
      senderAddress: target,
      senderMac: macs.targetMac,
      targetAddress: asker,
      targetMac: macs.senderMac,
    });
    this.events.push({ timeUs: timeUs + 300, frame: reply });
  }

  /** The next port of a client, as operating systems count them. */
  nextPort(): number {
    this.port += this.random.integer(1, 3);
    return this.port;
  }

  /** All packets by time, numbered from 1; packets of the same time in the order they were added. */
  packets(): RawPacket[] {
    const ordered = [...this.events].sort((a, b) => a.timeUs - b.timeUs);
    return ordered.map(({ timeUs, frame }, index) => ({
      number: index + 1,
      seconds: this.startSeconds + Math.floor(timeUs / 1e6),
      nanoseconds: Math.round(timeUs % 1e6) * 1000,
      originalLength: frame.length,
      bytes: frame,
      linkType: 1,
      interfaceIndex: 0,
    }));
  }

  private isLocal(address: string): boolean {
    return this.site.localPrefixes.some((prefix) => address.startsWith(prefix));
  }

  private macOf(address: string): string {
    const own = this.site.macs[address];
    if (own !== undefined) return own;
    const multicast = address.startsWith('224.') || address.startsWith('ff');
    return multicast || this.isLocal(address) ? macForIp(address) : this.site.gatewayMac;
  }
}
