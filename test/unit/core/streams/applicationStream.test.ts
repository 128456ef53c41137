import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ApplicationMessage } from '../../../../src/core/decode/application';
import { ApplicationStream } from '../../../../src/core/streams/applicationStream';
import { HttpExchange } from '../../../../src/core/streams/httpParser';
import { StreamDirection, StreamMemory } from '../../../../src/core/streams/streamDirection';
import {
  concatBytes,
  dnsMessage,
  httpRequest,
  httpResponse,
  textBytes,
  tlsClientHello,
  tlsRecord,
  tlsServerHello,
} from '../../../support/packets';

interface Reading {
  messages: ApplicationMessage[];
  protocols: string[];
  reader: ApplicationStream;
  memory: StreamMemory;
}

/** What is read of `bytes` when they come in segments that end at `cuts`. */
function read(bytes: Uint8Array, cuts: readonly number[], exchange = new HttpExchange(), port = 80): Reading {
  const messages: ApplicationMessage[] = [];
  const protocols: string[] = [];
  const reader = new ApplicationStream(
    40000,
    port,
    exchange,
    (message) => messages.push(message),
    (protocol) => protocols.push(protocol),
  );
  const memory = new StreamMemory();
  const direction = new StreamDirection(reader, memory);
  direction.begin(0);
  let start = 0;
  for (const end of [...new Set([...cuts, bytes.length])].filter((cut) => cut <= bytes.length).sort((x, y) => x - y)) {
    // A copy, as the bytes of a packet are gone after it.
    const packet = bytes.slice(start, end);
    if (packet.length > 0) direction.push(0, start, packet, 0, packet.length, packet.length);
    packet.fill(0);
    start = end;
  }
  return { messages, protocols, reader, memory };
}

function summary(messages: readonly ApplicationMessage[]): string[] {
  return messages.map((message) => {
    switch (message.kind) {
      case 'http-request':
        return `${message.method} ${message.target} ${message.host}`;
      case 'http-response':
        return String(message.status);
      case 'http-body':
        return `body ${message.text}`;
      case 'tls-client-hello':
        return `hello ${message.serverName}`;
      case 'dns':
        return `${message.response ? 'answer' : 'query'} ${message.questions[0]?.name}`;
      default:
        return message.kind;
    }
  });
}

function framedDns(id: number, name: string): Uint8Array {
  const message = dnsMessage({ id, questions: [{ name, type: 'A' }] });
  return concatBytes([Uint8Array.of(message.length >> 8, message.length & 0xff), message]);
}

/** One handshake message in records of at most `size` bytes. */
function inRecords(record: Uint8Array, size: number): Uint8Array {
  const message = record.subarray(5);
  const records: Uint8Array[] = [];
  for (let at = 0; at < message.length; at += size) records.push(tlsRecord(22, message.slice(at, at + size)));
  return concatBytes(records);
}

const requests = concatBytes([
  httpRequest('GET', '/one', 'a.test'),
  httpRequest('POST', '/two', 'b.test', { 'Content-Length': '28' }, 'GET /body HTTP/1.1\r\nHost: x\r'),
  httpRequest(
    'PUT',
    '/three',
    'c.test',
    { 'Transfer-Encoding': 'gzip, chunked' },
    '5;x=y\r\nGET /\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n',
  ),
  textBytes('\r\n'),
  httpRequest('HEAD', '/four', 'd.test'),
]);
const requestSummary = [
  'GET /one a.test',
  'POST /two b.test',
  'body GET /body HTTP/1.1··Host: x·',
  'PUT /three c.test',
  'HEAD /four d.test',
];

