import { closeSync, openSync, readSync } from 'node:fs';
import { CaptureFileReader } from '../../../src/core/pcap/captureFileReader';

const blockBytes = 1024 * 1024;

/** Packets in a capture file. @throws Error when it is damaged */
export function countPackets(file: string): number {
  const reader = new CaptureFileReader(() => undefined);
  const handle = openSync(file, 'r');
  const block = new Uint8Array(blockBytes);
  try {
    for (let read = readSync(handle, block); read > 0; read = readSync(handle, block)) {
      reader.push(block.subarray(0, read));
    }
  } finally {
    closeSync(handle);
  }
  reader.end();
  if (reader.damage !== null) throw new Error(`${file}: ${reader.damage.reason}`);
  return reader.packets;
}
