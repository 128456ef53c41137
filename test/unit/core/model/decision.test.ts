import assert from 'node:assert/strict';
import fc from 'fast-check';
import { classFacts, flowClasses } from '../../../../src/core/features/labels';
import type { FlowClass } from '../../../../src/core/features/labels';
import { decide } from '../../../../src/core/model/decision';

/** Probabilities of all classes, the rest for benign. */
function probabilities(some: Partial<Record<FlowClass, number>>): Float64Array {
  const list = Float64Array.from(flowClasses, (name) => some[name] ?? 0);
  list[0] = 1 - list.reduce((sum, p) => sum + p, 0);
  return list;
}

describe('the decision of a flow', () => {
  it('is for the family whose classes together are likeliest, and its likeliest class', () => {
    const split = probabilities({ 'Web Attack - XSS': 0.3, 'Web Attack - Brute Force': 0.25 });
    const { family, ofClass, probability } = decide(flowClasses, split, 0);
    assert.deepEqual([family, flowClasses[ofClass]], ['WebAttack', 'Web Attack - XSS']);
    assert.ok(Math.abs(probability - 0.55) < 1e-12);
  });

  it('is benign where no family has more, whatever the classes of several have together', () => {
    const split = probabilities({ 'Web Attack - XSS': 0.3, 'SSH-Patator': 0.3 });
    assert.equal(decide(flowClasses, split, 0).family, 'BENIGN');
    const row = new Float64Array([9, 9, ...probabilities({ Bot: 0.7 })]);
    assert.equal(decide(flowClasses, row, 2).family, 'Bot');
  });

  it('is what adding up each family by itself gives, for any list of classes', () => {
    const rows = fc
      .shuffledSubarray([...flowClasses], { minLength: 1 })
      .chain((classes) =>
        fc.tuple(
          fc.constant(classes),
          fc.array(fc.integer({ min: 0, max: 4 }), { minLength: classes.length, maxLength: classes.length }),
        ),
      );
    fc.assert(
      fc.property(rows, ([classes, quarters]) => {
        const row = Float32Array.from(quarters, (quarter) => quarter / 4);
        const families = [...new Set(classes.map((name) => classFacts[name].family))];
        const sums = families.map((family) =>
          classes.reduce((sum, name, k) => (classFacts[name].family === family ? sum + (row[k] ?? 0) : sum), 0),
        );
        const largest = Math.max(...sums);
        const family = families[sums.indexOf(largest)];
        const members = classes.flatMap((name, k) => (classFacts[name].family === family ? [k] : []));
        const most = Math.max(...members.map((k) => row[k] ?? 0));
        assert.deepEqual(decide(classes, row, 0), {
          family,
          ofClass: members.find((k) => row[k] === most),
          probability: largest,
        });
      }),
    );
  });
});
