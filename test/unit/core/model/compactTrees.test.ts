import assert from 'node:assert/strict';
import { seededRandom } from '../../../../ml/random';
import { CompactTrees } from '../../../../src/core/model/compactTrees';
import { ensembleScores } from '../../../../src/core/model/treeEnsemble';
import type { TreeEnsemble } from '../../../../src/core/model/treeEnsemble';

interface Node {
  feature: number;
  threshold: number;
  value: number;
  left: number;
  right: number;
}

/** Trees of random shape, whose thresholds are a few whole numbers, so that values meet them. */
function randomTrees(seed: number, { classes = 3, inputs = 5, trees = 20, splits = 12, steps = 9 } = {}): TreeEnsemble {
  const random = seededRandom(seed);
  const whole = (below: number): number => Math.floor(random() * below);
  const nodes: Node[] = [];
  const roots: number[] = [];
  for (let t = 0; t < trees; t++) {
    const leaf = (): Node => ({ feature: -1, threshold: 0, value: random() - 0.5, left: 0, right: 0 });
    roots.push(nodes.length);
    const leaves = [nodes.push(leaf()) - 1];
    for (let s = whole(splits); s > 0; s--) {
      const at = leaves.splice(whole(leaves.length), 1)[0]!;
      const left = nodes.push(leaf(), leaf()) - 2;
      nodes[at] = { feature: whole(inputs), threshold: whole(steps), value: 0, left, right: left + 1 };
      leaves.push(left, left + 1);
    }
  }
  const list = (of: (node: Node) => number): number[] => nodes.map(of);
  return {
    classes,
    inputs,
    base: Float64Array.from({ length: classes }, random),
    roots: Int32Array.from(roots),
    treeClass: Int32Array.from(roots, (_, t) => t % classes),
    feature: Int32Array.from(list((n) => n.feature)),
    threshold: Float32Array.from(list((n) => n.threshold)),
    left: Int32Array.from(list((n) => n.left)),
    right: Int32Array.from(list((n) => n.right)),
    value: Float32Array.from(list((n) => n.value)),
    cover: new Float32Array(nodes.length).fill(1),
  };
}

describe('compact trees', () => {
  for (const rows of [1, 3, 4, 511, 513, 1026]) {
    it(`give ${rows} rows the scores that the trees give, to the last bit`, () => {
      for (let seed = 1; seed <= 5; seed++) {
        const model = randomTrees(seed, rows > 500 ? {} : { trees: 40, splits: 30 });
        const random = seededRandom(seed + 100);
        const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e30];
        const values = Float32Array.from({ length: rows * model.inputs }, () =>
          random() < 0.05 ? odd[Math.floor(random() * odd.length)]! : Math.floor(random() * 20) / 2 - 0.5,
        );
        const compact = CompactTrees.of(model)!;
        const mine = new Float64Array(rows * model.classes);
        compact.score(values, rows, mine);
        const theirs = new Float64Array(model.classes);
        for (let i = 0; i < rows; i++) {
          ensembleScores(model, values, i * model.inputs, theirs);
          assert.deepEqual(mine.slice(i * model.classes, (i + 1) * model.classes), theirs, `seed ${seed}, row ${i}`);
        }
      }
    });
  }

  it('take 254 thresholds of an input, and are not made of more', () => {
    const model = (steps: number): TreeEnsemble => ({
      ...randomTrees(1, { inputs: 1, trees: steps, splits: 1 }),
      roots: Int32Array.from({ length: steps }, (_, i) => 3 * i),
      treeClass: new Int32Array(steps),
      feature: Int32Array.from({ length: 3 * steps }, (_, n) => (n % 3 === 0 ? 0 : -1)),
      threshold: Float32Array.from({ length: 3 * steps }, (_, n) => Math.floor(n / 3)),
      left: Int32Array.from({ length: 3 * steps }, (_, n) => n + 1),
      right: Int32Array.from({ length: 3 * steps }, (_, n) => n + 2),
      value: Float32Array.from({ length: 3 * steps }, (_, n) => n),
    });
    assert.equal(CompactTrees.of(model(255)), null);
    const most = model(254);
    const scores = new Float64Array(2 * most.classes);
    CompactTrees.of(most)!.score(Float32Array.of(253, 300), 2, scores);
    for (const [i, x] of [253, 300].entries()) {
      const theirs = new Float64Array(most.classes);
      ensembleScores(most, Float32Array.of(x), 0, theirs);
      assert.deepEqual(scores.slice(i * most.classes, (i + 1) * most.classes), theirs);
    }
  });
});
