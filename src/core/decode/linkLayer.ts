import { uint16, uint24, uint32, uint8 } from '../bytes/integers';
import { type DecodeCursor, pushLayer, stopTruncated } from './decodeCursor';
import {
  decodeArcnet,
  decodeFddi,
  decodeFrameRelay,
  decodeIpOverInfiniband,
  decodeNetfilterLog,
  decodePacketTap,
} from './otherLinkLayers';
import { decodeJuniper, isJuniper, nameCanFrame } from './deviceLinkLayers';
import type { PacketView } from './packetView';
import type { ProtocolName } from './protocols';
import { namesOfLinkTypes, namesOfSnapNumbers } from './networkNames';
import { carriesInformation, nameBy, nameData, nameOsi, namePppProtocol, nameServicePoint } from './recognisedNetwork';
import { enterRareLink } from './rareLinkLayers';
import { decodeUserLink, nameMasterSlave, nameNetlink } from './userLinkLayers';
import { decodeAvs, decodePerPacketInformation, decodePrism, decodeRadiotap, decodeWireless } from './wirelessLayer';

/** Largest value of the type field that is an IEEE 802.3 length. */
export const maxIeee8023Length = 1500;

/** Names kept; a capture has a few link types, an inner header can name any. */
const maxUndecodedNotes = 1024;
const ciscoDiscoveryType = 0x2000;
const etherTypeIpv4 = 0x0800;
const etherTypeIpv6 = 0x86dd;

/** LINKTYPE_ numbers (tcpdump.org/linktypes.html). */
export function decodeLinkLayer(view: PacketView, cursor: DecodeCursor, linkType: number): void {
  switch (linkType) {
    case 1:
      return decodeEthernet(view, cursor);
    case 0:
      return decodeNull(view, cursor, false);
    case 108:
      return decodeNull(view, cursor, true);
    case 9:
    case 50:
      return decodePpp(view, cursor);
    case 104:
      return decodeCiscoHdlc(view, cursor);
    case 12:
    case 14:
    case 101:
      pushLayer(view, 'raw');
      return cursor.forward('ip', 0, cursor.offset);
    case 113:
      return decodeLinuxCooked(view, cursor);
    case 276:
      return decodeLinuxCookedV2(view, cursor);
    case 228:
      return cursor.forward('etherType', etherTypeIpv4, cursor.offset);
    case 229:
      return cursor.forward('etherType', etherTypeIpv6, cursor.offset);
    case 10:
      return decodeFddi(view, cursor);
    case 105:
      return decodeWireless(view, cursor, cursor.offset, false);
    case 107:
      return decodeFrameRelay(view, cursor);
    case 119:
      return decodePrism(view, cursor);
    case 127:
      return decodeRadiotap(view, cursor);
    case 129:
      return decodeArcnet(view, cursor);
    case 163:
      return decodeAvs(view, cursor);
    // The same behind one byte for the direction.
    case 166:
    case 204:
      cursor.offset += 1;
      return decodePpp(view, cursor);
    case 205:
      cursor.offset += 1;
      return decodeCiscoHdlc(view, cursor);
    case 206:
      cursor.offset += 1;
      return decodeFrameRelay(view, cursor);
    case 192:
      return decodePerPacketInformation(view, cursor);
    case 239:
      return decodeNetfilterLog(view, cursor);
    case 242:
      return decodeIpOverInfiniband(view, cursor);
    case 258:
      return decodePacketTap(view, cursor);
    case 227:
      return nameCanFrame(view, cursor);
    // IEEE 802.15.4 with and without its checksum, or with the PHY's fields.
    case 195:
    case 230:
      pushLayer(view, 'wpan');
      return cursor.stop();
    case 165:
      return nameMasterSlave(view, cursor);
    case 231:
      pushLayer(view, 'dbus');
      return cursor.stop();
    case 253:
      return nameNetlink(view, cursor);
    case 271:
      pushLayer(view, 'vsock');
      return cursor.stop();
    default:
      if (linkType >= 147 && linkType <= 162) return decodeUserLink(view, cursor, linkType);
      if (isJuniper(linkType)) return decodeJuniper(view, cursor, linkType);
      if (enterRareLink(view, cursor, linkType)) return;
      view.notes.push(undecodedNote(linkType));
      if (namesOfLinkTypes.has(linkType)) return nameBy(namesOfLinkTypes, linkType, view, cursor);
      return cursor.stop();
  }
}

const undecodedNotes = new Map<number, string>();

