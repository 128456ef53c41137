import { uint16, uint32, uint8 } from '../bytes/integers';
import { type DecodeCursor, pushLayer, stopTruncated } from './decodeCursor';
import { decodeIpv4, decodeIpv6 } from './internetLayer';
import { forwardTypeOrLength } from './linkLayer';
import type { PacketView } from './packetView';
import type { ProtocolName } from './protocols';
import { namesOfEtherTypes } from './networkNames';
import { pseudowireFrame } from './pseudowire';
import { nameBy, nameData, nameNetworkLayer } from './recognisedNetwork';

/** Decodes what the cursor's EtherType (IEEE 802 Numbers, IANA) says. */
export function decodeEtherType(view: PacketView, cursor: DecodeCursor): void {
  switch (cursor.number) {
    case 0x0800:
      return decodeIpv4(view, cursor);
    case 0x86dd:
      return decodeIpv6(view, cursor);
    case 0x0806:
    case 0x8035:
      return decodeArp(view, cursor);
    case 0x8100:
    case 0x9100:
      return decodeVlan(view, cursor, 'vlan');
    case 0x88a8:
      return decodeVlan(view, cursor, 'ieee8021ad');
    case 0x8847:
    case 0x8848:
      return decodeMpls(view, cursor);
    case 0x8863:
      pushLayer(view, 'pppoed');
      return cursor.stop();
    case 0x8864:
      return decodePppoeSession(view, cursor);
    case 0x6558:
      return cursor.forward('ethernet', 0, cursor.offset);
    case 0x880b:
      return cursor.forward('pppProtocol', 0, cursor.offset);
    case 0x8903:
      return decodeTag(view, cursor, 'cfp', 2);
    case 0x8926:
      return decodeTag(view, cursor, 'vntag', 4);
    case 0x893f:
      return decodeTag(view, cursor, 'etag', 6);
    case 0x894f:
      return decodeServiceHeader(view, cursor);
    case 0x88e5:
      return decodeMacSecurity(view, cursor);
    case 0x8909:
      return decodeTag(view, cursor, 'cmd', 6);
    case 0x88cc:
      pushLayer(view, 'lldp');
      return cursor.stop();
    case 0x888e:
    case 0x88c7:
      return namePortAccess(view, cursor);
    default:
      return decodeOtherType(view, cursor);
  }
}

/** Types of protocols that carry others, and of those whose first bytes tell two apart. */
function decodeOtherType(view: PacketView, cursor: DecodeCursor): void {
  const { bytes } = view;
  const { offset } = cursor;
  switch (cursor.number) {
    // IEC 62439-3 High-availability Seamless Redundancy, IEEE 802.1CB: size or nothing, sequence number, type.
    case 0x892f:
      return decodePlainTag(view, cursor, 'hsr', 4);
    case 0xf1c1:
      return decodePlainTag(view, cursor, 'ieee8021cb', 4);
    // IEEE 802.1ah: tag of the service, both customer addresses, type.
    case 0x88e7:
      return decodePlainTag(view, cursor, 'ieee8021ah', 16);
    case 0x8870:
      return cursor.forward('llc', 0, offset);
    case 0x80d5:
      if (pushLayer(view, 'snaeth')) return cursor.forward('llc', 0, offset + 3);
      return cursor.stop();
    // IEEE 802.3 annex 57A: slow protocols.
    case 0x8809:
      return nameFirstByte(view, cursor, 'slow', slowProtocols, 0xff);
    // LocalTalk: addresses, then the type of the datagram.
    case 0x809b:
      cursor.offset += 2;
      return nameFirstByte(view, cursor, 'llap', localTalkTypes, 0xff);
    // EtherCAT: the type is in the upper four bits of a little-endian word.
    case 0x88a4:
      cursor.offset += 1;
      return nameFirstByte(view, cursor, 'ecatf', etherCatTypes, 0xf0);
    case 0x8892:
      pushLayer(view, 'pn_rt');
      pushLayer(view, profinetName(uint16(bytes, offset)));
      return cursor.stop();
    // RFC 7176 needs IS-IS; here it stands without the header of OSI.
    case 0x22f4:
      nameNetworkLayer(view, 0x83, uint8(bytes, offset + 4) & 0x1f);
      return cursor.stop();
    // RFC 6325 section 3.
    case 0x22f3:
      if (!pushLayer(view, 'trill') || cursor.available < 6) return cursor.stop();
      return cursor.forward('ethernet', 0, offset + 6 + ((uint16(bytes, offset) >> 6) & 0x1f) * 4);
    case 0x0842:
      if (uint32(bytes, offset) !== 0xffff_ffff) return nameData(view, cursor);
      pushLayer(view, 'wol');
      return cursor.stop();
    default:
      return nameBy(namesOfEtherTypes, cursor.number, view, cursor);
  }
}

