import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FindingBook } from '../../../../src/core/findings/findingBook';
import { isNews, logStep } from '../../../../src/core/findings/news';
import type { Finding } from '../../../../src/protocol/finding';
import { finding } from '../../extension/support/findings';

function at(count: number, seconds: number, changes: Partial<Finding> = {}): Finding {
  return finding({ id: 'x', count, firstSeen: 0, lastSeen: seconds, ...changes });
}

/** Counts that the book tells while the counts of one incident go up. */
function toldCounts(findings: readonly Finding[], book = new FindingBook()): number[] {
  const told: number[] = [];
  for (const one of findings) {
    book.put(one);
    const [shown] = book.tell(one.lastSeen, () => []).findings;
    if (shown!.count !== told.at(-1)) told.push(shown!.count);
  }
  return told;
}

describe('What is told of an incident that goes on', () => {
  it('is told at 1, 2, 5, 10, 20, 50, … events', () => {
    const counts = Array.from({ length: 2000 }, (_, i) => at(i + 1, 0));
    assert.deepEqual(toldCounts(counts), [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]);
  });

  it('is told at once when it becomes graver or touches others, goes on for long, or pauses', () => {
    const told = at(11, 10);
    assert.equal(isNews(told, at(12, 10.5), 11), false);
    assert.equal(isNews(told, at(12, 10.5, { severity: 'critical' }), 11), true);
    assert.equal(isNews(told, at(12, 10.5, { targets: ['10.0.0.2', '10.0.0.3'] }), 11), true);
    assert.equal(isNews(told, at(12, 12), 12), true);
    assert.equal(isNews(told, at(12, 10.5), 14), true);
    assert.equal(isNews(told, told, 99), false);
  });

  it('is told as it is when no more packets come', () => {
    const book = new FindingBook();
    assert.deepEqual(toldCounts([at(11, 1), at(12, 1.1)], book), [11]);
    book.finish();
    assert.equal(book.tell(1.1, () => []).findings[0]!.count, 12);
  });

  it('has steps that never go back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 0, max: 1e6 }), (n, more) => {
        assert.ok(logStep(n) <= logStep(n + more));
      }),
    );
    assert.deepEqual([0, 1, 2, 4, 5, 9, 10, 1000, 999_999].map(logStep), [0, 1, 2, 2, 3, 3, 4, 10, 18]);
  });
});
