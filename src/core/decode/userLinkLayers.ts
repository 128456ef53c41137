import { uint16, uint32LittleEndian, uint8 } from '../bytes/integers';
import { type DecodeCursor, pushLayer } from './decodeCursor';
import { decodePacketTap } from './otherLinkLayers';
import type { PacketView } from './packetView';

/** LINKTYPE_USER2, which macOS wrote for what is now LINKTYPE_PKTAP. */
const userPacketTap = 149;
const packetTapBytes = 108;

/** LINKTYPE_USER0 to 15: private use, of which one has a meaning that everybody knows. */
export function decodeUserLink(view: PacketView, cursor: DecodeCursor, linkType: number): void {
  if (!pushLayer(view, 'user_dlt')) return cursor.stop();
  const length = cursor.available >= packetTapBytes ? uint32LittleEndian(view.bytes, cursor.offset) : 0;
  if (linkType === userPacketTap && length >= packetTapBytes && length <= cursor.available)
    return decodePacketTap(view, cursor);
  view.notes.push(`undecoded link type ${linkType}`);
  if (cursor.available > 0) pushLayer(view, 'data');
  cursor.stop();
}

/** LINKTYPE_BACNET_MS_TP: preamble, type, addresses, length, checksum; data frames carry the network layer (ASHRAE 135 clause 9). */
export function nameMasterSlave(view: PacketView, cursor: DecodeCursor): void {
  const { bytes } = view;
  const { offset } = cursor;
  cursor.stop();
  if (!pushLayer(view, 'mstp') || cursor.available < 10) return;
  const type = uint8(bytes, offset + 2);
  if ((type !== 5 && type !== 6) || uint16(bytes, offset + 5) === 0) return;
  pushLayer(view, 'bacnet');
  if ((uint8(bytes, offset + 9) & 0x80) === 0) pushLayer(view, 'bacapp');
}

/** LINKTYPE_NETLINK: 16 bytes with the family last; 0 is NETLINK_ROUTE (linux/netlink.h). */
export function nameNetlink(view: PacketView, cursor: DecodeCursor): void {
  cursor.stop();
  if (!pushLayer(view, 'netlink') || cursor.available < 16) return;
  if (uint16(view.bytes, cursor.offset + 14) === 0) pushLayer(view, 'netlink-route');
}
