import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nthSmallest } from '../../../../src/core/stats/nthSmallest';

describe('nthSmallest', () => {
  it('finds what sorting finds', () => {
    const values = fc.array(fc.oneof(fc.nat(5), fc.double({ noNaN: true, noDefaultInfinity: true })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(values, fc.nat(320), (list, index) => {
        const expected = Float64Array.from(list).sort()[index] ?? Number.NaN;
        // A zero of either sign.
        assert.equal(nthSmallest(Float64Array.from(list), index) + 0, expected + 0);
      }),
    );
  });

  it('copes with values that are sorted, equal or shaped against it', () => {
    const shapes: ((i: number) => number)[] = [
      (i) => i,
      (i) => -i,
      () => 7,
      (i) => Math.min(i, 50_000 - i),
      (i) => i % 2,
    ];
    for (const shape of shapes) {
      const values = Float64Array.from({ length: 50_000 }, (_, i) => shape(i));
      const sorted = values.slice().sort();
      for (const index of [0, 1, 24_999, 25_000, 49_999]) {
        assert.equal(nthSmallest(values.slice(), index) - (sorted[index] ?? 0), 0);
      }
    }
  });

  it('knows no value beyond the ends', () => {
    assert.ok(Number.isNaN(nthSmallest(new Float64Array(0), 0)));
    assert.ok(Number.isNaN(nthSmallest(new Float64Array(3), 3)));
    assert.ok(Number.isNaN(nthSmallest(new Float64Array(3), -1)));
  });
});
