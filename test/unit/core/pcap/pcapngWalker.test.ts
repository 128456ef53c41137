import assert from 'node:assert/strict';
import { NotACaptureError } from '../../../../src/core/pcap/captureFileReader';
import { concatBytes, hexBytes, rawPacket, textBytes } from '../../../support/packets';
import { PcapngBlocks } from '../../../support/pcapngBlocks';
import { readCapture } from '../../../support/readCapture';

const little = new PcapngBlocks(true);
const big = new PcapngBlocks(false);
const abc = textBytes('abc');
const start = concatBytes([little.section(), little.interfaceDescription(1)]);

/** Reads a file that goes on after a section header and one Ethernet interface. */
function readAfterStart(...blocks: Uint8Array[]): ReturnType<typeof readCapture> {
  return readCapture(concatBytes([start, ...blocks]));
}

describe('reading pcapng', () => {
  for (const [order, blocks] of [
    ['little', little],
    ['big', big],
  ] as const) {
    it(`reads all packet blocks of a ${order}-endian section`, () => {
      const read = readCapture(
        concatBytes([
          blocks.section(),
          blocks.interfaceDescription(1),
          blocks.interfaceDescription(113, [blocks.option(9, Uint8Array.of(9))]),
          blocks.enhancedPacket(1, 1_700_000_000_123_456_789n, abc, { original: 60 }),
          blocks.packet(0, 1_700_000_001_000_001n, textBytes('defg'), 61),
          blocks.simplePacket(textBytes('hijkl')),
        ]),
      );
      const common = { seconds: 1_700_000_001, nanoseconds: 1000 };
      assert.deepEqual(read, {
        packets: [
          rawPacket(abc, { nanoseconds: 123_456_789, originalLength: 60, linkType: 113, interfaceIndex: 1 }),
          rawPacket(textBytes('defg'), { ...common, number: 2, originalLength: 61 }),
          rawPacket(textBytes('hijkl'), { ...common, number: 3 }),
        ],
        format: 'pcapng',
        linkTypes: [1, 113],
        nanoseconds: true,
        damage: null,
      });
    });

    it(`reads the resolution and the offset of a ${order}-endian interface`, () => {
      const options = [
        blocks.option(2, textBytes('eth0')),
        blocks.option(9, Uint8Array.of(3)),
        blocks.timeOffset(-1_000_000_000n),
        blocks.option(0, new Uint8Array(0)),
        blocks.option(9, Uint8Array.of(9)),
      ];
      const read = readCapture(
        concatBytes([
          blocks.section(),
          blocks.interfaceDescription(1, options),
          blocks.enhancedPacket(0, 2_700_000_000_250n, abc),
        ]),
      );
      assert.deepEqual(
        [read.packets[0]?.seconds, read.packets[0]?.nanoseconds, read.nanoseconds],
        [1_700_000_000, 250_000_000, false],
      );
    });
  }

  it('counts interfaces over sections of different byte order, each with its own list', () => {
    const read = readCapture(
      concatBytes([
        little.section(),
        little.interfaceDescription(1),
        little.interfaceDescription(0),
        little.enhancedPacket(1, 5n, abc),
        big.section(),
        big.interfaceDescription(101),
        big.enhancedPacket(0, 6n, abc),
      ]),
    );
    assert.deepEqual(
      read.packets.map((packet) => [packet.interfaceIndex, packet.linkType, packet.nanoseconds]),
      [
        [1, 0, 5000],
        [2, 101, 6000],
      ],
    );
    assert.deepEqual(read.linkTypes, [1, 0, 101]);
    assert.equal(read.damage, null);
  });

  it('skips blocks it does not know, whatever is in them', () => {
    const unknown = little.block(0x0bad, new Uint8Array(300_000).fill(6));
    const read = readAfterStart(unknown, little.enhancedPacket(0, 1n, abc), little.block(5, new Uint8Array(0)));
    assert.deepEqual([read.packets.length, read.damage], [1, null]);
  });

  it('cuts simple packets at the snap length of the interface', () => {
    const file = [little.section(), little.interfaceDescription(1, [], 4), little.simplePacket(textBytes('abcd'), 90)];
    const [packet] = readCapture(concatBytes(file)).packets;
    assert.deepEqual(packet, rawPacket(textBytes('abcd'), { seconds: 0, originalLength: 90 }));
  });

  it('leaves the options of a packet out of its bytes', () => {
    const comment = little.option(1, textBytes('look here'));
    const [packet] = readAfterStart(little.enhancedPacket(0, 0n, abc, { options: [comment] })).packets;
    assert.deepEqual(packet?.bytes, abc);
  });

  it('reads an interface whose options are damaged', () => {
    const broken = little.interfaceDescription(1, [hexBytes('0900ff00 09000000')]);
    const read = readCapture(concatBytes([little.section(), broken, little.enhancedPacket(0, 7n, abc)]));
    assert.equal(read.packets[0]?.nanoseconds, 7000);
  });

  const packet = little.enhancedPacket(0, 1n, abc);
  const damages: [string, Uint8Array, RegExp][] = [
    ['a length that is no multiple of 4', little.block(6, packet, { first: 33 }), /length of 33 bytes/],
    ['a length below 12', little.block(6, packet, { first: 8 }), /length of 8 bytes/],
    ['a length above 64 MiB', little.block(6, packet, { first: 0x4000004 }), /length of 67108868 bytes/],
    ['two different lengths', little.block(6, packet, { last: 4 }), /two lengths/],
    ['an interface that was not described', little.enhancedPacket(1, 1n, abc), /not described \(1\)/],
    ['more bytes than the block has', little.enhancedPacket(0, 1n, abc, { captured: 5 }), /too short for its 5/],
    ['more than 256 KiB of packet', little.enhancedPacket(0, 1n, abc, { captured: 262_145 }), /claims 262145/],
    ['a packet block without room for its fields', little.block(6, new Uint8Array(16)), /too short/],
    ['an obsolete packet block without room', little.block(2, new Uint8Array(4)), /too short/],
    ['a simple packet block without room', little.block(3, new Uint8Array(0)), /too short/],
    ['a simple packet longer than its block', little.simplePacket(abc, 5), /too short for its 5/],
    ['an interface description without room', little.block(1, new Uint8Array(4)), /too short/],
    ['a section header without room', little.block(0x0a0d0d0a, hexBytes('4d3c2b1a 01000000')), /too short/],
    ['a section of another version', little.section({ major: 2 }), /version 2/],
    ['a section without a magic', little.section({ magic: 1 }), /byte-order magic/],
  ];
  for (const [name, block, reason] of damages) {
    it(`stops at ${name} with the packets before it`, () => {
      const read = readAfterStart(packet, block, packet);
      assert.equal(read.packets.length, 1);
      assert.equal(read.damage?.offset, start.length + packet.length);
      assert.match(read.damage.reason, reason);
    });
  }

  it('says where a cut block starts', () => {
    const whole = concatBytes([start, packet, packet]);
    for (let cut = 1; cut < packet.length; cut += 1) {
      const read = readCapture(whole.subarray(0, whole.length - cut));
      assert.deepEqual([read.packets.length, read.damage?.offset], [1, start.length + packet.length], `cut by ${cut}`);
    }
  });

  it('refuses a simple packet before any interface', () => {
    assert.match(
      readCapture(concatBytes([little.section(), little.simplePacket(abc)])).damage?.reason ?? '',
      /not described/,
    );
  });

  it('takes more than 65536 interfaces of a section for damage', () => {
    const description = little.interfaceDescription(1);
    const many = new Array<Uint8Array>(65_537).fill(description);
    const read = readCapture(concatBytes([little.section(), ...many]));
    assert.deepEqual(read.damage, { offset: 28 + 65_536 * description.length, reason: 'more than 65536 interfaces' });
  });

  it('does not take a section header type alone for a capture', () => {
    assert.throws(() => readCapture(little.section({ magic: 1 })), NotACaptureError);
    assert.throws(() => readCapture(little.section().subarray(0, 11)), NotACaptureError);
  });

  it('does not believe a length field when it reserves memory', () => {
    const claim = little.block(6, new Uint8Array(100), { first: 60 * 1024 * 1024 });
    const before = process.memoryUsage().arrayBuffers;
    const read = readCapture(concatBytes([start, claim]), [7]);
    assert.match(read.damage?.reason ?? '', /cut short/);
    assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024);
  });
});
