import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { decodePacket } from '../../../../src/core/decode/decodePacket';
import { PacketView } from '../../../../src/core/decode/packetView';
import { Engine } from '../../../../src/core/engine/engine';
import { decryptStream } from '../../../../src/core/follow/decryptedStream';
import { FollowedStream } from '../../../../src/core/follow/followedStream';
import { httpExchanges } from '../../../../src/core/follow/httpExchanges';
import { FragmentReassembler } from '../../../../src/core/reassembly/ipFragments';
import type { RawPacket } from '../../../../src/core/pcap/rawPacket';
import { KeyLog } from '../../../../src/core/streams/keyLog';
import { MessageTables } from '../../../../src/core/tables/messageTables';
import { converse, makeCertificate } from '../../../support/tlsConversation';
import type { Certificate, TlsConversation } from '../../../support/tlsConversation';

const answer = Uint8Array.from({ length: 40_000 }, (_, index) => (index * 7 + (index >> 8)) & 0xff);
const requests = ['/one?x=1', '/two'].map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);

function keyLogOf(text: string): KeyLog {
  const keyLog = new KeyLog();
  keyLog.add(Buffer.from(text));
  return keyLog;
}

function followed(packets: readonly RawPacket[]): FollowedStream {
  const ends = { ipProtocol: 6, a: '10.0.0.1', aPort: 50_000, b: '10.0.0.2', bPort: 443 };
  const stream = new FollowedStream(ends, 4);
  const view = new PacketView();
  const fragments = new FragmentReassembler();
  for (const packet of packets) {
    decodePacket(view, packet, fragments);
    stream.packet(view);
  }
  stream.finish();
  return stream;
}

function httpTable(packets: readonly RawPacket[], keyLog: KeyLog): MessageTables {
  const tables = new MessageTables();
  const engine = new Engine({ localAddresses: [], detectors: [tables], keyLog, snapshots: false });
  for (const packet of packets) engine.push(packet);
  engine.finish();
  return tables;
}

