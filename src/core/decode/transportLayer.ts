import { uint16, uint32, uint8 } from '../bytes/integers';
import { type DecodeCursor, pushLayer, stopTruncated } from './decodeCursor';
import { decodeAuthenticationHeader, decodeIpv6Fragment, decodeIpv6Options } from './internetLayer';
import { maxLayers, type PacketView, tcpFlags } from './packetView';
import { namesOfUdpPorts } from './portProtocols';
import type { ProtocolName } from './protocols';
import { nameIpProtocol, nameOsi } from './recognisedNetwork';
import { decodeUdpTunnel } from './udpTunnels';
import { decodeWireless } from './wirelessLayer';

const ikePort = 500;
const ikeNatTraversalPort = 4500;

/** Decodes what the cursor's IP protocol number (IANA Protocol Numbers) says. */
export function decodeIpProtocol(view: PacketView, cursor: DecodeCursor): void {
  switch (cursor.number) {
    case 6:
      return decodeTcp(view, cursor);
    case 17:
      return decodeUdp(view, cursor);
    case 1:
      return decodeIcmp(view, cursor, 'icmp');
    case 58:
      return decodeIcmp(view, cursor, 'icmpv6');
    case 0:
      return decodeIpv6Options(view, cursor, 'ipv6.hopopts');
    case 43:
      return decodeIpv6Options(view, cursor, 'ipv6.routing');
    case 60:
      return decodeIpv6Options(view, cursor, 'ipv6.dstopts');
    case 44:
      return decodeIpv6Fragment(view, cursor);
    case 51:
      return decodeAuthenticationHeader(view, cursor);
    case 4:
      return cursor.forward('etherType', 0x0800, cursor.offset);
    case 41:
      return cursor.forward('etherType', 0x86dd, cursor.offset);
    case 137:
      return cursor.forward('etherType', 0x8847, cursor.offset);
    case 47:
      return decodeGre(view, cursor);
    case 2:
      return nameOnly(view, cursor, 'igmp');
    case 50:
      return nameOnly(view, cursor, 'esp');
    case 89:
      return nameOnly(view, cursor, 'ospf');
    case 103:
      return nameOnly(view, cursor, 'pim');
    case 112:
      return nameOnly(view, cursor, 'vrrp');
    case 115:
      return nameOnly(view, cursor, 'l2tp');
    case 132:
      return nameOnly(view, cursor, 'sctp');
    default:
      return nameIpProtocol(view, cursor);
  }
}

function nameOnly(view: PacketView, cursor: DecodeCursor, name: ProtocolName): void {
  pushLayer(view, name);
  setPayload(view, cursor, cursor.offset);
  cursor.stop();
}

function setPayload(view: PacketView, cursor: DecodeCursor, offset: number): void {
  view.payloadOffset = offset;
  view.payloadLength = Math.max(0, cursor.end - offset);
  view.payloadWireLength = Math.max(view.payloadLength, cursor.wireEnd - offset);
}

/** RFC 9293 section 3.1. */
function decodeTcp(view: PacketView, cursor: DecodeCursor): void {
  cursor.stop();
  if (!pushLayer(view, 'tcp')) return;
  const { bytes } = view;
  const { offset } = cursor;
  if (cursor.available >= 4) {
    view.sourcePort = uint16(bytes, offset);
    view.destinationPort = uint16(bytes, offset + 2);
  }
  if (cursor.available < 20) return stopTruncated(view, cursor, 'truncated-tcp');
  view.transportOffset = offset;
  view.tcpSequence = uint32(bytes, offset + 4);
  view.tcpAcknowledgment = uint32(bytes, offset + 8);
  view.tcpFlags = uint8(bytes, offset + 13);
  view.tcpWindow = uint16(bytes, offset + 14);
  const headerLength = (uint8(bytes, offset + 12) >> 4) * 4;
  if (headerLength < 20 || offset + headerLength > cursor.wireEnd) {
    return stopTruncated(view, cursor, 'bad-tcp-header-length');
  }
  setPayload(view, cursor, offset + headerLength);
  if (offset + headerLength > cursor.end) return stopTruncated(view, cursor, 'truncated-tcp');
  view.tcpValid = true;
  if ((view.tcpFlags & tcpFlags.syn) !== 0) readWindowScale(view, offset + 20, offset + headerLength);
}

