import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TimeRange } from '../../../src/protocol/timeRange';
import { isTimeRange } from '../../../src/protocol/timeRange';
import { TimeBrush, timeRangeWords } from '../../../webview/common/timeBrush';

const frame = { minMs: 1_700_000_000_000, maxMs: 1_700_000_060_000, stepMs: 1000 };
const at = (seconds: number): number => frame.minMs + seconds * 1000;
const range = (from: number, until: number): TimeRange => ({ fromUs: at(from) * 1000, untilUs: at(until) * 1000 });

function brushed(): { brush: TimeBrush; told: (TimeRange | null)[]; painted: () => number } {
  const brush = new TimeBrush();
  const told: (TimeRange | null)[] = [];
  let painted = 0;
  brush.listen({ changed: (changed) => told.push(changed), painted: () => painted++ });
  return { brush, told, painted: () => painted };
}

describe('time brush', () => {
  it('tells charts while a range is drawn, and the lists when it is done', () => {
    const { brush, told, painted } = brushed();
    brush.draw(at(20), at(10), frame);
    brush.draw(at(20), at(5), frame);
    assert.deepEqual(brush.shown, range(5, 20));
    assert.equal(brush.range, null);
    assert.deepEqual(told, []);
    assert.equal(painted(), 2);
    brush.commit();
    assert.deepEqual(told, [range(5, 20)]);
    assert.deepEqual(brush.range, range(5, 20));
  });

  it('keeps what holds when a drawing is given up', () => {
    const { brush, told } = brushed();
    brush.set(range(1, 2));
    brush.draw(at(20), at(10), frame);
    brush.cancel();
    brush.commit();
    assert.deepEqual(brush.shown, range(1, 2));
    assert.equal(told.length, 1);
  });

  it('is cleared once, and says whether there was anything to clear', () => {
    const { brush, told } = brushed();
    assert.equal(brush.clear(), false);
    brush.set(range(1, 2));
    assert.equal(brush.clear(), true);
    assert.deepEqual(told, [range(1, 2), null]);
  });

  it('moves and grows by the keyboard, inside of the chart', () => {
    const { brush } = brushed();
    brush.step(1, false, frame);
    assert.deepEqual(brush.range, range(59, 60));
    brush.step(1, false, frame);
    assert.deepEqual(brush.range, range(59, 60));
    brush.step(-1, false, frame);
    brush.step(1, true, frame);
    assert.deepEqual(brush.range, range(58, 60));
    brush.step(-5, true, frame);
    assert.deepEqual(brush.range, range(58, 59));
  });

  it('is never empty and never outside, wherever a pointer goes', () => {
    const wild = fc.double({ min: frame.minMs - 1e6, max: frame.maxMs + 1e6, noNaN: true });
    fc.assert(
      fc.property(wild, wild, (one, other) => {
        const { brush } = brushed();
        brush.draw(one, other, frame);
        brush.commit();
        assert.ok(isTimeRange(brush.range));
        assert.ok(brush.range.fromUs >= frame.minMs * 1000 && brush.range.fromUs <= frame.maxMs * 1000);
      }),
    );
  });

  it('is said in words', () => {
    assert.match(timeRangeWords(range(5, 20)), /^\d\d:\d\d:\d\d to \d\d:\d\d:\d\d \(15 s\)$/);
    assert.match(timeRangeWords(range(5, 5.25)), /^\d\d:\d\d:\d\d\.000 to \d\d:\d\d:\d\d\.250 \(250 ms\)$/);
  });
});