describe('TLS with a key log', function () {
  this.timeout(30_000);
  let rsa: Certificate | null;
  let ec: Certificate | null;

  before(function () {
    rsa = makeCertificate('rsa');
    ec = makeCertificate('ec');
    if (rsa !== null && ec !== null) return;
    console.log('      skipped: there is no openssl to make a certificate with');
    this.skip();
  });

  const talk = async (
    suite: string,
    version: 'TLSv1.2' | 'TLSv1.3',
    more: Partial<Parameters<typeof converse>[1]> = {},
  ): Promise<TlsConversation> => {
    const certificate = suite.includes('ECDSA') ? ec : rsa;
    assert.ok(certificate);
    const settings = { ciphers: suite, minVersion: version, maxVersion: version } as const;
    const said = await converse(certificate, {
      requests,
      answer,
      ...more,
      server: { ...settings, dhparam: 'auto', ...more.server },
      client: { ...settings, ...more.client },
    });
    assert.equal(said.protocol, version);
    return said;
  };
  const checkWhole = (said: TlsConversation): void => {
    const keyLog = keyLogOf(said.keyLog);
    const plain = decryptStream(followed(said.packets).pieces, keyLog);
    assert.ok(plain);
    assert.equal(plain.cut, false);
    const records = httpExchanges(plain);
    assert.deepEqual(
      records.map(({ request }) => request.startLine),
      ['GET /one?x=1 HTTP/1.1', 'GET /two HTTP/1.1'],
    );
    for (const { response } of records) assert.deepEqual(Buffer.from(response?.body ?? []), Buffer.from(answer));
    const { http } = httpTable(said.packets, keyLog);
    assert.deepEqual(
      http.map(({ method, host, path, status, packet }) => [method, host, path, status, packet]),
      records.map(({ request }) => ['GET', 'localhost', request.head.target, 200, request.packet]),
    );
  };

  for (const [version, suites] of [
    ['TLSv1.3', ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']],
    [
      'TLSv1.2',
      [
        'ECDHE-RSA-AES128-GCM-SHA256',
        'ECDHE-RSA-AES256-GCM-SHA384',
        'ECDHE-RSA-CHACHA20-POLY1305',
        'ECDHE-ECDSA-AES128-GCM-SHA256',
        'ECDHE-ECDSA-CHACHA20-POLY1305',
        'DHE-RSA-AES256-GCM-SHA384',
        'AES128-GCM-SHA256',
      ],
    ],
  ] as const)
    for (const suite of suites)
      it(`reads ${version} with ${suite}: requests, bodies and the table of HTTP`, async () => {
        const said = await talk(suite, version);
        assert.equal(said.cipher, suite);
        checkWhole(said);
      });

  it('reads a connection whose client had to say hello twice', async () => {
    checkWhole(
      await talk('TLS_AES_128_GCM_SHA256', 'TLSv1.3', {
        client: { ecdhCurve: 'X25519:P-384' },
        server: { ecdhCurve: 'P-384' },
      }),
    );
  });

  it('reads a connection that was resumed', async () => {
    for (const [version, suite] of [
      ['TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
      ['TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ] as const) {
      const server = { ticketKeys: Buffer.alloc(48, 7) };
      const first = await talk(suite, version, { server });
      assert.ok(first.session);
      const second = await talk(suite, version, { server, client: { session: first.session } });
      assert.ok(second.resumed);
      checkWhole(second);
    }
  });

  it('reads nothing without a key, with another one, or in a suite without AEAD', async () => {
    const said = await talk('TLS_AES_128_GCM_SHA256', 'TLSv1.3');
    const stream = followed(said.packets);
    assert.equal(decryptStream(stream.pieces, new KeyLog()), null);
    const wrong = said.keyLog.replace(/[0-9a-f]{8}$/gm, '00000000');
    assert.equal(decryptStream(stream.pieces, keyLogOf(wrong)), null);
    assert.deepEqual(httpTable(said.packets, keyLogOf(wrong)).http, []);
    const old = await talk('ECDHE-RSA-AES128-SHA', 'TLSv1.2');
    assert.equal(decryptStream(followed(old.packets).pieces, keyLogOf(old.keyLog)), null);
    assert.equal(httpTable(old.packets, keyLogOf(old.keyLog)).tls.length, 1);
  });

  it('reads up to what is missing, and says so', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const said = await talk(version === 'TLSv1.3' ? 'TLS_AES_128_GCM_SHA256' : 'AES128-GCM-SHA256', version);
      const without = said.packets.filter(({ number }) => number !== said.packets.length - 12);
      const plain = decryptStream(followed(without).pieces, keyLogOf(said.keyLog));
      assert.equal(plain?.cut, true);
      assert.equal(httpExchanges(plain)[0]?.response?.cut, false);
    }
  });

  it('takes any bytes, and changed ones never as something that was said', async () => {
    const said = await talk('TLS_CHACHA20_POLY1305_SHA256', 'TLSv1.3');
    const stream = followed(said.packets);
    const keyLog = keyLogOf(said.keyLog);
    const whole = decryptStream(stream.pieces, keyLog);
    const honest = new Set(whole?.pieces.map(({ bytes }) => createHash('sha1').update(bytes).digest('hex')));
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (piece, at, change) => {
        const pieces = stream.pieces.map((one) => ({ ...one, bytes: one.bytes.slice() }));
        const bytes = pieces[piece % pieces.length]?.bytes;
        assert.ok(bytes);
        const offset = at % bytes.length;
        bytes[offset] = (bytes[offset] ?? 0) ^ change;
        for (const one of decryptStream(pieces, keyLog)?.pieces ?? [])
          assert.ok(honest.has(createHash('sha1').update(one.bytes).digest('hex')));
      }),
      { numRuns: 60 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, fromA) => {
        decryptStream([{ fromA, timeUs: 0, packet: 1, bytes, afterGap: false }], keyLog);
      }),
    );
  });
});

describe('a key log', () => {
  const random = 'ab'.repeat(32);

  it('passes over what is no line of it', () => {
    const keyLog = keyLogOf(
      [
        '# SSL/TLS secrets log file, generated by OpenSSL',
        `CLIENT_RANDOM ${random} ${'01'.repeat(47)}`,
        `CLIENT_RANDOM ${random} ${'0g'.repeat(48)}`,
        `CLIENT_RANDOM ${random.slice(2)} ${'01'.repeat(48)}`,
        `EXPORTER_SECRET ${random} ${'01'.repeat(32)}`,
        `__proto__ ${random} ${'01'.repeat(32)}`,
        'x'.repeat(100_000),
        '',
      ].join('\n'),
    );
    assert.equal(keyLog.size, 0);
  });

  it('takes lines with any line end, in either case, and keeps the first secret of a kind', () => {
    const keyLog = keyLogOf(
      `CLIENT_RANDOM ${random.toUpperCase()} ${'01'.repeat(48)}\r\nCLIENT_RANDOM ${random} ${'02'.repeat(48)}`,
    );
    assert.equal(keyLog.of(Buffer.from(random, 'hex'))?.CLIENT_RANDOM?.[0], 1);
    assert.equal(keyLog.version, 1);
  });

  it('keeps to its limit and counts what it left out', () => {
    const keyLog = new KeyLog(20);
    for (let index = 0; index < 25; index++) {
      keyLog.add(Buffer.from(`CLIENT_RANDOM ${index.toString(16).padStart(64, '0')} ${'01'.repeat(48)}\n`));
    }
    assert.equal(keyLog.size, 20);
    assert.equal(keyLog.limit.hits, 5);
  });

  it('takes any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => new KeyLog().add(bytes)));
  });
});
