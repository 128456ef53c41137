import assert from 'node:assert/strict';
import { linkTypeName } from '../../../../src/core/pcap/linkTypes';

describe('linkTypeName', () => {
  it('names the usual ones', () => {
    const names = [0, 1, 101, 113, 147, 162, 276].map(linkTypeName);
    assert.deepEqual(names, ['NULL', 'ETHERNET', 'RAW', 'LINUX_SLL', 'USER0', 'USER15', 'LINUX_SLL2']);
  });

  it('shows the number of an unknown one', () => {
    assert.equal(linkTypeName(60000), 'LINKTYPE_60000');
  });
});
