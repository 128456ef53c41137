import assert from 'node:assert/strict';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { decodeBody, maxBodyBytes } from '../../../src/analyzer/bodyDecoding';

const text = Buffer.from('the same words over and over, '.repeat(400));

describe('codings of a body', () => {
  it('are undone: gzip, deflate with its wrapper and without, brotli, several in turn', async () => {
    const cases: [string, Uint8Array][] = [
      ['gzip', gzipSync(text)],
      ['x-gzip', gzipSync(text)],
      ['Deflate', deflateSync(text)],
      ['deflate', deflateRawSync(text)],
      ['br', brotliCompressSync(text)],
      ['gzip, br', brotliCompressSync(gzipSync(text))],
      ['identity', text],
    ];
    for (const [coding, bytes] of cases) {
      const decoded = await decodeBody(bytes, coding);
      assert.deepEqual(Buffer.from(decoded.bytes), text, coding);
    }
    assert.deepEqual(Buffer.from((await decodeBody(text, null)).bytes), text);
  });

  it('are cut where a bomb would take memory, and it says so', async () => {
    const bomb = gzipSync(Buffer.alloc(8 * maxBodyBytes));
    assert.ok(bomb.length < 200_000);
    const { bytes, notes } = await decodeBody(bomb, 'gzip');
    assert.equal(bytes.length, maxBodyBytes);
    assert.match(notes.join(' '), /it would unpack to more/);
    const brotli = await decodeBody(brotliCompressSync(Buffer.alloc(4 * maxBodyBytes)), 'br');
    assert.equal(brotli.bytes.length, maxBodyBytes);
  });

  it('that are cut or wrong give what there is, and say so', async () => {
    const half = gzipSync(Buffer.from(Array.from({ length: 20_000 }, (_, at) => (at * 7919) % 251)));
    const cut = await decodeBody(half.subarray(0, half.length / 2), 'gzip');
    assert.ok(cut.bytes.length > 0);
    const wrong = await decodeBody(text, 'gzip');
    assert.deepEqual(Buffer.from(wrong.bytes), text);
    assert.match(wrong.notes.join(' '), /not gzip/);
    const unknown = await decodeBody(text, 'zstd');
    assert.deepEqual(Buffer.from(unknown.bytes), text);
    assert.match(unknown.notes.join(' '), /"zstd" is not known/);
    assert.deepEqual(await decodeBody(new Uint8Array(0), 'gzip'), { bytes: new Uint8Array(0), notes: [] });
  });
});
