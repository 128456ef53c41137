import type { RawPacket } from './rawPacket';

const magicMicroseconds = 0xa1b2c3d4;
const magicNanoseconds = 0xa1b23c4d;

/**
 * The 24 bytes that begin a pcap file, version 2.4, least significant byte first
 * (draft-ietf-opsawg-pcap section 4).
 */
export function pcapFileHeader(options: {
  linkType: number;
  snapLengthBytes: number;
  nanoseconds: boolean;
}): Uint8Array {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, options.nanoseconds ? magicNanoseconds : magicMicroseconds, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, options.snapLengthBytes, true);
  view.setUint32(20, options.linkType, true);
  return bytes;
}

/**
 * One packet record: 16 bytes of header and the captured bytes (draft-ietf-opsawg-pcap section 5). `nanoseconds`
 * is what the file header said; without it the time is cut, not rounded, to microseconds. Times after 2106-02-07, which
 * the format cannot hold, are written as its last second.
 */
export function pcapRecord(packet: RawPacket, nanoseconds: boolean): Uint8Array {
  const record = new Uint8Array(16 + packet.bytes.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, Math.min(packet.seconds, 0xffffffff), true);
  view.setUint32(4, nanoseconds ? packet.nanoseconds : Math.floor(packet.nanoseconds / 1000), true);
  view.setUint32(8, packet.bytes.length, true);
  view.setUint32(12, packet.originalLength, true);
  record.set(packet.bytes, 16);
  return record;
}
