import { uint16, uint16LittleEndian, uint32LittleEndian, uint8 } from '../bytes/integers';
import { type DecodeCursor, pushLayer, stopTruncated } from './decodeCursor';
import type { PacketView } from './packetView';
import { nameData, nameNetworkLayer } from './recognisedNetwork';

const etherTypeIpv4 = 0x0800;
const etherTypeIpv6 = 0x86dd;
const etherTypeArp = 0x0806;

/** LINKTYPE_FRELAY: Q.922 address, then Cisco's EtherType or, behind a UI control byte, an NLPID (RFC 2427). */
export function decodeFrameRelay(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'fr')) return cursor.stop();
  const { bytes } = view;
  let { offset } = cursor;
  const start = offset;
  // The last byte of the address has bit 0 set; there are two to four.
  while (offset < cursor.end && offset < start + 4 && (uint8(bytes, offset) & 1) === 0) offset += 1;
  offset = Math.max(offset + 1, start + 2);
  if (offset + 2 > cursor.end) return stopTruncated(view, cursor, 'truncated-frame-relay');
  if (uint8(bytes, offset) !== 0x03) {
    const type = uint16(bytes, offset);
    if (type === etherTypeIpv4 || type === etherTypeIpv6 || type === etherTypeArp)
      return cursor.forward('etherType', type, offset + 2);
    // Behind a numbered control field of two bytes stands an identifier as well.
    const inner = offset + 2 < cursor.end ? uint8(bytes, offset + 2) : 0;
    cursor.offset = offset + 2;
    if (inner < 0x81 || inner > 0x83) return nameData(view, cursor);
    nameNetworkLayer(view, inner, uint8(bytes, offset + 6) & 0x1f);
    return cursor.stop();
  }
  offset += 1;
  // A byte of padding aligns what follows.
  if (uint8(bytes, offset) === 0) offset += 1;
  const identifier = offset < cursor.end ? uint8(bytes, offset) : 0;
  offset += 1;
  if (identifier === 0xcc) return cursor.forward('etherType', etherTypeIpv4, offset);
  if (identifier === 0x8e) return cursor.forward('etherType', etherTypeIpv6, offset);
  if (identifier >= 0x81 && identifier <= 0x83) {
    nameNetworkLayer(view, identifier, uint8(bytes, offset + 3) & 0x1f);
    return cursor.stop();
  }
  cursor.offset = offset;
  if (identifier !== 0x80) return nameData(view, cursor);
  if (offset + 5 > cursor.end) return stopTruncated(view, cursor, 'truncated-frame-relay');
  const organisation = (uint8(bytes, offset) << 16) | uint16(bytes, offset + 1);
  const type = uint16(bytes, offset + 3);
  if (organisation === 0) return cursor.forward('etherType', type, offset + 5);
  // RFC 2427 section 4.2: bridged Ethernet with and without its checksum.
  if (organisation === 0x0080c2 && (type === 1 || type === 7)) return cursor.forward('ethernet', 0, offset + 5);
  cursor.offset = offset + 5;
  nameData(view, cursor);
}

/** LINKTYPE_NFLOG: address family, then attributes in the byte order of the machine; number 9 is the packet. */
export function decodeNetfilterLog(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'nflog')) return cursor.stop();
  const { bytes } = view;
  const { offset, end } = cursor;
  if (cursor.available < 8) return stopTruncated(view, cursor, 'truncated-nflog');
  // A length is small, so the order with the smaller first length is the right one.
  const littleEndian = uint16LittleEndian(bytes, offset + 4) <= uint16(bytes, offset + 4);
  const read = littleEndian ? uint16LittleEndian : uint16;
  const family = uint8(bytes, offset);
  let at = offset + 4;
  while (at + 4 <= end) {
    const length = read(bytes, at);
    if (length < 4) return stopTruncated(view, cursor, 'bad-nflog-attribute');
    if ((read(bytes, at + 2) & 0x7fff) === 9) {
      cursor.limitWire(at + length);
      if (family === 2) return cursor.forward('etherType', etherTypeIpv4, at + 4);
      if (family === 10) return cursor.forward('etherType', etherTypeIpv6, at + 4);
      return cursor.stop();
    }
    at += (length + 3) & ~3;
  }
  cursor.stop();
}

/** LINKTYPE_PKTAP of macOS: a little-endian header of its own length that names the link type behind it. */
export function decodePacketTap(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'pktap')) return cursor.stop();
  const { offset } = cursor;
  if (cursor.available < 12) return stopTruncated(view, cursor, 'truncated-pktap');
  const length = uint32LittleEndian(view.bytes, offset);
  if (length < 12 || length > cursor.available) return stopTruncated(view, cursor, 'truncated-pktap');
  if (!pushLayer(view, 'pcap_pktdata')) return cursor.stop();
  cursor.forward('linkType', uint32LittleEndian(view.bytes, offset + 8), offset + length);
}

/** LINKTYPE_FDDI: frame control, addresses, LLC in frames of the LLC kind. */
export function decodeFddi(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'fddi')) return cursor.stop();
  const { offset } = cursor;
  if (cursor.available < 13) return stopTruncated(view, cursor, 'truncated-fddi');
  view.destinationMacOffset = offset + 1;
  view.sourceMacOffset = offset + 7;
  const kind = uint8(view.bytes, offset) & 0xf0;
  cursor.offset += 13;
  if (kind === 0x50) return cursor.forward('llc', 0, cursor.offset);
  nameData(view, cursor);
}

/** LINKTYPE_IPOIB: destination queue (RFC 4391) and routing header of 40 bytes in all, EtherType, two bytes reserved. */
export function decodeIpOverInfiniband(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'ipoib')) return cursor.stop();
  const { offset } = cursor;
  if (cursor.available < 44) return stopTruncated(view, cursor, 'truncated-ipoib');
  cursor.forward('etherType', uint16(view.bytes, offset + 40), offset + 44);
}

/** LINKTYPE_ARCNET_LINUX: addresses, offset, protocol number; IP as in RFC 1051, or split as in RFC 1201. */
export function decodeArcnet(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'arcnet')) return cursor.stop();
  const { bytes } = view;
  let { offset } = cursor;
  if (cursor.available < 8) return stopTruncated(view, cursor, 'truncated-arcnet');
  const type = uint8(bytes, offset + 4);
  offset += 5;
  if (type === 240) return cursor.forward('etherType', etherTypeIpv4, offset);
  if (type === 241) return cursor.forward('etherType', etherTypeArp, offset);
  const known = type === 212 ? etherTypeIpv4 : type === 213 ? etherTypeArp : type === 196 ? etherTypeIpv6 : 0;
  cursor.offset = offset;
  if (known === 0) return nameData(view, cursor);
  // An exception frame repeats the protocol behind four bytes.
  if (uint8(bytes, offset) === 0xff) offset += 4;
  // Odd split flags above 0 are later pieces, for which nothing is kept.
  const split = uint8(bytes, offset);
  if (split !== 0 || offset + 3 > cursor.end) return cursor.stop();
  cursor.forward('etherType', known, offset + 3);
}
