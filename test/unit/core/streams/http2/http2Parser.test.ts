import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ApplicationMessage } from '../../../../../src/core/decode/application';
import { Http2Parser } from '../../../../../src/core/streams/http2/http2Parser';
import { StreamDirection, StreamMemory } from '../../../../../src/core/streams/streamDirection';
import { block, frame, preface } from '../../../../support/http2Frames';
import { concatBytes, textBytes } from '../../../../support/packets';

const post = { ':method': 'POST', ':path': '/login', ':authority': 'a.example', 'content-type': 'text/plain' };
const get = { ':method': 'GET', ':path': '/x', ':authority': 'a.example', cookie: 'a=b' };

/** Reads in pieces of `size` as a connection gives them. */
function read(bytes: Uint8Array, size = bytes.length): ApplicationMessage[] {
  const messages: ApplicationMessage[] = [];
  const memory = new StreamMemory();
  const parser = new Http2Parser((message, layer) => {
    assert.equal(layer, 'http2');
    messages.push(message);
  }, memory);
  const reader = {
    reading: true,
    get needed() {
      return parser.needed;
    },
    read: (part: Uint8Array, start: number, end: number) => parser.read(part, start, end),
    lose: () => parser.release(),
  };
  const direction = new StreamDirection(reader, memory);
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, Math.min(bytes.length, at + size));
    direction.push(0, at, part, 0, part.length, part.length);
  }
  direction.finish();
  parser.release();
  assert.equal(memory.bytes, 0);
  return messages;
}

const short = (messages: readonly ApplicationMessage[]): string[] =>
  messages.map((message) => {
    if (message.kind === 'http-request')
      return `${message.streamId} ${message.method} ${message.host}${message.target}`;
    if (message.kind === 'http-response') return `${message.streamId} ${message.status} ${message.contentLength}`;
    return message.kind === 'http-body' ? `${message.request.streamId} ${message.text}` : message.kind;
  });

describe('messages of HTTP/2', () => {
  const asked = concatBytes([
    preface,
    frame(4, 0, 0, new Uint8Array(0)),
    frame(1, 4, 1, block(post)),
    frame(1, 5, 3, block(get)),
    frame(0, 0, 1, textBytes('pass')),
    frame(8, 0, 0, new Uint8Array(4)),
    frame(0, 1, 1, textBytes('word=x')),
  ]);
  const expected = ['1 POST a.example/login', '3 GET a.example/x', '1 password=x'];

  it('are requests of streams that mix, with what their bodies begin with, however they are cut', () => {
    assert.deepEqual(short(read(asked)), expected);
    for (let size = 1; size < 40; size++) assert.deepEqual(short(read(asked, size)), expected, `parts of ${size}`);
  });

  it('are responses, of which the end of the stream tells that they have no body', () => {
    const said = concatBytes([
      frame(4, 0, 0, new Uint8Array(0)),
      frame(1, 4, 3, block({ ':status': '200', 'content-length': '4' })),
      frame(0, 0, 3, textBytes('body')),
      frame(1, 5, 3, block({ 'grpc-status': '0' })),
      frame(1, 5, 1, block({ ':status': '404' })),
    ]);
    assert.deepEqual(short(read(said, 7)), ['3 200 4', '1 404 0']);
  });

  it('have header lists over several frames, padded, and with a priority', () => {
    const list = block(get);
    const padded = concatBytes([Uint8Array.of(3, 0, 0, 0, 0, 16), list.subarray(0, 9), new Uint8Array(3)]);
    const bytes = concatBytes([
      preface,
      frame(1, 0x1 | 0x8 | 0x20, 5, padded),
      frame(9, 0, 5, list.subarray(9, 20)),
      frame(9, 4, 5, list.subarray(20)),
    ]);
    assert.deepEqual(short(read(bytes)), ['5 GET a.example/x']);
    // RFC 9113 section 6.10: nothing may come between.
    const broken = concatBytes([preface, frame(1, 0, 5, list.subarray(0, 9)), frame(6, 0, 0, new Uint8Array(8))]);
    assert.deepEqual(short(read(concatBytes([broken, frame(9, 4, 5, list.subarray(9))]))), []);
  });

  it('keep the table right over what a server promises', () => {
    // `410161` enters `:authority: a` in the table; 62 is that entry.
    const promise = concatBytes([Uint8Array.of(0, 0, 0, 2), Uint8Array.of(0x82, 0x84, 0x41, 1, 0x61)]);
    const said = concatBytes([frame(5, 4, 1, promise), frame(1, 5, 1, Uint8Array.of(0x82, 0x84, 0xbe))]);
    assert.deepEqual(short(read(said)), ['1 GET a/']);
  });

  it('may be anything', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(asked, preface, frame(1, 0, 1, block(get)), frame(9, 4, 1, block(post))),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.integer({ min: 1, max: 50 }), (parts, size) => {
        read(concatBytes(parts), size);
      }),
    );
  });
});
