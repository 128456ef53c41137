import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compileFilter } from '../../../src/core/filter/displayFilter';
import { isTimeRange, overlapsTimeRange, timeRangeFilter, withinTimeRange } from '../../../src/protocol/timeRange';
import { PacketView } from '../../../src/core/decode/packetView';

const range = { fromUs: 1_700_000_000_250_000, untilUs: 1_700_000_001_000_007 };

function matches(filter: string, timeUs: number): boolean {
  const compiled = compileFilter(filter);
  assert.ok(compiled.ok, filter);
  const seconds = Math.floor(timeUs / 1e6);
  return compiled.matches(new PacketView(), {
    number: 1,
    seconds,
    nanoseconds: (timeUs - seconds * 1e6) * 1000,
    originalLength: 60,
    bytes: new Uint8Array(60),
    linkType: 1,
    interfaceIndex: 0,
  });
}

describe('range of time', () => {
  it('takes the packets from its first moment up to its end, as a display filter', () => {
    const filter = timeRangeFilter(range);
    assert.equal(filter, 'frame.time_epoch >= 1700000000.250000 && frame.time_epoch < 1700000001.000007');
    for (const [timeUs, inside] of [
      [range.fromUs - 2, false],
      [range.fromUs, true],
      [range.untilUs - 2, true],
      [range.untilUs, false],
    ] as const)
      assert.equal(matches(filter, timeUs), inside, String(timeUs));
  });

  it('holds every filter to itself, also one of alternatives', () => {
    assert.equal(withinTimeRange(' tcp ', null), 'tcp');
    assert.equal(withinTimeRange('', range), timeRangeFilter(range));
    assert.equal(withinTimeRange('tcp', range), `tcp && ${timeRangeFilter(range)}`);
    assert.equal(withinTimeRange('frame.len > 0 || tcp', range), `(frame.len > 0 || tcp) && ${timeRangeFilter(range)}`);
    assert.equal(matches(withinTimeRange('frame.len > 0 or tcp', range), range.untilUs + 5), false);
  });

  it('tells what has a part in it', () => {
    assert.equal(overlapsTimeRange(null, 1, 2), true);
    const seconds = (us: number): number => us / 1e6;
    assert.equal(overlapsTimeRange(range, seconds(range.fromUs) - 9, seconds(range.fromUs) - 1), false);
    assert.equal(overlapsTimeRange(range, seconds(range.fromUs) - 9, seconds(range.untilUs) + 9), true);
    assert.equal(overlapsTimeRange(range, seconds(range.untilUs), seconds(range.untilUs) + 9), false);
  });

  it('is refused when it is empty, turned around or no range', () => {
    fc.assert(fc.property(fc.anything(), (value) => void isTimeRange(value)));
    assert.equal(isTimeRange(range), true);
    for (const value of [null, {}, { fromUs: 5, untilUs: 5 }, { fromUs: 6, untilUs: 5 }, { fromUs: '1', untilUs: 5 }])
      assert.equal(isTimeRange(value), false);
  });
});
