import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { QuicInitial } from '../../../../src/core/streams/quicInitial';
import { initialKeys } from '../../../../src/core/streams/quicKeys';
import type { InitialKeys } from '../../../../src/core/streams/quicKeys';
import { concatBytes, hexBytes, tlsClientHello } from '../../../support/packets';

const connectionId = hexBytes('8394c8f03e515708');
const hello = tlsClientHello('quic.test', { alpn: ['h3'] }).slice(5);

function hexOf(keys: InitialKeys | null): string[] {
  assert.ok(keys !== null);
  return [keys.key, keys.iv, keys.headerKey].map((bytes) => Buffer.from(bytes).toString('hex'));
}

function keysOf(version = 1, id: Uint8Array = connectionId): InitialKeys {
  const keys = initialKeys('client', version, id);
  assert.ok(keys !== null);
  return keys;
}

function varint(value: number): Uint8Array {
  return Uint8Array.of(0x40 | (value >> 8), value & 0xff);
}

function crypto(from: number, to: number): Uint8Array {
  return concatBytes([Uint8Array.of(6), varint(from), varint(to - from), hello.slice(from, to)]);
}

/** An Initial packet (RFC 9001 section 5) sealed with Node's own ciphers. */
function initial(frames: readonly Uint8Array[], packetNumber: number, keys = keysOf(), id = connectionId): Uint8Array {
  const plain = concatBytes([...frames, new Uint8Array(40)]);
  const header = concatBytes([
    Uint8Array.of(0xc1, 0, 0, 0, 1, id.length),
    id,
    Uint8Array.of(0, 0),
    varint(2 + plain.length + 16),
    Uint8Array.of(packetNumber >> 8, packetNumber & 0xff),
  ]);
  const nonce = keys.iv.slice();
  nonce[10]! ^= packetNumber >> 8;
  nonce[11]! ^= packetNumber & 0xff;
  const cipher = createCipheriv('aes-128-gcm', keys.key, nonce).setAAD(header);
  const packet = concatBytes([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const number = header.length - 2;
  const mask = createCipheriv('aes-128-ecb', keys.headerKey, null).update(packet.slice(number + 4, number + 20));
  packet[0]! ^= mask[0]! & 0x0f;
  packet[number]! ^= mask[1]!;
  packet[number + 1]! ^= mask[2]!;
  return packet;
}

describe('QUIC Initial', () => {
  it('derives the keys of RFC 9001 appendix A.1 and RFC 9369 appendix A.1', () => {
    assert.deepEqual(hexOf(initialKeys('client', 1, connectionId)), [
      '1f369613dd76d5467730efcbe3b1a22d',
      'fa044b2f42a3fd3b46fb255c',
      '9f50449e04a0e810283a1e9933adedd2',
    ]);
    assert.deepEqual(hexOf(initialKeys('client', 0x6b3343cf, connectionId)), [
      '8b1a0bc121284290a29e0971b5cd045d',
      '91f73e2351d8fa91660e909f',
      '45b95e15235d6f45a6b19cbcb0294ba9',
    ]);
    assert.equal(initialKeys('client', 0x1a2a3a4a, connectionId), null);
  });

  it('puts the ClientHello together from CRYPTO frames in any order over any packets', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: hello.length - 1 }), { maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        (cuts, random) => {
          const ends = [...cuts.sort((x, y) => x - y), hello.length];
          const frames = ends.map((end, index) => crypto(ends[index - 1] ?? 0, end));
          const order = frames.map((frame) => [random.next().value as number, frame] as const);
          const quic = new QuicInitial();
          const found = order
            .sort(([x], [y]) => x - y)
            .map(([, frame], number) => {
              const packet = initial([Uint8Array.of(1, 2, 0, 0, 0, 0), frame], number + 300);
              return quic.read(packet, 0, packet.length);
            });
          assert.deepEqual(
            found.map((message) => message?.serverName ?? null),
            frames.map((_, index) => (index === frames.length - 1 ? 'quic.test' : null)),
          );
          assert.equal(quic.crypto, true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('reads packets that go on with another connection id, and coalesced ones', () => {
    const quic = new QuicInitial();
    const first = initial([crypto(0, 100)], 0);
    const other = hexBytes('aabbccdd');
    const datagram = concatBytes([
      initial([Uint8Array.of(1)], 1),
      initial([crypto(100, hello.length)], 2, keysOf(), other),
    ]);
    assert.equal(quic.read(first, 0, first.length), null);
    const message = quic.read(datagram, 0, datagram.length);
    assert.deepEqual([message?.serverName, message?.alpn, message?.version], ['quic.test', ['h3'], 0x0304]);
  });

  it('takes new keys after a Retry', () => {
    const quic = new QuicInitial();
    const other = hexBytes('aabbccdd');
    const first = initial([crypto(0, 10)], 0);
    const second = initial([crypto(0, hello.length)], 1, keysOf(1, other), other);
    assert.equal(quic.read(first, 0, first.length), null);
    assert.equal(quic.read(second, 0, second.length)?.serverName, 'quic.test');
  });

  it('never throws, and gives up after some packets', () => {
    const packet = initial([crypto(0, hello.length)], 7);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(packet.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(packet.length),
        (changes, end) => {
          const changed = packet.slice();
          for (const [at, byte] of changes) changed[at] = byte;
          new QuicInitial().read(changed, 0, end);
        },
      ),
    );
    const damaged = packet.slice();
    damaged[damaged.length - 1]! ^= 1;
    const quic = new QuicInitial();
    let packets = 0;
    while (!quic.done && packets < 1000) {
      assert.equal(quic.read(damaged, 0, damaged.length), null);
      packets++;
    }
    assert.ok(packets < 20);
  });
});
