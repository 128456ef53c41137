import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { CapSource } from '../../../src/capture-helper/capSource';
import { OutputQueue } from '../../../src/capture-helper/outputQueue';
import type { OpenOptions } from '../../../src/capture-helper/packetSource';
import type { CaptureFault } from '../../../src/protocol/captureFault';

const options: OpenOptions = {
  interface: 'test0',
  filter: 'tcp',
  snapLengthBytes: 64,
  promiscuous: false,
  bufferBytes: 1 << 24,
};

/** Stands in for `cap`: what it was opened with, and a way to make it deliver. */
function setUp(linkType = 'ETHERNET', error: Error | null = null) {
  const opened: unknown[][] = [];
  class Stock extends EventEmitter {
    static last: Stock;
    constructor() {
      super();
      Stock.last = this;
    }
    open(...words: unknown[]): string {
      opened.push(words);
      if (error !== null) throw error;
      return linkType;
    }
    close(): boolean {
      return true;
    }
  }
  class Patched extends Stock {
    stats(): object {
      return { received: 9, dropped: 3, droppedByInterface: 1 };
    }
  }
  const packets: [timeUs: number, nanoseconds: number, originalLength: number, capturedBytes: number][] = [];
  const output = new OutputQueue({ writableLength: 0, write: () => true, once: () => undefined });
  output.packet = (timeUs, nanoseconds, length, bytes) => packets.push([timeUs, nanoseconds, length, bytes.length]);
  const lost: CaptureFault[] = [];
  const make = (kind: typeof Stock): CapSource =>
    new CapSource({ Cap: kind } as unknown as ConstructorParameters<typeof CapSource>[0]);
  const open = (source: CapSource) => source.open(options, output, (fault) => lost.push(fault));
  return { Stock, Patched, make, open, packets, lost, opened };
}

describe('CapSource', () => {
  it('takes time, length and losses of a patched cap from the kernel', async () => {
    const { Patched, Stock, make, open, packets, lost, opened } = setUp();
    const source = make(Patched);
    assert.deepEqual(open(source), {
      linkType: 1,
      timestampSource: 'kernel',
      nanoseconds: true,
      dropCountsKnown: true,
      capturePid: null,
    });
    assert.deepEqual(
      opened[0]?.filter((word) => !Buffer.isBuffer(word)),
      ['test0', 'tcp', 1 << 24, 64, false, 100],
    );
    Stock.last.emit('packet', 64, false, 1_700_000_000, 123_456_789, 1514);
    assert.deepEqual(packets, [[1_700_000_000_123_456, 789, 1514, 64]]);
    assert.deepEqual(source.stats(), { received: 1, droppedByKernel: 3, droppedByInterface: 1 });
    Stock.last.emit('gone', 'The interface disappeared');
    assert.deepEqual(
      lost.map(({ code, message }) => [code, message]),
      [['INTERFACE_GONE', 'test0: The interface disappeared']],
    );
    await source.close(false);
    assert.deepEqual(source.stats(), { received: 1, droppedByKernel: 3, droppedByInterface: 1 });
  });

  it('waits at a stop for what the kernel has taken in, and counts as dropped what does not come', async () => {
    for (const [late, dropped] of [
      [6, 3],
      [4, 5],
    ] as const) {
      const { Patched, Stock, make, open } = setUp();
      const source = make(Patched);
      open(source);
      const closing = source.close(true);
      for (let n = 0; n < late; n++) Stock.last.emit('packet', 64, false, 1_700_000_000, 0, 1514);
      await closing;
      assert.deepEqual(source.stats(), { received: late, droppedByKernel: dropped, droppedByInterface: 1 });
    }
  });

  it('says of a stock cap that its times are those of the process, and its losses unknown', () => {
    const { Stock, make, open, packets } = setUp();
    const source = make(Stock);
    const { timestampSource, nanoseconds, dropCountsKnown } = open(source);
    assert.deepEqual([timestampSource, nanoseconds, dropCountsKnown], ['process', false, false]);
    const beforeUs = Date.now() * 1000;
    Stock.last.emit('packet', 1514, false);
    const [[timeUs, rest, length, captured] = []] = packets;
    assert.ok((timeUs ?? 0) >= beforeUs);
    assert.deepEqual([rest, length, captured], [0, 1514, 64]);
    assert.deepEqual(source.stats(), { received: 1, droppedByKernel: null, droppedByInterface: null });
  });

  it('knows link types by name and by number', () => {
    for (const [name, number] of [
      ['RAW', 101],
      ['LINKTYPE_LINUX_SLL', 113],
      ['Unknown linktype 276', 276],
    ] as const) {
      const { Stock, make, open } = setUp(name);
      assert.equal(open(make(Stock)).linkType, number);
    }
  });

  it('names the interface in what went wrong, but not in what is wrong with a filter', () => {
    for (const [words, code, message] of [
      ['socket: Operation not permitted', 'NOT_PERMITTED', 'test0: socket: Operation not permitted'],
      ["can't parse filter expression: syntax error", 'BAD_FILTER', "can't parse filter expression: syntax error"],
    ] as const) {
      const { Stock, make, open } = setUp('', new Error(words));
      assert.throws(() => open(make(Stock)), { name: 'CaptureFault', code, message });
    }
  });
});
