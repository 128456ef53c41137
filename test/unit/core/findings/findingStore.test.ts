import assert from 'node:assert/strict';
import type { Finding, Severity } from '../../../../src/protocol/finding';
import { FindingStore } from '../../../../src/core/findings/findingStore';

function finding(id: string, severity: Severity, seen: number): Finding {
  return {
    id,
    rule: 'r',
    threat: 'dos',
    detector: 'rule',
    severity,
    confidence: 1,
    title: id,
    summary: '',
    sources: [],
    targets: [],
    ports: [],
    firstSeen: seen,
    lastSeen: seen,
    count: 1,
    evidence: [],
    against: [],
    packets: [],
    mitre: [],
    flows: [],
    next: [],
    stages: [],
  };
}

describe('FindingStore', () => {
  it('keeps one finding an incident, in its newest state', () => {
    const store = new FindingStore();
    store.put(finding('x', 'low', 1));
    store.put({ ...finding('x', 'high', 1), count: 9 });
    assert.deepEqual(
      store.all().map(({ id, severity, count }) => ({ id, severity, count })),
      [{ id: 'x', severity: 'high', count: 9 }],
    );
  });

  it('lists the worst first, then the earliest', () => {
    const store = new FindingStore();
    store.put(finding('c', 'low', 1));
    store.put(finding('b', 'high', 2));
    store.put(finding('a', 'high', 1));
    assert.deepEqual(
      store.all().map(({ id }) => id),
      ['a', 'b', 'c'],
    );
  });

  it('gives up the least severe and oldest at its limit, and counts it', () => {
    const store = new FindingStore(2);
    store.put(finding('old', 'low', 1));
    store.put(finding('worse', 'medium', 1));
    store.put(finding('new', 'low', 2));
    store.put(finding('trifle', 'info', 3));
    assert.deepEqual(
      store.all().map(({ id }) => id),
      ['worse', 'new'],
    );
    assert.equal(store.limit.hits, 2);
    store.clear();
    assert.equal(store.size, 0);
  });
});
