import assert from 'node:assert/strict';
import fc from 'fast-check';
import { evidenceScale, scaleWords } from '../../../webview/finding/evidenceScale';

describe('the bar of a measured value', () => {
  it('stands in proportion to its limit', () => {
    const scale = evidenceScale(30, 15);
    assert.ok(scale !== null);
    assert.equal(scale.logarithmic, false);
    assert.ok(Math.abs(scale.observedPercent - 2 * scale.limitPercent) < 1e-9);
  });

  it('keeps both in sight when one is many times the other', () => {
    const scale = evidenceScale(100_000, 15);
    assert.ok(scale !== null);
    assert.equal(scale.logarithmic, true);
    assert.ok(scale.limitPercent > 5);
  });

  it('never leaves the bar, and keeps the order of value and limit', () => {
    const value = fc.integer({ min: 0, max: 1_000_000_000 });
    fc.assert(
      fc.property(value, value, (observed, limit) => {
        const scale = evidenceScale(observed, limit);
        assert.ok(scale !== null);
        for (const percent of [scale.observedPercent, scale.limitPercent]) assert.ok(percent >= 0 && percent <= 100);
        assert.equal(observed > limit, scale.observedPercent > scale.limitPercent);
      }),
    );
  });

  it('has none for words, nothing measured and no limit', () => {
    assert.equal(evidenceScale('reset', 'reset'), null);
    assert.equal(evidenceScale(3, null), null);
    assert.equal(evidenceScale(Number.NaN, 3), null);
  });

  it('is said in words', () => {
    assert.equal(scaleWords(40, 15), '2.7 times the limit');
    assert.equal(scaleWords(1500, 15), '100 times the limit');
    assert.equal(scaleWords(15, 15), 'at the limit');
    assert.equal(scaleWords(99.9, 99), 'just over the limit');
    assert.equal(scaleWords(1, 15), 'below the limit');
    assert.equal(scaleWords(1, null), 'no limit');
    assert.equal(scaleWords(1, 0), 'over the limit');
  });
});
