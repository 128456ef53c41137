import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Engine } from '../../../../src/core/engine/engine';
import { CaptureFileReader } from '../../../../src/core/pcap/captureFileReader';

const pcaps = path.resolve(import.meta.dirname, '../../../../../shared/data/pcaps');
/** Captures of a protocol, a link type or a file format, made to show just that. */
const ordinary = new Set(['protocol', 'link-type', 'file-format']);
const perFinding = 100_000;

interface Listed {
  file: string;
  category: string;
  truth?: string;
}

describe('Engine on ordinary traffic', function () {
  this.timeout(120_000);

  it(`makes at most one finding at or above medium for ${perFinding} packets`, function () {
    const manifest = path.join(pcaps, 'manifest.json');
    if (!existsSync(manifest)) {
      console.log(`skipped: no captures in ${pcaps}`);
      this.skip();
    }
    const { files } = JSON.parse(readFileSync(manifest, 'utf8')) as { files: Listed[] };
    const loud: string[] = [];
    let packets = 0;
    for (const { file, category, truth } of files) {
      const name = path.join(pcaps, file);
      if (!ordinary.has(category) || truth !== undefined || !existsSync(name)) continue;
      const bytes = readFileSync(name);
      const engine = new Engine({ localAddresses: [] });
      const reader = new CaptureFileReader((packet) => {
        packets++;
        engine.push(packet);
      });
      reader.push(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes);
      reader.end();
      engine.finish();
      for (const { severity, rule, title } of engine.findings()) {
        if (severity !== 'info' && severity !== 'low') loud.push(`${file}: ${severity} ${rule}: ${title}`);
      }
    }
    console.log(`      ${packets} packets, ${loud.length} findings at or above medium`);
    for (const line of loud) console.log(`      ${line}`);
    assert.ok(packets > 10_000);
    assert.ok(loud.length <= Math.max(1, packets / perFinding), loud.join('\n'));
  });
});
