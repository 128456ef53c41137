import assert from 'node:assert/strict';
import { checkFilter } from '../../../src/analyzer/filterCheck';
import { commonFilters, completeFilter } from '../../../src/protocol/commonFilters';

const texts = (typed: string): string[] => completeFilter(typed, 99).map(({ filter }) => filter);

describe('completion of capture filters', () => {
  it('offers all of them for nothing, and for a beginning those that begin so', () => {
    assert.equal(texts('').length, commonFilters.length);
    assert.deepEqual(texts('tcp port 4'), ['tcp port 443']);
    assert.deepEqual(texts('tcp port 443'), []);
    assert.deepEqual(texts('no such'), []);
  });

  it('knows them by what they capture', () => {
    assert.deepEqual(texts('dns'), ['port 53']);
    assert.deepEqual(texts('HTTPS'), ['tcp port 443']);
  });

  it('goes on behind and, or, not and a bracket, and keeps what stands before', () => {
    assert.deepEqual(texts('host 10.0.0.1 and ar'), ['host 10.0.0.1 and arp']);
    assert.deepEqual(texts('(port 1 or udp port 4'), ['(port 1 or udp port 443']);
    assert.equal(texts('arp or ').length, commonFilters.length);
    assert.deepEqual(texts('not (vl'), ['not (vlan']);
  });

  it('offers nothing that libpcap does not take', async function () {
    if ((await checkFilter('arp')).verdict === 'unknown') {
      console.log('skipped: neither tcpdump nor dumpcap is installed');
      return this.skip();
    }
    for (const { filter } of commonFilters) {
      assert.deepEqual(await checkFilter(filter), { verdict: 'valid' }, filter);
    }
  });
});
