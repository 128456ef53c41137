import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LimitCounter } from '../../../../src/core/limits';
import { TopNames } from '../../../../src/core/stats/topNames';

function exactCounts(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

describe('TopNames', () => {
  const names = fc.array(fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), { maxLength: 400 });

  it('is exact below its limit', () => {
    fc.assert(
      fc.property(names, (seen) => {
        const top = new TopNames(new LimitCounter('names', 26), 255);
        for (const name of seen) top.add(name);
        const expected = [...exactCounts(seen)]
          .map(([name, count]) => ({ name, count }))
          .sort((x, y) => y.count - x.count || (x.name < y.name ? -1 : 1));
        assert.deepEqual(top.top(100), expected);
        assert.equal(top.limit.hits, 0);
      }),
    );
  });

  it('beyond its limit is too high by total / limit at most, and misses no frequent name', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 8 }), (seen, limit) => {
        const top = new TopNames(new LimitCounter('names', limit), 255);
        for (const name of seen) top.add(name);
        const rows = top.top(100);
        const exact = exactCounts(seen);
        assert.ok(rows.length <= limit);
        for (const { name, count } of rows) {
          assert.ok(count >= exact.get(name)!);
          assert.ok(count <= exact.get(name)! + seen.length / limit);
        }
        for (const [name, count] of exact) {
          if (count > seen.length / limit) assert.ok(rows.some((row) => row.name === name));
        }
      }),
    );
  });

  it('counts every name that it replaces as a hit of its limit', () => {
    const top = new TopNames(new LimitCounter('names', 2), 255);
    for (const name of ['a', 'a', 'b', 'c']) top.add(name);
    assert.equal(top.limit.hits, 1);
    assert.deepEqual(top.top(5), [
      { name: 'a', count: 2 },
      { name: 'c', count: 2 },
    ]);
  });

  it('cuts long names', () => {
    const top = new TopNames(new LimitCounter('names', 2), 10);
    top.add('x'.repeat(1000));
    assert.equal(top.top(1)[0]?.name.length, 10);
  });
});
