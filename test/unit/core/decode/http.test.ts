import assert from 'node:assert/strict';
import { filler, httpRequest, httpResponse, tcpFrame, textBytes, udpFrame } from '../../../support/packets';
import { decoded } from '../../../support/decoded';

const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 40000, destinationPort: 8088, flags: 'PA' };
const sent = (payload: Uint8Array | string): ReturnType<typeof decoded> =>
  decoded(tcpFrame(ends, typeof payload === 'string' ? textBytes(payload) : payload));

describe('HTTP/1', () => {
  it('reads a request on any port', () => {
    const { application, view, row } = sent(
      httpRequest(
        'POST',
        '/login?x=1',
        'shop.test',
        {
          'User-Agent': 'curl/8.0',
          'content-length': '12',
          Cookie: 'a=b',
          Referer: 'http://x.test/',
          Authorization: 'Basic c2VjcmV0OnNlY3JldA==',
          'Content-Type': 'text/plain',
        },
        'user=a&pw=bc',
      ),
    );
    assert.deepEqual(application, {
      kind: 'http-request',
      method: 'POST',
      target: '/login?x=1',
      version: 'HTTP/1.1',
      host: 'shop.test',
      userAgent: 'curl/8.0',
      cookie: 'a=b',
      referer: 'http://x.test/',
      authorization: 'basic',
      authorizationHash: 1731128948,
      contentType: 'text/plain',
      contentLength: 12,
      chunked: false,
      headWhole: true,
    });
    assert.equal(view.layers.join(':'), 'eth:ip:tcp:http');
    assert.equal(row.info, 'POST /login?x=1 HTTP/1.1');
  });

  it('reads a length with leading zeros, and a request without a target', () => {
    const text = 'GET HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0000000000000000000012\r\n\r\n';
    const message = sent(textBytes(text)).application;
    assert.ok(message?.kind === 'http-request');
    assert.deepEqual([message.target, message.host, message.contentLength], ['', 'a.test', 12]);
  });

  it('reads a response', () => {
    const { application, row } = sent(httpResponse(404, 'Not Found', '<p>no</p>'));
    assert.deepEqual(application, {
      kind: 'http-response',
      status: 404,
      reason: 'Not Found',
      version: 'HTTP/1.1',
      contentType: 'text/html',
      contentLength: 9,
      chunked: false,
      headWhole: true,
    });
    assert.equal(row.info, 'HTTP/1.1 404 Not Found  (text/html)');
  });

  it('accepts bare line feeds, cut lines and missing headers', () => {
    assert.equal(sent('GET /a HTTP/1.0\nHost: h\n\n').row.info, 'GET /a HTTP/1.0');
    assert.equal(sent('GET /a-very-long-targ').row.info, 'GET /a-very-long-targ');
    const cutHeader = sent('GET / HTTP/1.1\r\nHost: whole.test\r\nUser-Ag').application;
    assert.ok(cutHeader?.kind === 'http-request');
    assert.equal(cutHeader.host, 'whole.test');
    assert.equal(cutHeader.userAgent, null);
  });

  it('does not believe a Host in the body', () => {
    const { application } = sent('POST / HTTP/1.1\r\nA: b\r\n\r\nHost: evil.test\r\n');
    assert.ok(application?.kind === 'http-request');
    assert.equal(application.host, null);
  });

  it('refuses what only looks like it', () => {
    for (const text of [
      'GET me out of here\r\n',
      'HTTP/1.1 abc\r\n',
      'HTTP/1.1 2000 x\r\n',
      'GETTING / HTTP/1.1\r\n',
      'get / HTTP/1.1\r\n',
    ]) {
      const { application } = sent(text);
      assert.ok(application === null || text.startsWith('HTTP/1.1 2000'), text);
    }
    assert.equal(sent(filler(100, 3)).application, null);
  });

  it('bounds a target and shows control characters as dots', () => {
    const { application, row } = sent(`GET /${'a'.repeat(5000)}\x1b[31m HTTP/1.1\r\n\r\n`);
    assert.ok(application?.kind === 'http-request');
    assert.equal(application.target.length, 2049);
    assert.ok(row.info.length <= 512);
    assert.equal(sent('GET /\x1b[31m\x07 HTTP/1.1\r\n\r\n').row.info, 'GET /·[31m· HTTP/1.1');
  });

  it('calls it SSDP over UDP', () => {
    const frame = udpFrame(
      { source: '10.0.0.1', destination: '239.255.255.250', sourcePort: 50000, destinationPort: 1900 },
      textBytes('M-SEARCH * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\n\r\n'),
    );
    assert.equal(decoded(frame).row.protocol, 'ssdp');
  });
});
