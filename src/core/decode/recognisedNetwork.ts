import { uint8 } from '../bytes/integers';
import { type DecodeCursor, pushLayer } from './decodeCursor';
import type { PacketView } from './packetView';
import type { ProtocolName } from './protocols';

/** EtherTypes (IEEE 802 Numbers, IANA) that are only named. */
const etherTypeNames = new Map<number, readonly ProtocolName[]>([
  [0x0842, ['wol']],
  [0x2000, ['cdp']],
  [0x22f0, ['ieee1722']],
  [0x22f3, ['trill']],
  [0x6002, ['data']],
  [0x6003, ['dec_dna']],
  [0x6004, ['lat']],
  [0x809b, ['ddp']],
  [0x80f3, ['aarp']],
  [0x8137, ['ipx']],
  [0x872d, ['wlccp']],
  [0x8808, ['macc']],
  [0x88a2, ['aoe']],
  [0x88b8, ['goose']],
  [0x88ba, ['sv']],
  [0x88ca, ['tipc']],
  [0x88d9, ['lltd']],
  [0x8892, ['pn_rt']],
  [0x88a4, ['ecatf']],
  [0x88ab, ['epl']],
  [0x88e1, ['homeplug-av']],
  [0x887b, ['homeplug']],
  [0x88f7, ['ptp']],
  [0x8902, ['cfm']],
  [0x8906, ['fcoe']],
  [0x8914, ['fip']],
  [0x891d, ['tte_pcf']],
  [0x893a, ['ieee1905']],
  [0x88fb, ['hsr_prp_supervision']],
  [0x88c7, ['eapol']],
  [0x4305, ['batadv']],
  [0x9000, ['loop', 'data']],
  [0x99fe, ['tecmp']],
]);

/** IP protocol numbers (IANA) that are only named. */
const ipProtocolNames = new Map<number, ProtocolName>([
  [9, 'igrp'],
  [46, 'rsvp'],
  [54, 'nhrp'],
  [62, 'mipv6'],
  [88, 'eigrp'],
  [108, 'ipcomp'],
  [113, 'pgm'],
  [134, 'rsvp-e2ei'],
  [135, 'mipv6'],
  [136, 'udplite'],
  [139, 'hip'],
  [140, 'shim6'],
]);

/** LLC service access points (IEEE) behind which one protocol stands. */
const servicePoints = new Map<number, ProtocolName>([
  [0x04, 'sna'],
  [0x10, 'ipx'],
  [0x82, 'bacnet'],
  [0xe0, 'ipx'],
  [0xf0, 'netbios'],
]);

/** Cisco's protocol numbers behind SNAP. */
const ciscoProtocols = new Map<number, ProtocolName>([
  [0x0104, 'pagp'],
  [0x0111, 'udld'],
  [0x2003, 'vtp'],
  [0x2004, 'dtp'],
]);

/** PPP protocol numbers (IANA) that are only named. */
const pppProtocols = new Map<number, ProtocolName>([
  [0x003d, 'mp'],
  [0x8021, 'ipcp'],
  [0x8057, 'ipv6cp'],
  [0x80fd, 'ccp'],
  [0xc021, 'lcp'],
  [0xc023, 'pap'],
  [0xc223, 'chap'],
  [0xc227, 'eap'],
]);

/** What no dissector takes is `data`, as in tshark. */
export function nameData(view: PacketView, cursor: DecodeCursor): void {
  if (cursor.available > 0) pushLayer(view, 'data');
  cursor.stop();
}

export function nameEtherType(view: PacketView, cursor: DecodeCursor): void {
  const names = etherTypeNames.get(cursor.number);
  if (names === undefined) return nameData(view, cursor);
  for (const name of names) pushLayer(view, name);
  cursor.stop();
}

export function nameIpProtocol(view: PacketView, cursor: DecodeCursor): void {
  const name = ipProtocolNames.get(cursor.number);
  // Behind "no next header" (59, RFC 8200 section 4.7) stands nothing, or what nobody reads.
  if (name === undefined) return nameData(view, cursor);
  pushLayer(view, name);
  cursor.stop();
}

/** What stands behind an LLC header of three or four bytes with `servicePoint`. */
export function nameServicePoint(view: PacketView, cursor: DecodeCursor, servicePoint: number): void {
  const control = uint8(view.bytes, cursor.offset + 2);
  cursor.offset += (control & 3) === 3 ? 3 : 4;
  if (servicePoint === 0xfe || servicePoint === 0x14 || servicePoint === 0x54) return nameOsi(view, cursor);
  const name = servicePoints.get(servicePoint);
  // Only unnumbered information (IEEE 802.2 section 5.4) carries something.
  if ((control & 0xef) !== 0x03) return cursor.stop();
  if (name === undefined) return nameData(view, cursor);
  if (cursor.available > 0) pushLayer(view, name);
  cursor.stop();
}

export function nameCiscoProtocol(view: PacketView, cursor: DecodeCursor, type: number): void {
  cursor.offset += 8;
  const name = ciscoProtocols.get(type);
  if (name === undefined) return nameData(view, cursor);
  pushLayer(view, name);
  cursor.stop();
}

export function namePppProtocol(view: PacketView, cursor: DecodeCursor, protocol: number, offset: number): void {
  cursor.offset = offset;
  if (protocol === 0x0023) return nameOsi(view, cursor);
  const name = pppProtocols.get(protocol);
  if (name === undefined) return nameData(view, cursor);
  pushLayer(view, name);
  cursor.stop();
}

/** Network layer protocol identifiers of ISO/IEC TR 9577: CLNP, ES-IS, IS-IS (ISO/IEC 10589 section 9). */
export function nameOsi(view: PacketView, cursor: DecodeCursor): void {
  const { bytes } = view;
  const { offset } = cursor;
  cursor.stop();
  if (cursor.available < 1 || !pushLayer(view, 'osi')) return;
  nameNetworkLayer(view, uint8(bytes, offset), uint8(bytes, offset + 4) & 0x1f);
}

export function nameNetworkLayer(view: PacketView, identifier: number, type: number): void {
  if (identifier === 0x81) pushLayer(view, 'clnp');
  else if (identifier === 0x82) pushLayer(view, 'esis');
  else if (identifier === 0x83) {
    pushLayer(view, 'isis');
    if (type >= 15 && type <= 17) pushLayer(view, 'isis.hello');
    else if (type === 18 || type === 20) pushLayer(view, 'isis.lsp');
    else if (type === 24 || type === 25) pushLayer(view, 'isis.csnp');
    else if (type === 26 || type === 27) pushLayer(view, 'isis.psnp');
  }
}
