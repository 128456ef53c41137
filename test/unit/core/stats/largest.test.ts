import assert from 'node:assert/strict';
import fc from 'fast-check';
import { largest } from '../../../../src/core/stats/largest';

describe('largest', () => {
  it('is a stable descending sort, cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 0, max: 30 }), (weights, count) => {
        const items = weights.map((weight, index) => ({ weight, index }));
        const expected = [...items].sort((x, y) => y.weight - x.weight).slice(0, count);
        assert.deepEqual(
          largest(items, count, (item) => item.weight),
          expected,
        );
      }),
    );
  });
});
