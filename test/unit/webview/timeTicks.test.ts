import assert from 'node:assert/strict';
import fc from 'fast-check';
import { timeStepMs, timeTicks } from '../../../webview/common/timeTicks';

describe('webview time ticks', () => {
  it('stand on round moments of local time', () => {
    const start = new Date(2026, 2, 14, 9, 26, 53).getTime();
    const labels = timeTicks(start, start + 180_000, 4).map((tick) => tick.label);
    assert.deepEqual(labels, ['09:27', '09:28', '09:29']);
  });

  it('show seconds and milliseconds when the span is short', () => {
    const start = new Date(2026, 2, 14, 9, 26, 53).getTime();
    assert.equal(timeTicks(start, start + 20_000, 4)[1]?.label, '09:27:00');
    assert.equal(timeTicks(start, start + 20, 4)[1]?.label, '09:26:53.005');
  });

  it('are inside the span, rising, and no more than asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4e12 }),
        fc.integer({ min: 1, max: 1e11 }),
        fc.integer({ min: 2, max: 12 }),
        (min, span, count) => {
          const ticks = timeTicks(min, min + span, count);
          assert.ok(ticks.length <= count + 1);
          ticks.forEach((tick, index) => {
            assert.ok(tick.valueMs >= min && tick.valueMs <= min + span);
            const before = ticks[index - 1];
            if (before) assert.equal(tick.valueMs - before.valueMs, timeStepMs(span, count));
          });
        },
      ),
    );
  });

  it('are none for an empty or impossible span', () => {
    assert.deepEqual(timeTicks(5, 5, 4), []);
    assert.deepEqual(timeTicks(NaN, 5, 4), []);
    assert.deepEqual(timeTicks(0, Infinity, 4), []);
  });
});
