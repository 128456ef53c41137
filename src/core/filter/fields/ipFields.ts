import { uint16, uint32, uint8 } from '../../bytes/integers';
import type { FilterField, ValueReader } from '../filterField';
import { field } from './define';
import { quotedTransport, someIpHeader } from './reading';

type Read = (bytes: Uint8Array, offset: number) => number;

function header(version: 4 | 6, read: Read, other: Read | null = null): ValueReader {
  return {
    of: 'number',
    one: null,
    some: ({ view }, test) =>
      someIpHeader(
        view,
        version,
        (start) => test(read(view.bytes, start)) || (other !== null && test(other(view.bytes, start))),
      ),
  };
}

/** IPv6 addresses at these offsets of the header. */
function addresses(...offsets: readonly number[]): ValueReader {
  return {
    of: 'bytes',
    some: ({ view }, test) =>
      someIpHeader(view, 6, (start) => offsets.some((at) => test(view.bytes, start + at, start + at + 16))),
  };
}

const source: Read = (bytes, at) => uint32(bytes, at + 12);
const destination: Read = (bytes, at) => uint32(bytes, at + 16);
const bitOf =
  (offset: number, mask: number): Read =>
  (bytes, at) =>
    (uint8(bytes, at + offset) & mask) !== 0 ? 1 : 0;

export const ipProtocols = {
  ICMP: 1,
  IGMP: 2,
  TCP: 6,
  UDP: 17,
  GRE: 47,
  ESP: 50,
  AH: 51,
  ICMPv6: 58,
  OSPF: 89,
  PIM: 103,
  VRRP: 112,
  SCTP: 132,
} as const;

const trafficClass: Read = (bytes, at) => (uint16(bytes, at) >> 4) & 0xff;

const ip = (name: string, description: string, read: Read, more: Parameters<typeof field>[4] = {}): FilterField =>
  field(name, 'number', description, header(4, read), more);
const ip6 = (name: string, description: string, read: Read, more: Parameters<typeof field>[4] = {}): FilterField =>
  field(name, 'number', description, header(6, read), more);

export const ipFields: readonly FilterField[] = [
  field('ip.addr', 'ipv4', 'IPv4 address of either side', header(4, source, destination)),
  field('ip.src', 'ipv4', 'IPv4 address of the sender', header(4, source)),
  field('ip.dst', 'ipv4', 'IPv4 address of the receiver', header(4, destination)),
  field('ip.version', 'number', 'IP version', {
    of: 'number',
    one: null,
    some: ({ view }, test) =>
      someIpHeader(view, 4, (start) => test(uint8(view.bytes, start) >> 4)) ||
      someIpHeader(view, 6, (start) => test(uint8(view.bytes, start) >> 4)),
  }),
  ip('ip.hdr_len', 'Bytes of the IPv4 header', (bytes, at) => (uint8(bytes, at) & 15) * 4),
  ip('ip.dsfield', 'Differentiated services byte', (bytes, at) => uint8(bytes, at + 1)),
  ip('ip.dsfield.dscp', 'Differentiated services code point', (bytes, at) => uint8(bytes, at + 1) >> 2),
  ip('ip.dsfield.ecn', 'Congestion notification: 3 congestion experienced', (bytes, at) => uint8(bytes, at + 1) & 3),
  ip('ip.len', 'Bytes of header and payload', (bytes, at) => uint16(bytes, at + 2)),
  ip('ip.id', 'Identification', (bytes, at) => uint16(bytes, at + 4)),
  ip('ip.flags', 'Flags of fragmentation, 3 bits', (bytes, at) => uint8(bytes, at + 6) >> 5),
  field('ip.flags.rb', 'boolean', 'Reserved bit', header(4, bitOf(6, 0x80))),
  field('ip.flags.df', 'boolean', 'Do not fragment', header(4, bitOf(6, 0x40))),
  field('ip.flags.mf', 'boolean', 'More fragments follow', header(4, bitOf(6, 0x20))),
  ip('ip.frag_offset', 'Offset of the fragment in units of 8 bytes', (bytes, at) => uint16(bytes, at + 6) & 0x1fff),
  ip('ip.ttl', 'Time to live', (bytes, at) => uint8(bytes, at + 8)),
  ip('ip.proto', 'Protocol number of the payload', (bytes, at) => uint8(bytes, at + 9), { values: ipProtocols }),
  ip('ip.checksum', 'Checksum of the header', (bytes, at) => uint16(bytes, at + 10)),
  field('ipv6.addr', 'ipv6', 'IPv6 address of either side', addresses(8, 24)),
  field('ipv6.src', 'ipv6', 'IPv6 address of the sender', addresses(8)),
  field('ipv6.dst', 'ipv6', 'IPv6 address of the receiver', addresses(24)),
  ip6('ipv6.version', 'IP version', (bytes, at) => uint8(bytes, at) >> 4),
  ip6('ipv6.tclass', 'Traffic class', trafficClass),
  ip6('ipv6.flow', 'Flow label', (bytes, at) => uint32(bytes, at) & 0xfffff),
  ip6('ipv6.plen', 'Bytes behind the header', (bytes, at) => uint16(bytes, at + 4)),
  ip6('ipv6.nxt', 'Protocol number of what follows the header', (bytes, at) => uint8(bytes, at + 6), {
    values: ipProtocols,
  }),
  ip6('ipv6.hlim', 'Hop limit', (bytes, at) => uint8(bytes, at + 7)),
];

