import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BoundedTable } from '../../../../src/core/detectors/boundedTable';
import { DistinctCounter } from '../../../../src/core/detectors/distinctCounter';
import { RateBaseline } from '../../../../src/core/detectors/rateBaseline';
import { SlidingCount } from '../../../../src/core/detectors/slidingCount';
import { LimitCounter } from '../../../../src/core/limits';

describe('RateBaseline', () => {
  const options = { bucketUs: 1e6, floor: 50, deviations: 3, warmUpBuckets: 10 };

  it('asks for the floor until it is warm, and then for what is usual here', () => {
    const baseline = new RateBaseline(options, 0);
    assert.equal(baseline.limit, 50);
    assert.equal(baseline.add(0, 51), true);
    const busy = new RateBaseline({ ...options, floor: 500 }, 0);
    for (let second = 0; second < 60; second++) busy.add(second * 1e6, 400 + (second % 2) * 20);
    assert.ok(Math.abs(busy.mean - 410) < 10, String(busy.mean));
    assert.equal(busy.limit, 500);
    const low = new RateBaseline(options, 0);
    for (let second = 0; second < 60; second++) low.add(second * 1e6, 40 + (second % 2) * 8);
    assert.ok(low.limit > 50 && low.limit < 65, String(low.limit));
    assert.equal(low.add(60e6, 100), true);
    assert.ok(low.zScore > 3);
  });

  it('does not take an attack for usual', () => {
    const baseline = new RateBaseline(options, 0);
    for (let second = 0; second < 60; second++) baseline.add(second * 1e6, 10 + (second % 3));
    for (let second = 60; second < 120; second++) assert.equal(baseline.add(second * 1e6, 5000), true, String(second));
  });

  it('forgets over a gap, however long, in bounded steps', () => {
    const baseline = new RateBaseline(options, 0);
    for (let second = 0; second < 60; second++) baseline.add(second * 1e6, 40);
    baseline.advance(1e15);
    assert.ok(baseline.mean < 0.1);
    assert.equal(baseline.limit, 50);
  });

  it('says the same whether or not time was told in between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gap: fc.integer({ min: 0, max: 5e6 }), told: fc.boolean() }), { maxLength: 60 }),
        (steps) => {
          const [one, two] = [new RateBaseline(options, 0), new RateBaseline(options, 0)];
          let now = 0;
          for (const { gap, told } of steps) {
            if (told) two.advance(now + gap / 2);
            now += gap;
            assert.equal(one.add(now, 7), two.add(now, 7));
          }
          assert.equal(one.mean, two.mean);
          assert.equal(one.limit, two.limit);
        },
      ),
    );
  });
});

describe('SlidingCount', () => {
  it('is within a twelfth of the window of the true count', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3e6 }), { maxLength: 100 }), (gaps) => {
        const sliding = new SlidingCount(12e6);
        const times: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          times.push(now);
          const sum = sliding.add(now);
          const within = (windowUs: number): number => times.filter((time) => time > now - windowUs).length;
          assert.ok(sum >= within(11e6) && sum <= within(12e6 + 1), `${sum}`);
        }
        assert.equal(sliding.at(now + 13e6), 0);
      }),
    );
  });
});

describe('BoundedTable', () => {
  it('keeps what is in use through a flood of keys seen once or twice', () => {
    for (const times of [1, 2, 3]) {
      const table = new BoundedTable<number, { hits: number }>(new LimitCounter('t', 1000), () => ({ hits: 0 }));
      for (let i = 1; i <= 100_000; i++) {
        table.use(0).hits++;
        for (let again = 0; again < times; again++) table.use(i);
      }
      assert.equal(table.get(0)?.hits, 100_000, `${times} uses of each`);
      assert.ok(table.size <= 1000);
      assert.ok(table.limit.hits >= 99_000);
    }
  });

  it('stays within the limit, finds what it holds and tells what it evicts', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 300 }), (keys) => {
        const evicted: number[] = [];
        const table = new BoundedTable<number, number>(
          new LimitCounter('t', 20),
          (key) => key,
          (key) => evicted.push(key),
        );
        for (const key of keys) {
          assert.equal(table.use(key), key);
          assert.equal(table.get(key), key);
          assert.ok(table.size <= 20);
        }
        assert.equal(table.limit.hits, evicted.length);
        const seen: number[] = [];
        table.sweep((value) => seen.push(value) > 0 && value % 2 === 0);
        assert.deepEqual(
          [...new Set(keys)].filter((key) => !evicted.includes(key) || seen.includes(key)).sort(),
          seen.sort(),
        );
        assert.equal(table.size, seen.filter((key) => key % 2 === 1).length);
        assert.ok(seen.every((key) => table.get(key) === (key % 2 === 1 ? key : undefined)));
      }),
    );
  });
});

describe('DistinctCounter', () => {
  it('is exact for a few and near for many', () => {
    const counter = new DistinctCounter();
    for (let i = 0; i < 100; i++) for (let again = 0; again < 3; again++) counter.add(i);
    assert.equal(counter.size, 100);
    assert.equal(counter.isExact, true);
    for (const many of [1000, 20_000, 1_000_000]) {
      const large = new DistinctCounter();
      for (let i = 0; i < many; i++) large.add(i * 7);
      assert.equal(large.isExact, false);
      assert.ok(Math.abs(large.size / many - 1) < 0.1, `${large.size} for ${many}`);
    }
  });

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 400 }), (values) => {
        const [one, two] = [new DistinctCounter(), new DistinctCounter()];
        for (const value of values) one.add(value);
        for (const value of [...values].reverse()) two.add(value);
        assert.equal(one.size, two.size);
      }),
    );
  });
});
