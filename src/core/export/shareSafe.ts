import { uint16 } from '../bytes/integers';
import type { RawPacket } from '../pcap/rawPacket';
import { AddressScrambler } from './addressScrambler';
import { addWords, checksumOf, pseudoHeaderSum } from './checksums';

const vlanTypes = new Set([0x8100, 0x88a8, 0x9100]);
const ipv4Type = 0x0800;
const ipv6Type = 0x86dd;
const arpType = 0x0806;

const icmp = 1;
const tcp = 6;
const udp = 17;
const icmpv6 = 58;

/** ICMP messages that quote the packet they are about (RFC 792), and those whose first 8 bytes hold numbers only. */
const icmpErrors = new Set([3, 4, 5, 11, 12]);
const icmpNumbers = new Set([0, 8, 9, 10, 13, 14, 17, 18]);
const icmpv6Errors = new Set([1, 2, 3, 4]);
/** Bytes kept of other ICMPv6 messages, and where addresses are in them (RFC 4861, RFC 2710). */
const icmpv6Shapes: Readonly<Record<number, { length: number; addresses: readonly number[] }>> = {
  128: { length: 8, addresses: [] },
  129: { length: 8, addresses: [] },
  130: { length: 24, addresses: [8] },
  131: { length: 24, addresses: [8] },
  132: { length: 24, addresses: [8] },
  133: { length: 8, addresses: [] },
  134: { length: 16, addresses: [] },
  135: { length: 24, addresses: [8] },
  136: { length: 24, addresses: [8] },
  137: { length: 40, addresses: [8, 24] },
};
/** TCP options that hold numbers of the connection only: end, no-op, sizes, scale, SACK, times. */
const plainTcpOptions = new Set([0, 1, 2, 3, 4, 5, 8]);

/**
 * Makes packets safe to share. It copies only what it knows: link, ARP, IP, TCP, UDP and ICMP headers, with every address in them
 * replaced and their checksums right; all else is cut off, payload first of all. Lengths on the wire stay as they were, and so do times,
 * ports, flags, sequence numbers. Checksums of what was cut are those of zeros, as the originals would tell of it.
 */
export class ShareSafe {
  readonly addresses: AddressScrambler;
  /** Bytes of the captured packets that are not in the copies. */
  cutBytes = 0;
  keptBytes = 0;
  /** Packets of link types whose headers are not known here, by link type: they are left out. */
  readonly leftOut = new Map<number, number>();
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(key: Uint8Array) {
    this.addresses = new AddressScrambler(key);
  }

  /** The packet's copy, which shares nothing with it; null for one that is left out. Never throws. */
  packet(packet: RawPacket): RawPacket | null {
    this.#bytes = packet.bytes.slice();
    const kept = this.#link(packet.linkType);
    if (kept < 0) {
      this.leftOut.set(packet.linkType, (this.leftOut.get(packet.linkType) ?? 0) + 1);
      return null;
    }
    this.keptBytes += kept;
    this.cutBytes += packet.bytes.length - kept;
    const originalLength = Math.max(packet.originalLength, kept);
    return { ...packet, originalLength, bytes: this.#bytes.slice(0, kept) };
  }

  /** Each of these gives the offset up to which the packet is kept. */
  #link(linkType: number): number {
    const bytes = this.#bytes;
    const has = (length: number): boolean => bytes.length >= length;
    switch (linkType) {
      case 1:
        if (!has(14)) return 0;
        this.addresses.mac(bytes, 0);
        this.addresses.mac(bytes, 6);
        return this.#etherType(12);
      case 0:
      case 108:
        return has(4) ? this.#ipByVersion(4) : 0;
      case 12:
      case 14:
      case 101:
      case 228:
      case 229:
        return this.#ipByVersion(0);
      case 113:
        if (!has(16)) return 0;
        this.#cookedAddress(6, uint16(bytes, 4));
        return this.#etherType(14);
      case 276:
        if (!has(20)) return 0;
        this.#cookedAddress(12, bytes[11] ?? 0);
        return this.#network(uint16(bytes, 0), 20);
      default:
        return -1;
    }
  }