const slowProtocols: ReadonlyMap<number, ProtocolName> = new Map([
  [1, 'lacp'],
  [3, 'oampdu'],
  [10, 'ossp'],
]);
const localTalkTypes: ReadonlyMap<number, ProtocolName> = new Map([
  [1, 'ddp'],
  [2, 'ddp'],
]);
const etherCatTypes: ReadonlyMap<number, ProtocolName> = new Map([
  [0x10, 'ecat'],
  [0x50, 'ecat_mailbox'],
]);

/** Names the protocol, and by the byte at the cursor what it carries: else `data`. */
function nameFirstByte(
  view: PacketView,
  cursor: DecodeCursor,
  name: ProtocolName,
  inside: ReadonlyMap<number, ProtocolName>,
  mask: number,
): void {
  cursor.stop();
  if (!pushLayer(view, name) || cursor.available < 1) return;
  pushLayer(view, inside.get(uint8(view.bytes, cursor.offset) & mask) ?? 'data');
}

/** IEC 61158-6-10: ranges of the frame identifier. */
function profinetName(frame: number): ProtocolName {
  if (frame >= 0xfefc && frame <= 0xfeff) return 'pn_dcp';
  return frame < 0x100 || (frame >= 0xff00 && frame <= 0xff43) ? 'pn_ptcp' : 'pn_io';
}

/** IEEE 802.1X section 11.3: only types 0 and 5 carry a protocol of their own. */
function namePortAccess(view: PacketView, cursor: DecodeCursor): void {
  cursor.stop();
  if (!pushLayer(view, 'eapol') || cursor.available < 5) return;
  const type = uint8(view.bytes, cursor.offset + 1);
  if (type === 0 && uint16(view.bytes, cursor.offset + 2) > 0) pushLayer(view, 'eap');
  else if (type === 5) pushLayer(view, 'mka');
  else if (type > 5) pushLayer(view, 'data');
}

/** A tag of `length` bytes with an EtherType behind it, which is never a length. */
function decodePlainTag(view: PacketView, cursor: DecodeCursor, name: ProtocolName, length: number): void {
  if (!pushLayer(view, name)) return cursor.stop();
  if (cursor.available < length + 2) return stopTruncated(view, cursor, 'truncated-tag');
  cursor.forward('etherType', uint16(view.bytes, cursor.offset + length), cursor.offset + length + 2);
}

/** IEEE 802.1Q; 802.1ad when the tag is an outer one with its own type. */
function decodeVlan(view: PacketView, cursor: DecodeCursor, name: ProtocolName): void {
  if (!pushLayer(view, name)) return cursor.stop();
  if (cursor.available < 4) return stopTruncated(view, cursor, 'truncated-vlan');
  view.vlanId = uint16(view.bytes, cursor.offset) & 0x0fff;
  // Tshark takes what stands behind a tag of 802.1ad for a type, however small.
  if (name === 'ieee8021ad')
    return cursor.forward('etherType', uint16(view.bytes, cursor.offset + 2), cursor.offset + 4);
  forwardTypeOrLength(view, cursor, cursor.offset + 2);
}

/** Cisco FabricPath, with a whole frame behind it; Cisco VN-Tag, IEEE 802.1BR E-Tag and Cisco MetaData, with a type like a VLAN tag's. */
function decodeTag(
  view: PacketView,
  cursor: DecodeCursor,
  name: 'cfp' | 'vntag' | 'etag' | 'cmd',
  length: number,
): void {
  if (!pushLayer(view, name)) return cursor.stop();
  const fabricPath = name === 'cfp';
  if (cursor.available < length + (fabricPath ? 0 : 2)) return stopTruncated(view, cursor, 'truncated-tag');
  if (fabricPath) return cursor.forward('ethernet', 0, cursor.offset + length);
  if (name !== 'vntag')
    return cursor.forward('etherType', uint16(view.bytes, cursor.offset + length), cursor.offset + length + 2);
  forwardTypeOrLength(view, cursor, cursor.offset + length);
}

/**
 * IEEE 802.1AE section 9: the tag (control, short length, packet number, channel where a flag says so), then data and 16
 * bytes that prove it. What is encrypted or changed is `data`.
 */
