import { Engine } from '../../src/core/engine/engine';
import { CaptureFileReader } from '../../src/core/pcap/captureFileReader';
import type { Finding } from '../../src/protocol/finding';

/** What the rules find in a capture file. */
export function analyzeBytes(file: Uint8Array): Finding[] {
  const engine = new Engine({ localAddresses: [], snapshots: false });
  const reader = new CaptureFileReader((packet) => engine.push(packet));
  reader.push(file);
  reader.end();
  engine.finish();
  return engine.report('', { format: reader.format ?? 'none', linkTypes: [], damage: reader.damage }).findings;
}
