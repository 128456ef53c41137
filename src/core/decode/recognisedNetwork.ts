import { uint8 } from '../bytes/integers';
import { type DecodeCursor, pushLayer } from './decodeCursor';
import type { PacketView } from './packetView';
import { namesOfPppProtocols, namesOfServicePoints, type NetworkProtocol } from './networkNames';

/** What no dissector takes is `data`, as in tshark. */
export function nameData(view: PacketView, cursor: DecodeCursor): void {
  if (cursor.available > 0) pushLayer(view, 'data');
  cursor.stop();
}

/** The names of a number, from the outer one to the inner one; `data` only when something is there. */
export function nameBy(
  names: ReadonlyMap<number, readonly NetworkProtocol[]>,
  number: number,
  view: PacketView,
  cursor: DecodeCursor,
): void {
  const found = names.get(number);
  if (found === undefined) return nameData(view, cursor);
  for (const name of found) if (name !== 'data' || cursor.available > 0) pushLayer(view, name);
  cursor.stop();
}

/** Information, numbered or not (IEEE 802.2 section 5.4), is what a protocol has sent. */
export function carriesInformation(control: number): boolean {
  return (control & 1) === 0 || (control & 0xef) === 0x03;
}

/** What stands behind an LLC header of three or four bytes with `servicePoint`. */
export function nameServicePoint(view: PacketView, cursor: DecodeCursor, servicePoint: number): void {
  const control = uint8(view.bytes, cursor.offset + 2);
  cursor.offset += (control & 3) === 3 ? 3 : 4;
  // An exchange of identifications is read as part of the header.
  if ((control & 0xef) === 0xaf) return cursor.stop();
  if (!carriesInformation(control)) return nameData(view, cursor);
  if (cursor.available <= 0) return cursor.stop();
  if (osiServicePoints.has(servicePoint)) return nameOsi(view, cursor);
  nameBy(namesOfServicePoints, servicePoint, view, cursor);
}

const osiServicePoints: ReadonlySet<number> = new Set([0x14, 0x20, 0x34, 0x54, 0xfe]);

export function namePppProtocol(view: PacketView, cursor: DecodeCursor, protocol: number, offset: number): void {
  cursor.offset = offset;
  if (protocol === 0x0023) return nameOsi(view, cursor);
  if (protocol === 0x004b) return cursor.forward('llc', 0, offset);
  nameBy(namesOfPppProtocols, protocol, view, cursor);
}

/** Network layer protocol identifiers of ISO/IEC TR 9577: CLNP, ES-IS, IS-IS (ISO/IEC 10589 section 9). */
export function nameOsi(view: PacketView, cursor: DecodeCursor): void {
  const { bytes } = view;
  const { offset } = cursor;
  cursor.stop();
  if (cursor.available < 1 || !pushLayer(view, 'osi')) return;
  const identifier = uint8(bytes, offset);
  if (identifier === 0 || (identifier >= 0x81 && identifier <= 0x83))
    nameNetworkLayer(view, identifier, uint8(bytes, offset + 4) & 0x1f);
  else if (identifier === 0x08) pushLayer(view, 'q931');
  else pushLayer(view, 'data');
}

export function nameNetworkLayer(view: PacketView, identifier: number, type: number): void {
  if (identifier === 0x81 || identifier === 0) pushLayer(view, 'clnp');
  else if (identifier === 0x82) pushLayer(view, 'esis');
  else if (identifier === 0x83) {
    pushLayer(view, 'isis');
    if (type >= 15 && type <= 17) pushLayer(view, 'isis.hello');
    else if (type === 18 || type === 20) pushLayer(view, 'isis.lsp');
    else if (type === 24 || type === 25) pushLayer(view, 'isis.csnp');
    else if (type === 26 || type === 27) pushLayer(view, 'isis.psnp');
  }
}
