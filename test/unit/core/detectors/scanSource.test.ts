import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Contact } from '../../../../src/core/detectors/contact';
import { ScanSource } from '../../../../src/core/detectors/scanSource';
import { Host } from '../../../../src/core/flows/host';

const source = new Host(0, 4, 0x0a000042, 0, 0, 0, false);
const target = new Host(1, 4, 0x0a000001, 0, 0, 0, false);

function contactAt(timeUs: number, port: number): Contact {
  return { source, target, sourcePort: 61_000, port, kind: 'syn', outcome: 'reset', timeUs, packet: 1 };
}

describe('ScanSource', () => {
  it('forgets contacts that are out of the window although one dated in the future came before them', () => {
    const watched = new ScanSource(contactAt(9e15, 1));
    for (let port = 2; port <= 10; port++) watched.add(contactAt(port * 1e6, port));
    assert.equal(watched.expire(6e6), 4);
    assert.deepEqual(
      [...watched.contacts()].map(({ port }) => port).sort((x, y) => x - y),
      [1, 6, 7, 8, 9, 10],
    );
    assert.equal(watched.target(target).failed, 6);
  });

  it('keeps exactly the contacts of the window, whatever the order of their times', () => {
    const times = fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 1000 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(times, fc.array(fc.integer({ min: 0, max: 1100 }), { maxLength: 5 }), (contacts, cutoffs) => {
        const [first] = contacts;
        if (first === undefined) return;
        const watched = new ScanSource(contactAt(first[1], first[0]));
        const kept = new Map([first]);
        for (const [port, timeUs] of contacts.slice(1)) {
          watched.add(contactAt(timeUs, port));
          kept.set(port, timeUs);
        }
        for (const cutoffUs of cutoffs) {
          const before = kept.size;
          for (const [port, timeUs] of kept) if (timeUs < cutoffUs) kept.delete(port);
          assert.equal(watched.expire(cutoffUs), before - kept.size);
          assert.deepEqual(
            [...watched.contacts()].map(({ port }) => port).sort((x, y) => x - y),
            [...kept.keys()].sort((x, y) => x - y),
          );
        }
      }),
    );
  });
});
