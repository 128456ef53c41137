import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  markerComment,
  markerKinds,
  markerText,
  maxMarkerLength,
  parseMarkerComment,
} from '../../../../src/protocol/markers';
import type { Marker } from '../../../../src/protocol/markers';
import { concatBytes } from '../../../../src/core/bytes/concatBytes';
import { CaptureFileReader } from '../../../../src/core/pcap/captureFileReader';
import { PcapngWriter } from '../../../../src/core/pcap/pcapngWriter';
import { packetsAt, textBytes } from '../../../support/packets';
import { PcapngBlocks } from '../../../support/pcapngBlocks';

function read(file: Uint8Array, chunkBytes = file.length) {
  const markers: (Marker | null)[] = [];
  const keyLogs: string[] = [];
  let packets = 0;
  const reader = new CaptureFileReader(() => packets++, {
    moment: (timeUs, comment) => markers.push(parseMarkerComment(timeUs, Buffer.from(comment).toString('utf8'))),
    keyLog: (bytes) => keyLogs.push(Buffer.from(bytes).toString('latin1')),
  });
  for (let at = 0; at < file.length; at += chunkBytes) reader.push(file.subarray(at, at + chunkBytes));
  reader.end();
  return { markers, keyLogs, packets, damage: reader.damage };
}

describe('moments and secrets in pcapng', () => {
  const marker: Marker = { timeUs: 1_700_000_000_123_456, kind: 'stop', text: 'breakpoint at ünïcode.js:12 → 🙂' };

  it('come back as they were written, however the file is cut', () => {
    const writer = new PcapngWriter();
    const [packet] = packetsAt([[0, new Uint8Array(60)]]);
    assert.ok(packet);
    const file = concatBytes([writer.header(), writer.packet(packet), writer.moment(marker), writer.packet(packet)]);
    for (const chunkBytes of [file.length, 1, 7]) {
      const { markers, packets, damage } = read(file, chunkBytes);
      assert.deepEqual(markers, [marker]);
      assert.equal(packets, 2);
      assert.equal(damage, null);
    }
  });

  it('are passed over where they are odd: never damage', () => {
    for (const littleEndian of [true, false]) {
      const blocks = new PcapngBlocks(littleEndian);
      const numbers = (...values: number[]): Uint8Array => blocks.numbers(32, ...values);
      const odd = [
        blocks.block(5, new Uint8Array(0)),
        blocks.block(5, numbers(7, 0, 0)),
        blocks.block(5, concatBytes([numbers(0, 0, 0), blocks.option(1, textBytes('somebody else'))])),
        blocks.block(10, new Uint8Array(0)),
        blocks.block(10, numbers(0x57474b4c, 4, 0)),
        blocks.block(10, numbers(0x544c534b, 0xffffffff)),
      ];
      const secrets = blocks.block(10, concatBytes([numbers(0x544c534b, 5), textBytes('keys\n')]));
      const file = concatBytes([blocks.section(), blocks.interfaceDescription(1), ...odd, secrets]);
      const { markers, keyLogs, damage } = read(file);
      assert.equal(damage, null);
      assert.deepEqual(markers, [null]);
      assert.deepEqual(keyLogs, ['', 'keys\n']);
    }
  });

  it('are one line of bounded length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), fc.constantFrom(...markerKinds), (text, kind) => {
        const clean = markerText(text);
        assert.ok(clean.length <= maxMarkerLength && !/[\n\r\0]/.test(clean));
        assert.deepEqual(parseMarkerComment(5, markerComment({ kind, text: clean })), { timeUs: 5, kind, text: clean });
        assert.equal(parseMarkerComment(5, text), null);
      }),
    );
  });
});