function decodeMacSecurity(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'macsec')) return cursor.stop();
  const { bytes } = view;
  const { offset } = cursor;
  const control = uint8(bytes, offset);
  const at = offset + ((control & 0x20) === 0 ? 6 : 14);
  if (at + 2 > cursor.end) return stopTruncated(view, cursor, 'truncated-macsec');
  const shortLength = uint8(bytes, offset + 1) & 0x3f;
  cursor.limitWire(shortLength > 0 ? at + shortLength : Math.max(at + 2, cursor.wireEnd - 16));
  if ((control & 0x0c) === 0) return cursor.forward('etherType', uint16(bytes, at), at + 2);
  pushLayer(view, 'data');
  cursor.stop();
}

/** Network Service Header, RFC 8300 section 2: length in words, then the number of what follows. */
function decodeServiceHeader(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'nsh')) return cursor.stop();
  const { bytes } = view;
  const { offset } = cursor;
  if (cursor.available < 8) return stopTruncated(view, cursor, 'truncated-nsh');
  const length = (uint8(bytes, offset + 1) & 0x3f) * 4;
  if (length < 8 || length > cursor.available) return stopTruncated(view, cursor, 'truncated-nsh');
  forwardNextProtocol(view, cursor, uint8(bytes, offset + 3), offset + length);
}

/** The numbers of RFC 8300 section 9.1.1. */
function forwardNextProtocol(view: PacketView, cursor: DecodeCursor, number: number, offset: number): void {
  switch (number) {
    case 1:
      return cursor.forward('etherType', 0x0800, offset);
    case 2:
      return cursor.forward('etherType', 0x86dd, offset);
    case 3:
      return cursor.forward('ethernet', 0, offset);
    case 4:
      return cursor.forward('etherType', 0x894f, offset);
    case 5:
      return cursor.forward('etherType', 0x8847, offset);
    default:
      cursor.offset = offset;
      return nameData(view, cursor);
  }
}

/** RFC 3032; what the bottom label carries is told by its first nibble (RFC 4928 section 3). */
function decodeMpls(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'mpls')) return cursor.stop();
  let { offset } = cursor;
  for (;;) {
    if (offset + 4 > cursor.end) return stopTruncated(view, cursor, 'truncated-mpls');
    const bottom = (uint8(view.bytes, offset + 2) & 1) === 1;
    offset += 4;
    if (bottom) break;
  }
  cursor.forward('ip', 0, offset);
  const version = offset < cursor.end ? uint8(view.bytes, offset) >> 4 : 0;
  if (version === 4 || version === 6) return;
  const frame = pseudowireFrame(view.bytes, offset, cursor.end);
  if (frame < 0) return nameData(view, cursor);
  const named = pushLayer(view, 'pwethheuristic') && pushLayer(view, frame === offset ? 'pwethnocw' : 'pwethcw');
  if (named) cursor.forward('ethernet', 0, frame);
  else cursor.stop();
}

/** RFC 2516 section 4. */
function decodePppoeSession(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'pppoes')) return cursor.stop();
  if (cursor.available < 6) return stopTruncated(view, cursor, 'truncated-pppoe');
  cursor.limitWire(cursor.offset + 6 + uint16(view.bytes, cursor.offset + 4));
  cursor.forward('pppProtocol', 0, cursor.offset + 6);
}

/** RFC 826; addresses only for IPv4. */
function decodeArp(view: PacketView, cursor: DecodeCursor): void {
  cursor.stop();
  if (!pushLayer(view, 'arp')) return;
  const { bytes } = view;
  const { offset } = cursor;
  if (cursor.available < 8) return stopTruncated(view, cursor, 'truncated-arp');
  view.arpOpcode = uint16(bytes, offset + 6);
  view.arpOffset = offset;
  const hardwareLength = uint8(bytes, offset + 4);
  const protocolLength = uint8(bytes, offset + 5);
  if (cursor.available < 8 + 2 * hardwareLength + 2 * protocolLength) {
    return stopTruncated(view, cursor, 'truncated-arp');
  }
  if (uint16(bytes, offset + 2) !== 0x0800 || protocolLength !== 4) return;
  if (hardwareLength === 6) view.arpSenderMacOffset = offset + 8;
  view.arpSenderAddressOffset = offset + 8 + hardwareLength;
  view.arpTargetAddressOffset = offset + 12 + 2 * hardwareLength;
}
