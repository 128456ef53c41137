import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PlainReader } from '../../../../src/core/follow/plainReader';
import type { PlainConnection, PlainKind, PlainListener } from '../../../../src/core/follow/plainReader';
import { StreamMemory } from '../../../../src/core/streams/streamDirection';
import { concatBytes, textBytes } from '../../../support/packets';

/** Hands over bytes in parts, what was not read again with the next, as a direction of a connection does. */
function read(parts: readonly Uint8Array[], connection: PlainConnection = { http2: null }) {
  const found: [PlainKind, string][] = [];
  const listener: PlainListener = (kind, bytes, start, end) => {
    assert.ok(start <= end && end <= bytes.length);
    found.push([kind, Buffer.from(bytes.subarray(start, end)).toString('latin1')]);
  };
  const reader = new PlainReader(connection, listener, new StreamMemory());
  let rest: Uint8Array = new Uint8Array(0);
  let skip = 0;
  for (const part of parts) {
    const fresh = part.subarray(Math.min(skip, part.length));
    skip -= part.length - fresh.length;
    rest = concatBytes([rest, fresh]);
    if (rest.length === 0 || rest.length < reader.needed) continue;
    const done = reader.read(rest, 0, rest.length);
    assert.ok(done > 0 || reader.needed > rest.length, 'it gets further, or asks for more');
    skip += Math.max(0, done - rest.length);
    rest = rest.slice(Math.min(done, rest.length));
  }
  return found;
}
const frame = (type: number, stream: number, payload: string): Uint8Array =>
  concatBytes([Uint8Array.of(0, 0, payload.length, type, 0, 0, 0, 0, stream), textBytes(payload)]);

describe('what is inside TLS', () => {
  const posted = 'POST /a HTTP/1.1\r\nContent-Length: 11\r\n\r\n';
  const next = 'GET /b HTTP/1.1\r\nHost: x\r\n\r\n';

  it('is heads and bodies of HTTP/1, whatever the records', () => {
    assert.deepEqual(read([textBytes(`${posted}GET /no HTTP${next}`)]), [
      ['http-head', posted],
      ['http-body', 'GET /no HTT'],
      ['data', `P${next}`],
    ]);
    const whole = textBytes(`${posted}GET / HTTP/${next}`);
    assert.deepEqual(read([whole]), [
      ['http-head', posted],
      ['http-body', 'GET / HTTP/'],
      ['http-head', next],
    ]);
    for (let size = 5; size < 40; size++) {
      const parts: Uint8Array[] = [];
      for (let at = 0; at < whole.length; at += size) parts.push(whole.subarray(at, at + size));
      const heads = read(parts).filter(([kind]) => kind === 'http-head');
      assert.deepEqual(heads, [['http-head', posted], ['http-head', next]], `parts of ${size}`); // prettier-ignore
    }
  });

  it('ends a body without a length where a record begins with a head', () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    const said = read([`${head}5\r\nhello\r\n`, '0\r\n\r\n', `${head}`].map(textBytes));
    assert.deepEqual(
      said.map(([kind]) => kind),
      ['http-head', 'http-body', 'http-body', 'http-head'],
    );
  });

  it('is frames of HTTP/2 behind the preface, and of the server that begins with its settings', () => {
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
    const frames = concatBytes([textBytes(preface), frame(4, 0, ''), frame(1, 1, 'headers')]);
    const shared: PlainConnection = { http2: null };
    assert.deepEqual(
      read([frames.subarray(0, 30), frames.subarray(30)], shared).map(([, text]) => text.length),
      [preface.length, 9, 16],
    );
    assert.equal(shared.http2, true);
    assert.deepEqual(
      read([frame(4, 0, '123456'), frame(0, 1, 'GET / HTTP/1.1\r\n\r\n')]).map(([kind]) => kind),
      ['http2', 'http2'],
    );
  });

  it('may be anything', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(textBytes(posted), textBytes(next), frame(4, 0, ''), textBytes('HTTP/1.1 200 OK\r\n')),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (parts) => {
        const length = parts.reduce((sum, part) => sum + part.length, 0);
        const said = read(parts).reduce((sum, [, text]) => sum + text.length, 0);
        assert.ok(said <= length, 'no byte is told twice');
      }),
    );
  });
});
