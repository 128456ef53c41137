import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { boost } from '../../../ml/boost/boost';
import type { TrainingRows } from '../../../ml/boost/boost';
import { defaultBoost, partialLabel } from '../../../ml/boost/shared';
import { seededRandom } from '../../../ml/random';
import { loadOnnxRuntime } from '../../../src/analyzer/onnxRuntime';
import { ModelFormatError, readOnnx, writeOnnx } from '../../../src/core/model/onnxModel';
import { contributions, ensembleScores, softmax } from '../../../src/core/model/treeEnsemble';
import type { TreeEnsemble } from '../../../src/core/model/treeEnsemble';

/** Three classes of which one is far rarer, in four inputs, two of them noise. */
function blobs(count: number, rare = 5): TrainingRows {
  const random = seededRandom(7);
  const values = new Float32Array(count * 4);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const k = i < rare ? 2 : i % 2;
    labels[i] = k;
    values.set([k + random() * 1.1, k === 2 ? 50 + random() : random(), random(), random() * 1e6], i * 4);
  }
  return { inputs: 4, classes: 3, values, labels, partial: [], weights: new Float32Array(count).fill(1) };
}

const quick = { ...defaultBoost, rounds: 12, leaves: 8, earlyStop: 0, featureShare: 1 };

function probabilities(model: TreeEnsemble, values: Float32Array, rows: number): Float64Array[] {
  return Array.from({ length: rows }, (_, i) => {
    const scores = new Float64Array(model.classes);
    ensembleScores(model, values, i * model.inputs, scores);
    softmax(scores);
    return scores;
  });
}

describe('boosting', () => {
  it('gives the same bytes for the same seed, with one thread and with two', async () => {
    const rows = blobs(3000);
    const one = await boost(rows, null, quick, { threads: 1 });
    const two = await boost(rows, null, quick, { threads: 2 });
    const other = await boost(rows, null, { ...quick, seed: 2, featureShare: 0.5 }, { threads: 2 });
    assert.deepEqual(writeOnnx(one.model, {}), writeOnnx(two.model, {}));
    assert.notDeepEqual(writeOnnx(one.model, {}), writeOnnx(other.model, {}));
  });

  it('learns a class of five rows among thousands, and stays finite', async () => {
    const rows = blobs(3000);
    const { model } = await boost(rows, null, { ...quick, rounds: 40 }, { threads: 1 });
    const found = probabilities(model, rows.values, 3000);
    const right = found.filter((p, i) => p.indexOf(Math.max(...p)) === rows.labels[i]).length;
    assert.ok(right > 2800, `${right} of 3000`);
    for (let i = 0; i < 5; i++) assert.ok(found[i]![2]! > 0.5, `row ${i}: ${found[i]![2]}`);
    assert.ok(model.value.every(Number.isFinite));
  });

  it('stops when the validation rows get no better, and keeps the best round', async () => {
    const rows = blobs(2000);
    const noise = { ...rows, labels: rows.labels.map((_, i) => i % 3) };
    const result = await boost(noise, noise, { ...quick, rounds: 60, earlyStop: 3, sampleAbove: 1e9 }, { threads: 1 });
    assert.ok(result.rounds <= 60);
    const against = { ...rows, labels: rows.labels.map((l) => (l + 1) % 3) };
    const stopped = await boost(rows, against, { ...quick, rounds: 60, earlyStop: 3 }, { threads: 1 });
    assert.ok(stopped.rounds < 5, `${stopped.rounds} rounds`);
  });

  it('learns from rows that name several classes as little as they say', async () => {
    const rows = blobs(2000, 0);
    const labels = rows.labels.map((l, i) => (i % 4 === 0 ? partialLabel : l));
    const { model } = await boost({ ...rows, labels, partial: [[0, 1]] }, null, quick, { threads: 1 });
    const found = probabilities(model, rows.values, 2000);
    const right = found.filter((p, i) => p.indexOf(Math.max(...p)) === rows.labels[i]).length;
    assert.ok(right > 1850, `${right} of 2000`);
  });

  it('can be cancelled', async () => {
    await assert.rejects(boost(blobs(500), null, quick, { threads: 1, cancelled: () => true }), /cancelled/);
  });
});

describe('a model as ONNX', () => {
  it('is read back as it was written', async () => {
    const { model } = await boost(blobs(500), null, quick, { threads: 1 });
    const bytes = writeOnnx(model, { hello: 'wörld' });
    const back = readOnnx(bytes);
    assert.deepEqual(back.metadata, { hello: 'wörld' });
    assert.deepEqual(writeOnnx(back.model, back.metadata), bytes);
  });

  it('gives in ONNX Runtime what it gives here, within 1e-6', async () => {
    const rows = blobs(1500);
    const { model } = await boost(rows, null, { ...quick, rounds: 40 }, { threads: 1 });
    const { InferenceSession, Tensor } = await loadOnnxRuntime();
    const session = await InferenceSession.create(writeOnnx(model, {}));
    const out = await session.run({ features: new Tensor('float32', rows.values, [1500, 4]) });
    const theirs = out['probabilities']!.data as Float32Array;
    const mine = probabilities(model, rows.values, 1500);
    let most = 0;
    for (const [i, p] of mine.entries()) {
      for (const [k, x] of p.entries()) most = Math.max(most, Math.abs(x - theirs[i * 3 + k]!));
    }
    assert.ok(most < 1e-6, `they differ by ${most}`);
    await session.release();
  });

  it('refuses what is damaged, whichever byte, without any other error', async () => {
    const { model } = await boost(blobs(300), null, { ...quick, rounds: 2 }, { threads: 1 });
    const bytes = writeOnnx(model, { a: 'b' });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), (at, value, cut) => {
        const damaged = cut ? bytes.slice(0, at) : bytes.slice();
        if (!cut) damaged[at] = value;
        try {
          const { model: read } = readOnnx(damaged);
          ensembleScores(read, new Float32Array(read.inputs), 0, new Float64Array(read.classes));
        } catch (error) {
          assert.ok(error instanceof ModelFormatError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('contributions', () => {
  it('add up to the score, with the base and the means of the roots', async () => {
    const rows = blobs(800);
    const { model } = await boost(rows, null, quick, { threads: 1 });
    const scores = new Float64Array(3);
    const parts = new Float64Array(4);
    for (let i = 0; i < 50; i++) {
      ensembleScores(model, rows.values, i * 4, scores);
      for (let k = 0; k < 3; k++) {
        contributions(model, rows.values, i * 4, k, parts);
        let sum = model.base[k]! + parts.reduce((x, y) => x + y, 0);
        for (const [t, root] of model.roots.entries()) if (model.treeClass[t] === k) sum += model.value[root]!;
        assert.ok(Math.abs(sum - scores[k]!) < 1e-5, `${sum}, not ${scores[k]}`);
      }
    }
  });
});