/** The window scale option (RFC 7323 section 2) among the options of a SYN. */
function readWindowScale(view: PacketView, start: number, end: number): void {
  let offset = start;
  while (offset < end) {
    const kind = uint8(view.bytes, offset);
    if (kind === 0) return;
    if (kind === 1) {
      offset += 1;
      continue;
    }
    const length = offset + 1 < end ? uint8(view.bytes, offset + 1) : 0;
    if (length < 2 || offset + length > end) {
      view.notes.push('bad-tcp-option');
      return;
    }
    if (kind === 3 && length === 3) view.tcpWindowScale = uint8(view.bytes, offset + 2);
    offset += length;
  }
}

/** RFC 768. */
function decodeUdp(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'udp')) return cursor.stop();
  const { bytes } = view;
  const { offset } = cursor;
  if (cursor.available >= 4) {
    view.sourcePort = uint16(bytes, offset);
    view.destinationPort = uint16(bytes, offset + 2);
  }
  if (cursor.available < 8) return stopTruncated(view, cursor, 'truncated-udp');
  view.transportOffset = offset;
  const length = uint16(bytes, offset + 4);
  // 0 in a jumbogram (RFC 2675 section 4) and under segmentation offload.
  if (length !== 0) {
    if (length < 8) return stopTruncated(view, cursor, 'bad-udp-length');
    // The first fragment's UDP length counts the whole datagram.
    if (offset + length > cursor.wireEnd && !view.fragment) view.notes.push('udp-length-beyond-frame');
    cursor.limitWire(offset + length);
  }
  setPayload(view, cursor, offset + 8);
  const { sourcePort, destinationPort } = view;
  const low = Math.min(sourcePort, destinationPort);
  // The lower port names the service where both could: a client of DNS may come from any port.
  if (low !== ikePort && (quotedApplications.has(low) || namesOfUdpPorts.has(low))) return cursor.stop();
  if (view.payloadLength > 0 && !view.fragment && decodeUdpTunnel(view, cursor)) {
    if (cursor.space !== 'done') view.noteCarrier();
    return;
  }
  cursor.stop();
  if (sourcePort === ikeNatTraversalPort || destinationPort === ikeNatTraversalPort) nameUdpEncapsulated(view);
  else if ((sourcePort === ikePort || destinationPort === ikePort) && view.payloadLength >= 28)
    pushLayer(view, 'isakmp');
}

/** RFC 3948 section 2: a zero word marks IKE, a single byte a keepalive, anything else is ESP. */
function nameUdpEncapsulated(view: PacketView): void {
  if (view.payloadLength === 0 || !pushLayer(view, 'udpencap') || view.payloadLength < 8) return;
  pushLayer(view, uint32(view.bytes, view.payloadOffset) === 0 ? 'isakmp' : 'esp');
}

/** RFC 792 and RFC 4443. */
function decodeIcmp(view: PacketView, cursor: DecodeCursor, name: 'icmp' | 'icmpv6'): void {
  cursor.stop();
  if (!pushLayer(view, name)) return;
  const { bytes } = view;
  const { offset } = cursor;
  if (cursor.available >= 2) {
    view.icmpType = uint8(bytes, offset);
    view.icmpCode = uint8(bytes, offset + 1);
  }
  if (cursor.available < 8) return stopTruncated(view, cursor, 'truncated-icmp');
  view.transportOffset = offset;
  setPayload(view, cursor, offset + 8);
  if (!quotesPacket(name, view.icmpType)) {
    if (isEcho(name, view.icmpType) && view.payloadLength > 0) pushLayer(view, 'data');
    return;
  }
  const quotedHeaderLength = name === 'icmp' ? 20 : 40;
  const version = name === 'icmp' ? 4 : 6;
  if (view.payloadLength >= quotedHeaderLength && uint8(bytes, offset + 8) >> 4 === version) {
    view.icmpQuotedOffset = offset + 8;
    nameQuotedLayers(view, offset + 8, cursor.end, version);
  }
}

