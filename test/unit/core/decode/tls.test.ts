import assert from 'node:assert/strict';
import {
  concatBytes,
  filler,
  hexBytes,
  rawPacket,
  tcpFrame,
  tlsClientHello,
  tlsRecord,
  tlsServerHello,
} from '../../../support/packets';
import { decoded } from '../../../support/decoded';

const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 40000, destinationPort: 8443, flags: 'PA' };
const sent = (payload: Uint8Array): ReturnType<typeof decoded> => decoded(tcpFrame(ends, payload));

describe('TLS', () => {
  it('reads server name, protocols and version of a ClientHello on any port', () => {
    const { application, view, row } = sent(tlsClientHello('shop.test', { alpn: ['h2', 'http/1.1'] }));
    assert.deepEqual(application, {
      kind: 'tls-client-hello',
      serverName: 'shop.test',
      alpn: ['h2', 'http/1.1'],
      version: 0x0304,
    });
    assert.equal(view.layers.join(':'), 'eth:ip:tcp:tls');
    assert.equal(row.info, 'Client Hello (SNI=shop.test)');
    assert.equal(sent(tlsClientHello(null)).row.info, 'Client Hello');
  });

  it('reads a ServerHello', () => {
    const { application, row } = sent(tlsServerHello());
    assert.deepEqual(application, { kind: 'tls-server-hello', version: 0x0304, cipherSuite: 0x1301, alpn: null });
    assert.equal(row.info, 'Server Hello');
  });

  it('still finds the name when the rest of the hello is in the next segment', () => {
    const hello = tlsClientHello('shop.test');
    const name = 5 + Buffer.from(hello.subarray(5)).indexOf('shop.test') + 'shop.test'.length;
    const whole = sent(hello.subarray(0, name)).application;
    assert.ok(whole?.kind === 'tls-client-hello');
    assert.equal(whole.serverName, 'shop.test');
    const cut = sent(hello.subarray(0, name - 1)).application;
    assert.ok(cut?.kind === 'tls-client-hello');
    assert.equal(cut.serverName, null);
  });

  it('lists the records of a packet', () => {
    const records = concatBytes([
      tlsRecord(20, Uint8Array.of(1)),
      tlsRecord(22, filler(40, 1)),
      tlsRecord(23, filler(100, 2)),
    ]);
    const { application, row } = sent(records);
    assert.ok(application?.kind === 'tls-record');
    assert.deepEqual(application.contentTypes, [20, 22, 23]);
    assert.deepEqual(application.handshakeTypes, [null, null, null]);
    assert.equal(row.info, 'Change Cipher Spec, Encrypted Handshake Message, Application Data');
  });

  it('names handshake messages in clear and not the encrypted one behind them', () => {
    const keyExchange = concatBytes([hexBytes('10000021'), filler(33, 1)]);
    const records = concatBytes([
      tlsRecord(22, keyExchange),
      tlsRecord(20, Uint8Array.of(1)),
      tlsRecord(22, concatBytes([hexBytes('10000021'), filler(33, 1)])),
    ]);
    const { application, row } = sent(records);
    assert.ok(application?.kind === 'tls-record');
    assert.deepEqual(application.handshakeTypes, [16, null, null]);
    assert.equal(row.info, 'Client Key Exchange, Change Cipher Spec, Encrypted Handshake Message');
  });

  it('reads an alert in clear', () => {
    const { application, row } = sent(tlsRecord(21, Uint8Array.of(2, 40)));
    assert.ok(application?.kind === 'tls-record');
    assert.deepEqual(application.alert, { level: 2, description: 40 });
    assert.equal(row.info, 'Alert (Level: Fatal, Description: 40)');
  });

  it('refuses bytes that are no record', () => {
    for (const bytes of ['16 0305 0010 00', '17 0303 0000 00', '17 0303 ffff 00', '19 0303 0010 00', '16 0303']) {
      assert.equal(sent(hexBytes(bytes)).application, null, bytes);
    }
  });

  it('never throws on a hello cut or damaged anywhere', () => {
    const frame = tcpFrame(ends, tlsClientHello('shop.test'));
    for (let length = 0; length < frame.length; length++) {
      decoded(rawPacket(frame.subarray(0, length), { originalLength: frame.length }));
      const damaged = frame.slice();
      damaged[length] = (damaged[length] ?? 0) ^ 0xff;
      decoded(damaged);
    }
  });
});
