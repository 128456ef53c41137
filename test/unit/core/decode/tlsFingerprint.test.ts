import assert from 'node:assert/strict';
import fc from 'fast-check';
import { tlsFingerprints } from '../../../../src/core/decode/tlsFingerprint';
import { concatBytes, filler, hexBytes, textBytes, tlsClientHello } from '../../../support/packets';

function number16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function sized16(bytes: Uint8Array): Uint8Array {
  return concatBytes([number16(bytes.length), bytes]);
}

/** A ClientHello with its handshake header; extensions by type in hexadecimal, with their data. */
function clientHello(version: number, ciphers: string, extensions: readonly [string, Uint8Array][]): Uint8Array {
  const body = concatBytes([
    number16(version),
    filler(32, 1),
    Uint8Array.of(0),
    sized16(hexBytes(ciphers)),
    hexBytes('0100'),
    sized16(concatBytes(extensions.map(([type, data]) => concatBytes([hexBytes(type), sized16(data)])))),
  ]);
  return concatBytes([Uint8Array.of(1, 0), sized16(body)]);
}

const none = new Uint8Array(0);
const alpn = (name: string): Uint8Array =>
  sized16(concatBytes([Uint8Array.of(name.length), Buffer.from(name, 'latin1')]));
const serverName = sized16(concatBytes([Uint8Array.of(0), sized16(textBytes('a.test'))]));

/** What the JA4 description takes as its example, in an order of its own and with values of GREASE. */
const chrome: [string, Uint8Array][] = [
  ['2a2a', none],
  ['0000', serverName],
  ['0010', alpn('h2')],
  ['000d', sized16(hexBytes('0403 0804 0401 0503 0805 0501 0806 0601'))],
  ['002b', hexBytes('06 fafa 0304 0303')],
  ...'0033 4469 0005 000a 000b 0012 0015 0017 001b 0023 002d ff01'
    .split(' ')
    .map((type): [string, Uint8Array] => [type, none]),
];
const chromeCiphers = 'dada 1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035';

function ja4(hello: Uint8Array, transport: 't' | 'q' = 't'): string | undefined {
  return tlsFingerprints(hello, 0, hello.length, transport)?.ja4;
}

describe('TLS fingerprints', () => {
  it('makes the JA3 of its description', () => {
    const ciphers = [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4].map((n) =>
      n.toString(16).padStart(4, '0'),
    );
    const hello = clientHello(0x0301, ciphers.join(''), [
      ['0000', serverName],
      ['000a', hexBytes('0006 0017 0018 0019')],
      ['000b', hexBytes('01 00')],
    ]);
    assert.equal(tlsFingerprints(hello, 0, hello.length, 't')?.ja3, 'ada70206e40642a3e4461f35503241d5');
  });

  it('makes the JA4 of its description', () => {
    const hello = clientHello(0x0303, chromeCiphers, chrome);
    assert.equal(ja4(hello), 't13d1516h2_8daaf6152771_e5627efa2ab1');
    assert.equal(ja4(hello, 'q'), 'q13d1516h2_8daaf6152771_e5627efa2ab1');
  });

  it('says in JA4 what is not there', () => {
    assert.equal(ja4(clientHello(0x0302, '', [])), 't11i000000_000000000000_000000000000');
    assert.match(ja4(clientHello(0x0303, '1301', [['0010', alpn('\u00abx\u00cd')]])) ?? '', /^t12i0101ad_/);
    assert.match(ja4(clientHello(0x0303, '1301', [['0010', alpn('x')]])) ?? '', /^t12i0101xx_/);
  });

  it('has none for a cut hello, and never throws', () => {
    const hello = tlsClientHello('a.test').slice(5);
    assert.ok(tlsFingerprints(hello, 0, hello.length, 't') !== null);
    for (let end = 0; end < hello.length; end++) assert.equal(tlsFingerprints(hello.slice(0, end), 0, end, 't'), null);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { maxLength: 20 }), (changes) => {
        const changed = hello.slice();
        for (const [at, byte] of changes) changed[at] = byte;
        tlsFingerprints(changed, 0, changed.length, 't');
      }),
    );
  });
});