/** The quoted header itself, IPv6 extension headers, and the transport when that begins in the quote. */
function nameQuotedLayers(view: PacketView, offset: number, end: number, version: 4 | 6): void {
  const { bytes, quotedLayers } = view;
  quotedLayers.push(version === 4 ? 'ip' : 'ipv6');
  let protocol = uint8(bytes, offset + (version === 4 ? 9 : 6));
  const headerLength = version === 4 ? (uint8(bytes, offset) & 0x0f) * 4 : 40;
  if (headerLength < 20 || (version === 4 && (uint16(bytes, offset + 6) & 0x1fff) !== 0)) return;
  let at = offset + headerLength;
  for (;;) {
    const extension = version === 6 ? quotedExtensions.get(protocol) : undefined;
    if (extension === undefined || at + 8 > end || quotedLayers.length >= maxLayers) break;
    quotedLayers.push(extension);
    if (protocol === 44 && (uint16(bytes, at + 2) & 0xfff9) !== 0) return;
    const length = protocol === 44 ? 8 : (uint8(bytes, at + 1) + 1) * 8;
    protocol = uint8(bytes, at);
    at += length;
  }
  const name = at < end ? quotedTransports.get(protocol) : undefined;
  if (name === undefined) return;
  quotedLayers.push(name);
  if (name === 'icmp' || name === 'icmpv6') {
    if (isEcho(name, uint8(bytes, at)) && at + 8 < end) quotedLayers.push('data');
    return;
  }
  if (name !== 'udp' || at + 8 >= end) return;
  const [source, destination] = [uint16(bytes, at), uint16(bytes, at + 2)];
  const low = Math.min(source, destination);
  const high = Math.max(source, destination);
  const application = quotedApplications.get(low) ?? quotedApplications.get(high);
  if (application !== undefined) quotedLayers.push(application);
  else quotedLayers.push(...(namesOfUdpPorts.get(low) ?? namesOfUdpPorts.get(high) ?? quotedData));
}

const quotedExtensions = new Map<number, ProtocolName>([
  [0, 'ipv6.hopopts'],
  [43, 'ipv6.routing'],
  [44, 'ipv6.fraghdr'],
  [60, 'ipv6.dstopts'],
]);

const quotedData = ['data'] as const;

const quotedApplications = new Map<number, ProtocolName>([
  [53, 'dns'],
  [123, 'ntp'],
  [5353, 'mdns'],
  [5355, 'llmnr'],
]);

const quotedTransports = new Map<number, ProtocolName>([
  [1, 'icmp'],
  [2, 'igmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [50, 'esp'],
  [58, 'icmpv6'],
  [132, 'sctp'],
]);

function isEcho(name: 'icmp' | 'icmpv6', type: number): boolean {
  return name === 'icmp' ? type === 0 || type === 8 : type === 128 || type === 129;
}

function quotesPacket(name: 'icmp' | 'icmpv6', type: number): boolean {
  if (name === 'icmpv6') return type >= 1 && type <= 4;
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}

/** RFC 2784, RFC 2890, and version 1 of RFC 2637 (PPTP). */
function decodeGre(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'gre')) return cursor.stop();
  const { offset } = cursor;
  if (cursor.available < 4) return stopTruncated(view, cursor, 'truncated-gre');
  const flags = uint16(view.bytes, offset);
  const type = uint16(view.bytes, offset + 2);
  const version = flags & 7;
  let length = 4;
  if ((flags & 0x8000) !== 0) length += 4;
  if ((flags & 0x2000) !== 0) length += 4;
  if ((flags & 0x1000) !== 0) length += 4;
  if (version === 1 && (flags & 0x0080) !== 0) length += 4;
  // Source routes (RFC 1701) have a list of their own to walk; nothing sends them.
  if (version > 1 || (flags & 0x4000) !== 0) return cursor.stop();
  if (cursor.available < length) return stopTruncated(view, cursor, 'truncated-gre');
  if (cursor.available === length) return cursor.stop();
  if (type === 0x88be || type === 0x22eb) return decodeErspan(view, cursor, type, flags, offset + length);
  // Aruba's access points number their tunnels from here.
  if (type >= 0x8200 && type <= 0x83ff) return decodeWireless(view, cursor, offset + length, false);
  // RFC 2332 section 5.1.
  if (type === 0x2001) {
    pushLayer(view, 'nhrp');
    return cursor.stop();
  }
  // Cisco MetaData: the type of what is inside comes first, then version, length, option and group tag.
  if (type === 0x8909 && cursor.available >= length + 8 && pushLayer(view, 'cmd'))
    return cursor.forward('etherType', uint16(view.bytes, offset + length), offset + length + 8);
  cursor.forward('etherType', type, offset + length);
  // ISO protocols, without the control byte that Cisco's HDLC has before them.
  if (type === 0xfefe) {
    cursor.offset = offset + length;
    nameOsi(view, cursor);
  }
}

/**
 * ERSPAN (draft-foschiano-erspan): type I has no header and no GRE sequence number, II has 8 bytes, III has 12 and 8
 * more with its O flag.
 */
function decodeErspan(view: PacketView, cursor: DecodeCursor, type: number, flags: number, offset: number): void {
  if (!pushLayer(view, 'erspan')) return cursor.stop();
  let length = 8;
  if (type === 0x22eb) length = (uint8(view.bytes, offset + 11) & 1) === 1 ? 20 : 12;
  else if ((flags & 0x1000) === 0) length = 0;
  cursor.forward('ethernet', 0, offset + length);
}
