import { concatBytes } from '../../src/core/bytes/concatBytes';
import { uint16 } from '../../src/core/bytes/integers';

/**
 * Builds link-layer frames with right lengths and checksums, for the sample captures and for tests. Every function
 * is pure: same arguments, same bytes. Each layer takes the bytes of the layer inside it; the `…Frame` functions
 * at the end build a whole Ethernet frame in one call. Addresses are text (`10.0.0.1`, `2001:db8::1`,
 * `02:00:0a:00:00:01`); a bad one throws.
 */

export const ipProtocols = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;
export const etherTypes = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd, qinq: 0x88a8 } as const;

/** UTF-8 bytes of a text. */
export function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The bytes of hexadecimal text; white space is skipped. */
export function hexBytes(hex: string): Uint8Array {
  const digits = hex.replace(/\s/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hexadecimal: ${hex}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Six bytes of `02:00:0a:00:00:01`. */
export function macBytes(mac: string): Uint8Array {
  const bytes = hexBytes(mac.replaceAll(':', ''));
  if (bytes.length !== 6) throw new Error(`not a MAC address: ${mac}`);
  return bytes;
}

/** Four bytes of an IPv4 address or sixteen of an IPv6 address (RFC 4291 section 2.2, without embedded IPv4). */
export function ipBytes(address: string): Uint8Array {
  if (!address.includes(':')) {
    const parts = address.split('.').map(Number);
    if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) {
      throw new Error(`not an IPv4 address: ${address}`);
    }
    return Uint8Array.from(parts);
  }
  const halves = address.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [head = [], tail = []] = halves;
  const missing = 8 - head.length - tail.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) {
    throw new Error(`not an IPv6 address: ${address}`);
  }
  const groups = [...head, ...new Array<string>(missing).fill('0'), ...tail];
  return hexBytes(groups.map((group) => group.padStart(4, '0')).join(''));
}

