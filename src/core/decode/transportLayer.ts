import { uint16, uint32, uint8 } from '../bytes/integers';
import { type DecodeCursor, pushLayer, stopTruncated } from './decodeCursor';
import { decodeAuthenticationHeader, decodeIpv6Fragment, decodeIpv6Options } from './internetLayer';
import { decodeFrameRelay } from './otherLinkLayers';
import { maxLayers, type PacketView, tcpFlags } from './packetView';
import { namesOfUdpPorts } from './portProtocols';
import type { ProtocolName } from './protocols';
import { namesOfIpProtocols } from './networkNames';
import { nameBy, nameOsi } from './recognisedNetwork';
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
      return decodeIgmp(view, cursor);
    case 33:
      return decodeDccp(view, cursor);
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
      return decodeSctp(view, cursor);
    case 80:
      return nameOsi(view, cursor);
    // RFC 3378: version and reserved bits, then a frame.
    case 97:
      if (pushLayer(view, 'etherip')) return cursor.forward('ethernet', 0, cursor.offset + 2);
      return cursor.stop();
    case 143:
      return cursor.forward('ethernet', 0, cursor.offset);
    default:
      return nameBy(namesOfIpProtocols, cursor.number, view, cursor);
  }
}

function nameOnly(view: PacketView, cursor: DecodeCursor, name: ProtocolName): void {
  pushLayer(view, name);
  setPayload(view, cursor, cursor.offset);
  cursor.stop();
}

/** RFC 2236; DVMRP and version 1 of PIM are types of it, RGMP (RFC 3488) has a group of its own. */
function decodeIgmp(view: PacketView, cursor: DecodeCursor): void {
  const type = cursor.available > 0 ? uint8(view.bytes, cursor.offset) : 0;
  nameOnly(view, cursor, 'igmp');
  if (type === 0x13) pushLayer(view, 'dvmrp');
  else if (type === 0x14) pushLayer(view, 'pim');
  else if (type >= 0xfc && uint32(view.bytes, view.destinationAddressOffset) === rgmpGroup) pushLayer(view, 'rgmp');
}

/** 224.0.0.25. */
const rgmpGroup = 0xe000_0019;

/** RFC 4340 section 5.1: Data and DataAck packets. */
function decodeDccp(view: PacketView, cursor: DecodeCursor): void {
  const { bytes } = view;
  const { offset } = cursor;
  const type = (uint8(bytes, offset + 8) >> 1) & 0x0f;
  const carries = cursor.available >= 12 && (type === 2 || type === 4);
  const inner = offset + uint8(bytes, offset + 4) * 4;
  nameOnly(view, cursor, 'dccp');
  if (carries && inner < cursor.end) pushLayer(view, 'data');
}

const maxChunks = 64;

/** RFC 9260 section 3: DATA chunks, of which the payload protocol identifier or the port names what they carry. */
function decodeSctp(view: PacketView, cursor: DecodeCursor): void {
  const { bytes } = view;
  const { offset, end } = cursor;
  nameOnly(view, cursor, 'sctp');
  if (view.layers[view.layers.length - 1] !== 'sctp') return;
  const layers = view.layers.length;
  for (let at = offset + 12, count = 0; at + 16 < end && count < maxChunks; count++) {
    const length = uint16(bytes, at + 2);
    if (uint8(bytes, at) === 0 && length > 16) {
      const identifier = uint32(bytes, at + 12);
      const toGateway = uint16(bytes, offset) === 2944 || uint16(bytes, offset + 2) === 2944;
      const name = identifier === 3 ? 'm3ua' : identifier === 7 || toGateway ? 'megaco' : 'data';
      if (!view.layers.includes(name, layers)) pushLayer(view, name);
    }
    at += Math.max(4, (length + 3) & ~3);
  }
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
  view.tcpValid = true;
  const optionsEnd = Math.min(offset + headerLength, cursor.end);
  if (optionsEnd < offset + headerLength) stopTruncated(view, cursor, 'truncated-tcp');
  else if (headerLength > 20 && hasMultipathOption(bytes, offset + 20, optionsEnd)) pushLayer(view, 'mptcp');
  if ((view.tcpFlags & tcpFlags.syn) !== 0) readWindowScale(view, offset + 20, optionsEnd);
}

/** Two NOP and timestamps (RFC 7323 appendix A): the options of nearly every segment. */
const timestampsOnly = 0x0101_080a;

/** The option of Multipath TCP (RFC 8684 section 3). */
function hasMultipathOption(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start === 12 && uint32(bytes, start) === timestampsOnly) return false;
  let offset = start;
  while (offset + 1 < end) {
    const kind = uint8(bytes, offset);
    if (kind === 30) return uint8(bytes, offset + 1) >= 2;
    if (kind === 0) return false;
    offset += kind === 1 ? 1 : Math.max(2, uint8(bytes, offset + 1));
  }
  return false;
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
      // In a header that the capture cut, the option may have gone on.
      if (end === view.payloadOffset) view.notes.push('bad-tcp-option');
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
    // RFC 8335: an extended echo carries the extension structure of ICMP (RFC 4884) in ICMPv6 as well.
    if (name === 'icmpv6' && view.icmpType === 160) pushLayer(view, 'icmp');
    return;
  }
  const quotedHeaderLength = name === 'icmp' ? 20 : 40;
  const version = name === 'icmp' ? 4 : 6;
  if (view.payloadLength >= quotedHeaderLength && uint8(bytes, offset + 8) >> 4 === version) {
    view.icmpQuotedOffset = offset + 8;
    nameQuotedLayers(view, offset + 8, cursor.end, version);
  } else if (name === 'icmpv6' && view.payloadLength > 0) {
    pushLayer(view, 'data');
  }
}

