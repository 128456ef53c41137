import assert from 'node:assert/strict';
import { NotACaptureError } from '../../../../src/core/pcap/captureFileReader';
import { concatBytes, pcapFile, rawPacket, textBytes } from '../../../support/packets';
import { readCapture } from '../../../support/readCapture';

interface FileOptions {
  magic?: number;
  littleEndian?: boolean;
  major?: number;
  minor?: number;
  linkTypeField?: number;
}

/** A pcap file written field by field, in either byte order; a record is four header numbers and the data. */
function file(options: FileOptions, records: [number, number, number, number, Uint8Array][], extra = 0): Uint8Array {
  const { magic = 0xa1b2c3d4, littleEndian = true, major = 2, minor = 4, linkTypeField = 1 } = options;
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, magic, littleEndian);
  header.setUint16(4, major, littleEndian);
  header.setUint16(6, minor, littleEndian);
  header.setUint32(16, 65535, littleEndian);
  header.setUint32(20, linkTypeField, littleEndian);
  const parts = records.flatMap(([seconds, fraction, first, second, data]) => {
    const record = new DataView(new ArrayBuffer(16 + extra));
    [seconds, fraction, first, second].forEach((value, i) => record.setUint32(4 * i, value, littleEndian));
    return [new Uint8Array(record.buffer), data];
  });
  return concatBytes([new Uint8Array(header.buffer), ...parts]);
}

const abc = textBytes('abc');

describe('reading pcap', () => {
  for (const littleEndian of [true, false]) {
    const order = littleEndian ? 'little' : 'big';
    it(`reads ${order}-endian microseconds`, () => {
      const read = readCapture(file({ littleEndian }, [[5, 999_999, 3, 70, abc]]));
      assert.deepEqual(read, {
        packets: [rawPacket(abc, { seconds: 5, nanoseconds: 999_999_000, originalLength: 70 })],
        format: 'pcap',
        linkTypes: [1],
        nanoseconds: false,
        damage: null,
      });
    });

    it(`reads ${order}-endian nanoseconds`, () => {
      const read = readCapture(file({ littleEndian, magic: 0xa1b23c4d }, [[4294967295, 999_999_999, 3, 3, abc]]));
      assert.deepEqual(read.packets, [rawPacket(abc, { seconds: 4294967295, nanoseconds: 999_999_999 })]);
      assert.equal(read.nanoseconds, true);
    });

    it(`reads ${order}-endian records with the longer header of the Kuznetzov variant`, () => {
      const records: [number, number, number, number, Uint8Array][] = [
        [5, 1, 3, 3, abc],
        [6, 2, 2, 9, textBytes('de')],
      ];
      const read = readCapture(file({ littleEndian, magic: 0xa1b2cd34 }, records, 8));
      assert.deepEqual(
        read.packets.map((packet) => [packet.number, packet.seconds, new TextDecoder().decode(packet.bytes)]),
        [
          [1, 5, 'abc'],
          [2, 6, 'de'],
        ],
      );
      assert.equal(read.damage, null);
    });
  }

  it('masks what stands above the link type', () => {
    assert.deepEqual(readCapture(file({ linkTypeField: 0x5400_0071 }, [])).linkTypes, [113]);
  });

  it('reads lengths in the order that old versions wrote', () => {
    for (const [minor, first, second] of [
      [2, 70, 3],
      [3, 70, 3],
      [3, 3, 70],
    ] as const) {
      const [packet] = readCapture(file({ minor }, [[5, 0, first, second, abc]])).packets;
      assert.deepEqual([packet?.bytes.length, packet?.originalLength], [3, 70], `version 2.${minor}`);
    }
  });

  it('carries a fraction of more than a second over', () => {
    const [packet] = readCapture(file({}, [[5, 2_500_000, 3, 3, abc]])).packets;
    assert.deepEqual([packet?.seconds, packet?.nanoseconds], [7, 500_000_000]);
  });

  it('reads empty packets and a file without any', () => {
    const empty = new Uint8Array(0);
    assert.equal(readCapture(file({}, [[1, 0, 0, 60, empty]])).packets.length, 1);
    assert.deepEqual(readCapture(pcapFile([])).damage, null);
  });

  it('hands over everything before a cut and says where the cut record starts', () => {
    const whole = pcapFile([rawPacket(abc), rawPacket(abc)]);
    for (let cut = 1; cut <= 18; cut += 1) {
      const read = readCapture(whole.subarray(0, whole.length - cut));
      assert.equal(read.packets.length, 1);
      assert.equal(read.damage?.offset, 24 + 19, `cut by ${cut}`);
      assert.match(read.damage.reason, /^cut short: the file ends/);
    }
    assert.equal(readCapture(whole.subarray(0, whole.length - 19)).damage, null);
  });

  it('names a cut file header', () => {
    const read = readCapture(pcapFile([]).subarray(0, 23));
    assert.deepEqual([read.format, read.packets.length, read.damage?.offset], ['pcap', 0, 0]);
  });

  it('stops at a record that claims more than 256 KiB', () => {
    const big = new Uint8Array(262_144);
    const read = readCapture(
      file({}, [
        [1, 0, 262_144, 262_144, big],
        [2, 0, 262_145, 262_145, concatBytes([big, abc])],
        [3, 0, 3, 3, abc],
      ]),
    );
    assert.equal(read.packets.length, 1);
    assert.deepEqual(read.damage, {
      offset: 24 + 16 + 262_144,
      reason: 'record claims 262145 captured bytes, more than 262144',
    });
  });

  it('says that a version is not supported', () => {
    const read = readCapture(file({ major: 3 }, [[1, 0, 3, 3, abc]]));
    assert.deepEqual(read.damage, { offset: 0, reason: 'pcap version 3.4 is not supported' });
    assert.equal(read.packets.length, 0);
  });

  it('refuses what is no capture', () => {
    for (const [bytes, reason] of [
      [new Uint8Array(0), /empty/],
      [textBytes('\xa1'), /like no capture/],
      [textBytes('PK\x03\x04 something else'), /like no capture/],
      [file({}, []).subarray(0, 3), /like no capture/],
    ] as const) {
      assert.throws(
        () => readCapture(bytes),
        (error: unknown) => error instanceof NotACaptureError && reason.test(error.message),
      );
    }
  });
});
