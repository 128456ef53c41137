import assert from 'node:assert/strict';
import fc from 'fast-check';
import { engineLimits } from '../../../../src/core/limits';
import { FlowShapes } from '../../../../src/core/model/flowShapes';
import { countStrange } from '../../../../src/core/model/modelMetadata';
import type { ModelMetadata } from '../../../../src/core/model/modelMetadata';
import { ensembleScores } from '../../../../src/core/model/treeEnsemble';
import type { TreeEnsemble } from '../../../../src/core/model/treeEnsemble';

/** Two trees over three inputs: thresholds 2.5 and 100 of the first, -1 of the second. */
const model: TreeEnsemble = {
  classes: 2,
  inputs: 3,
  base: Float64Array.of(0, 0),
  roots: Int32Array.of(0, 5),
  treeClass: Int32Array.of(0, 1),
  feature: Int32Array.of(0, -1, 0, -1, -1, 1, -1, -1),
  threshold: Float32Array.of(2.5, 0, 100, 0, 0, -1, 0, 0),
  left: Int32Array.of(1, 0, 3, 0, 0, 6, 0, 0),
  right: Int32Array.of(2, 0, 4, 0, 0, 7, 0, 0),
  value: Float32Array.of(0, 1, 0, 2, 3, 0, 4, 5),
  cover: new Float32Array(8).fill(1),
};
const metadata = {
  seen: [
    [0, 1000.1],
    [-3, 7],
    [0.1, 5],
  ],
} as unknown as ModelMetadata;

const number = fc.oneof(
  fc.constantFrom(0, -0, 0.1, 2.5, 100, 1000.1, -1, -3, 5, 7, Number.POSITIVE_INFINITY),
  fc.float({ min: -8, max: 8, noNaN: true }),
  fc.float({ noNaN: true }),
);
const rowOf = fc.tuple(number, number, number).map((values) => Float32Array.from(values));

describe('shapes of flows', () => {
  it('are the same only for rows with the same scores, as strange, and on the same side of zero', () => {
    const said = new Map<object, string>();
    const shapes = new FlowShapes(model, metadata);
    fc.assert(
      fc.property(rowOf, (row) => {
        const shape = shapes.of(row, 0);
        const scores = new Float64Array(2);
        ensembleScores(model, row, 0, scores);
        const sides = [...row].map((x) => [x === 0, x > 0].join());
        const mine = [scores.join(), countStrange(metadata, row, 0), sides.join()].join(' ');
        assert.equal(said.get(shape) ?? mine, mine);
        said.set(shape, mine);
        assert.equal(shapes.of(row, 0), shape);
      }),
      { numRuns: 2000 },
    );
    assert.ok(said.size > 20);
  });

  it('of which there are too many make room, and are made anew', () => {
    const steps = 3 * engineLimits.modelFlowShapes;
    const many: TreeEnsemble = {
      ...model,
      inputs: 3,
      roots: Int32Array.from({ length: steps }, (_, i) => 3 * i),
      treeClass: new Int32Array(steps),
      feature: Int32Array.from({ length: 3 * steps }, (_, n) => (n % 3 === 0 ? 0 : -1)),
      threshold: Float32Array.from({ length: 3 * steps }, (_, n) => Math.floor(n / 3)),
    };
    const shapes = new FlowShapes(many, metadata);
    const row = Float32Array.of(0, 0, 1);
    const made = new Set<object>();
    for (let i = 0; i < steps; i++) {
      row[0] = i;
      made.add(shapes.of(row, 0));
    }
    assert.ok(made.size > steps * 0.99, String(made.size));
    assert.ok(shapes.forgotten >= steps - engineLimits.modelFlowShapes, String(shapes.forgotten));
    assert.equal(shapes.of(row, 0), [...made].at(-1));
  });
});
