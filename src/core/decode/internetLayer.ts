import { uint16, uint32, uint8 } from '../bytes/integers';
import { type DecodeCursor, pushLayer, stopTruncated } from './decodeCursor';
import type { PacketView } from './packetView';
import { nameData } from './recognisedNetwork';

const noNextHeader = 59;

/** RFC 791. */
export function decodeIpv4(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'ip')) return cursor.stop();
  const { bytes } = view;
  const { offset } = cursor;
  if (cursor.available < 20) return stopTruncated(view, cursor, 'truncated-ip');
  const versionAndLength = uint8(bytes, offset);
  const headerLength = (versionAndLength & 0x0f) * 4;
  // Seen where a raw link or a tunnel names the wrong version; tshark goes on the same way.
  if (versionAndLength >> 4 === 6) return cursor.forward('etherType', 0x86dd, offset);
  if (versionAndLength >> 4 !== 4) return stopTruncated(view, cursor, 'bad-ip-version');
  if (headerLength < 20) return stopTruncated(view, cursor, 'bad-ip-header-length');

  forgetOuterTransport(view);
  view.addressLength = 4;
  view.sourceAddressOffset = offset + 12;
  view.destinationAddressOffset = offset + 16;
  view.timeToLive = uint8(bytes, offset + 8);
  view.ipProtocol = uint8(bytes, offset + 9);
  const fragmentField = uint16(bytes, offset + 6);
  view.fragmentOffset = (fragmentField & 0x1fff) * 8;
  view.fragment = (fragmentField & 0x3fff) !== 0;

  const totalLength = uint16(bytes, offset + 2);
  cursor.wholeIp = totalLength !== 0 && offset + totalLength <= cursor.end;
  // Segmentation offload leaves 0 in packets that this machine sends: the frame's own length counts.
  if (totalLength !== 0) {
    if (totalLength < headerLength) return stopTruncated(view, cursor, 'bad-ip-total-length');
    if (offset + totalLength > cursor.wireEnd) view.notes.push('ip-length-beyond-frame');
    cursor.limitWire(offset + totalLength);
  }
  if (offset + headerLength > cursor.end) return stopTruncated(view, cursor, 'truncated-ip');
  if (view.fragment && canReassemble(cursor, offset + headerLength)) {
    const moreFragments = (fragmentField & 0x2000) !== 0;
    return reassemble(view, cursor, offset + headerLength, uint16(bytes, offset + 4), moreFragments);
  }
  if (view.fragmentOffset > 0) return cursor.stop();
  cursor.forward('ipProtocol', view.ipProtocol, offset + headerLength);
}

/** RFC 8200 section 3; its extension headers are decoded by number, one after the other. */
export function decodeIpv6(view: PacketView, cursor: DecodeCursor): void {
  const { bytes } = view;
  const { offset } = cursor;
  if (cursor.available >= 40 && uint8(bytes, offset) >> 4 !== 6) {
    view.notes.push('bad-ip-version');
    return nameData(view, cursor);
  }
  if (!pushLayer(view, 'ipv6')) return cursor.stop();
  if (cursor.available < 40) return stopTruncated(view, cursor, 'truncated-ipv6');

  forgetOuterTransport(view);
  view.addressLength = 16;
  view.sourceAddressOffset = offset + 8;
  view.destinationAddressOffset = offset + 24;
  view.timeToLive = uint8(bytes, offset + 7);
  view.ipProtocol = uint8(bytes, offset + 6);
  view.fragment = false;
  view.fragmentOffset = 0;

  const payloadLength = uint16(bytes, offset + 4);
  cursor.wholeIp = payloadLength !== 0 && offset + 40 + payloadLength <= cursor.end;
  // 0 in a jumbogram (RFC 2675) and under segmentation offload: the frame's own length counts.
  if (payloadLength !== 0) {
    if (offset + 40 + payloadLength > cursor.wireEnd) view.notes.push('ip-length-beyond-frame');
    cursor.limitWire(offset + 40 + payloadLength);
  }
  // A bubble of Teredo (RFC 4380 section 2.8): no payload, whatever else is in the frame.
  if (payloadLength === 0 && view.ipProtocol === noNextHeader) return cursor.stop();
  cursor.forward('ipProtocol', view.ipProtocol, offset + 40);
}