/** A locally administered MAC address made of the last four bytes of an IP address; multicast ones by RFC 1112, 2464. */
export function macForIp(address: string): string {
  const bytes = ipBytes(address);
  const last = [...bytes.subarray(bytes.length - 4)];
  const multicast = bytes.length === 4 ? (last[0] as number) >= 224 && (last[0] as number) < 240 : bytes[0] === 0xff;
  if (address === '255.255.255.255') return 'ff:ff:ff:ff:ff:ff';
  let mac = [0x02, 0, ...last];
  if (multicast)
    mac = bytes.length === 4 ? [1, 0, 0x5e, (last[1] as number) & 0x7f, ...last.slice(2)] : [0x33, 0x33, ...last];
  return mac.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** Internet checksum (RFC 1071) over the parts as if they were one array; each but the last has an even length. */
export function internetChecksum(...parts: Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i + 1 < part.length; i += 2) sum += uint16(part, i);
    if (part.length % 2 === 1) sum += (part[part.length - 1] as number) << 8;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** Checksum of a transport segment with the pseudo header of its IP version (RFC 9293 section 3.1, RFC 8200 section 8.1). */
function transportChecksum(source: string, destination: string, protocol: number, segment: Uint8Array): number {
  const tail = new Uint8Array(8);
  new DataView(tail.buffer).setUint32(0, segment.length);
  tail[7] = protocol;
  return internetChecksum(ipBytes(source), ipBytes(destination), tail, segment);
}

export interface EthernetOptions {
  source: string;
  destination: string;
  /** Given by the payload's first nibble (4 or 6) when absent. */
  etherType?: number;
  /** VLAN ids, outermost first (IEEE 802.1Q; two make QinQ). */
  vlans?: number[];
  /** Pads to the 60 bytes that an Ethernet card sends at least; off by default. */
  pad?: boolean;
}

/** Ethernet II frame without the frame check sequence. */
export function ethernet(options: EthernetOptions, payload: Uint8Array): Uint8Array {
  const inner = options.etherType ?? ((payload[0] ?? 0x40) >> 4 === 6 ? etherTypes.ipv6 : etherTypes.ipv4);
  const vlans = options.vlans ?? [];
  const tags = vlans.flatMap((id, i) => [i === 0 && vlans.length > 1 ? etherTypes.qinq : etherTypes.vlan, id]);
  const types = [...tags, inner].flatMap((type) => [type >> 8, type & 0xff]);
  const frame = concatBytes([macBytes(options.destination), macBytes(options.source), Uint8Array.from(types), payload]);
  if (!options.pad || frame.length >= 60) return frame;
  return concatBytes([frame, new Uint8Array(60 - frame.length)]);
}

export interface Ipv4Options {
  source: string;
  destination: string;
  protocol: number;
  timeToLive?: number;
  identification?: number;
  dontFragment?: boolean;
  moreFragments?: boolean;
  /** In bytes, a multiple of 8. */
  fragmentOffset?: number;
  /** Header options, length a multiple of 4. */
  options?: Uint8Array;
}

/** IPv4 packet (RFC 791). */
export function ipv4(options: Ipv4Options, payload: Uint8Array): Uint8Array {
  const extra = options.options ?? new Uint8Array(0);
  const header = new Uint8Array(20 + extra.length);
  const view = new DataView(header.buffer);
  header[0] = 0x40 | (header.length / 4);
  view.setUint16(2, header.length + payload.length);
  view.setUint16(4, options.identification ?? 0);
  const fragmented = options.moreFragments === true || (options.fragmentOffset ?? 0) > 0;
  const flags = ((options.dontFragment ?? !fragmented) ? 0x4000 : 0) | (options.moreFragments ? 0x2000 : 0);
  view.setUint16(6, flags | ((options.fragmentOffset ?? 0) / 8));
  header[8] = options.timeToLive ?? 64;
  header[9] = options.protocol;
  header.set(ipBytes(options.source), 12);
  header.set(ipBytes(options.destination), 16);
  header.set(extra, 20);
  view.setUint16(10, internetChecksum(header));
  return concatBytes([header, payload]);
}

export interface Ipv6Options {
  source: string;
  destination: string;
  /** Protocol number of `payload`, or of its first extension header. */
  nextHeader: number;
  hopLimit?: number;
}

/** IPv6 packet (RFC 8200); extension headers are part of the payload (see `ipv6Extension`). */
export function ipv6(options: Ipv6Options, payload: Uint8Array): Uint8Array {
  const header = new Uint8Array(40);
  header[0] = 0x60;
  new DataView(header.buffer).setUint16(4, payload.length);
  header[6] = options.nextHeader;
  header[7] = options.hopLimit ?? 64;
  header.set(ipBytes(options.source), 8);
  header.set(ipBytes(options.destination), 24);
  return concatBytes([header, payload]);
}

/** Hop-by-hop (0), routing (43) or destination (60) options header in front of `payload`; `data` is padded to 8 n - 2. */
export function ipv6Extension(
  nextHeader: number,
  payload: Uint8Array,
  data = hexBytes('01 04 00 00 00 00'),
): Uint8Array {
  const length = Math.ceil((data.length + 2) / 8) * 8;
  const header = new Uint8Array(length);
  header[0] = nextHeader;
  header[1] = length / 8 - 1;
  header.set(data, 2);
  return concatBytes([header, payload]);
}

/** IPv6 fragment header (44) in front of `payload` (RFC 8200 section 4.5); `offset` in bytes, a multiple of 8. */
export function ipv6Fragment(
  options: { nextHeader: number; offset: number; more: boolean; identification?: number },
  payload: Uint8Array,
): Uint8Array {
  const header = new Uint8Array(8);
  const view = new DataView(header.buffer);
  header[0] = options.nextHeader;
  view.setUint16(2, options.offset | (options.more ? 1 : 0));
  view.setUint32(4, options.identification ?? 1);
  return concatBytes([header, payload]);
}

const flagLetters = 'FSRPAUEW';

/** TCP flag bits of tcpdump-like letters: F(in) S(yn) R(st) P(sh) A(ck) U(rg) E(ce) and W for CWR; '' is a null scan. */
export function flagBits(letters: string): number {
  let bits = 0;
  for (const letter of letters) {
    const index = flagLetters.indexOf(letter);
    if (index < 0) throw new Error(`not a TCP flag: ${letter}`);
    bits |= 1 << index;
  }
  return bits;
}

export interface TcpOptions {
  /** IP addresses, for the checksum. */
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
  /** Letters as `flagBits` takes them. */
  flags: string;
  sequence?: number;
  acknowledgment?: number;
  window?: number;
  /** Option bytes (RFC 9293 section 3.2); padded with zeros to a multiple of 4. */
  options?: Uint8Array;
}

/** TCP segment (RFC 9293 section 3.1). */
export function tcp(options: TcpOptions, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const extra = options.options ?? new Uint8Array(0);
  const headerLength = 20 + Math.ceil(extra.length / 4) * 4;
  const segment = new Uint8Array(headerLength + payload.length);
  const view = new DataView(segment.buffer);
  view.setUint16(0, options.sourcePort);
  view.setUint16(2, options.destinationPort);
  view.setUint32(4, options.sequence ?? 0);
  view.setUint32(8, options.acknowledgment ?? 0);
  segment[12] = (headerLength / 4) << 4;
  segment[13] = flagBits(options.flags);
  view.setUint16(14, options.window ?? 64240);
  segment.set(extra, 20);
  segment.set(payload, headerLength);
  view.setUint16(16, transportChecksum(options.source, options.destination, ipProtocols.tcp, segment));
  return segment;
}

export interface UdpOptions {
  /** IP addresses, for the checksum. */
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
}

/** UDP datagram (RFC 768); a checksum of 0 is sent as 0xffff. */
export function udp(options: UdpOptions, payload: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(8 + payload.length);
  const view = new DataView(datagram.buffer);
  view.setUint16(0, options.sourcePort);
  view.setUint16(2, options.destinationPort);
  view.setUint16(4, datagram.length);
  datagram.set(payload, 8);
  view.setUint16(6, transportChecksum(options.source, options.destination, ipProtocols.udp, datagram) || 0xffff);
  return datagram;
}

export interface IcmpOptions {
  type: number;
  code?: number;
  /** Bytes 4 to 7 of the header; for an echo the identifier and the sequence number. */
  rest?: Uint8Array;
}

/** ICMP message (RFC 792). For an error, `payload` is the quoted IP packet. */
export function icmp(options: IcmpOptions, payload: Uint8Array): Uint8Array {
  const message = icmpWithoutChecksum(options, payload);
  new DataView(message.buffer).setUint16(2, internetChecksum(message));
  return message;
}

/** ICMPv6 message (RFC 4443), with the pseudo header of its addresses in the checksum. */
export function icmpv6(
  options: IcmpOptions & { source: string; destination: string },
  payload: Uint8Array,
): Uint8Array {
  const message = icmpWithoutChecksum(options, payload);
  const checksum = transportChecksum(options.source, options.destination, ipProtocols.icmpv6, message);
  new DataView(message.buffer).setUint16(2, checksum);
  return message;
}

function icmpWithoutChecksum(options: IcmpOptions, payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(8 + payload.length);
  message[0] = options.type;
  message[1] = options.code ?? 0;
  message.set(options.rest ?? new Uint8Array(4), 4);
  message.set(payload, 8);
  return message;
}

export interface ArpOptions {
  /** 1 asks, 2 answers. */
  operation: number;
  senderMac: string;
  senderAddress: string;
  /** All zero in a request. */
  targetMac?: string;
  targetAddress: string;
}

/** ARP packet for IPv4 over Ethernet (RFC 826). */
export function arp(options: ArpOptions): Uint8Array {
  return concatBytes([
    hexBytes('0001 0800 06 04'),
    Uint8Array.of(0, options.operation),
    macBytes(options.senderMac),
    ipBytes(options.senderAddress),
    macBytes(options.targetMac ?? '00:00:00:00:00:00'),
    ipBytes(options.targetAddress),
  ]);
}
