import assert from 'node:assert/strict';
import { rules } from '../../../../src/core/detectors/registry';
import { doubts, withDoubt } from '../../../../src/core/findings/doubts';
import { finding } from '../../extension/support/findings';

describe('withDoubt', () => {
  it('knows what each rule may be wrong about, and no rule that is not there', () => {
    assert.deepEqual(Object.keys(doubts).sort(), rules.map(({ id }) => id).sort());
    for (const doubt of Object.values(doubts)) assert.ok(doubt.length > 20 && doubt.endsWith('.'), doubt);
  });

  it('says it where nothing else speaks against a finding', () => {
    const bare = finding({ rule: 'port-scan', against: [] });
    assert.deepEqual(withDoubt(bare).against, [doubts['port-scan']]);
    const doubtful = finding({ rule: 'port-scan', against: ['It was silent.'] });
    assert.equal(withDoubt(doubtful), doubtful);
    const other = finding({ rule: 'toString', against: [] });
    assert.equal(withDoubt(other), other);
  });
});
