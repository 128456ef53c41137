import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatIpAddress, formatMac, parseIpAddress } from '../../../../src/core/decode/addresses';

describe('IP and MAC addresses', () => {
  it('writes IPv6 as RFC 5952 section 4 says', () => {
    const cases: [text: string, canonical: string][] = [
      ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
      ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
      ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
      ['::', '::'],
      ['::1', '::1'],
      ['fe80:0:0:0:0:0:0:0', 'fe80::'],
      ['2001:DB8::AB', '2001:db8::ab'],
      ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ];
    for (const [text, canonical] of cases) {
      const bytes = parseIpAddress(text);
      assert.ok(bytes, text);
      assert.equal(formatIpAddress(bytes, 0, 16), canonical);
    }
  });

  it('refuses what is no address', () => {
    const bad = [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '01.2.3.4',
      '1.2.3.4 ',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '12345::',
    ];
    for (const text of [...bad, '1:2:3:4:5:6:7:8:9', '::1%eth0', 'g::', '1:2:3:4:5:6:7::8', ':1', '1.2.3.4::']) {
      assert.equal(parseIpAddress(text), null, text);
    }
  });

  it('reads back every address it writes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(4 as const, 16 as const),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        (length, any) => {
          const bytes = any.subarray(0, length);
          assert.deepEqual(parseIpAddress(formatIpAddress(bytes, 0, length)), bytes);
        },
      ),
    );
  });

  it('never throws on text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789abcdef:.%/ ') }),
        (text) => void parseIpAddress(text),
      ),
    );
  });

  it('writes MAC addresses', () => {
    assert.equal(formatMac(Uint8Array.of(9, 0, 0x1b, 0xff, 1, 2, 3), 1), '00:1b:ff:01:02:03');
  });
});
