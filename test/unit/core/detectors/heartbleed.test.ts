import assert from 'node:assert/strict';
import { concatBytes, tlsClientHello, tlsRecord, tlsServerHello } from '../../../support/packets';
import { findingsOf, talk } from './ruleSupport';
import type { Turn } from './ruleSupport';

const attacker = '10.0.0.66';
const server = '10.0.0.10';
const hello: Turn[] = [
  ['client', tlsClientHello('a.test')],
  ['server', tlsServerHello()],
];

/** A heartbeat message: type, claimed length, and what is really there. */
function beat(type: number, claimed: number, length: number): Uint8Array {
  return tlsRecord(24, concatBytes([Uint8Array.of(type, claimed >> 8, claimed & 0xff), new Uint8Array(length)]));
}

function found(turns: Turn[]) {
  return findingsOf(talk({ at: 0, client: attacker, server, port: 443, sourcePort: 5000 }, [...hello, ...turns]));
}

describe('heartbleed', () => {
  it('tells a request that claims more than it holds, and worse when it is answered', () => {
    const tried = found([['client', beat(1, 0x4000, 0)]]);
    assert.deepEqual(
      tried.map(({ rule, threat, severity, sources, targets }) => [rule, threat, severity, sources, targets]),
      [['heartbleed', 'heartbleed', 'high', [attacker], [server]]],
    );
    const leaked = found([
      ['client', beat(1, 0x4000, 0)],
      ['server', beat(2, 0x4000, 1300)],
    ]);
    assert.deepEqual(
      leaked.map(({ severity, count }) => [severity, count]),
      [['critical', 1]],
    );
  });

  it('tells a request without the padding that has to be there, as tests for it send', () => {
    const long = found([['client', beat(1, 1000, 1000)]]);
    assert.deepEqual(
      long.map(({ severity }) => severity),
      ['medium'],
    );
  });

  it('tells an encrypted answer that is much longer than its request', () => {
    const encrypted = found([
      ['client', tlsRecord(24, new Uint8Array(64).fill(0xab))],
      ['server', tlsRecord(24, new Uint8Array(1400).fill(0xcd))],
    ]);
    assert.deepEqual(
      encrypted.map(({ severity }) => severity),
      ['critical'],
    );
  });

  it('is quiet about heartbeats as they should be', () => {
    const turns: Turn[] = [
      ['client', beat(1, 16, 32)],
      ['server', beat(2, 16, 48)],
      ['client', tlsRecord(24, new Uint8Array(1000).fill(0x91))],
      ['server', tlsRecord(24, new Uint8Array(1016).fill(0x92))],
    ];
    assert.deepEqual(found(turns), []);
  });

  it('is quiet about other data that begins alike', () => {
    const turns: Turn[] = [
      ['client', Uint8Array.of(24, 3, 9, 0, 3, 1, 64, 0)],
      ['server', Uint8Array.of(24, 3, 9, 64, 0, 2, 64, 0)],
    ];
    assert.deepEqual(findingsOf(talk({ at: 0, client: attacker, server, port: 9, sourcePort: 5000 }, turns)), []);
  });
});
