import assert from 'node:assert/strict';
import fc from 'fast-check';
import { uint16, uint16LittleEndian, uint24, uint32, uint32LittleEndian } from '../../../../src/core/bytes/integers';

describe('integers', () => {
  it('reads what DataView reads, at every offset', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 40 }), fc.nat(36), (bytes, at) => {
        const offset = Math.min(at, bytes.length - 4);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        assert.equal(uint16(bytes, offset), view.getUint16(offset));
        assert.equal(uint16LittleEndian(bytes, offset), view.getUint16(offset, true));
        assert.equal(uint24(bytes, offset), view.getUint32(offset) >>> 8);
        assert.equal(uint32(bytes, offset), view.getUint32(offset));
        assert.equal(uint32LittleEndian(bytes, offset), view.getUint32(offset, true));
      }),
    );
  });

  it('is unsigned', () => {
    const ones = Uint8Array.of(255, 255, 255, 255);
    assert.equal(uint32(ones, 0), 4294967295);
    assert.equal(uint32LittleEndian(ones, 0), 4294967295);
  });

  it('counts bytes outside the array as 0', () => {
    assert.equal(uint32(Uint8Array.of(1, 2), 0), 0x01020000);
    assert.equal(uint16LittleEndian(new Uint8Array(0), 5), 0);
  });
});