  #cookedAddress(offset: number, length: number): void {
    if (length === 6) {
      this.addresses.mac(this.#bytes, offset);
      this.#bytes.fill(0, offset + 6, offset + 8);
    } else this.#bytes.fill(0, offset, offset + 8);
  }

  /** @param at of the EtherType, behind which tags may follow */
  #etherType(at: number): number {
    let offset = at;
    while (vlanTypes.has(uint16(this.#bytes, offset)) && offset + 6 <= this.#bytes.length) offset += 4;
    return this.#network(uint16(this.#bytes, offset), offset + 2);
  }

  #network(type: number, at: number): number {
    if (type === ipv4Type) return this.#ipv4(at);
    if (type === ipv6Type) return this.#ipv6(at);
    return type === arpType ? this.#arp(at) : at;
  }

  #ipByVersion(at: number): number {
    const version = (this.#bytes[at] ?? 0) >> 4;
    return version === 4 ? this.#ipv4(at) : version === 6 ? this.#ipv6(at) : at;
  }

  /** RFC 826, for IPv4 over Ethernet. */
  #arp(at: number): number {
    const bytes = this.#bytes;
    if (bytes.length < at + 28 || uint16(bytes, at + 2) !== ipv4Type || uint16(bytes, at + 4) !== 0x0604) return at;
    this.addresses.mac(bytes, at + 8);
    this.addresses.ip(bytes, at + 14, 4);
    this.addresses.mac(bytes, at + 18);
    this.addresses.ip(bytes, at + 24, 4);
    return at + 28;
  }

