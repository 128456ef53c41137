import { CaptureFileReader } from '../../src/core/pcap/captureFileReader';
import type { RawPacket } from '../../src/core/pcap/rawPacket';

export interface ReadCapture {
  packets: RawPacket[];
  format: CaptureFileReader['format'];
  linkTypes: number[];
  nanoseconds: boolean;
  damage: CaptureFileReader['damage'];
}

/** An own copy of the packet, which the reader reuses. */
export function copyPacket(packet: RawPacket): RawPacket {
  const copy = { ...packet, bytes: packet.bytes.slice() };
  // Holds during the call only.
  delete copy.comments;
  return copy;
}

/**
 * Reads a whole capture file pushed in chunks of the given sizes, over and over; one chunk when there are none. Each
 * chunk is overwritten after `push`, as a caller may do that reuses its buffer.
 */
export function readCapture(file: Uint8Array, chunkSizes: readonly number[] = []): ReadCapture {
  const packets: RawPacket[] = [];
  const reader = new CaptureFileReader((packet) => packets.push(copyPacket(packet)));
  for (let offset = 0, turn = 0; offset < file.length; turn += 1) {
    const size = chunkSizes[turn % chunkSizes.length] ?? file.length;
    const chunk = file.slice(offset, offset + size);
    reader.push(chunk);
    chunk.fill(0xee);
    offset += size;
  }
  reader.end();
  const { format, linkTypes, nanoseconds, damage } = reader;
  return { packets, format, linkTypes: [...linkTypes], nanoseconds, damage };
}
