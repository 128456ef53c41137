import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { modelCard } from '../../../ml/modelCard';
import type { Metrics } from '../../../ml/report/metrics';
import { loadModel } from '../../../src/analyzer/modelFile';
import { features } from '../../../src/core/features/features';

const folder = path.resolve(__dirname, '../../../ml');
const models = path.join(folder, 'models');
const metrics = JSON.parse(readFileSync(path.join(models, 'metrics.json'), 'utf8')) as Metrics;

/** The text without what a formatter may change. */
const plain = (text: string): string =>
  text
    .replace(/ *\| */g, '|')
    .replace(/-{3,}/g, '---')
    .replace(/\s+/g, ' ')
    .replaceAll('\\_', '_')
    .trim();

describe('the shipped models', () => {
  it('are what the model card says: its figures are those of the metrics file', () => {
    const card = readFileSync(path.join(folder, 'MODEL_CARD.md'), 'utf8');
    assert.equal(plain(card), plain(modelCard(metrics)));
  });

  for (const kind of ['improved', 'official'] as const) {
    it(`${kind}: is the one that the figures are of, and loads`, () => {
      const figures = metrics.kinds.find((k) => k.kind === kind)!;
      const bytes = readFileSync(path.join(models, figures.model.file));
      assert.equal(createHash('sha256').update(bytes).digest('hex'), figures.model.sha256);
      const { metadata, model } = loadModel(models, kind);
      assert.equal(metadata.kind, kind);
      assert.equal(model.roots.length, figures.model.trees);
      assert.ok(metadata.inputs.every((id) => features.some((f) => f.id === id)));
      assert.ok(metadata.inputs.length >= 45);
    });

    it(`${kind}: says of how many rows the precision of each class is`, () => {
      const { confusion } = metrics.kinds.find((k) => k.kind === kind)!;
      const { metadata } = loadModel(models, kind);
      for (const [at, name] of metadata.classes.entries()) {
        const k = confusion.names.indexOf(name);
        const called = confusion.counts.reduce((sum, row) => sum + row[k]!, 0);
        const right = confusion.counts[k]![k]!;
        assert.equal(metadata.called?.[at], called, name);
        assert.ok(Math.abs((metadata.precision[at] ?? 0) - right / called) < 1e-3, name);
      }
    });
  }

  it('are good enough on rows they had not seen', () => {
    const floors = { improved: { classes: 0.94, families: 0.975, benign: 0.005 }, official: { classes: 0.79, families: 0.94, benign: 0.004 } }; // prettier-ignore
    for (const { kind, group } of metrics.kinds) {
      const floor = floors[kind];
      assert.ok(group.classes.macroF1 >= floor.classes, `${kind}: ${group.classes.macroF1}`);
      assert.ok(group.families.macroF1 >= floor.families, `${kind}: families ${group.families.macroF1}`);
      assert.ok(group.benignFalsePositiveRate <= floor.benign, `${kind}: ${group.benignFalsePositiveRate}`);
    }
  });
});
