import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CaptureFileReader } from '../../src/core/pcap/captureFileReader';
import { pcapFileHeader, pcapRecord } from '../../src/core/pcap/pcapWriter';

/**
 * Writes a pcap file of at least `wantedBytes` out of the real packets of `from`: over and over, each time with later
 * times and other client ports, so that flows are as many as in a real capture of that length. Returns its packets.
 */
export function writeBigCapture(file: string, from: readonly string[], wantedBytes: number): number {
  mkdirSync(path.dirname(file), { recursive: true });
  const block = readPackets(from);
  const partial = `${file}.part`;
  const target = openSync(partial, 'w');
  let written = writeSync(target, pcapFileHeader({ linkType: 1, snapLengthBytes: 262_144, nanoseconds: false }));
  let packets = 0;
  for (let round = 0; written < wantedBytes; round++) {
    for (const { bytes, times, ports } of block.chunks) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (const { offset, seconds } of times) view.setUint32(offset, seconds + round * block.spanSeconds, true);
      for (const { offset, port } of ports) view.setUint16(offset, 1024 + ((port + round * 7919) % 64_000));
      written += writeSync(target, bytes);
      packets += times.length;
      if (written >= wantedBytes) break;
    }
  }
  closeSync(target);
  renameSync(partial, file);
  return packets;
}

interface Chunk {
  bytes: Uint8Array;
  times: { offset: number; seconds: number }[];
  ports: { offset: number; port: number }[];
}

const chunkBytes = 4 * 1024 * 1024;

/** Ethernet packets of the captures as pcap records, in chunks, with the places that change from round to round. */
function readPackets(from: readonly string[]): { chunks: Chunk[]; spanSeconds: number } {
  const chunks: Chunk[] = [];
  let records: Uint8Array[] = [];
  let size = 0;
  let first = Infinity;
  let last = 0;
  const close = (): void => {
    if (records.length === 0) return;
    const bytes = new Uint8Array(size);
    const chunk: Chunk = { bytes, times: [], ports: [] };
    const view = new DataView(bytes.buffer);
    let offset = 0;
    for (const record of records) {
      bytes.set(record, offset);
      chunk.times.push({ offset, seconds: view.getUint32(offset, true) });
      const ip = offset + 16 + 14;
      const isTransport =
        bytes[offset + 28] === 8 && bytes[ip] === 0x45 && (bytes[ip + 9] === 6 || bytes[ip + 9] === 17);
      if (isTransport && record.length > 16 + 38) {
        for (const place of [ip + 20, ip + 22]) {
          const port = view.getUint16(place);
          if (port >= 32_768) chunk.ports.push({ offset: place, port: port - 1024 });
        }
      }
      offset += record.length;
    }
    chunks.push(chunk);
    records = [];
    size = 0;
  };
  for (const file of from.filter((each) => existsSync(each))) {
    const raw = readFileSync(file);
    const reader = new CaptureFileReader((packet) => {
      if (packet.linkType !== 1) return;
      const record = pcapRecord(packet, false).slice();
      records.push(record);
      size += record.length;
      first = Math.min(first, packet.seconds);
      last = Math.max(last, packet.seconds);
      if (size >= chunkBytes) close();
    });
    reader.push(raw[0] === 0x1f ? gunzipSync(raw) : raw);
    reader.end();
  }
  close();
  if (chunks.length === 0) throw new Error(`none of these captures is there: ${from.join(', ')}`);
  return { chunks, spanSeconds: Math.max(1, last - first + 1) };
}
