import type { PacketView } from '../decode/packetView';
import type { ProtocolName } from '../decode/protocols';
import { allProtocolNames } from '../decode/protocols';
import { oldNames } from './filterFields';
import type { FilterSubject } from './filterSubject';

/** The protocol that a word of a filter names; `frame` holds for every packet. Null when it names none. */
export function protocolNamed(word: string): ProtocolName | 'frame' | null {
  if (word === 'frame') return 'frame';
  const name = oldNames.get(word) ?? word;
  return allProtocolNames.has(name) ? (name as ProtocolName) : null;
}

/** Protocols that the decoder sees in one packet: link, network, tunnels and transport. All others come from conversations. */
const headerProtocols: ReadonlySet<string> = new Set<ProtocolName>([
  'eth',
  'sll',
  'null',
  'raw',
  'ppp',
  'radiotap',
  'wlan_radio',
  'wlan',
  'pppoes',
  'pppoed',
  'llc',
  'stp',
  'cdp',
  'vlan',
  'ieee8021ad',
  'mpls',
  'arp',
  'lldp',
  'ip',
  'ipv6',
  'ipv6.hopopts',
  'ipv6.routing',
  'ipv6.fraghdr',
  'ipv6.dstopts',
  'ah',
  'esp',
  'gre',
  'icmp',
  'icmpv6',
  'igmp',
  'ospf',
  'pim',
  'vrrp',
  'sctp',
  'tcp',
  'udp',
]);

/** True when one packet alone tells whether it holds the protocol. */
export function seenInHeaders(protocol: ProtocolName | 'frame'): boolean {
  return protocol === 'frame' || headerProtocols.has(protocol);
}

export function holdsProtocol(subject: FilterSubject, protocol: ProtocolName | 'frame'): boolean {
  if (protocol === 'frame') return true;
  // frame.protocols names HTTP around WebSocket, but no part of a WebSocket message is HTTP.
  if (protocol === 'http' && subject.layers.includes('websocket')) {
    return subject.messages.some((message) => message.protocol === 'http');
  }
  return subject.layers.includes(protocol) || subject.view.quotedLayers.includes(protocol);
}

type Range = (view: PacketView) => number;

const ipStart: Range = (view) => (view.addressLength === 4 ? view.sourceAddressOffset - 12 : -1);
const ipv6Start: Range = (view) => (view.addressLength === 16 ? view.sourceAddressOffset - 8 : -1);
const transport: Range = (view) => view.transportOffset;

/** Where a protocol starts in a packet that holds it, and where what belongs to it alone ends: its header, or the packet. */
const ranges = new Map<ProtocolName | 'frame', { start: Range; end: Range }>([
  ['frame', { start: () => 0, end: (view) => view.bytes.length }],
  ['eth', { start: () => 0, end: () => 14 }],
  ['ip', { start: ipStart, end: (view) => ipStart(view) + ((view.bytes[ipStart(view)] ?? 0) & 15) * 4 }],
  ['ipv6', { start: ipv6Start, end: (view) => ipv6Start(view) + 40 }],
  ['tcp', { start: transport, end: (view) => view.payloadOffset }],
  ['udp', { start: transport, end: (view) => view.transportOffset + 8 }],
  ['icmp', { start: transport, end: (view) => view.bytes.length }],
  ['icmpv6', { start: transport, end: (view) => view.bytes.length }],
]);

/**
 * Calls back with the bytes of a protocol: `whole` is all from its header to the end of the packet, as `contains` searches
 * them; otherwise just its own, as slices count them.
 */
export function protocolBytes(
  subject: FilterSubject,
  protocol: ProtocolName | 'frame',
  whole: boolean,
  test: (bytes: Uint8Array, start: number, end: number) => boolean,
): boolean {
  if (!holdsProtocol(subject, protocol)) return false;
  const { view } = subject;
  const range = ranges.get(protocol);
  if (range !== undefined) {
    const start = range.start(view);
    const end = whole ? view.bytes.length : Math.min(view.bytes.length, range.end(view));
    return start >= 0 && test(view.bytes, start, Math.max(start, end));
  }
  for (const message of subject.messages) {
    if (message.protocol === protocol && test(message.bytes, message.start, message.end)) return true;
  }
  return false;
}

/** True when the bytes of a protocol can be searched and sliced: those in headers that are known, and all in payloads. */
export function hasBytes(protocol: ProtocolName | 'frame'): boolean {
  return ranges.has(protocol) || !seenInHeaders(protocol);
}
