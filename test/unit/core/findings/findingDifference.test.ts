import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findingDifference } from '../../../../src/core/findings/findingDifference';
import { severities } from '../../../../src/protocol/finding';
import { differenceText } from '../../../../src/protocol/whatIf';
import { finding } from '../../extension/support/findings';

const numbers = (d: ReturnType<typeof findingDifference>): number[] => [
  d.added.length,
  d.removed.length,
  d.changed.length,
  d.kept,
];

describe('findingDifference', () => {
  const one = finding({ id: 'x|1' });

  it('knows an incident that began at another time, and one of another severity', () => {
    assert.deepEqual(
      numbers(findingDifference([one], [{ ...one, id: 'x|2', firstSeen: one.firstSeen + 5 }])),
      [0, 0, 0, 1],
    );
    assert.deepEqual(numbers(findingDifference([one], [{ ...one, severity: 'low' }])), [0, 0, 1, 0]);
  });

  it('tells apart what differs in rule, source or time', () => {
    for (const other of [
      { ...one, id: 'y', rule: 'other' },
      { ...one, id: 'y', sources: ['10.9.9.9'] },
      { ...one, id: 'y', firstSeen: one.lastSeen + 1, lastSeen: one.lastSeen + 2 },
    ]) {
      assert.deepEqual(numbers(findingDifference([one], [other])), [1, 1, 0, 0]);
    }
  });

  it('accounts for every finding once', () => {
    const some = fc.record({
      id: fc.string({ maxLength: 2 }),
      severity: fc.constantFrom(...severities),
      source: fc.constantFrom('a', 'b'),
      firstSeen: fc.integer({ min: 0, max: 5 }),
    });
    const list = fc.array(
      some.map(({ id, severity, source, firstSeen }) =>
        finding({ id, severity, sources: [source], firstSeen, lastSeen: firstSeen + 1 }),
      ),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(list, list, (before, after) => {
        const { added, removed, changed, kept } = findingDifference(before, after);
        assert.equal(added.length + changed.length + kept, after.length);
        assert.equal(removed.length + changed.length + kept, before.length);
        assert.equal(findingDifference(before, before).kept, before.length);
      }),
    );
  });

  it('reads as lines', () => {
    const text = differenceText(findingDifference([one], [{ ...one, id: 'y', rule: 'other' }]));
    assert.match(text, /^\+ \[high\] other: .*\n- \[high\] port-scan-vertical: .*\n1 more, 1 less, 0 of another/);
  });
});
