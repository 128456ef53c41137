import { uint16, uint32, uint8 } from '../bytes/integers';
import { type DecodeCursor, pushLayer } from './decodeCursor';
import type { PacketView } from './packetView';
import { decodeWireless } from './wirelessLayer';

const etherTypeIpv4 = 0x0800;
const etherTypeIpv6 = 0x86dd;
const etherTypeServiceHeader = 0x894f;
const etherTypeMpls = 0x8847;

/**
 * Decodes the tunnel that a well-known UDP port names, as far as its header; the cursor stands behind it then, or at the
 * end where nothing is inside. False when the ports name none.
 */
export function decodeUdpTunnel(view: PacketView, cursor: DecodeCursor): boolean {
  // The lower port names the service where both could; the other one where it names none.
  const { sourcePort, destinationPort } = view;
  return (
    decodeByPort(view, cursor, Math.min(sourcePort, destinationPort)) ||
    decodeByPort(view, cursor, Math.max(sourcePort, destinationPort))
  );
}

function decodeByPort(view: PacketView, cursor: DecodeCursor, port: number): boolean {
  switch (port) {
    case 1701:
      return decodeL2tp(view, cursor);
    case 2123:
    case 2152:
      return decodeGtp(view, cursor, 'gtp');
    case 3386:
      return decodeGtp(view, cursor, 'gtpprime');
    case 3544:
      return decodeTeredo(view, cursor);
    case 4789:
      return decodeVxlan(view, cursor);
    case 6081:
      return decodeGeneve(view, cursor);
    case 4341:
      return decodeLispData(view, cursor);
    case 4790:
      return decodeVxlanGpe(view, cursor);
    case 5247:
      return decodeAccessPointData(view, cursor);
    case 5072:
      return decodeAyiya(view, cursor);
    // RFC 8086.
    case 4754:
      cursor.forward('ipProtocol', 47, view.payloadOffset);
      return true;
    // RFC 6951.
    case 9899:
      cursor.forward('ipProtocol', 132, view.payloadOffset);
      return true;
    case 37008:
      return decodeSniffed(view, cursor);
    case 6635:
      // RFC 7510: nothing but the label stack.
      cursor.forward('etherType', etherTypeMpls, view.payloadOffset);
      return true;
    default:
      return false;
  }
}

/** TaZmen Sniffer Protocol: version, type, link type, tags that end with number 1. */
function decodeSniffed(view: PacketView, cursor: DecodeCursor): boolean {
  const { bytes, payloadOffset } = view;
  if (view.payloadLength < 5 || uint8(bytes, payloadOffset) !== 1) return false;
  const ethernet = uint16(bytes, payloadOffset + 2) === 1;
  cursor.stop();
  if (!pushLayer(view, 'tzsp')) return true;
  let at = payloadOffset + 4;
  while (at < cursor.end && uint8(bytes, at) !== 1) at += uint8(bytes, at) === 0 ? 1 : 2 + uint8(bytes, at + 1);
  if (ethernet && at + 1 < cursor.end) cursor.forward('ethernet', 0, at + 1);
  return true;
}

/** RFC 2661 section 3.1: data messages carry PPP. Version 3 over UDP is only named. */
function decodeL2tp(view: PacketView, cursor: DecodeCursor): boolean {
  const { bytes, payloadOffset } = view;
  if (view.payloadLength < 6) return false;
  const flags = uint16(bytes, payloadOffset);
  const version = flags & 0x0f;
  if (version !== 2 && version !== 3) return false;
  cursor.stop();
  if (!pushLayer(view, 'l2tp') || version === 3 || (flags & 0x8000) !== 0) return true;
  let at = payloadOffset + 2;
  if ((flags & 0x4000) !== 0) {
    cursor.limitWire(Math.max(at, payloadOffset + uint16(bytes, at)));
    at += 2;
  }
  at += 4;
  if ((flags & 0x0800) !== 0) at += 4;
  if ((flags & 0x0200) !== 0) at += 2 + uint16(bytes, at);
  if (at < cursor.end) cursor.forward('pppProtocol', 0, at);
  return true;
}

/** 3GPP TS 29.281 section 5.1 (version 1) and GSM 09.60 (version 0): message 255 carries a packet; the rest is named. */
function decodeGtp(view: PacketView, cursor: DecodeCursor, name: 'gtp' | 'gtpprime'): boolean {
  const { bytes, payloadOffset } = view;
  if (view.payloadLength < 8) return false;
  const flags = uint8(bytes, payloadOffset);
  const version = flags >> 5;
  if (version > 2 || (version === 2 && name === 'gtpprime')) return false;
  cursor.stop();
  if (!pushLayer(view, name)) return true;
  if (version === 2) {
    pushLayer(view, 'gtpv2');
    return true;
  }
  if (uint8(bytes, payloadOffset + 1) !== 255 || (flags & 0x10) === 0) return true;
  let at = payloadOffset + (version === 0 ? 20 : 8);
  if (version === 1 && (flags & 7) !== 0) {
    at += 4;
    let next = (flags & 4) !== 0 ? uint8(bytes, at - 1) : 0;
    // Extension headers count their length in words; the last byte names the next.
    while (next !== 0) {
      const length = at < cursor.end ? uint8(bytes, at) * 4 : 0;
      if (length === 0) return true;
      at += length;
      next = at <= cursor.end ? uint8(bytes, at - 1) : 0;
    }
  }
  if (at < cursor.end) cursor.forward('ip', 0, at);
  return true;
}