/** Hop-by-hop, routing and destination options (RFC 8200 section 4). */
export function decodeIpv6Options(
  view: PacketView,
  cursor: DecodeCursor,
  name: 'ipv6.hopopts' | 'ipv6.routing' | 'ipv6.dstopts',
): void {
  if (!pushLayer(view, name)) return cursor.stop();
  if (cursor.available < 8) return stopTruncated(view, cursor, 'truncated-ipv6-extension');
  const length = (uint8(view.bytes, cursor.offset + 1) + 1) * 8;
  forwardExtension(view, cursor, length);
}

/** RFC 4302 section 2; also in IPv4. */
export function decodeAuthenticationHeader(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'ah')) return cursor.stop();
  if (cursor.available < 12) return stopTruncated(view, cursor, 'truncated-ah');
  const length = (uint8(view.bytes, cursor.offset + 1) + 2) * 4;
  forwardExtension(view, cursor, length);
}

/** RFC 8200 section 4.5. */
export function decodeIpv6Fragment(view: PacketView, cursor: DecodeCursor): void {
  if (!pushLayer(view, 'ipv6.fraghdr')) return cursor.stop();
  if (cursor.available < 8) return stopTruncated(view, cursor, 'truncated-ipv6-extension');
  const field = uint16(view.bytes, cursor.offset + 2);
  view.fragmentOffset = field & 0xfff8;
  // An atomic fragment (RFC 6946) is the whole packet: offset 0 and no more to come.
  view.fragment = (field & 0xfff9) !== 0;
  if (view.fragment && canReassemble(cursor, cursor.offset + 8)) {
    view.ipProtocol = uint8(view.bytes, cursor.offset);
    const identification = uint32(view.bytes, cursor.offset + 4);
    return reassemble(view, cursor, cursor.offset + 8, identification, (field & 1) !== 0);
  }
  if (view.fragmentOffset > 0) {
    view.ipProtocol = uint8(view.bytes, cursor.offset);
    return cursor.stop();
  }
  forwardExtension(view, cursor, 8);
}

/** A fragment without payload, or cut by the capture, can complete nothing. */
function canReassemble(cursor: DecodeCursor, payloadStart: number): boolean {
  return cursor.fragments !== null && cursor.wholeIp && payloadStart < cursor.end;
}

function reassemble(
  view: PacketView,
  cursor: DecodeCursor,
  start: number,
  identification: number,
  moreFragments: boolean,
): void {
  const datagram = cursor.fragments?.add(view, {
    identification,
    protocol: view.ipProtocol,
    start,
    end: cursor.end,
    offset: view.fragmentOffset,
    moreFragments,
  });
  if (datagram === null || datagram === undefined) {
    view.fragmentHeld = true;
    pushLayer(view, 'data');
    return cursor.stop();
  }
  view.bytes = datagram.bytes;
  view.fragment = false;
  view.fragmentOffset = 0;
  view.reassembled = true;
  view.ipProtocol = datagram.protocol;
  cursor.end = datagram.bytes.length;
  cursor.wireEnd = cursor.end;
  cursor.forward('ipProtocol', datagram.protocol, start);
}

function forwardExtension(view: PacketView, cursor: DecodeCursor, length: number): void {
  view.ipProtocol = uint8(view.bytes, cursor.offset);
  if (cursor.offset + length > cursor.end) return stopTruncated(view, cursor, 'truncated-ipv6-extension');
  cursor.forward('ipProtocol', view.ipProtocol, cursor.offset + length);
}

/** An inner IP header counts instead of the outer one, so nothing of an outer transport may stay. */
function forgetOuterTransport(view: PacketView): void {
  if (view.addressLength !== 0)
    view.outerIpOffsets.push(view.sourceAddressOffset - (view.addressLength === 4 ? 12 : 8));
  view.transportOffset = -1;
  view.sourcePort = -1;
  view.destinationPort = -1;
  view.payloadOffset = -1;
  view.payloadLength = 0;
  view.payloadWireLength = 0;
}
