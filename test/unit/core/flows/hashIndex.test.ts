import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HashIndex } from '../../../../src/core/flows/hashIndex';

function found(index: HashIndex, hash: number): number[] {
  const slots: number[] = [];
  for (let slot = index.first(hash); slot >= 0; slot = index.after(slot)) slots.push(slot);
  return slots.sort((x, y) => x - y);
}

describe('HashIndex', () => {
  it('finds the slots of a hash and no others, whatever was added and removed before', () => {
    // Few hashes that share chains, and few slots: many of both meet.
    const hash = fc.constantFrom(0, 1, -1, 256, 0x7fff_ffff, -0x8000_0000, 1 << 18, 1 << 19);
    const step = fc.record({ slot: fc.integer({ min: 0, max: 40 }), hash });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const index = new HashIndex();
        const model = new Map<number, number>();
        for (const { slot, hash } of steps) {
          if (model.has(slot)) {
            index.remove(slot);
            model.delete(slot);
          } else {
            index.add(slot, hash);
            model.set(slot, hash);
          }
          const expected = [...model].filter(([, other]) => other === hash).map(([slot]) => slot);
          assert.deepEqual(
            found(index, hash),
            expected.sort((x, y) => x - y),
          );
        }
      }),
    );
  });

  it('keeps finding all while it grows, and nothing once it was cleared', () => {
    const index = new HashIndex();
    const hashOf = (slot: number): number => Math.imul(slot >> 1, 0x9e3779b1);
    for (let slot = 0; slot < 5000; slot++) index.add(slot, hashOf(slot));
    for (let slot = 0; slot < 5000; slot += 2) assert.deepEqual(found(index, hashOf(slot)), [slot, slot + 1]);
    assert.deepEqual([...index.hashes(3)], [hashOf(0), hashOf(1), hashOf(2)]);
    index.clear();
    for (let slot = 0; slot < 5000; slot++) assert.equal(index.first(hashOf(slot)), -1);
    index.add(9000, 7);
    assert.deepEqual(found(index, 7), [9000]);
  });
});
