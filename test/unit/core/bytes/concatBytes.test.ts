import assert from 'node:assert/strict';
import { concatBytes } from '../../../../src/core/bytes/concatBytes';

describe('concatBytes', () => {
  it('joins parts in order into an array of its own', () => {
    const first = Uint8Array.of(1, 2);
    const all = concatBytes([first, new Uint8Array(0), Uint8Array.of(3)]);
    first[0] = 9;
    assert.deepEqual(all, Uint8Array.of(1, 2, 3));
  });

  it('makes an empty array of nothing', () => {
    assert.deepEqual(concatBytes([]), new Uint8Array(0));
  });
});
