import assert from 'node:assert/strict';
import { rules } from '../../../src/core/detectors/registry';
import { isKnownTechnique, techniqueText, techniqueUrl } from '../../../src/protocol/techniques';

describe('names of techniques', () => {
  it('knows every technique that a rule names', () => {
    const named = rules.flatMap((rule) => rule.mitre);
    assert.ok(named.length > 10);
    for (const id of named) assert.ok(isKnownTechnique(id), id);
  });

  it('says a technique with what it is part of', () => {
    assert.equal(techniqueText('T1046'), 'T1046 Network Service Discovery');
    assert.equal(techniqueText('T1110.001'), 'T1110.001 Brute Force: Password Guessing');
    assert.equal(techniqueText('T9999'), 'T9999');
  });

  it('leads to its page, and nowhere for what is no identifier', () => {
    assert.equal(techniqueUrl('T1110.001'), 'https://attack.mitre.org/techniques/T1110/001/');
    assert.equal(techniqueUrl('T1046'), 'https://attack.mitre.org/techniques/T1046/');
    assert.equal(techniqueUrl('javascript:alert(1)'), null);
  });
});
