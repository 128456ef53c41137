import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LogHistogram } from '../../../../src/core/stats/logHistogram';

function exactQuantile(values: readonly number[], rank: number): number {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[Math.max(0, Math.ceil(rank * sorted.length) - 1)]!;
}

describe('LogHistogram', () => {
  const milliseconds = fc.array(fc.double({ min: 0.001, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 300 });

  it('is within 2 % of the exact nearest-rank percentile', () => {
    fc.assert(
      fc.property(milliseconds, fc.constantFrom(0, 0.5, 0.95, 0.99, 1), (values, rank) => {
        const histogram = new LogHistogram();
        for (const value of values) histogram.add(value);
        const exact = exactQuantile(values, rank);
        const estimate = histogram.quantile(rank)!;
        assert.ok(Math.abs(estimate - exact) <= 0.0200001 * exact, `${estimate} for ${exact}`);
      }),
    );
  });

  it('gives the same when two halves are merged', () => {
    fc.assert(
      fc.property(milliseconds, milliseconds, (left, right) => {
        const whole = new LogHistogram();
        const first = new LogHistogram();
        const second = new LogHistogram();
        for (const value of [...left, ...right]) whole.add(value);
        for (const value of left) first.add(value);
        for (const value of right) second.add(value);
        first.merge(second);
        assert.deepEqual(first.percentiles(), whole.percentiles());
      }),
    );
  });

  it('has no percentile without a value, and ignores what is none', () => {
    const histogram = new LogHistogram();
    histogram.add(Number.NaN);
    histogram.add(-1);
    assert.deepEqual(histogram.percentiles(), { count: 0, p50: null, p95: null, p99: null });
    histogram.add(0);
    assert.equal(histogram.count, 1);
    assert.equal(histogram.quantile(0.5), 0.001);
    histogram.clear();
    assert.equal(histogram.quantile(0.5), null);
  });

  it('keeps values beyond its range at its ends', () => {
    const histogram = new LogHistogram();
    histogram.add(1e12);
    histogram.add(Number.POSITIVE_INFINITY);
    assert.ok(histogram.quantile(1)! >= 9e6);
  });
});
