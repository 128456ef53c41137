import { uint16, uint24, uint8 } from '../bytes/integers';
import { type DecodeCursor, pushLayer, stopTruncated } from './decodeCursor';
import type { PacketView } from './packetView';

/** LINKTYPE_CAN_SOCKETCAN: identifier with its flags, length, three bytes, data. */
export function nameCanFrame(view: PacketView, cursor: DecodeCursor): void {
  cursor.stop();
  if (!pushLayer(view, 'can') || cursor.available < 8) return;
  const flags = uint8(view.bytes, cursor.offset) & 0xe0;
  if ((flags & 0x20) !== 0 || cursor.available <= 8 || uint8(view.bytes, cursor.offset + 4) === 0) return;
  // Identifier 0 is what tshark takes for network management, unless it is told another one.
  const identifier = uint16(view.bytes, cursor.offset + 2) & 0x7ff;
  pushLayer(view, flags === 0 && identifier === 0 ? 'autosar-nm' : 'data');
}

const juniperMagic = 0x4d4743;
/** LINKTYPE_JUNIPER_ETHERNET */
const juniperEthernet = 178;
const juniperLinkTypes = new Set([
  130, 131, 132, 133, 134, 135, 136, 137, 164, 167, 168, 178, 179, 180, 181, 183, 194, 200,
]);

/** LINKTYPE_JUNIPER_… of tcpdump.org/linktypes.html: what Junos captures on its interface cards. */
export function isJuniper(linkType: number): boolean {
  return juniperLinkTypes.has(linkType);
}

/** "MGC", flags, extensions with their length where a flag says so; of the many kinds only Ethernet is entered. */
export function decodeJuniper(view: PacketView, cursor: DecodeCursor, linkType: number): void {
  const { bytes } = view;
  const { offset } = cursor;
  if (cursor.available < 4 || uint24(bytes, offset) !== juniperMagic) {
    view.notes.push('bad-juniper-magic');
    return cursor.stop();
  }
  if (!pushLayer(view, 'juniper')) return cursor.stop();
  const flags = uint8(bytes, offset + 3);
  const extensions = (flags & 0x80) === 0 ? 0 : 2 + uint16(bytes, offset + 4);
  const at = offset + 4 + extensions;
  // Without its link header the packet begins with a number of its own.
  if (linkType !== juniperEthernet || (flags & 0x02) !== 0) return cursor.stop();
  if (at > cursor.end) return stopTruncated(view, cursor, 'truncated-juniper');
  cursor.forward('ethernet', 0, at);
}
