import assert from 'node:assert/strict';
import { atAGlance } from '../../../src/extension/panels/findingGlance';
import { ToldFindings } from '../../../src/extension/sessions/toldFindings';
import type { Finding } from '../../../src/protocol/finding';
import { fixtureFinding } from '../../e2e/preview/fixtures';

describe('findings that are told again and again', () => {
  const copy = (finding: Finding): Finding => structuredClone(finding);

  it('are the same objects as long as nothing of them is new, and the same list when all are', () => {
    const told = new ToldFindings();
    const [one, two] = [fixtureFinding(0, 'high'), { ...fixtureFinding(1, 'low'), id: 'two' }];
    const ids = [one.id, two.id];
    const first = told.update(ids, [copy(one), copy(two)]);
    assert.deepEqual(first, [one, two]);
    assert.equal(told.update(ids, []), first);
    const next = told.update(ids, [{ ...two, count: two.count + 1 }]);
    assert.notEqual(next, first);
    assert.equal(next[0], first[0]);
    assert.equal(next[1]?.count, two.count + 1);
  });

  it('come in the order that is told, and go when they are not told of', () => {
    const told = new ToldFindings();
    const [one, two] = [fixtureFinding(0, 'high'), { ...fixtureFinding(1, 'low'), id: 'two' }];
    told.update([one.id, two.id], [one, two]);
    assert.deepEqual(told.update([two.id, one.id], []), [two, one]);
    assert.deepEqual(told.update([one.id], []), [one]);
    assert.deepEqual(told.update([], []), []);
    assert.deepEqual(told.update([one.id], []), []);
  });

  it('go to the dashboard without what only their own page shows, made once', () => {
    const findings = [fixtureFinding(0, 'high')];
    const glance = atAGlance(findings);
    assert.equal(atAGlance(findings), glance);
    assert.deepEqual([glance[0]?.evidence, glance[0]?.packets, glance[0]?.title], [[], [], findings[0]?.title]);
  });
});