  /** @param quoted of a packet within an ICMP message, of which the beginning is there only */
  #ipv4(at: number, quoted = false): number {
    const bytes = this.#bytes;
    const headerLength = ((bytes[at] ?? 0) & 0x0f) * 4;
    const end = at + headerLength;
    if (headerLength < 20 || bytes.length < end) return at;
    this.addresses.ip(bytes, at + 12, 4);
    this.addresses.ip(bytes, at + 16, 4);
    // Routes and timestamps hold addresses.
    bytes.fill(1, at + 20, end);
    putChecksum(bytes, at + 10, 0);
    putChecksum(bytes, at + 10, checksumOf(addWords(0, bytes, at, end)));
    const totalLength = uint16(bytes, at + 2);
    const fragment = uint16(bytes, at + 6);
    if ((fragment & 0x1fff) !== 0) return end;
    // Segmented by the network card: the length was not known yet.
    const wireLength = totalLength === 0 ? bytes.length - end : totalLength - headerLength;
    if (quoted) return this.#quotedTransport(bytes[at + 9] ?? 0, end);
    return this.#transport(bytes[at + 9] ?? 0, end, wireLength, at + 12, 4, (fragment & 0x2000) !== 0);
  }

  #ipv6(at: number, quoted = false): number {
    const bytes = this.#bytes;
    let offset = at + 40;
    if (bytes.length < offset) return at;
    this.addresses.ip(bytes, at + 8, 16);
    this.addresses.ip(bytes, at + 24, 16);
    let next = bytes[at + 6] ?? 0;
    // Segmented by the network card, or a jumbogram: the length is not here.
    const payloadLength = uint16(bytes, at + 4);
    const wireEnd = payloadLength === 0 ? bytes.length : at + 40 + payloadLength;
    let fragment = false;
    for (let headers = 0; headers < 8; headers++) {
      if (next === 44) {
        if (bytes.length < offset + 8) return offset;
        const field = uint16(bytes, offset + 2);
        next = bytes[offset] ?? 0;
        offset += 8;
        if (field >> 3 !== 0) return offset;
        fragment = (field & 1) !== 0;
      } else if (next === 0 || next === 43 || next === 60) {
        const length = ((bytes[offset + 1] ?? 0) + 1) * 8;
        if (bytes.length < offset + length) return offset;
        // Options become padding (RFC 8200 section 4.2); a route has no stops left and no addresses.
        bytes.fill(0, offset + (next === 43 ? 3 : 2), offset + length);
        next = bytes[offset] ?? 0;
        offset += length;
      } else break;
    }
    if (quoted) return this.#quotedTransport(next, offset);
    return this.#transport(next, offset, Math.max(0, wireEnd - offset), at + 8, 16, fragment);
  }

  /** @param wireLength of the transport header and what follows it */
  #transport(
    protocol: number,
    at: number,
    wireLength: number,
    addressesAt: number,
    addressLength: 4 | 16,
    fragment: boolean,
  ): number {
    const bytes = this.#bytes;
    const checksumOffset = { [tcp]: 16, [udp]: 6, [icmp]: 2, [icmpv6]: 2 }[protocol];
    const end = this.#transportEnd(protocol, at, wireLength);
    if (checksumOffset === undefined || end < at + checksumOffset + 2) return Math.min(end, at);
    if (protocol === udp && addressLength === 4 && uint16(bytes, at + 6) === 0) return end;
    putChecksum(bytes, at + checksumOffset, 0);
    // A fragment's covers bytes of other packets: none is right.
    if (fragment) return end;
    const covered = protocol === udp ? uint16(bytes, at + 4) : wireLength;
    const start = protocol === icmp ? 0 : pseudoHeaderSum(bytes, addressesAt, addressLength, protocol, covered);
    const sum = checksumOf(addWords(start, bytes, at, Math.min(end, at + covered)));
    putChecksum(bytes, at + checksumOffset, protocol === udp && sum === 0 ? 0xffff : sum);
    return end;
  }

  #transportEnd(protocol: number, at: number, wireLength: number): number {
    const bytes = this.#bytes;
    const there = Math.min(bytes.length, at + Math.max(0, wireLength));
    const upTo = (length: number): number => (at + length <= there ? at + length : at);
    switch (protocol) {
      case udp:
        return upTo(8);
      case tcp:
        return this.#tcpEnd(at, there);
      case icmp: {
        const type = bytes[at] ?? 0;
        if (icmpErrors.has(type)) {
          if (at + 8 > there) return at;
          if (type === 5) this.addresses.ip(bytes, at + 4, 4);
          return Math.min(there, this.#quote(at + 8, there));
        }
        return upTo(icmpNumbers.has(type) ? 8 : 4);
      }
      case icmpv6: {
        const type = bytes[at] ?? 0;
        if (icmpv6Errors.has(type)) return at + 8 > there ? at : Math.min(there, this.#quote(at + 8, there));
        const { length, addresses } = icmpv6Shapes[type] ?? { length: 4, addresses: [] };
        if (at + length > there) return upTo(4);
        for (const offset of addresses) this.addresses.ip(bytes, at + offset, 16);
        return at + length;
      }
      default:
        return at;
    }
  }

  #tcpEnd(at: number, there: number): number {
    const bytes = this.#bytes;
    const headerLength = ((bytes[at + 12] ?? 0) >> 4) * 4;
    if (at + 20 > there || headerLength < 20 || at + headerLength > there) return at;
    let offset = at + 20;
    const end = at + headerLength;
    while (offset < end) {
      const kind = bytes[offset] ?? 0;
      const length = kind <= 1 ? 1 : (bytes[offset + 1] ?? 0);
      if (kind === 0 || (kind > 1 && (length < 2 || offset + length > end))) {
        bytes.fill(0, offset, end);
        break;
      }
      // Multipath TCP tells addresses, fast open and MD5 keys: no-ops instead.
      if (!plainTcpOptions.has(kind)) bytes.fill(1, offset, offset + length);
      offset += length;
    }
    return end;
  }

  /** The packet that an ICMP error quotes. Bytes behind `there` are no part of the message. */
  #quote(at: number, there: number): number {
    const version = (this.#bytes[at] ?? 0) >> 4;
    const end = version === 4 ? this.#ipv4(at, true) : version === 6 ? this.#ipv6(at, true) : at;
    return end > there ? at : end;
  }

  /** Ports and numbers of a quoted packet (RFC 792 has 8 bytes); its checksum tells of what was cut. */
  #quotedTransport(protocol: number, at: number): number {
    const bytes = this.#bytes;
    if (at + 8 > bytes.length || (protocol !== tcp && protocol !== udp)) return at;
    if (protocol === udp) putChecksum(bytes, at + 6, 0);
    return at + 8;
  }
}

function putChecksum(bytes: Uint8Array, offset: number, sum: number): void {
  bytes[offset] = sum >> 8;
  bytes[offset + 1] = sum & 0xff;
}
