import { uint16, uint16LittleEndian, uint32, uint32LittleEndian, uint8 } from '../bytes/integers';
import { type DecodeCursor, pushLayer, stopTruncated } from './decodeCursor';
import type { PacketView } from './packetView';

const linkTypeWireless = 105;
const dataType = 2;
const controlType = 1;
const fromAccessPoint = 0x02;
const toAccessPoint = 0x01;
const orderBit = 0x80;
const protectedBit = 0x40;
const moreFragmentsBit = 0x04;

/** What the radio's driver says of an 802.11 frame (radiotap field 1, `Flags`). */
const checksumAtEnd = 0x10;
const paddedHeader = 0x20;

/** LINKTYPE_IEEE802_11_RADIOTAP (radiotap.org): a little-endian header of its own length, fields by bit mask. */
export function decodeRadiotap(view: PacketView, cursor: DecodeCursor): void {
  pushLayer(view, 'radiotap');
  const { offset } = cursor;
  if (cursor.available < 8) return stopTruncated(view, cursor, 'truncated-radiotap');
  const length = uint16LittleEndian(view.bytes, offset + 2);
  if (length < 8 || length > cursor.available) return stopTruncated(view, cursor, 'truncated-radiotap');
  const flags = radiotapFlags(view.bytes, offset, offset + length);
  // A checksum stands at the end of the frame on the wire, which the capture may have cut off.
  if ((flags & checksumAtEnd) !== 0) cursor.limitWire(Math.max(offset + length, cursor.wireEnd - 4));
  pushLayer(view, 'wlan_radio');
  decodeWireless(view, cursor, offset + length, (flags & paddedHeader) !== 0);
}

/** The `Flags` field: behind the masks, of which each names a further one, and the 8 aligned bytes of field 0. */
function radiotapFlags(bytes: Uint8Array, start: number, end: number): number {
  const present = uint32LittleEndian(bytes, start + 4);
  if ((present & 2) === 0) return 0;
  let at = start + 4;
  while (at + 4 <= end && (uint32LittleEndian(bytes, at) & 0x8000_0000) !== 0) at += 4;
  at += 4;
  if ((present & 1) !== 0) at = start + (((at - start + 7) >> 3) << 3) + 8;
  return at < end ? uint8(bytes, at) : 0;
}

/** LINKTYPE_PPI: a little-endian header of its own length that names the link type behind it. */
export function decodePerPacketInformation(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'ppi')) return cursor.stop();
  const { offset } = cursor;
  if (cursor.available < 8) return stopTruncated(view, cursor, 'truncated-ppi');
  const length = uint16LittleEndian(view.bytes, offset + 2);
  if (length < 8 || length > cursor.available) return stopTruncated(view, cursor, 'truncated-ppi');
  const linkType = uint32LittleEndian(view.bytes, offset + 4);
  pushLayer(view, linkType === linkTypeWireless ? 'wlan_radio' : 'pcap_pktdata');
  cursor.forward('linkType', linkType, offset + length);
}

/** LINKTYPE_IEEE802_11_PRISM: 144 bytes in the byte order of the machine, or an AVS header instead. */
export function decodePrism(view: PacketView, cursor: DecodeCursor): void {
  pushLayer(view, 'prism');
  const { offset } = cursor;
  if (cursor.available < 8) return stopTruncated(view, cursor, 'truncated-prism');
  if ((uint32(view.bytes, offset) & 0xffff_f000) >>> 0 === 0x8021_1000) return decodeAvs(view, cursor);
  const big = uint32(view.bytes, offset + 4);
  const length = big <= 0xffff ? big : uint32LittleEndian(view.bytes, offset + 4);
  if (length < 8 || length > cursor.available) return stopTruncated(view, cursor, 'truncated-prism');
  pushLayer(view, 'wlan_radio');
  decodeWireless(view, cursor, offset + length, false);
}

