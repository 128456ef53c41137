import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ReaderCheckpoint } from '../../../../src/core/pcap/captureFileReader';
import { CaptureFileReader, NotACaptureError } from '../../../../src/core/pcap/captureFileReader';
import type { RawPacket } from '../../../../src/core/pcap/rawPacket';
import { concatBytes, pcapFile, pcapngFile, rawPacket } from '../../../support/packets';
import { PcapngBlocks } from '../../../support/pcapngBlocks';
import { copyPacket, readCapture } from '../../../support/readCapture';

const packetArbitrary = fc
  .record({
    seconds: fc.nat(4294967295),
    nanoseconds: fc.nat(999_999_999),
    bytes: fc.uint8Array({ maxLength: 90 }),
    cut: fc.nat(70_000),
    linkType: fc.constantFrom(1, 113, 101),
  })
  .map(({ bytes, cut, ...rest }) => rawPacket(bytes, { ...rest, originalLength: bytes.length + cut }));
const packetsArbitrary = fc
  .array(packetArbitrary, { maxLength: 12 })
  .map((packets) => packets.map((packet, i) => ({ ...packet, number: i + 1 })));

/** Valid files, and files with bytes changed or the end cut off. */
const fileArbitrary = fc
  .record({
    packets: packetsArbitrary,
    kind: fc.constantFrom('pcap', 'nanoseconds', 'pcapng', 'big-endian pcapng'),
    changes: fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 3 }),
    cut: fc.oneof(fc.constant(0), fc.nat(60)),
  })
  .map(({ packets, kind, changes, cut }) => {
    const file = fileOf(packets, kind);
    for (const [at, value] of changes) if (at < file.length) file[at] = value;
    return file.subarray(0, file.length - Math.min(cut, file.length));
  });

function fileOf(packets: RawPacket[], kind: string): Uint8Array {
  if (kind === 'pcap') return pcapFile(packets);
  if (kind === 'nanoseconds') return pcapFile(packets, { nanoseconds: true });
  if (kind === 'pcapng') return pcapngFile(packets);
  const blocks = new PcapngBlocks(false);
  const data = packets.map((packet, i) =>
    blocks.enhancedPacket(i % 2, BigInt(packet.seconds) * 1_000_000n, packet.bytes),
  );
  return concatBytes([blocks.section(), blocks.interfaceDescription(1), blocks.interfaceDescription(113), ...data]);
}

const chunkSizesArbitrary = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 });

function outcome(file: Uint8Array, chunkSizes: number[]): unknown {
  try {
    return readCapture(file, chunkSizes);
  } catch (error) {
    if (error instanceof NotACaptureError) return error.message;
    throw error;
  }
}