const responses = concatBytes([
  textBytes('HTTP/1.1 100 Continue\r\n\r\n'),
  httpResponse(200, 'OK', 'HTTP/1.1 500 No\r\n\r\n'),
  textBytes('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n'),
  textBytes('HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n'),
  textBytes('HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
  textBytes('HTTP/1.0 201 Created\r\n\r\nHTTP/1.1 599 until the end'),
]);

function exchangeOf(...methods: string[]): HttpExchange {
  const exchange = new HttpExchange();
  methods.forEach((method) => exchange.ask(method));
  return exchange;
}

const everyCut = (bytes: Uint8Array): number[] => [...bytes.keys()];
const cutsOf = fc.array(fc.nat(1200), { maxLength: 30 });

describe('ApplicationStream', () => {
  it('finds pipelined requests by the length of their bodies, however they are cut', () => {
    assert.deepEqual(summary(read(requests, []).messages), requestSummary);
    assert.deepEqual(summary(read(requests, everyCut(requests)).messages), requestSummary);
    fc.assert(fc.property(cutsOf, (cuts) => assert.deepEqual(summary(read(requests, cuts).messages), requestSummary)));
  });

  it('reads the beginning of a body that is text, and leaves out the rest and what is none', () => {
    const long = 'a'.repeat(5000);
    const length = { 'Content-Length': '5000' };
    const form = { ...length, 'Content-Type': 'application/x-www-form-urlencoded' };
    const image = { ...length, 'Content-Type': 'image/png' };
    const bytes = concatBytes([
      httpRequest('POST', '/form', 'a.test', form, long),
      httpRequest('PUT', '/image', 'a.test', image, long),
      httpRequest('GET', '/next', 'a.test'),
    ]);
    const expected = ['POST /form a.test', `body ${'a'.repeat(2048)}`, 'PUT /image a.test', 'GET /next a.test'];
    assert.deepEqual(summary(read(bytes, []).messages), expected);
    assert.deepEqual(summary(read(bytes, [3, 70, 1000, 2500, 6000, 9000]).messages), expected);
  });

  it('finds responses by the methods that they answer, and reads up to the end where no length is told', () => {
    const want = ['100', '200', '200', '304', '404', '201'];
    fc.assert(
      fc.property(cutsOf, (cuts) => {
        const exchange = exchangeOf('GET', 'HEAD', 'GET', 'GET', 'POST');
        assert.deepEqual(summary(read(responses, cuts, exchange).messages), want);
      }),
    );
  });

  it('reads TLS through the tunnel of a proxy', () => {
    const bytes = concatBytes([httpRequest('CONNECT', 'a.test:443', 'a.test'), tlsClientHello('inner.test')]);
    fc.assert(
      fc.property(cutsOf, (cuts) =>
        assert.deepEqual(summary(read(bytes, cuts).messages), ['CONNECT a.test:443 a.test', 'hello inner.test']),
      ),
    );
  });

  it('reads a hello that spans segments and records, also the second one after a retry, and then nothing more', () => {
    const bytes = concatBytes([
      inRecords(tlsClientHello('a.test'), 50),
      tlsRecord(20, Uint8Array.of(1)),
      tlsClientHello('a.test', { seed: 2 }),
      tlsRecord(23, new Uint8Array(300)),
      tlsClientHello('never.test'),
    ]);
    fc.assert(
      fc.property(cutsOf, (cuts) => {
        const { messages, reader, memory, protocols } = read(bytes, cuts, undefined, 443);
        assert.deepEqual(summary(messages), ['hello a.test', 'hello a.test']);
        assert.deepEqual(protocols, ['tls']);
        assert.equal(reader.reading, false);
        assert.equal(memory.bytes, 0);
      }),
    );
  });

  it('reads no more of a direction behind application data whose end the capture cut', () => {
    const messages: ApplicationMessage[] = [];
    const reader = new ApplicationStream(
      40000,
      443,
      new HttpExchange(),
      (message) => messages.push(message),
      () => undefined,
    );
    const cutHello = tlsClientHello('example.org').subarray(0, 90);
    reader.lose(cutHello, 0, cutHello.length, true);
    assert.equal(reader.reading, true);
    assert.equal(messages.length, 1);
    const data = tlsRecord(23, new Uint8Array(40));
    reader.lose(data, 0, data.length, true);
    assert.equal(reader.reading, false);
  });

  it('reads a ServerHello with other messages in its record', () => {
    const hello = tlsServerHello().slice(5);
    const certificate = concatBytes([Uint8Array.of(11, 0, 0, 200), new Uint8Array(200)]);
    const bytes = concatBytes([tlsRecord(22, concatBytes([hello, certificate])), tlsRecord(23, new Uint8Array(9))]);
    fc.assert(
      fc.property(cutsOf, (cuts) =>
        assert.deepEqual(
          read(bytes, cuts).messages.map(({ kind }) => kind),
          ['tls-server-hello'],
        ),
      ),
    );
  });

  it('reads DNS messages behind their lengths, on its port and elsewhere', () => {
    const bytes = concatBytes([framedDns(1, 'a.test'), framedDns(2, 'b.test')]);
    for (const port of [53, 9999]) {
      fc.assert(
        fc.property(cutsOf, (cuts) =>
          assert.deepEqual(summary(read(bytes, cuts, undefined, port).messages), ['query a.test', 'query b.test']),
        ),
      );
    }
  });

  it('reads what follows the header of a load balancer', () => {
    const bytes = concatBytes([textBytes('PROXY TCP4 10.0.0.1 10.0.0.2 4000 443\r\n'), tlsClientHello('a.test')]);
    fc.assert(
      fc.property(cutsOf, (cuts) => {
        const { messages, protocols } = read(bytes, cuts);
        assert.deepEqual(summary(messages), ['hello a.test']);
        assert.deepEqual(protocols, ['tls']);
      }),
    );
  });

  it('recognises a protocol behind another one in clear (STARTTLS)', () => {
    const commands = ['EHLO me\r\n', 'STARTTLS\r\n'].map(textBytes);
    const bytes = concatBytes([...commands, tlsClientHello('mail.test')]);
    const { messages, protocols } = read(bytes, [9, 19], undefined, 25);
    assert.deepEqual(summary(messages), ['line-command', 'line-command', 'hello mail.test']);
    assert.deepEqual(protocols, ['smtp', 'tls']);
  });

  it('names protocols by how they begin', () => {
    const beginnings: [string, Uint8Array, number][] = [
      ['ftp', textBytes('220 Welcome to the FTP service\r\n'), 4000],
      ['ftp', textBytes('220 (vsFTPd 3.0.5)\r\n'), 21],
      ['smtp', textBytes('220 mail.test ESMTP\r\n'), 4000],
      ['pop', textBytes('+OK ready\r\n'), 4000],
      ['imap', textBytes('* OK ready\r\n'), 4000],
      ['http2', textBytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 4000],
      ['ssh', textBytes('SSH-2.0-OpenSSH_9.2\r\n'), 4000],
      ['mqtt', concatBytes([Uint8Array.of(0x10, 12, 0, 4), textBytes('MQTT'), new Uint8Array(8)]), 4000],
      ['smb2', concatBytes([Uint8Array.of(0, 0, 0, 64, 0xfe), textBytes('SMB'), new Uint8Array(60)]), 445],
      ['smb', concatBytes([Uint8Array.of(0, 0, 0, 64, 0xff), textBytes('SMB'), new Uint8Array(60)]), 445],
      ['rdp', Uint8Array.of(3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0), 4000],
      ['modbus', Uint8Array.of(0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 10), 502],
    ];
    for (const [protocol, bytes, port] of beginnings) {
      assert.deepEqual(read(bytes, [], undefined, port).protocols, [protocol]);
      assert.deepEqual(read(bytes, everyCut(bytes), undefined, port).protocols, [protocol], `${protocol} byte by byte`);
    }
  });

  it('gives up on what is nothing known, and then holds nothing', () => {
    const { reader, memory, messages } = read(new Uint8Array(4000).fill(0xf5), everyCut(new Uint8Array(40)));
    assert.equal(reader.reading, false);
    assert.equal(memory.bytes, 0);
    assert.deepEqual(messages, []);
  });

  it('never throws, and holds no more than its limit, whatever the bytes and their order', () => {
    const beginnings = [requests, responses, tlsClientHello('a.test'), framedDns(1, 'a.test'), textBytes('220 ')];
    fc.assert(
      fc.property(
        fc.constantFrom(...beginnings),
        fc.nat(300),
        fc.array(fc.tuple(fc.integer({ min: -50, max: 900 }), fc.uint8Array({ maxLength: 60 }), fc.nat(20)), {
          maxLength: 30,
        }),
        fc.constantFrom(53, 80, 502),
        (beginning, kept, segments, port) => {
          const memory = new StreamMemory(4096);
          const reader = new ApplicationStream(
            1,
            port,
            new HttpExchange(),
            () => undefined,
            () => undefined,
          );
          const direction = new StreamDirection(reader, memory);
          const head = beginning.slice(0, kept);
          direction.push(0, 0, head, 0, head.length, head.length);
          for (const [sequence, bytes, cut] of segments) {
            direction.push(sequence, sequence, bytes, 0, bytes.length, bytes.length + cut);
            assert.ok(memory.bytes >= 0 && memory.bytes <= 4096 + 80);
          }
          direction.acknowledged(0, 500);
          direction.finish();
          assert.equal(memory.bytes, 0);
        },
      ),
      { numRuns: 500 },
    );
  });
});
