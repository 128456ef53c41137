import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LineSplitter } from '../../../src/protocol/lines';

function split(chunks: readonly Uint8Array[], maxLineBytes: number): { lines: string[]; overflows: number } {
  const lines: string[] = [];
  let overflows = 0;
  const splitter = new LineSplitter(
    maxLineBytes,
    (line) => lines.push(Buffer.from(line).toString('latin1')),
    () => overflows++,
  );
  for (const chunk of chunks) {
    splitter.push(chunk);
    // The owner of a chunk may reuse it.
    chunk.fill(0x21);
  }
  splitter.end();
  return { lines, overflows };
}

function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((c) => c % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.slice(at[i], end));
}

describe('LineSplitter', () => {
  it('gives the same lines for any chunking, and counts those that are too long', () => {
    const byte = fc.oneof(fc.constant(10), fc.integer({ min: 0x61, max: 0x7a }));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 200 }), fc.array(fc.nat(), { maxLength: 8 }), (values, cuts) => {
        const limit = 6;
        const all = Buffer.from(values).toString('latin1').split('\n');
        if (all.at(-1) === '') all.pop();
        const { lines, overflows } = split(cut(Uint8Array.from(values), cuts), limit);
        assert.deepEqual(
          lines,
          all.filter((line) => line.length <= limit),
        );
        assert.equal(overflows, all.filter((line) => line.length > limit).length);
      }),
    );
  });

  it('reports a line that is too long before it ends, and goes on after it', () => {
    let overflows = 0;
    const lines: number[] = [];
    const splitter = new LineSplitter(
      10,
      (line) => lines.push(line.length),
      () => overflows++,
    );
    splitter.push(Buffer.alloc(11, 'x'));
    assert.equal(overflows, 1);
    splitter.push(Buffer.alloc(1000, 'x'));
    splitter.push(Buffer.from('\nok\n'));
    assert.equal(overflows, 1);
    assert.deepEqual(lines, [2]);
  });
});
