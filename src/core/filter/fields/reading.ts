import { uint16, uint32 } from '../../bytes/integers';
import type { PacketView } from '../../decode/packetView';

/** 48 bits as a number. */
export function macAt(bytes: Uint8Array, offset: number): number {
  return uint16(bytes, offset) * 4_294_967_296 + uint32(bytes, offset + 2);
}

/** 32 bits as a number. */
export const ipv4At = uint32;

/**
 * Calls back with the start of each IP header of that version: the packet's own, those around it in a tunnel, and the one that
 * an ICMP error quotes.
 */
export function someIpHeader(view: PacketView, version: 4 | 6, test: (start: number) => boolean): boolean {
  if (version === 4 ? view.addressLength === 4 : view.addressLength === 16) {
    if (test(view.sourceAddressOffset - (version === 4 ? 12 : 8))) return true;
  }
  for (let index = 0; index < view.outerIpOffsets.length; index++) {
    const start = view.outerIpOffsets[index] ?? 0;
    if (versionAt(view, start) === version && test(start)) return true;
  }
  const quoted = view.icmpQuotedOffset;
  if (quoted < 0 || versionAt(view, quoted) !== version) return false;
  return quoted + (version === 4 ? 20 : 40) <= view.bytes.length && test(quoted);
}

function versionAt(view: PacketView, start: number): number {
  return (view.bytes[start] ?? 0) >> 4;
}

/** Calls back with the start of each TCP or UDP header behind the IP headers that are not the innermost one. */
export function someOtherTransport(view: PacketView, protocol: 6 | 17, test: (start: number) => boolean): boolean {
  for (let index = 0; index < view.outerIpOffsets.length; index++) {
    const start = transportBehind(view, view.outerIpOffsets[index] ?? 0, protocol);
    if (start >= 0 && test(start)) return true;
  }
  const start = quotedTransport(view, protocol);
  return start >= 0 && test(start);
}

/** Start of the transport header that an ICMP error quotes, of which 8 bytes are there; -1 when it quotes none of that protocol. */
export function quotedTransport(view: PacketView, protocol: number): number {
  return view.icmpQuotedOffset < 0 ? -1 : transportBehind(view, view.icmpQuotedOffset, protocol);
}

/** Start of the transport header right behind an IP header, -1 when there is none of that protocol. */
function transportBehind(view: PacketView, ip: number, protocol: number): number {
  const { bytes } = view;
  const four = versionAt(view, ip) === 4;
  if ((bytes[four ? ip + 9 : ip + 6] ?? 0) !== protocol) return -1;
  // Fragments behind the first have no ports.
  if (four && (uint16(bytes, ip + 6) & 0x1fff) !== 0) return -1;
  const start = four ? ip + ((bytes[ip] ?? 0) & 15) * 4 : ip + 40;
  return start + 8 <= bytes.length ? start : -1;
}
