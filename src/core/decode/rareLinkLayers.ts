import { uint16, uint8 } from '../bytes/integers';
import { type DecodeCursor, pushLayer, stopTruncated } from './decodeCursor';
import type { PacketView } from './packetView';
import type { ProtocolName } from './protocols';
import { nameData } from './recognisedNetwork';

/** Link types (tcpdump.org/linktypes.html) with a short header before a frame or a packet; false when it is none of them. */
export function enterRareLink(view: PacketView, cursor: DecodeCursor, linkType: number): boolean {
  const { offset } = cursor;
  switch (linkType) {
    // LINKTYPE_IEEE802_5.
    case 6:
      decodeTokenRing(view, cursor);
      return true;
    // DLT_ATM_RFC1483 of OpenBSD, and its LINKTYPE_.
    case 11:
    case 100:
      cursor.forward('llc', 0, offset);
      return true;
    // DLT_ENC of BSD and LINKTYPE_ENC.
    case 13:
    case 109:
      decodeEncapsulated(view, cursor, 'enc', 12, firstWordFamily(view, cursor));
      return true;
    // DLT_CLIP and what other systems called it.
    case 16:
    case 18:
    case 19:
    case 106:
      if (pushLayer(view, 'clip')) cursor.forward('etherType', 0x0800, offset);
      else cursor.stop();
      return true;
    case 51:
      cursor.forward('etherType', 0x8864, offset);
      return true;
    // LINKTYPE_PFLOG: its own length, then the address family.
    case 117:
      decodeEncapsulated(
        view,
        cursor,
        'pflog',
        (uint8(view.bytes, offset) + 3) & ~3,
        cursor.available > 1 ? uint8(view.bytes, offset + 1) : 0,
      );
      return true;
    // LINKTYPE_IP_OVER_FC: two addresses of eight bytes.
    case 122:
      if (pushLayer(view, 'ipfc') && cursor.available >= 16) cursor.forward('llc', 0, offset + 16);
      else cursor.stop();
      return true;
    case 123:
      decodeSunAtm(view, cursor);
      return true;
    case 187:
      nameBluetooth(view, cursor, offset);
      return true;
    // The same behind four bytes for the direction.
    case 201:
      nameBluetooth(view, cursor, offset + 4);
      return true;
    case 248:
      cursor.forward('ipProtocol', 132, offset);
      return true;
    case 274:
      if (pushLayer(view, 'fpp')) cursor.forward('ethernet', 0, offset + 8);
      else cursor.stop();
      return true;
    default:
      return false;
  }
}

/** IEEE 802.5: access and frame control, addresses, a route where the source says so, LLC. */
function decodeTokenRing(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'tr')) return cursor.stop();
  const { bytes } = view;
  const { offset } = cursor;
  if (cursor.available < 14) return stopTruncated(view, cursor, 'truncated-token-ring');
  view.destinationMacOffset = offset + 2;
  view.sourceMacOffset = offset + 8;
  const routed = (uint8(bytes, offset + 8) & 0x80) !== 0;
  const route = routed && cursor.available > 14 ? uint8(bytes, offset + 14) & 0x1f : 0;
  cursor.offset = offset + 14 + route;
  const kind = uint8(bytes, offset + 1) >> 6;
  if (kind === 1) return cursor.forward('llc', 0, cursor.offset);
  if (kind === 2 || kind === 3) return nameData(view, cursor);
  pushLayer(view, 'trmac');
  cursor.stop();
}

/** In the byte order of the machine: families are small. */
function firstWordFamily(view: PacketView, cursor: DecodeCursor): number {
  if (cursor.available < 4) return 0;
  return uint8(view.bytes, cursor.offset) || uint8(view.bytes, cursor.offset + 3);
}

/** A header of `length` bytes before a packet of the address family: AF_INET, and AF_INET6 of each BSD. */
function decodeEncapsulated(
  view: PacketView,
  cursor: DecodeCursor,
  name: ProtocolName,
  length: number,
  family: number,
): void {
  if (!pushLayer(view, name)) return cursor.stop();
  if (cursor.available < length) return stopTruncated(view, cursor, 'truncated-encapsulation');
  cursor.offset += length;
  if (family === 2) return cursor.forward('etherType', 0x0800, cursor.offset);
  if (family === 24 || family === 28 || family === 30) return cursor.forward('etherType', 0x86dd, cursor.offset);
  if (name === 'enc') return nameData(view, cursor);
  cursor.stop();
}

/** LINKTYPE_SUNATM: traffic type in the lower four bits, virtual path and channel. */
function decodeSunAtm(view: PacketView, cursor: DecodeCursor): void {
  const { bytes } = view;
  const { offset } = cursor;
  if (!pushLayer(view, 'atm')) return cursor.stop();
  if (cursor.available < 4) return stopTruncated(view, cursor, 'truncated-sunatm');
  const type = uint8(bytes, offset) & 0x0f;
  cursor.offset += 4;
  if (cursor.available < 1) return cursor.stop();
  if (type === 2) return cursor.forward('llc', 0, cursor.offset);
  // LAN emulation: the frame follows the number of the client, 0xff00 marks its control frames.
  if (type === 1) {
    if (!pushLayer(view, 'lane') || uint16(bytes, offset + 4) === 0xff00) return cursor.stop();
    return cursor.forward('ethernet', 0, cursor.offset + 2);
  }
  if (type === 5) pushLayer(view, 'ilmi');
  nameData(view, cursor);
}

/** Bluetooth core specification volume 4 part A: the indicator of the packet. */
function nameBluetooth(view: PacketView, cursor: DecodeCursor, offset: number): void {
  cursor.stop();
  if (!pushLayer(view, 'bluetooth') || !pushLayer(view, 'hci_h4') || offset >= cursor.end) return;
  pushLayer(view, bluetoothNames[uint8(view.bytes, offset) - 1] ?? 'data');
}

const bluetoothNames: readonly ProtocolName[] = ['bthci_cmd', 'bthci_acl', 'bthci_sco', 'bthci_evt', 'bthci_iso'];
