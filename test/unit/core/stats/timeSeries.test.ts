import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TimeSeries } from '../../../../src/core/stats/timeSeries';

const startUs = 1_700_000_000_000_000;
const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

describe('TimeSeries', () => {
  it('counts by second and by direction', () => {
    const series = new TimeSeries('slide');
    series.addPacket(startUs, 100, true, false);
    series.addPacket(startUs + 1_500_000, 200, false, true);
    series.addPacket(startUs + 1_900_000, 300, false, false);
    series.addPacket(startUs + 1_900_000, 50, true, true);
    series.addLatency(startUs + 1_000_000, 12);
    series.addRetransmission(startUs);
    series.addCaptureLoss(startUs + 1, 7);
    const drawn = series.series();
    assert.equal(drawn.bucketMs, 1000);
    assert.equal(drawn.startUs, startUs);
    assert.deepEqual([...drawn.packets], [1, 3]);
    assert.deepEqual([...drawn.bytesIn], [100, 50]);
    assert.deepEqual([...drawn.bytesOut], [0, 250]);
    assert.deepEqual([...drawn.bytesOther], [0, 300]);
    assert.deepEqual([...drawn.retransmittedSegments], [1, 0]);
    assert.deepEqual([...drawn.captureLost], [7, 0]);
    assert.ok(Number.isNaN(drawn.latencyP50Ms[0]));
    assert.ok(Math.abs(drawn.latencyP50Ms[1]! - 12) <= 0.24);
  });

  it('keeps the last 300 seconds when it slides', () => {
    const series = new TimeSeries('slide');
    for (let second = 0; second < 1000; second++) series.addPacket(startUs + second * 1e6, second, false, false);
    const drawn = series.series();
    assert.equal(drawn.packets.length, 300);
    assert.equal(drawn.startUs, startUs + 700e6);
    assert.deepEqual(
      [...drawn.bytesOther],
      Array.from({ length: 300 }, (_, i) => 700 + i),
    );
  });

  it('draws silence as empty buckets', () => {
    const series = new TimeSeries('slide');
    series.addPacket(startUs, 1, false, false);
    series.advance(startUs + 4e6);
    assert.deepEqual([...series.series().packets], [1, 0, 0, 0, 0]);
    series.advance(startUs + 1000e6);
    assert.equal(sum(series.series().packets), 0);
  });

  it('does not begin before the first packet', () => {
    const series = new TimeSeries('slide');
    series.advance(startUs);
    assert.equal(series.series().packets.length, 0);
  });

  it('loses nothing when it widens, whatever the times, backwards too', () => {
    const times = fc.array(fc.integer({ min: 0, max: 4_000_000_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(times, (offsets) => {
        const series = new TimeSeries('widen');
        for (const offset of offsets) {
          series.addPacket(startUs + offset * 1000, 10, false, false);
          series.addLatency(startUs + offset * 1000, 5);
        }
        const drawn = series.series();
        assert.ok(drawn.packets.length <= 300);
        assert.equal(sum(drawn.packets), offsets.length);
        assert.equal(sum(drawn.bytesOther), offsets.length * 10);
        const ratio = Math.log2(drawn.bucketMs / 1000);
        assert.equal(ratio, Math.round(ratio));
        assert.equal(drawn.startUs % (drawn.bucketMs * 1000), 0);
      }),
    );
  });

  it('puts each packet of an ordered capture in the bucket of its time, when widened as well', () => {
    const times = fc.array(fc.integer({ min: 0, max: 100_000_000 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(times, (offsets) => {
        const sorted = [...offsets].sort((x, y) => x - y).map((offset) => startUs + offset * 1000);
        const series = new TimeSeries('widen');
        for (const time of sorted) series.addPacket(time, 1, false, false);
        const drawn = series.series();
        const expected = new Float64Array(drawn.packets.length);
        for (const time of sorted) expected[Math.floor((time - drawn.startUs) / (drawn.bucketMs * 1000))]! += 1;
        assert.deepEqual(drawn.packets, expected);
      }),
    );
  });
});
