import assert from 'node:assert/strict';
import { a, b, bytes, names } from './support';
import type { Segment } from './support';

/** What is counted of the requests in segments to port 80. */
function counted(segments: readonly Segment[]): { requests: number; hosts: string[] } {
  const seen = { requests: 0, hosts: [] as string[] };
  names(80, segments, {
    httpRequest: () => (seen.requests += 1),
    httpHost: (host) => seen.hosts.push(host),
  });
  return seen;
}

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const reply = (type: string, body: string): Segment =>
  b(
    `HTTP/1.1 200 OK\r\n${type === '' ? '' : `Content-Type: ${type}\r\n`}Content-Length: ${body.length}\r\n\r\n${body}`,
  );

describe('HTTP requests', () => {
  it('count when their body is whole as well', () => {
    const post = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc';
    assert.deepEqual(counted([a(post)]), { requests: 0, hosts: [] });
    assert.deepEqual(counted([a(post), a('def')]), { requests: 1, hosts: ['x'] });
    const chunks = 'POST / HTTP/1.1\r\nHost: y\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n';
    assert.deepEqual(counted([a(chunks)]), { requests: 0, hosts: [] });
    assert.deepEqual(counted([a(chunks), a('0\r\n\r\n')]), { requests: 1, hosts: ['y'] });
  });

  it('count behind an empty line, without a version, with an odd method, and in pipelines', () => {
    assert.deepEqual(counted([a(`\r\n${get}`)]), { requests: 1, hosts: ['x'] });
    assert.deepEqual(counted([a('GET /\r\n\r\n')]), { requests: 1, hosts: [] });
    assert.deepEqual(counted([a('MKACTIVITY / HTTP/1.1\r\n\r\n'), a('M-SEARCH * HTTP/1.1\r\n\r\n')]).requests, 2);
    assert.deepEqual(counted([a('PURGE / HTTP/1.1\r\n\r\n')]).requests, 0);
    assert.deepEqual(counted([a(get + get + get)]), { requests: 3, hosts: ['x', 'x', 'x'] });
  });

  it('count each Host, as it stands', () => {
    assert.deepEqual(counted([a('GET / HTTP/1.1\r\nHost: one\r\nhost:two\r\nHost:\r\n\r\n')]).hosts, ['one', 'two']);
  });

  it('count a line among the headers that begins like one', () => {
    assert.equal(counted([a('GET /1 HTTP/1.1\r\nHost: x\r\nGET /2 HTTP/1.1\r\n\r\n')]).requests, 2);
  });
});

describe('names of HTTP bodies', () => {
  const cases: readonly (readonly [type: string, body: string, found: string])[] = [
    ['application/ld+json', '{}', 'http media'],
    ['application/problem+json', '{}', 'http json'],
    ['application/xhtml+xml', '<a/>', 'http media'],
    ['image/svg+xml', '<a/>', 'http xml'],
    ['application/vnd.3gpp.ussd+xml', '<a/>', 'http xml'],
    ['application/vnd.ms-sync.wbxml', '\x03\x01', 'http wbxml'],
    ['application/cbor', 'a', 'http cbor'],
    ['video/mp4', '\0\0\0\x18ftypmp42', 'http mp4'],
    ['video/mp4', 'nothing', 'http media'],
    ['', 'GIF89a', 'http image-gif'],
    ['foo/bar', 'GIF89a', 'http image-gif'],
    ['', 'abc', 'http data'],
  ];
  for (const [type, body, found] of cases)
    it(`read ${type === '' ? 'no type' : type} that begins with ${JSON.stringify(body.slice(0, 6))} as ${found}`, () =>
      assert.deepEqual(names(80, [a(get), reply(type, body)]), ['http', found]));
});

describe('HTTP messages', () => {
  const open = b('HTTP/1.1 200 OK\r\nServer: y\r\n\r\n');

  it('wait for the end of the connection where nothing tells their length', () => {
    assert.deepEqual(names(80, [a(get), open, b('more')]), ['http', '', '']);
  });

  it('end their headers at a line without a colon; a response has the rest for a body', () => {
    assert.deepEqual(names(80, [a('GET / HTTP/1.1\r\nno header\r\nX: y\r\n\r\n')]), ['http data']);
    const odd = b('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nno header\r\nX: y\r\nContent-Length: 0\r\n\r\n');
    assert.deepEqual(names(80, [a(get), odd]), ['http', '']);
  });

  it('end at a chunk with a size that is none', () => {
    const chunks = b(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\nGET / HTTP/1.1\r\n\r\n',
    );
    assert.equal(counted([a(get), chunks]).requests, 1);
  });

  it('go on by the protocol that a signature found, on any port', () => {
    const chunked = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
    assert.deepEqual(names(12_345, [a(chunked)]), ['http data']);
  });

  it('take the rest of what came for the body of a coding that nobody undoes', () => {
    const odd = 'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: xchunked\r\n\r\na' + get;
    assert.deepEqual(counted([a(odd)]), { requests: 1, hosts: [] });
  });

  it('are none behind an accepted CONNECT, not even to port 80', () => {
    const connect = 'CONNECT y:80 HTTP/1.1\r\nHost: y:80\r\n\r\n';
    const accepted = b('HTTP/1.1 200 OK\r\n\r\n');
    assert.deepEqual(names(80, [a(connect), accepted, a(get)]), ['http', 'http', 'http data']);
  });

  it('come whole from many segments behind a gap', () => {
    const head = 'POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 400\r\n\r\n';
    const part = (index: number): Segment => ({
      bytes: new Uint8Array(10).fill(0x61),
      sequence: 1 + head.length + 10 * index,
    });
    const late = Array.from({ length: 38 }, (_, index) => part(index + 2));
    const found = names(80, [{ ...a(head), sequence: 1 }, part(0), ...late, part(1)]);
    assert.equal(found.at(-1), 'http data-text-lines');
  });

  it('upgraded to WebSocket hold data where their frames are binary', () => {
    const upgrade = a('GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n');
    const accepted = b('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n');
    const frame: Segment = { bytes: bytes('8203010203'), fromA: false };
    assert.deepEqual(names(80, [upgrade, accepted, frame]), ['http', 'http', 'http websocket data']);
  });
});
