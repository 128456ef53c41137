import type { PacketView } from '../decode/packetView';
import { type ProtocolName, allProtocolNames } from '../decode/protocols';

const names = allProtocolNames;
/** Wireshark's older names, which people still type. */
const aliases = new Map<string, ProtocolName>([
  ['ssl', 'tls'],
  ['bootp', 'dhcp'],
]);

/** The protocol that a word of a filter names; `frame` holds for every packet. Null when it names none. */
export function protocolOf(word: string): ProtocolName | 'frame' | null {
  if (word === 'frame') return 'frame';
  return aliases.get(word) ?? (names.has(word) ? (word as ProtocolName) : null);
}

/** Protocols whose bytes can be searched with `contains`, and where they start. */
const starts = new Map<ProtocolName | 'frame', (view: PacketView) => number>([
  ['frame', () => 0],
  ['eth', () => 0],
  ['ip', (view) => (view.addressLength === 4 ? view.sourceAddressOffset - 12 : -1)],
  ['ipv6', (view) => (view.addressLength === 16 ? view.sourceAddressOffset - 8 : -1)],
  ['tcp', (view) => view.transportOffset],
  ['udp', (view) => view.transportOffset],
  ['icmp', (view) => view.transportOffset],
  ['icmpv6', (view) => view.transportOffset],
  ['dns', (view) => view.payloadOffset],
  ['mdns', (view) => view.payloadOffset],
  ['llmnr', (view) => view.payloadOffset],
  ['http', (view) => view.payloadOffset],
  ['ssdp', (view) => view.payloadOffset],
  ['tls', (view) => view.payloadOffset],
  ['ssh', (view) => view.payloadOffset],
  ['dhcp', (view) => view.payloadOffset],
  ['ntp', (view) => view.payloadOffset],
  ['quic', (view) => view.payloadOffset],
]);

/** Where the bytes of a protocol start in a packet that holds it, -1 when unknown; null when it cannot be searched. */
export function startOfProtocol(protocol: ProtocolName | 'frame'): ((view: PacketView) => number) | null {
  return starts.get(protocol) ?? null;
}

/** True when `wanted` stands in the view's bytes at or behind `start`. */
export function containsBytes(view: PacketView, start: number, wanted: Uint8Array): boolean {
  const { bytes } = view;
  const first = wanted[0];
  if (first === undefined) return true;
  let at = bytes.indexOf(first, start);
  while (at >= 0 && at + wanted.length <= bytes.length) {
    let index = 1;
    while (index < wanted.length && bytes[at + index] === wanted[index]) index += 1;
    if (index === wanted.length) return true;
    at = bytes.indexOf(first, at + 1);
  }
  return false;
}
