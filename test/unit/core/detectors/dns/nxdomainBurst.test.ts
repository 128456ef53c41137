import assert from 'node:assert/strict';
import { findingsOf, randomNumbers } from '../traffic';
import type { Timed } from '../traffic';
import { lookup, randomText } from './dnsTraffic';

const letters = 'bcdfghjklmnpqrstvwxz';

function missing(count: number, name: (index: number) => string, options: { client?: string } = {}): Timed[] {
  return Array.from({ length: count }, (_, index) =>
    lookup({ at: index * 2, name: name(index), code: 3, id: index, ...options }),
  ).flat();
}

describe('rule nxdomain-burst', () => {
  it('finds a client that asks for made-up domains, at the threshold and not before', () => {
    const next = randomNumbers(5);
    const generated = (): string => `${randomText(next, 12, letters)}.com`;
    assert.deepEqual(findingsOf(missing(19, generated)), []);
    const found = findingsOf(missing(40, generated));
    assert.equal(found.length, 1);
    const finding = found[0]!;
    assert.deepEqual(
      [finding.rule, finding.threat, finding.severity, finding.count],
      ['nxdomain-burst', 'botnet', 'medium', 40],
    );
    assert.deepEqual([finding.sources, finding.targets], [['10.0.0.21'], ['10.0.0.53']]);
  });

  it('counts a domain once, leaves words low, and resolvers out', () => {
    assert.deepEqual(findingsOf(missing(200, (index) => `host${index}.corp.example`)), []);
    const words = ['table', 'green', 'river', 'stone', 'house', 'music'];
    const worded = findingsOf(missing(36, (index) => `${words[index % 6]}${words[Math.floor(index / 6)]}.com`));
    assert.deepEqual(
      worded.map(({ severity }) => severity),
      ['low'],
    );
    const next = randomNumbers(6);
    const generated = (): string => `${randomText(next, 12, letters)}.com`;
    const resolver = [
      ...lookup({ at: 0, name: 'a.example', server: '10.0.0.9', id: 999 }),
      ...missing(40, generated, { client: '10.0.0.9' }),
    ];
    assert.deepEqual(findingsOf(resolver), []);
  });
});
