import assert from 'node:assert/strict';
import { engineLimits } from '../../../../src/core/limits';
import { ConversationNames } from '../../../../src/core/naming/conversationNames';
import { a, b, bytes, datagram, names, text } from './support';
import type { Segment } from './support';

describe('names of what follows no message', () => {
  it('call the byte of a keep-alive data, unless it is one of a message in several segments', () => {
    const alive: Segment = { bytes: bytes('00'), sequence: 26, keepAlive: true };
    assert.deepEqual(names(80, [a('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), alive]), ['http', 'data']);
    assert.deepEqual(names(80, [a('GET / HTTP/1.1\r\n'), a('Host: x\r\n\r\n'), alive]), ['', 'http', '']);
  });

  it('call bytes on the port of HTTP a continuation once a request was seen, and nothing before', () => {
    const binary: Segment = { bytes: bytes('fe01020304'), fromA: false };
    assert.deepEqual(names(80, [binary, a('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), binary]), ['', 'http', 'http data']);
    assert.deepEqual(names(80, [a('JOIN x\r\n'), a('PING :y\r\n')]), ['', 'http']);
  });

  it('see NTLM in the head of a request', () => {
    assert.deepEqual(names(80, [a('GET / HTTP/1.1\r\nAuthorization: NTLM TlRMTVNTUAAB\r\n\r\n')]), ['http ntlmssp']);
    assert.deepEqual(names(80, [a('GET / HTTP/1.1\r\nAuthorization: Basic eDp5\r\n\r\n')]), ['http']);
  });

  it('take an RTSP message with its body for one, and leave out a gzip of nothing', () => {
    const reply = 'RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\nContent-Length: 4\r\n\r\n';
    assert.deepEqual(names(554, [b(reply), b('v=0\n'), b('$')]), ['', 'rtsp sdp', '']);
    const nothing = bytes('1f8b0800000000000003 0300 00000000 00000000');
    const head = text(
      'HTTP/1.1 302 Found\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n',
    );
    assert.deepEqual(names(80, [{ bytes: Uint8Array.from([...head, ...nothing]), fromA: false }]), ['http']);
  });
});

describe('names by signatures', () => {
  const cases: readonly (readonly [name: string, found: string])[] = [
    [names(9_001, [{ bytes: bytes('80010001 00000004 70696e67 00000000 00') }]).join(), 'thrift'],
    [datagram(6_831, bytes('8221010470696e67')), 'thrift'],
    [names(9_001, [{ bytes: bytes('47494f50 0102 01 00 02000000 aabb') }]).join(), 'giop'],
    [names(9_001, [{ bytes: bytes('0b4d53487c5e7e1c0d') }]).join(), 'hl7'],
    [datagram(9_001, text('ISO11898 and more')), 'caneth data'],
    [datagram(1_234, new Uint8Array(188 * 2).fill(0x47)), 'mp2t'],
    [datagram(1_234, new Uint8Array(188 * 2).fill(0x46)), 'data'],
    [datagram(623, bytes('0600ff06000011be80000000')), 'rmcp asf'],
    [datagram(88, bytes('04020000')), 'kerberos krb4'],
    [datagram(3_478, bytes('0801 0000 2112a442 000000000000000000000000')), 'data'],
  ];
  for (const [found, expected] of cases) it(`tell ${expected}`, () => assert.equal(found, expected));

  it('tell control messages among media that nobody knows, however late', () => {
    const conversation = new ConversationNames();
    for (let count = 0; count <= engineLimits.applicationProbesPerFlow + 2; count++)
      assert.equal(datagram(9_000, bytes('90e00001 00000002 00000003 aabbccdd'), conversation), 'data');
    assert.equal(datagram(9_000, bytes('80c90001 00000001'), conversation), 'rtcp');
  });

  it('put the fragments of a DTLS certificate together', () => {
    // A certificate that holds one attribute of a distinguished name.
    const certificate = bytes('3009 0603550403 1302 4142');
    const message = Uint8Array.from([0, 0, certificate.length + 3, 0, 0, certificate.length, ...certificate]);
    const fragment = (from: number, to: number): Uint8Array => {
      const part = message.subarray(from, to);
      const head = [11, 0, 0, message.length, 0, 1, 0, 0, from, 0, 0, part.length, ...part];
      return Uint8Array.from([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, head.length, ...head]);
    };
    const conversation = new ConversationNames();
    assert.equal(datagram(9_000, fragment(0, 8), conversation), 'dtls');
    assert.equal(datagram(9_000, fragment(8, message.length), conversation), 'dtls x509sat');
  });
});
