import assert from 'node:assert/strict';
import { NewSerious } from '../../../src/extension/views/newSerious';
import { finding } from './support/findings';

describe('what a person is told of', () => {
  it('is each high or critical finding once, the worst first, the others as a number', () => {
    const news = new NewSerious();
    const findings = [
      finding({ id: 'low', severity: 'low' }),
      finding({ id: 'high', severity: 'high' }),
      finding({ id: 'worst', severity: 'critical' }),
    ];
    news.update('run', findings);
    const told = news.take();
    assert.deepEqual([told?.finding.id, told?.others], ['worst', 1]);
    assert.equal(news.take(), null);
    const later = findings.map((one) => ({ ...one, count: one.count + 1 }));
    news.update('run', later);
    assert.equal(news.take(), null, 'a finding that goes on is not new');
  });

  it('is a finding that becomes serious, and everything anew in another run', () => {
    const news = new NewSerious();
    news.update('run', [finding({ id: 'a', severity: 'medium' })]);
    assert.equal(news.take(), null);
    news.update('run', [finding({ id: 'a', severity: 'high' })]);
    assert.equal(news.take()?.finding.id, 'a');
    news.update('other', [finding({ id: 'a', severity: 'high' })]);
    assert.equal(news.take()?.finding.id, 'a');
  });
});
