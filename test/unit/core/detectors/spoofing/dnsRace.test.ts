import assert from 'node:assert/strict';
import { answer, query } from '../dns/dnsTraffic';
import type { Lookup } from '../dns/dnsTraffic';
import { findingsOf } from '../traffic';

const ask: Lookup = { at: 0, name: 'bank.example', id: 42 };
const at = (address: string): Pick<Lookup, 'answers'> => ({ answers: [{ type: 'A', data: address }] });

describe('rule dns-race', () => {
  it('finds two answers to one query that have no address in common', () => {
    const found = findingsOf([
      query(ask),
      answer({ ...ask, ...at('198.51.100.66') }, 0.001),
      answer({ ...ask, ...at('192.0.2.1') }, 0.02),
    ]);
    assert.equal(found.length, 1);
    const finding = found[0]!;
    assert.deepEqual([finding.rule, finding.threat, finding.severity], ['dns-race', 'spoofing', 'medium']);
    assert.deepEqual([finding.targets, finding.packets], [['10.0.0.21'], [1, 2, 3]]);
    assert.match(finding.summary, /bank\.example: 198\.51\.100\.66, then 192\.0\.2\.1/);
  });

  it('leaves repeated queries, repeated and overlapping answers alone', () => {
    const first = answer({ ...ask, ...at('192.0.2.1') }, 0.01);
    const second = { ...ask, ...at('192.0.2.2') };
    assert.deepEqual(findingsOf([query(ask), query({ ...ask, at: 0.005 }), first, answer(second, 0.02)]), []);
    assert.deepEqual(findingsOf([query(ask), first, answer({ ...ask, ...at('192.0.2.1') }, 0.02)]), []);
    const both: Lookup = {
      ...ask,
      answers: [
        { type: 'A', data: '192.0.2.9' },
        { type: 'A', data: '192.0.2.1' },
      ],
    };
    assert.deepEqual(findingsOf([query(ask), first, answer(both, 0.02)]), []);
    assert.deepEqual(findingsOf([query(ask), first, answer({ ...second, id: 43, port: 20042 }, 0.02)]), []);
    assert.deepEqual(findingsOf([query(ask), first, answer(second, 9)]), []);
  });

  it('takes a number that is used again for another name for another query, and writes names in any case', () => {
    const other: Lookup = { ...ask, at: 0.03, name: 'shop.example' };
    const answers = [
      answer({ ...ask, ...at('192.0.2.1') }, 0.001),
      query(other),
      answer({ ...other, ...at('192.0.2.2') }, 0.04),
    ];
    assert.deepEqual(findingsOf([query(ask), ...answers]), []);
    const late = answer({ ...ask, ...at('192.0.2.2') }, 0.05);
    assert.deepEqual(findingsOf([query(ask), ...answers, late]), []);
    const shouted: Lookup = { ...ask, name: 'BANK.example' };
    const forged = answer({ ...shouted, ...at('198.51.100.66') }, 0.001);
    assert.equal(findingsOf([query(ask), forged, answer({ ...ask, ...at('192.0.2.1') }, 0.02)]).length, 1);
  });
});
