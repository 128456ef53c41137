import assert from 'node:assert/strict';
import { FuzzRounds, fuzzedLinkTypes } from '../../../scripts/fuzz/rounds';
import { mutate } from '../../../scripts/fuzz/mutate';
import { sampleFiles } from '../../../scripts/samples/generate';
import { Random } from '../../../scripts/samples/random';

const captures = [...sampleFiles()]
  .filter(([name]) => /\.pcap(ng)?$/.test(name))
  .map(([name, bytes]) => ({ name, bytes }));

describe('damaged captures', () => {
  it('neither stop nor slow the reader, the decoder, the filter or the engine, under any link type', function () {
    this.timeout(120_000);
    const rounds = new FuzzRounds(captures, 20_261_123);
    for (let round = 0; round < 1000; round++) {
      const crasher = rounds.next();
      assert.equal(crasher?.what, undefined, `round ${round}, link type ${String(crasher?.linkType)}`);
    }
    assert.ok(rounds.packets > 10_000, `only ${rounds.packets} packets came through the damage`);
    assert.ok(fuzzedLinkTypes.length > 15);
  });

  it('are the same for the same seed, and damaged', () => {
    const bytes = Uint8Array.from({ length: 200 }, (_, i) => i);
    const twice = [1, 1].map((seed) => mutate(new Random(seed), bytes, bytes));
    assert.deepEqual(twice[0], twice[1]);
    assert.notDeepEqual(twice[0], bytes);
    assert.notDeepEqual(mutate(new Random(2), bytes, bytes), twice[0]);
  });
});
