import assert from 'node:assert/strict';
import { packetComments } from '../../../../src/core/decode/describe';
import { CaptureFileReader } from '../../../../src/core/pcap/captureFileReader';
import { commentsOf } from '../../../../src/core/pcap/packetComments';
import { concatBytes, textBytes } from '../../../support/packets';

const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const half = (a: number, b: number): Uint8Array => new Uint8Array(Uint16Array.of(a, b).buffer);
const option = (code: number, text: string): Uint8Array =>
  concatBytes([half(code, text.length), textBytes(text), new Uint8Array(-text.length & 3)]);

describe('comments of packets in pcapng', () => {
  it('are read from the options of their block, without control characters', () => {
    const options = concatBytes([option(2, 'ab'), option(1, 'looks\nodd'), option(1, 'twice'), half(0, 0)]);
    const data = textBytes('abcdef');
    const length = 32 + 8 + options.length;
    const file = concatBytes([
      ...[0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28].map(word),
      ...[1, 20, 1, 0, 20].map(word),
      ...[6, length, 0, 0, 0, 6, 6].map(word),
      data,
      new Uint8Array(2),
      options,
      word(length),
    ]);
    const seen: string[][] = [];
    const reader = new CaptureFileReader((packet) => seen.push(packetComments(packet)));
    reader.push(file);
    reader.end();
    assert.equal(reader.damage, null);
    assert.deepEqual(seen, [['looks·odd', 'twice']]);
  });

  it('end where the options are damaged', () => {
    const bytes = concatBytes([half(1, 60000), textBytes('short')]);
    assert.deepEqual(commentsOf(bytes, 0, bytes.length, true), []);
  });
});