/** LINKTYPE_IEEE802_11_AVS: version and length in network order. */
export function decodeAvs(view: PacketView, cursor: DecodeCursor): void {
  pushLayer(view, 'wlancap');
  const { offset } = cursor;
  if (cursor.available < 8) return stopTruncated(view, cursor, 'truncated-avs');
  const length = uint32(view.bytes, offset + 4);
  if (length < 8 || length > cursor.available) return stopTruncated(view, cursor, 'truncated-avs');
  pushLayer(view, 'wlan_radio');
  decodeWireless(view, cursor, offset + length, false);
}

/**
 * IEEE 802.11-2020 section 9.2: of data frames that are whole and not encrypted, the LLC frame in them. Of an A-MSDU
 * (section 9.3.2.2) the first subframe counts.
 */
export function decodeWireless(
  view: PacketView,
  cursor: DecodeCursor,
  start: number,
  padded: boolean,
  swapped = false,
): void {
  cursor.stop();
  if (!pushLayer(view, 'wlan')) return;
  const { bytes } = view;
  if (start + 10 > cursor.end) return stopTruncated(view, cursor, 'truncated-wlan');
  const control = uint8(bytes, swapped ? start + 1 : start);
  const flags = uint8(bytes, swapped ? start : start + 1);
  const type = (control >> 2) & 3;
  const subtype = control >> 4;
  view.destinationMacOffset = start + 4;
  if (start + 16 <= cursor.end) view.sourceMacOffset = start + 10;
  if (type === controlType) return;
  if (start + 24 > cursor.end) return stopTruncated(view, cursor, 'truncated-wlan');
  // Shared key authentication (section 12.3.3.3) sends its challenge back encrypted.
  if (type === 0 && subtype === 11 && (flags & protectedBit) !== 0 && start + 32 < cursor.end) pushLayer(view, 'data');
  if (type !== dataType) return;
  const bothWays = (flags & (fromAccessPoint | toAccessPoint)) === (fromAccessPoint | toAccessPoint);
  const qualityOfService = (subtype & 8) !== 0;
  let at = start + (bothWays ? 30 : 24);
  const aggregated = qualityOfService && (uint8(bytes, at) & 0x80) !== 0;
  if (qualityOfService) at += (flags & orderBit) !== 0 ? 6 : 2;
  if (padded) at = start + (((at - start + 3) >> 2) << 2);
  if (at > cursor.end) return stopTruncated(view, cursor, 'truncated-wlan');
  if ((flags & toAccessPoint) !== 0) view.destinationMacOffset = start + 16;
  if ((flags & fromAccessPoint) !== 0) view.sourceMacOffset = start + (bothWays ? 24 : 16);
  // The subtypes with bit 2 carry no data.
  if ((subtype & 4) !== 0) return;
  if ((flags & protectedBit) !== 0) {
    // Behind the IV (section 12.3.2): bytes to everybody else.
    if (at + 8 < cursor.end) pushLayer(view, 'data');
    return note(view, 'wlan-protected');
  }
  const laterFragment = !swapped && (uint8(bytes, start + 22) & 0x0f) !== 0;
  if (laterFragment || (flags & moreFragmentsBit) !== 0) return note(view, 'wlan-fragment');
  if (aggregated) return decodeAggregate(view, cursor, at);
  if (at < cursor.end) cursor.forward('llc', 0, at);
}

function decodeAggregate(view: PacketView, cursor: DecodeCursor, offset: number): void {
  if (offset + 14 > cursor.end) return stopTruncated(view, cursor, 'truncated-wlan');
  view.destinationMacOffset = offset;
  view.sourceMacOffset = offset + 6;
  const end = offset + 14 + uint16(view.bytes, offset + 12);
  if (end + 14 <= cursor.wireEnd) view.notes.push('wlan-more-subframes');
  cursor.limitWire(end);
  cursor.forward('llc', 0, offset + 14);
}

function note(view: PacketView, name: string): void {
  view.notes.push(name);
}