/** RFC 4380 section 5.1.1: authentication and origin indication may stand before the IPv6 packet. */
function decodeTeredo(view: PacketView, cursor: DecodeCursor): boolean {
  const { bytes } = view;
  let at = view.payloadOffset;
  if (at + 4 <= cursor.end && uint16(bytes, at) === 1) at += 13 + uint8(bytes, at + 2) + uint8(bytes, at + 3);
  if (at + 8 <= cursor.end && uint16(bytes, at) === 0) at += 8;
  if (at + 40 > cursor.end || uint8(bytes, at) >> 4 !== 6 || !pushLayer(view, 'teredo')) return false;
  cursor.forward('etherType', etherTypeIpv6, at);
  return true;
}

/** RFC 6830 section 5.1: eight bytes, then an IP packet. */
function decodeLispData(view: PacketView, cursor: DecodeCursor): boolean {
  if (view.payloadLength < 8 || !pushLayer(view, 'lisp-data')) return false;
  cursor.forward('ip', 0, view.payloadOffset + 8);
  return true;
}

/**
 * CAPWAP data (RFC 5415 section 4.3): a header in words that says whether an 802.11 or an 802.3 frame follows. Cisco's access
 * points swap the two bytes of the frame control field.
 */
function decodeAccessPointData(view: PacketView, cursor: DecodeCursor): boolean {
  const { bytes, payloadOffset } = view;
  cursor.stop();
  if (!pushLayer(view, 'capwap.data') || view.payloadLength < 8) return true;
  const word = uint32(bytes, payloadOffset);
  // Preamble 1 is DTLS; a fragment or a keep-alive carries no frame to read.
  if (word >>> 24 !== 0 || (word & 0x88) !== 0) return true;
  const at = payloadOffset + ((word >>> 19) & 0x1f) * 4;
  if (at < payloadOffset + 8 || at + 2 > cursor.end) return true;
  if ((word & 0x100) === 0) cursor.forward('ethernet', 0, at);
  else if (((word >>> 9) & 0x1f) === 1) decodeWireless(view, cursor, at, false, isSwapped(bytes, at));
  return true;
}

/** A version that is not 0 in the first byte, or a data frame only when the second is read first. */
function isSwapped(bytes: Uint8Array, at: number): boolean {
  const first = uint8(bytes, at);
  const second = uint8(bytes, at + 1);
  if ((first & 3) !== 0) return (second & 3) === 0;
  return (second & 3) === 0 && (first & 0x0c) === 0 && second !== 0;
}

/** draft-massar-v6ops-ayiya: identity of 2^n bytes, signature of n words; operation 1 forwards a packet. */
function decodeAyiya(view: PacketView, cursor: DecodeCursor): boolean {
  const { bytes, payloadOffset } = view;
  if (view.payloadLength < 8) return false;
  const identityBytes = 2 ** (uint8(bytes, payloadOffset) >> 4);
  const signatureBytes = (uint8(bytes, payloadOffset + 1) >> 4) * 4;
  const operation = uint8(bytes, payloadOffset + 2) & 0x0f;
  const next = uint8(bytes, payloadOffset + 3);
  cursor.stop();
  if (!pushLayer(view, 'ayiya')) return true;
  const at = payloadOffset + 8 + identityBytes + signatureBytes;
  if (operation === 1 && at < cursor.end) cursor.forward('ipProtocol', next, at);
  return true;
}

const vxlanHeaderBytes = 8;
const ethernetHeaderBytes = 14;

/** RFC 7348 section 5: the I flag, then an inner Ethernet frame. */
function decodeVxlan(view: PacketView, cursor: DecodeCursor): boolean {
  const offset = view.payloadOffset;
  const whole = view.payloadLength >= vxlanHeaderBytes + ethernetHeaderBytes;
  if (!whole || (uint32(view.bytes, offset) & 0x0800_0000) === 0 || !pushLayer(view, 'vxlan')) return false;
  cursor.forward('ethernet', 0, offset + vxlanHeaderBytes);
  return true;
}

/**
 * draft-ietf-nvo3-vxlan-gpe: with the P flag the last byte of the first word numbers what follows. No layer of its own,
 * as in tshark.
 */
function decodeVxlanGpe(view: PacketView, cursor: DecodeCursor): boolean {
  const { bytes, payloadOffset } = view;
  if (view.payloadLength < vxlanHeaderBytes || (uint8(bytes, payloadOffset) & 0x04) === 0) return false;
  const inner = payloadOffset + vxlanHeaderBytes;
  switch (uint8(bytes, payloadOffset + 3)) {
    case 1:
      cursor.forward('etherType', etherTypeIpv4, inner);
      return true;
    case 2:
      cursor.forward('etherType', etherTypeIpv6, inner);
      return true;
    case 3:
      cursor.forward('ethernet', 0, inner);
      return true;
    case 4:
      cursor.forward('etherType', etherTypeServiceHeader, inner);
      return true;
    default:
      return false;
  }
}

/** RFC 8926 section 3.4: version 0, options counted in words, then what the EtherType says. */
function decodeGeneve(view: PacketView, cursor: DecodeCursor): boolean {
  const offset = view.payloadOffset;
  const first = uint8(view.bytes, offset);
  const length = 8 + (first & 0x3f) * 4;
  const inner = view.payloadLength > length && first >> 6 === 0;
  if (!inner || !pushLayer(view, 'geneve')) return false;
  cursor.forward('etherType', uint16(view.bytes, offset + 2), offset + length);
  return true;
}