type IcmpRead = (bytes: Uint8Array, offset: number, type: number) => number;

/** A number of the ICMP message, and of the one that it quotes. */
function icmp(protocol: 1 | 58, length: number, read: IcmpRead): ValueReader {
  return {
    of: 'number',
    one: null,
    some: ({ view }, test) => {
      const { bytes, transportOffset } = view;
      if (view.ipProtocol !== protocol || view.icmpType < 0 || transportOffset < 0) return false;
      if (transportOffset + length <= bytes.length) {
        const value = read(bytes, transportOffset, view.icmpType);
        if (!Number.isNaN(value) && test(value)) return true;
      }
      const quoted = quotedTransport(view, protocol);
      if (quoted < 0) return false;
      const value = read(bytes, quoted, uint8(bytes, quoted));
      return !Number.isNaN(value) && test(value);
    },
  };
}

const echoes: ReadonlySet<number> = new Set([0, 8, 13, 14, 15, 16, 17, 18]);
const icmpTypes = { 'echo-reply': 0, unreachable: 3, redirect: 5, echo: 8, 'time-exceeded': 11 } as const;
const icmpv6Types = {
  unreachable: 1,
  'too-big': 2,
  'time-exceeded': 3,
  echo: 128,
  'echo-reply': 129,
  'router-solicitation': 133,
  'router-advertisement': 134,
  'neighbor-solicitation': 135,
  'neighbor-advertisement': 136,
  redirect: 137,
} as const;

/** Neighbor discovery (RFC 4861 sections 4.3, 4.4): target of a solicitation or advertisement. */
function target(type: number): ValueReader {
  return {
    of: 'bytes',
    some: ({ view }, test) => {
      if (view.ipProtocol !== 58 || view.icmpType !== type || view.transportOffset < 0) return false;
      const start = view.transportOffset + 8;
      return start + 16 <= view.bytes.length && test(view.bytes, start, start + 16);
    },
  };
}

export const icmpFields: readonly FilterField[] = [
  field(
    'icmp.type',
    'number',
    'Type of the ICMP message',
    icmp(1, 2, (bytes, at) => uint8(bytes, at)),
    {
      values: icmpTypes,
    },
  ),
  field(
    'icmp.code',
    'number',
    'Code of the ICMP message',
    icmp(1, 2, (bytes, at) => uint8(bytes, at + 1)),
  ),
  field(
    'icmp.checksum',
    'number',
    'Checksum of the ICMP message',
    icmp(1, 4, (bytes, at) => uint16(bytes, at + 2)),
  ),
  field(
    'icmp.ident',
    'number',
    'Identifier of an echo',
    icmp(1, 8, (bytes, at, type) => (echoes.has(type) ? uint16(bytes, at + 4) : Number.NaN)),
  ),
  field(
    'icmp.seq',
    'number',
    'Sequence number of an echo',
    icmp(1, 8, (bytes, at, type) => (echoes.has(type) ? uint16(bytes, at + 6) : Number.NaN)),
  ),
  field(
    'icmpv6.type',
    'number',
    'Type of the ICMPv6 message',
    icmp(58, 2, (bytes, at) => uint8(bytes, at)),
    {
      values: icmpv6Types,
    },
  ),
  field(
    'icmpv6.code',
    'number',
    'Code of the ICMPv6 message',
    icmp(58, 2, (bytes, at) => uint8(bytes, at + 1)),
  ),
  field(
    'icmpv6.checksum',
    'number',
    'Checksum of the ICMPv6 message',
    icmp(58, 4, (bytes, at) => uint16(bytes, at + 2)),
  ),
  field(
    'icmpv6.echo.identifier',
    'number',
    'Identifier of an echo',
    icmp(58, 8, (bytes, at, type) => (type === 128 || type === 129 ? uint16(bytes, at + 4) : Number.NaN)),
  ),
  field(
    'icmpv6.echo.sequence_number',
    'number',
    'Sequence number of an echo',
    icmp(58, 8, (bytes, at, type) => (type === 128 || type === 129 ? uint16(bytes, at + 6) : Number.NaN)),
  ),
  field('icmpv6.nd.ns.target_address', 'ipv6', 'Address that a neighbor solicitation asks for', target(135)),
  field('icmpv6.nd.na.target_address', 'ipv6', 'Address that a neighbor advertisement tells', target(136)),
];
