import assert from 'node:assert/strict';
import fc from 'fast-check';
import { finerThanMicroseconds, interfaceClock, maxSeconds, setTime } from '../../../../src/core/pcap/interfaceClock';

function timeOf(resolution: number, offsetSeconds: number, ticks: bigint): { seconds: number; nanoseconds: number } {
  const time = { seconds: 0, nanoseconds: 0 };
  setTime(time, interfaceClock(resolution, offsetSeconds), Number(ticks >> 32n), Number(ticks & 0xffffffffn));
  return time;
}

describe('interfaceClock', () => {
  it('reads microseconds, nanoseconds, milliseconds and powers of 2', () => {
    assert.deepEqual(timeOf(6, 0, 1_700_000_000_123_456n), { seconds: 1_700_000_000, nanoseconds: 123_456_000 });
    assert.deepEqual(timeOf(9, 0, 1_700_000_000_123_456_789n), { seconds: 1_700_000_000, nanoseconds: 123_456_789 });
    assert.deepEqual(timeOf(3, 0, 1_700_000_000_123n), { seconds: 1_700_000_000, nanoseconds: 123_000_000 });
    assert.deepEqual(timeOf(0, 0, 1_700_000_000n), { seconds: 1_700_000_000, nanoseconds: 0 });
    assert.deepEqual(timeOf(12, 0, 5_000_000_000_999n), { seconds: 5, nanoseconds: 0 });
    assert.deepEqual(timeOf(0x8a, 0, 1536n), { seconds: 1, nanoseconds: 500_000_000 });
  });

  it('adds the offset', () => {
    assert.deepEqual(timeOf(6, 1_000_000_000, 7_000_001n), { seconds: 1_000_000_007, nanoseconds: 1000 });
    assert.deepEqual(timeOf(6, -3, 7_000_001n), { seconds: 4, nanoseconds: 1000 });
  });

  it('agrees with exact arithmetic for every resolution and tick count', () => {
    const ticks = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), ticks, (resolution, count) => {
        const perSecond = (resolution & 0x80 ? 2n : 10n) ** BigInt(resolution & 0x7f);
        const seconds = count / perSecond;
        const expected =
          seconds > BigInt(maxSeconds)
            ? { seconds: maxSeconds, nanoseconds: 999_999_999 }
            : { seconds: Number(seconds), nanoseconds: Number(((count % perSecond) * 1_000_000_000n) / perSecond) };
        assert.deepEqual(timeOf(resolution, 0, count), expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('holds times in the years 1970 to 9999', () => {
    assert.deepEqual(timeOf(6, -10, 5_000_000n), { seconds: 0, nanoseconds: 0 });
    assert.deepEqual(timeOf(0, 0, (1n << 64n) - 1n), { seconds: maxSeconds, nanoseconds: 999_999_999 });
  });

  it('knows which resolutions are finer than a microsecond', () => {
    const finer = [0, 6, 7, 9, 0x80 | 19, 0x80 | 20].map((r) => finerThanMicroseconds(interfaceClock(r, 0)));
    assert.deepEqual(finer, [false, false, true, true, false, true]);
  });
});
