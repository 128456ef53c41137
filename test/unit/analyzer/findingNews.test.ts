import assert from 'node:assert/strict';
import { FindingNews } from '../../../src/analyzer/findingNews';
import type { Finding } from '../../../src/protocol/finding';
import { fixtureFinding } from '../../e2e/preview/fixtures';

const of = (id: string, count = 1): Finding => ({ ...fixtureFinding(0, 'high'), id, count });

describe('FindingNews', () => {
  it('tells each finding once, and again when it has changed', () => {
    const news = new FindingNews();
    assert.equal(news.update([], []), null);
    assert.deepEqual(news.update([of('a')], []), { ids: ['a'], findings: [of('a')] });
    assert.equal(news.update([of('a')], []), null);
    assert.deepEqual(news.update([of('b'), of('a')], []), { ids: ['b', 'a'], findings: [of('b')] });
    assert.deepEqual(news.update([of('b'), of('a', 2)], []), { ids: ['b', 'a'], findings: [of('a', 2)] });
  });

  it('tells what moved, went, or is silenced, without the findings that stay', () => {
    const news = new FindingNews();
    news.update([of('a'), of('b')], []);
    assert.deepEqual(news.update([of('b'), of('a')], []), { ids: ['b', 'a'], findings: [] });
    assert.deepEqual(news.update([of('b')], []), { ids: ['b'], findings: [] });
    const silenced = [{ line: 1, reason: 'ours', findings: 1 }];
    assert.deepEqual(news.update([of('b')], silenced), { ids: ['b'], findings: [] });
    assert.equal(news.update([of('b')], silenced), null);
    assert.deepEqual(news.update([of('a'), of('b')], []), { ids: ['a', 'b'], findings: [of('a')] });
  });
});
