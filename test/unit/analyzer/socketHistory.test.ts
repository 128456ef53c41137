import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SocketHistory } from '../../../src/analyzer/socketHistory';
import { placeText } from '../../../src/analyzer/socketTable';
import type { SocketPlace } from '../../../src/analyzer/socketTable';
import type { ProcessIdentity } from '../../../src/core/flows/flowOwners';
import { LimitCounter } from '../../../src/core/limits';

const second = 1_000_000;
const place: SocketPlace = { file: 'tcp', key: '0100007F:9C40 0302010A:01BB' };
const other: SocketPlace = { file: 'udp', key: '00000000:14E9 00000000:0000' };
const curl: ProcessIdentity = { program: 'curl', pid: 10, parents: [] };
const node: ProcessIdentity = { program: 'node', pid: 20, parents: [] };

/** Looks every 200 ms at the sockets that `at` says are there, by inode and holder. */
function watched(
  times: number,
  at: (look: number) => [SocketPlace, number, ProcessIdentity | null][],
  limit = new LimitCounter('sockets', 100),
): SocketHistory {
  const history = new SocketHistory(limit);
  for (let look = 0; look < times; look++) {
    const sockets = new Map<string, number[]>();
    const holders = new Map<number, ProcessIdentity | null>();
    for (const [where, inode, holder] of at(look)) {
      sockets.set(placeText(where), [...(sockets.get(placeText(where)) ?? []), inode]);
      holders.set(inode, holder);
    }
    history.look(sockets, look * 200_000, look * 200_000 + 1000);
    history.hold(holders);
  }
  return history;
}

describe('sockets that were', () => {
  it('names who held one that is gone, for a flow of its time and no other', () => {
    const history = watched(20, (look) => (look >= 5 && look < 7 ? [[place, 1, curl]] : []));
    // There at 1.0 and 1.2 s, so opened after 0.8 s and closed before 1.4 s.
    for (const startUs of [0.85 * second, 1.1 * second, 1.3 * second])
      assert.equal(history.holderAt([place], startUs, true), curl, String(startUs));
    for (const startUs of [0.5 * second, 1.6 * second, 3 * second])
      assert.equal(history.holderAt([place], startUs, true), null, String(startUs));
    assert.equal(history.holderAt([other], second, true), null);
  });

  it('waits for a server to accept what was opened to it', () => {
    const history = watched(10, (look) => (look >= 5 ? [[place, 1, node]] : []));
    assert.equal(history.holderAt([place], 0.1 * second, true), null);
    assert.equal(history.holderAt([place], 0.1 * second, false), node);
  });

  it('says unknown where a port was used again by another program at about the time', () => {
    const history = watched(10, (look) => [[place, look < 5 ? 1 : 2, look < 5 ? curl : node]]);
    assert.equal(history.holderAt([place], 0.1 * second, true), curl);
    assert.equal(history.holderAt([place], 0.9 * second, true), null);
    assert.equal(history.holderAt([place], 1.5 * second, true), node);
  });

  it('says unknown where nobody could look in time, and asks for each socket once that has a holder', () => {
    const history = new SocketHistory(new LimitCounter('sockets', 100));
    const there = new Map([[placeText(place), [1]]]);
    assert.deepEqual([...history.look(there, 0, 10)], [1]);
    assert.equal(history.holderAt([place], 5, true), null);
    assert.deepEqual([...history.look(there, 20, 30)], [1]);
    history.hold(new Map([[1, curl]]));
    assert.deepEqual([...history.look(there, 40, 50)], []);
    assert.equal(history.holderAt([place], 5, true), curl);
  });

  it('knows no process where several of one program share a place, and nothing where programs differ', () => {
    const second2: ProcessIdentity = { ...curl, pid: 11 };
    const shared = watched(3, () => [
      [other, 1, curl],
      [other, 2, second2],
    ]);
    assert.deepEqual(shared.holderAt([other], 100_000, true), { ...curl, pid: null });
    const mixed = watched(3, () => [
      [other, 1, curl],
      [other, 2, node],
    ]);
    assert.equal(mixed.holderAt([other], 100_000, true), null);
  });

  it('forgets what is long gone, and never holds more than its limit', () => {
    const limit = new LimitCounter('sockets', 50);
    const each = (look: number): SocketPlace => ({ file: 'tcp', key: `k${look} r` });
    const history = watched(400, (look) => [[each(look), look + 1, curl]], limit);
    assert.ok(limit.hits > 0);
    assert.equal(history.holderAt([each(0)], 0, true), null);
    assert.equal(history.holderAt([each(398)], 398 * 200_000, true), curl);
    const many = new LimitCounter('sockets', 1000);
    watched(400, (look) => [[each(look), look + 1, curl]], many);
    assert.equal(many.hits, 0, 'what is gone for long makes room by itself');
  });

  it('never names a program that did not hold the place around the time', () => {
    const held = fc.array(fc.constantFrom(null, curl, node), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(held, fc.nat(7000), (looks, startMs) => {
        const history = watched(looks.length, (look) => {
          const holder = looks[look];
          return holder ? [[place, holder === curl ? 1 : 2, holder]] : [];
        });
        const named = history.holderAt([place], startMs * 1000, true);
        if (named === null) return;
        const near = looks.filter((_, look) => Math.abs(look * 200 - startMs) <= 600);
        assert.ok(near.includes(named) || looks.at(-1) === named);
      }),
    );
  });
});