describe('CaptureFileReader', () => {
  it('throws nothing but NotACaptureError on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), chunkSizesArbitrary, (file, sizes) => void outcome(file, sizes)),
    );
  });

  it('gives the same packets and the same damage for any chunking', () => {
    fc.assert(
      fc.property(fileArbitrary, chunkSizesArbitrary, (file, sizes) => {
        assert.deepEqual(outcome(file, sizes), outcome(file, []));
      }),
      { numRuns: 600 },
    );
  });

  it('gives the same for chunks of one byte', () => {
    fc.assert(
      fc.property(fileArbitrary, (file) => {
        assert.deepEqual(outcome(file, [1]), outcome(file, []));
      }),
    );
  });

  it('goes on from a checkpoint taken inside any packet, through structured clone', () => {
    fc.assert(
      fc.property(fileArbitrary, fc.nat(11), chunkSizesArbitrary, (file, at, sizes) => {
        const packets: RawPacket[] = [];
        const checkpoints: ReaderCheckpoint[] = [];
        const whole = new CaptureFileReader((packet) => {
          packets.push(copyPacket(packet));
          checkpoints.push(structuredClone(whole.checkpoint()));
        });
        try {
          for (let offset = 0, turn = 0; offset < file.length; offset += sizes[turn++ % sizes.length]!) {
            whole.push(file.subarray(offset, offset + sizes[turn % sizes.length]!));
          }
          whole.end();
        } catch (error) {
          assert.ok(error instanceof NotACaptureError);
          return;
        }
        const checkpoint = checkpoints[at % Math.max(checkpoints.length, 1)];
        if (!checkpoint) return;
        const rest: RawPacket[] = [];
        const resumed = CaptureFileReader.resume(checkpoint, (packet) => rest.push(copyPacket(packet)));
        resumed.push(file.subarray(checkpoint.offset));
        resumed.end();
        assert.deepEqual(rest, packets.slice(checkpoint.packets));
        assert.deepEqual(
          [resumed.packets, resumed.damage, resumed.linkTypes, resumed.format, resumed.nanoseconds],
          [whole.packets, whole.damage, whole.linkTypes, whole.format, whole.nanoseconds],
        );
      }),
      { numRuns: 400 },
    );
  });

  it('follows a file that is still being written', () => {
    const file = pcapFile([1, 2, 3].map((number) => rawPacket(new Uint8Array(20), { number })));
    const seen: number[] = [];
    const first = new CaptureFileReader((packet) => seen.push(packet.number));
    first.push(file.subarray(0, 70));
    const { offset } = first.checkpoint();
    assert.deepEqual([seen, offset], [[1], 24 + 36]);
    const second = CaptureFileReader.resume(first.checkpoint(), (packet) => seen.push(packet.number));
    second.push(file.subarray(offset));
    second.end();
    assert.deepEqual([seen, second.damage], [[1, 2, 3], null]);
  });

  it('starts at the beginning from a checkpoint of nothing', () => {
    const file = pcapFile([rawPacket(new Uint8Array(20))]);
    const { packets } = ((): { packets: number } => {
      const reader = CaptureFileReader.resume(new CaptureFileReader(() => undefined).checkpoint(), () => undefined);
      reader.push(file);
      return reader;
    })();
    assert.equal(packets, 1);
  });

  it('ignores what comes after a damage and after the end', () => {
    const file = pcapFile([rawPacket(new Uint8Array(20))]);
    let packets = 0;
    const reader = new CaptureFileReader(() => (packets += 1));
    reader.push(file);
    reader.end();
    reader.push(file);
    reader.end();
    assert.deepEqual([packets, reader.damage], [1, null]);

    const broken = new CaptureFileReader(() => (packets += 1));
    broken.push(file);
    broken.push(new Uint8Array(16).fill(0xff));
    broken.push(new Uint8Array(16));
    broken.end();
    assert.deepEqual([packets, broken.damage?.offset], [2, file.length]);
  });

  it('does not take the second chunk for the start of a file after it refused the first', () => {
    const reader = new CaptureFileReader(() => undefined);
    assert.throws(() => {
      reader.push(new Uint8Array(100));
    }, NotACaptureError);
    reader.push(pcapFile([rawPacket(new Uint8Array(20))]));
    assert.equal(reader.packets, 0);
  });
});

describe('writers', () => {
  it('write pcap that is read back the same, in nanoseconds exactly and else cut to microseconds', () => {
    fc.assert(
      fc.property(packetsArbitrary, fc.boolean(), (some, nanoseconds) => {
        const packets = some.map((packet) => ({ ...packet, linkType: 113 }));
        const read = readCapture(pcapFile(packets, { nanoseconds }));
        const expected = packets.map((packet) =>
          nanoseconds ? packet : { ...packet, nanoseconds: packet.nanoseconds - (packet.nanoseconds % 1000) },
        );
        assert.deepEqual([read.packets, read.damage, read.nanoseconds], [expected, null, nanoseconds]);
      }),
    );
  });

  it('write a time that pcap cannot hold as its last second', () => {
    const [packet] = readCapture(pcapFile([rawPacket(new Uint8Array(4), { seconds: 4294967296 + 5 })])).packets;
    assert.equal(packet?.seconds, 4294967295);
  });

  it('write pcapng that is read back the same, a new interface for each new link type', () => {
    fc.assert(
      fc.property(packetsArbitrary, (packets) => {
        const read = readCapture(pcapngFile(packets));
        const linkTypes = [...new Set(packets.map((packet) => packet.linkType))];
        const expected = packets.map((packet) => ({ ...packet, interfaceIndex: linkTypes.indexOf(packet.linkType) }));
        assert.deepEqual([read.packets, read.damage, read.linkTypes], [expected, null, linkTypes]);
      }),
    );
  });
});