/** `undecoded link type 147`; made once for each of the 65536 numbers that a file can name. */
function undecodedNote(linkType: number): string {
  let note = undecodedNotes.get(linkType);
  if (note === undefined) {
    note = `undecoded link type ${linkType}`;
    if (undecodedNotes.size < maxUndecodedNotes) undecodedNotes.set(linkType, note);
  }
  return note;
}

export function decodeEthernet(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'eth')) return cursor.stop();
  const { offset } = cursor;
  if (cursor.available < 14) return stopTruncated(view, cursor, 'truncated-ethernet');
  view.destinationMacOffset = offset;
  view.sourceMacOffset = offset + 6;
  view.ethernetOffsets.push(offset);
  // A frame that says to be empty: what is there is nobody's.
  if (uint16(view.bytes, offset + 12) === 0) {
    cursor.offset += 14;
    return nameData(view, cursor);
  }
  forwardTypeOrLength(view, cursor, offset + 12);
}

/** The two bytes after the addresses or a VLAN tag: an EtherType, or the length of an LLC frame. */
export function forwardTypeOrLength(view: PacketView, cursor: DecodeCursor, offset: number): void {
  const type = uint16(view.bytes, offset);
  if (type > maxIeee8023Length) return cursor.forward('etherType', type, offset + 2);
  cursor.limitWire(offset + 2 + type);
  cursor.forward('llc', 0, offset + 2);
}

/** IEEE 802.2 LLC, and SNAP in it (RFC 1042). */
export function decodeLlc(view: PacketView, cursor: DecodeCursor): void {
  const { bytes } = view;
  const { offset } = cursor;
  const servicePoint = uint8(bytes, offset);
  // Novell's raw 802.3 has an IPX checksum of 0xffff where the LLC header would be.
  if (uint16(bytes, offset) === 0xffff) {
    pushLayer(view, 'ipx');
    return cursor.stop();
  }
  if (!pushLayer(view, 'llc')) return cursor.stop();
  if (cursor.available < 3) return stopTruncated(view, cursor, 'truncated-llc');
  const information = carriesInformation(uint8(bytes, offset + 2));
  if (servicePoint === 0x42 && information) {
    pushLayer(view, 'stp');
    // GARP (IEEE 802.1D-2004 section 12) has groups of its own: this one is for VLANs.
    const macs = view.destinationMacOffset;
    if (macs >= 0 && uint24(bytes, macs) === 0x0180c2 && uint24(bytes, macs + 3) === 0x21) pushLayer(view, 'gvrp');
    return cursor.stop();
  }
  if (servicePoint === 0x06 && information) return cursor.forward('etherType', etherTypeIpv4, offset + 3);
  if (servicePoint !== 0xaa || uint8(bytes, offset + 1) !== 0xaa) return nameServicePoint(view, cursor, servicePoint);
  if (cursor.available < 8) return stopTruncated(view, cursor, 'truncated-llc');
  const organisation = uint24(bytes, offset + 3);
  const type = uint16(bytes, offset + 6);
  // RFC 1042, and the bridge tunnel encapsulation of IEEE 802.1H.
  if (organisation === 0 || organisation === 0x0000f8) return cursor.forward('etherType', type, offset + 8);
  cursor.offset += 8;
  // IEEE 802.1 (RFC 2427 appendix): a bridged frame with and without its checksum.
  if (organisation === 0x0080c2 && (type === 1 || type === 7)) return cursor.forward('ethernet', 0, cursor.offset);
  nameBy(namesOfSnapNumbers, organisation * 0x10000 + type, view, cursor);
}

/** LINKTYPE_NULL: the address family in the byte order of the machine that captured; LINKTYPE_LOOP: in network order. */
function decodeNull(view: PacketView, cursor: DecodeCursor, networkOrder: boolean): void {
  pushLayer(view, 'null');
  const { offset } = cursor;
  if (cursor.available < 4) return stopTruncated(view, cursor, 'truncated-null');
  let family = uint32(view.bytes, offset);
  if (!networkOrder && family > 0xffff) {
    // Families are small, so a little-endian machine wrote zeros last.
    family = uint8(view.bytes, offset) | (uint8(view.bytes, offset + 1) << 8);
    if (uint16(view.bytes, offset + 2) !== 0) return cursor.stop();
  }
  switch (family) {
    case 2:
      return cursor.forward('etherType', etherTypeIpv4, offset + 4);
    // AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS.
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
      return cursor.forward('etherType', etherTypeIpv6, offset + 4);
    default:
      if (family > maxIeee8023Length && family <= 0xffff) return cursor.forward('etherType', family, offset + 4);
      cursor.offset += 4;
      if (family === 7) return nameOsi(view, cursor);
      if (family !== 16) return nameData(view, cursor);
      pushLayer(view, 'ddp');
      cursor.stop();
  }
}

