import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { shippedModels } from '../../../../src/analyzer/modelFile';
import { ModelScoring } from '../../../../src/analyzer/modelScoring';
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

const blockBytes = 1024 * 1024;

/** Findings at or above medium of one capture, and its packets; with the model when there is one. */
async function loudOf(name: string, model: ModelScoring | null): Promise<{ packets: number; loud: string[] }> {
  const file = readFileSync(name);
  const bytes = file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file;
  const engine = new Engine({ localAddresses: [], detectors: model === null ? [] : [model.witness] });
  let packets = 0;
  const reader = new CaptureFileReader((packet) => {
    packets++;
    engine.push(packet);
  });
  for (let at = 0; at < bytes.length; at += blockBytes) {
    reader.push(bytes.subarray(at, at + blockBytes));
    await model?.drain();
  }
  reader.end();
  engine.finish();
  await model?.drain();
  await model?.close();
  const loud = engine
    .findings()
    .filter(({ severity }) => severity !== 'info' && severity !== 'low')
    .map(({ severity, rule, title }) => `${path.basename(name)}: ${severity} ${rule}: ${title}`);
  return { packets, loud };
}

describe('Engine on ordinary traffic', function () {
  this.timeout(240_000);

  for (const witness of ['the rules', 'the rules and the model']) {
    it(`makes at most one finding at or above medium for ${perFinding} packets, with ${witness}`, async function () {
      const manifest = path.join(pcaps, 'manifest.json');
      if (!existsSync(manifest)) {
        console.log(`skipped: no captures in ${pcaps}`);
        this.skip();
      }
      const { files } = JSON.parse(readFileSync(manifest, 'utf8')) as { files: Listed[] };
      const loud: string[] = [];
      let packets = 0;
      let scored = 0;
      for (const { file, category, truth } of files) {
        const name = path.join(pcaps, file);
        if (!ordinary.has(category) || truth !== undefined || !existsSync(name)) continue;
        const model =
          witness === 'the rules' ? null : ModelScoring.open(shippedModels(), (message) => assert.fail(message));
        const found = await loudOf(name, model);
        packets += found.packets;
        loud.push(...found.loud);
        scored += model?.witness.scoredFlows ?? 0;
      }
      console.log(`      ${packets} packets, ${scored} flows scored, ${loud.length} findings at or above medium`);
      for (const line of loud) console.log(`      ${line}`);
      assert.ok(packets > 10_000);
      assert.equal(scored > 1000, witness !== 'the rules');
      assert.ok(loud.length <= Math.max(1, packets / perFinding), loud.join('\n'));
    });
  }
});