/** The quoted header itself, IPv6 extension headers, and the transport when that begins in the quote. */
function nameQuotedLayers(view: PacketView, offset: number, end: number, version: 4 | 6): void {
  const { bytes, quotedLayers } = view;
  quotedLayers.push(version === 4 ? 'ip' : 'ipv6');
  let protocol = uint8(bytes, offset + (version === 4 ? 9 : 6));
  const headerLength = version === 4 ? (uint8(bytes, offset) & 0x0f) * 4 : 40;
  // Behind a packet that was shorter stands what the error adds to it (RFC 4884).
  const length = version === 4 ? uint16(bytes, offset + 2) : 0;
  const packetEnd = length >= headerLength ? Math.min(end, offset + length) : end;
  if (headerLength < 20 || (version === 4 && (uint16(bytes, offset + 6) & 0x1fff) !== 0)) return;
  let at = offset + headerLength;
  for (;;) {
    const extension = version === 6 ? quotedExtensions.get(protocol) : undefined;
    if (extension === undefined || at + 8 > packetEnd || quotedLayers.length >= maxLayers) break;
    quotedLayers.push(extension);
    if (protocol === 44 && (uint16(bytes, at + 2) & 0xfff9) !== 0) {
      if (at + 8 < packetEnd) quotedLayers.push('data');
      return;
    }
    const words = uint8(bytes, at + 1);
    const bytesLong = protocol === 44 ? 8 : protocol === 51 ? (words + 2) * 4 : (words + 1) * 8;
    protocol = uint8(bytes, at);
    at += bytesLong;
  }
  const name = at < packetEnd ? quotedTransports.get(protocol) : undefined;
  if (name === undefined) return;
  quotedLayers.push(name);
  if (name === 'icmp' || name === 'icmpv6') {
    if (isEcho(name, uint8(bytes, at)) && at + 8 < packetEnd) quotedLayers.push('data');
    return;
  }
  if (name !== 'udp' || at + 8 >= packetEnd || uint16(bytes, at + 4) === 8) return;
  const [source, destination] = [uint16(bytes, at), uint16(bytes, at + 2)];
  const low = Math.min(source, destination);
  const high = Math.max(source, destination);
  // STUN by its cookie (RFC 8489 section 5).
  if (at + 28 <= packetEnd && uint32(bytes, at + 12) === stunCookie && uint8(bytes, at + 8) < 0x40) {
    quotedLayers.push('stun');
    return;
  }
  const application = quotedApplications.get(low) ?? quotedApplications.get(high);
  if (application !== undefined) quotedLayers.push(application);
  else quotedLayers.push(...(namesOfUdpPorts.get(low) ?? namesOfUdpPorts.get(high) ?? quotedData));
}

const quotedExtensions = new Map<number, ProtocolName>([
  [0, 'ipv6.hopopts'],
  [43, 'ipv6.routing'],
  [44, 'ipv6.fraghdr'],
  [51, 'ah'],
  [60, 'ipv6.dstopts'],
]);

const stunCookie = 0x2112_a442;

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
  [46, 'rsvp'],
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
  if (type >= 0x8200 && type <= 0x8370 && type % 16 === 0) return decodeWireless(view, cursor, offset + length, false);
  // RFC 2332 section 5.1.
  if (type === 0x2001) {
    pushLayer(view, 'nhrp');
    return cursor.stop();
  }
  // Cisco MetaData: the type of what is inside comes first, then version, length, option and group tag.
  if (type === 0x8909 && cursor.available >= length + 8 && pushLayer(view, 'cmd'))
    return cursor.forward('etherType', uint16(view.bytes, offset + length), offset + length + 8);
  cursor.forward('etherType', type, offset + length);
  // Other Ethernet types are not looked up behind GRE.
  if (!carriedByGre.has(type)) return nameOther(view, cursor, type);
  // ISO protocols, without the control byte that Cisco's HDLC has before them.
  if (type === 0xfefe) {
    cursor.offset = offset + length;
    nameOsi(view, cursor);
  }
}

const carriedByGre: ReadonlySet<number> = new Set([
  0x0800, 0x0806, 0x2000, 0x6558, 0x8137, 0x86dd, 0x8847, 0x8848, 0x880b, 0x894f, 0xfefe,
]);

/** Numbers that stand for something else behind GRE: RFC 8157 and what came before it, and what routers send. */
function nameOther(view: PacketView, cursor: DecodeCursor, type: number): void {
  const { offset } = cursor;
  if (type === 0x6400) return cursor.forward('ethernet', 0, offset);
  if (type === 0x883e) return cursor.forward('etherType', 0x0800, offset);
  if (type === 0x00fe) return nameOsi(view, cursor);
  if (type === 0x6559) return decodeFrameRelay(view, cursor);
  if (type === 0xb7ea || type === 0x0101) pushLayer(view, 'grebonding');
  else if (type === 0x8881 || type === 0x88d2) pushLayer(view, 'ppp_hdlc');
  else if (cursor.available > 0) pushLayer(view, 'data');
  cursor.stop();
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