/** LINKTYPE_LINUX_SLL. */
function decodeLinuxCooked(view: PacketView, cursor: DecodeCursor): void {
  pushLayer(view, 'sll');
  const { offset } = cursor;
  if (cursor.available < 16) return stopTruncated(view, cursor, 'truncated-cooked');
  if (uint16(view.bytes, offset + 4) === 6) view.sourceMacOffset = offset + 6;
  forwardCookedProtocol(view, cursor, uint16(view.bytes, offset + 14), offset + 16);
}

/** LINKTYPE_LINUX_SLL2. */
function decodeLinuxCookedV2(view: PacketView, cursor: DecodeCursor): void {
  pushLayer(view, 'sll');
  const { offset } = cursor;
  if (cursor.available < 20) return stopTruncated(view, cursor, 'truncated-cooked');
  if (uint8(view.bytes, offset + 11) === 6) view.sourceMacOffset = offset + 12;
  forwardCookedProtocol(view, cursor, uint16(view.bytes, offset), offset + 20);
}

function forwardCookedProtocol(view: PacketView, cursor: DecodeCursor, protocol: number, offset: number): void {
  // LINUX_SLL_P_802_2 (linux/if_ether.h): an LLC header follows.
  if (protocol === 4) return cursor.forward('llc', 0, offset);
  if (protocol > maxIeee8023Length) return cursor.forward('etherType', protocol, offset);
  cursor.offset = offset;
  if (protocol === 3) return cursor.forward('ethernet', 0, offset);
  if (protocol === 7) return cursor.forward('pppProtocol', 0, offset);
  const name = cookedNames.get(protocol);
  if (name === undefined) return nameData(view, cursor);
  pushLayer(view, name);
  cursor.stop();
}

/** LINUX_SLL_P_… of linux/if_ether.h. */
const cookedNames: ReadonlyMap<number, ProtocolName> = new Map([
  [1, 'ipx'],
  [12, 'can'],
  [13, 'canfd'],
  [0x17, 'irlap'],
  [0xf5, 'isi'],
  [0xf6, 'wpan'],
]);

/** PPP with or without address and control bytes, protocol field of one or two bytes (RFC 1661, RFC 1662). */
export function decodePpp(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'ppp')) return cursor.stop();
  const { bytes } = view;
  let { offset } = cursor;
  if (uint16(bytes, offset) === 0xff03 && cursor.available >= 2) offset += 2;
  const short = (uint8(bytes, offset) & 1) === 1;
  const length = short ? 1 : 2;
  if (offset + length > cursor.end) return stopTruncated(view, cursor, 'truncated-ppp');
  const protocol = short ? uint8(bytes, offset) : uint16(bytes, offset);
  offset += length;
  if (protocol === 0x0021) return cursor.forward('etherType', etherTypeIpv4, offset);
  if (protocol === 0x0057) return cursor.forward('etherType', etherTypeIpv6, offset);
  if (protocol === 0x0281) return cursor.forward('etherType', 0x8847, offset);
  namePppProtocol(view, cursor, protocol, offset);
}

function decodeCiscoHdlc(view: PacketView, cursor: DecodeCursor): void {
  pushLayer(view, 'chdlc');
  if (cursor.available < 4) return stopTruncated(view, cursor, 'truncated-chdlc');
  const type = uint16(view.bytes, cursor.offset + 2);
  // Cisco's keepalive takes the number that is RARP on Ethernet.
  if (type === 0x8035) {
    pushLayer(view, 'slarp');
    return cursor.stop();
  }
  if (type === ciscoDiscoveryType) {
    pushLayer(view, 'cdp');
    return cursor.stop();
  }
  cursor.offset += 4;
  if (type === 0xfefe) {
    // The control byte of LLC, or a byte of padding.
    cursor.offset += 1;
    return nameOsi(view, cursor);
  }
  if (carriedByHdlc.has(type)) return cursor.forward('etherType', type, cursor.offset);
  // Numbers of bridges; others of Ethernet are not looked up here.
  if (type !== 0x4242 && type !== 0x0111) return nameData(view, cursor);
  pushLayer(view, type === 0x0111 ? 'udld' : 'stp');
  cursor.stop();
}

const carriedByHdlc: ReadonlySet<number> = new Set([
  0x0600, 0x0800, 0x6003, 0x6558, 0x8038, 0x809b, 0x80f3, 0x8137, 0x86dd, 0x8847, 0x8848,
]);
