import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mergeSortSteps } from '../../../../src/core/stats/mergeSort';
import { compareNatural } from '../../../../src/core/stats/naturalOrder';

describe('mergeSortSteps', () => {
  it('sorts as a stable sort does, whatever the steps', () => {
    const keys = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 300 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 500 }), (values, stepItems) => {
        const indexes = Uint32Array.from(values.keys());
        let part = 0;
        for (const done of mergeSortSteps(indexes, (a, b) => values[a]! - values[b]!, stepItems)) {
          assert.ok(done >= part && done <= 1, `${done} after ${part}`);
          part = done;
        }
        assert.deepEqual(
          [...indexes],
          [...values.keys()].sort((a, b) => values[a]! - values[b]! || a - b),
        );
      }),
    );
  });

  it('goes on between steps, and leaves the rest when nobody asks for more', () => {
    const indexes = Uint32Array.from({ length: 10_000 }, (_item, at) => 9999 - at);
    const steps = mergeSortSteps(indexes, (a, b) => a - b, 1000);
    let count = 0;
    while (steps.next().done !== true) count += 1;
    assert.ok(count > 50, `${count} steps`);
    assert.deepEqual([indexes[0], indexes[9999]], [0, 9999]);
  });
});

describe('compareNatural', () => {
  it('orders numbers by value and letters without their case', () => {
    const sorted = ['', '10.0.0.9', '10.0.0.10', '10.0.0.010', '10.0.1.2', 'GET /a2', 'get /a10', 'Seq=9', 'seq=10'];
    assert.deepEqual([...sorted].reverse().sort(compareNatural), [
      '', '10.0.0.010', '10.0.0.10', '10.0.0.9', '10.0.1.2', 'GET /a2', 'get /a10', 'Seq=9', 'seq=10',
    ].sort(compareNatural)); // prettier-ignore
    assert.ok(compareNatural('10.0.0.9', '10.0.0.10') < 0);
    assert.ok(compareNatural('Seq=9', 'seq=10') < 0);
    assert.ok(compareNatural('a', 'B') < 0);
  });

  it('is an order: of all texts, with equals only among the same', () => {
    const text = fc.stringMatching(/^[aB0-9 .]{0,8}$/);
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const sign = (x: string, y: string): number => Math.sign(compareNatural(x, y));
        assert.equal(sign(a, b), -sign(b, a) || 0);
        assert.equal(compareNatural(a, b) === 0, a === b);
        if (sign(a, b) <= 0 && sign(b, c) <= 0) assert.ok(sign(a, c) <= 0, `${a} ${b} ${c}`);
      }),
    );
  });
});
