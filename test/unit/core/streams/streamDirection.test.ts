import assert from 'node:assert/strict';
import fc from 'fast-check';
import { engineLimits } from '../../../../src/core/limits';
import { StreamDirection, StreamMemory } from '../../../../src/core/streams/streamDirection';
import type { StreamReader } from '../../../../src/core/streams/streamDirection';

/** Takes everything and remembers it; `|` stands for a loss. */
class Recorder implements StreamReader {
  needed = 1;
  reading = true;
  text = '';
  calls: Uint8Array[] = [];

  read(bytes: Uint8Array, start: number, end: number): number {
    this.calls.push(bytes);
    this.text += Buffer.from(bytes.subarray(start, end)).toString('latin1');
    return end;
  }

  lose(): void {
    this.text += '|';
  }
}

function directionWith(memory = new StreamMemory()): { reader: Recorder; direction: StreamDirection } {
  const reader = new Recorder();
  return { reader, direction: new StreamDirection(reader, memory) };
}

function push(direction: StreamDirection, sequence: number, text: string, timeUs = 0, wireLength = text.length): void {
  const bytes = Buffer.from(text, 'latin1');
  direction.push(timeUs, sequence | 0, bytes, 0, bytes.length, wireLength);
}

describe('StreamDirection', () => {
  it('reads segments in order, each byte once, where they are', () => {
    const { reader, direction } = directionWith();
    const bytes = Buffer.from('xxhelloyy');
    direction.begin(100);
    direction.push(0, 100, bytes, 2, 7, 5);
    push(direction, 102, 'llo wor');
    push(direction, 104, 'o world');
    assert.equal(reader.text, 'hello world');
    assert.equal(reader.calls[0], bytes);
  });

  it('waits for what came late, across the wrap of sequence numbers', () => {
    const { reader, direction } = directionWith();
    direction.begin(0xfffffffe);
    push(direction, 3, 'fgh');
    push(direction, 0, 'cde');
    assert.equal(reader.text, '');
    assert.equal(direction.waiting, true);
    push(direction, 0xfffffffe, 'ab');
    assert.equal(reader.text, 'abcdefgh');
    assert.equal(direction.waiting, false);
  });

  it('keeps the bytes that came first where segments overlap', () => {
    const { reader, direction } = directionWith();
    direction.begin(0);
    push(direction, 4, 'EF');
    push(direction, 2, 'cdxxgh');
    push(direction, 0, 'abyyyy');
    assert.equal(reader.text, 'abcdEFgh');
  });

  it('takes a keep-alive for nothing and starts in the middle of a stream', () => {
    const { reader, direction } = directionWith();
    push(direction, 1000, 'abc');
    push(direction, 1002, 'x');
    push(direction, 1003, 'def');
    assert.equal(reader.text, 'abcdef');
  });

  it('gives a gap up when the other side has acknowledged it, or after some seconds', () => {
    const first = directionWith();
    first.direction.begin(0);
    push(first.direction, 0, 'ab');
    push(first.direction, 4, 'ef');
    first.direction.acknowledged(0, 2);
    assert.equal(first.reader.text, 'ab');
    first.direction.acknowledged(0, 6);
    assert.equal(first.reader.text, 'ab|ef');
    const second = directionWith();
    second.direction.begin(0);
    push(second.direction, 2, 'cd');
    push(second.direction, 4, 'ef', engineLimits.streamGapWaitUs);
    assert.equal(second.reader.text, '|cdef');
  });

  it('says where the capture cut a packet', () => {
    const { reader, direction } = directionWith();
    direction.begin(0);
    push(direction, 0, 'abc', 0, 10);
    push(direction, 10, 'kl');
    assert.equal(reader.text, 'abc|kl');
  });

  it('keeps what the reader could not use yet, and leaves out what it does not want', () => {
    const seen: string[] = [];
    // Four bytes, then five that do not matter.
    const reader: StreamReader = {
      needed: 4,
      reading: true,
      read(bytes, start, end) {
        assert.ok(end - start >= 4);
        seen.push(Buffer.from(bytes.subarray(start, start + 4)).toString());
        return start + 9;
      },
      lose: () => seen.push('|'),
    };
    const memory = new StreamMemory();
    const direction = new StreamDirection(reader, memory);
    direction.begin(0);
    push(direction, 0, 'ab');
    assert.equal(memory.bytes, 2);
    push(direction, 2, 'cd12');
    // The gap lies in what is left out, so nothing waits for it.
    push(direction, 8, '5efgh');
    assert.deepEqual(seen, ['abcd', 'efgh']);
    assert.equal(memory.bytes, 0);
  });

  it('holds a bounded number of segments and bytes, counts each hit, and frees all', () => {
    const memory = new StreamMemory(1000);
    const { direction } = directionWith(memory);
    direction.begin(0);
    for (let index = 1; index <= 300; index++) push(direction, index * 20, '0123456789');
    assert.ok(memory.bytes <= 1000);
    assert.ok(memory.limit.hits > 0);
    direction.finish();
    assert.equal(memory.bytes, 0);
    const many = new StreamMemory();
    const { direction: other } = directionWith(many);
    other.begin(0);
    for (let index = 1; index <= 300; index++) push(other, index * 20, '0123456789');
    assert.ok(many.bytes <= engineLimits.heldSegmentsPerDirection * 10);
    assert.equal(many.segmentLimit.hits, 300 - engineLimits.heldSegmentsPerDirection);
    const greedy: StreamReader = { needed: 1, reading: true, read: (_bytes, start) => start, lose: () => undefined };
    const unread = new StreamMemory();
    const third = new StreamDirection(greedy, unread);
    for (let index = 0; index < 100; index++) push(third, index * 1000, 'x'.repeat(1000));
    assert.ok(unread.bytes <= engineLimits.unreadStreamBytes);
    assert.equal(unread.messageLimit.hits, 1);
  });

  it('gives the same bytes for every segmentation, order and repetition', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 60, unit: 'binary-ascii' }),
        fc.array(fc.tuple(fc.nat(59), fc.integer({ min: 1, max: 20 })), { maxLength: 40 }),
        fc.integer(),
        (text, pieces, initial) => {
          const { reader, direction } = directionWith();
          direction.begin(initial);
          const whole = pieces.map(([at, length]) => [at, text.slice(at, at + length)] as const);
          whole.push([0, text]);
          for (const [at, piece] of whole) if (piece !== '') push(direction, initial + at, piece);
          assert.equal(reader.text, text);
          direction.finish();
          assert.equal(direction.memory.bytes, 0);
        },
      ),
    );
  });
});
