import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PacketNumbers } from '../../../src/analyzer/packetNumbers';

describe('PacketNumbers', () => {
  it('are what a sorted list would be, through growth and forgetting', () => {
    const rising = fc.uniqueArray(fc.integer({ min: 1, max: 0xffffffff }), { maxLength: 3000 });
    fc.assert(
      fc.property(rising, fc.nat(0xffffffff), fc.nat(3500), fc.nat(400), (some, probe, from, count) => {
        const sorted = some.sort((a, b) => a - b);
        const numbers = new PacketNumbers();
        for (const number of sorted) numbers.push(number);
        assert.equal(numbers.length, sorted.length);
        assert.deepEqual(numbers.slice(from, count), sorted.slice(from, from + count));
        assert.equal(numbers.at(from), sorted[from] ?? Number.NaN);
        const below = sorted.filter((number) => number < probe).length;
        assert.equal(numbers.positionOf(probe), below);
        assert.equal(numbers.has(probe), sorted.includes(probe));
        numbers.dropBelow(probe);
        assert.deepEqual(numbers.slice(0, sorted.length), sorted.slice(below));
      }),
    );
  });
});
