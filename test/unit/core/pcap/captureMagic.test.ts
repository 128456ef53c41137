import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { pcapMagic, sectionLittleEndian, sniffGzip } from '../../../../src/core/pcap/captureMagic';
import { hexBytes } from '../../../support/packets';

describe('captureMagic', () => {
  it('tells the pcap variants apart', () => {
    const seen = ['a1b2c3d4', 'd4c3b2a1', 'a1b23c4d', '4d3cb2a1', 'a1b2cd34', '34cdb2a1'].map((magic) => {
      const { littleEndian, nanoseconds, modified } = pcapMagic(hexBytes(magic))!;
      return [littleEndian, nanoseconds, modified].map(Number).join('');
    });
    assert.deepEqual(seen, ['000', '100', '010', '110', '001', '101']);
  });

  it('knows nothing else', () => {
    assert.equal(pcapMagic(hexBytes('0a0d0d0a')), null);
    assert.equal(pcapMagic(new Uint8Array(0)), null);
    assert.equal(sectionLittleEndian(hexBytes('0a0d0d0a 0000001c 00000000'), 0), null);
  });

  it('recognises gzip and nothing shorter', () => {
    assert.equal(sniffGzip(gzipSync('x')), true);
    assert.equal(sniffGzip(Uint8Array.of(0x1f, 0x8b)), false);
    assert.equal(sniffGzip(hexBytes('d4c3b2a1')), false);
  });
});
