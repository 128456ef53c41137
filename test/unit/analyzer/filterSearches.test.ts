import assert from 'node:assert/strict';
import { FilterSearches } from '../../../src/analyzer/filterSearches';
import type { DecodedPacket } from '../../../src/analyzer/packetStore';
import { FilterError } from '../../../src/analyzer/packetStore';
import type { FilterSearch } from '../../../src/protocol/filterSearch';

/** Packets that are handed over when the test says so; a filter is a number, and matches its multiples. */
class Capture {
  /** Packets that a walk may hand over. */
  open = 0;
  settled = false;
  first = 1;
  readonly walks: number[] = [];
  readonly told: FilterSearch[] = [];
  readonly searches: FilterSearches;
  private waiting: (() => void)[] = [];

  constructor(readonly packets: number) {
    this.searches = new FilterSearches({
      walk: (from, visit) => this.walk(from, visit),
      compile: (text) => {
        if (text === '') return null;
        if (text === 'wrong') throw new FilterError('wrong', 0);
        return (_view, packet) => packet.number % Number(text) === 0;
      },
      first: () => this.first,
      recorded: () => this.packets,
      settled: () => this.settled,
    });
    this.searches.told = (search) => this.told.push(search);
  }

  let(packets: number): void {
    this.open = packets;
    for (const wake of this.waiting.splice(0)) wake();
  }

  private async walk(from: number, visit: (decoded: DecodedPacket) => boolean): Promise<void> {
    this.walks.push(from);
    for (let number = Math.max(from, this.first); number <= this.packets; number++) {
      while (number > this.open) await new Promise<void>((resolve) => this.waiting.push(resolve));
      if (!visit({ packet: { number }, view: {} } as unknown as DecodedPacket)) return;
    }
  }
}

describe('searches for the packets of a display filter', () => {
  it('answers with what was found while the rest is searched, and tells the end', async () => {
    const capture = new Capture(100);
    capture.let(40);
    const some = await capture.searches.some('10', 3, 'start');
    assert.deepEqual(some.numbers.slice(0, 9), [10, 20, 30, 40]);
    const state = { filter: '10', matched: 4, searched: 40, total: 100, state: 'searching' };
    assert.deepEqual(capture.searches.stateOf('10'), state);
    capture.let(100);
    const all = await capture.searches.all('10');
    assert.equal(all.numbers.length, 10);
    assert.equal(all.complete, true);
    assert.deepEqual(capture.told.at(-1), { ...state, matched: 10, searched: 100, state: 'done' });
    assert.deepEqual(capture.walks, [1]);
  });

  it('keeps what a stopped search has found, and goes on where it was when it is asked to', async () => {
    const capture = new Capture(100);
    capture.let(40);
    await capture.searches.some('10', 1, 'start');
    capture.searches.stop();
    capture.let(50);
    const kept = await capture.searches.some('10', 100, 'keep');
    assert.deepEqual(kept.numbers.slice(0, 9), [10, 20, 30, 40]);
    assert.equal(capture.told.at(-1)?.state, 'stopped');
    capture.let(100);
    capture.searches.resume('10');
    assert.equal((await capture.searches.all('10')).numbers.length, 10);
    assert.deepEqual(capture.walks, [1, 41]);
    assert.equal(capture.told.at(-1)?.state, 'done');
  });

  it('goes on when a stopped filter is applied again, and stops for another one', async () => {
    const capture = new Capture(100);
    capture.let(40);
    await capture.searches.some('10', 1, 'start');
    const other = capture.searches.some('7', 1000, 'start');
    capture.let(100);
    await other;
    assert.equal((await capture.searches.all('7')).numbers.length, 14);
    assert.equal(capture.searches.stateOf('10')?.state, 'stopped');
    await capture.searches.some('10', 1000, 'start');
    assert.equal((await capture.searches.all('10')).complete, true);
    assert.equal(capture.searches.stateOf('10')?.matched, 10);
  });

  it('does not call a search complete that was stopped while somebody waited for all of it', async () => {
    const capture = new Capture(100);
    capture.let(40);
    const waiting = capture.searches.all('10');
    await Promise.resolve();
    capture.searches.stop();
    capture.let(100);
    assert.equal((await waiting).complete, false);
  });

  it('looks at a capture that has grown again, and at a settled one no more', async () => {
    const capture = new Capture(20);
    capture.let(1000);
    await capture.searches.all('10');
    Object.assign(capture, { packets: 30, settled: true });
    assert.equal((await capture.searches.some('10', 1, 'keep')).numbers.length, 3);
    await capture.searches.some('10', 1, 'keep');
    assert.deepEqual(capture.walks, [1, 21]);
  });

  it('forgets what a ring has dropped, and keeps two searches', async () => {
    const capture = new Capture(100);
    capture.let(100);
    for (const filter of ['2', '3', '5']) await capture.searches.all(filter);
    assert.equal(capture.searches.stateOf('2'), null);
    capture.first = 51;
    assert.equal((await capture.searches.all('5')).numbers.at(0), 55);
    assert.deepEqual(capture.searches.stateOf('5'), {
      filter: '5',
      matched: 10,
      searched: 50,
      total: 100,
      state: 'done',
    });
  });

  it('gives every packet for no filter, and refuses one that is wrong', async () => {
    const { searches } = new Capture(10);
    assert.equal((await searches.all('')).complete, true);
    assert.equal(searches.stateOf(''), null);
    await assert.rejects(searches.all('wrong'), FilterError);
    assert.throws(() => searches.resume('wrong'), FilterError);
  });

  it('says that it stopped when packets cannot be read', async () => {
    const told: FilterSearch[] = [];
    const searches = new FilterSearches({
      walk: () => Promise.reject(new Error('gone')),
      compile: () => () => true,
      first: () => 1,
      recorded: () => 5,
      settled: () => false,
    });
    searches.told = (search) => told.push(search);
    await assert.rejects(searches.some('1', 1, 'start'), /gone/);
    assert.deepEqual(told, [{ filter: '1', matched: 0, searched: 0, total: 5, state: 'stopped' }]);
  });
});
