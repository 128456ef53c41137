import assert from 'node:assert/strict';
import fc from 'fast-check';
import { indexOfByte, printableText } from '../../../../src/core/decode/text';
import { hexBytes, textBytes } from '../../../support/packets';

const show = (bytes: Uint8Array): string => printableText(bytes, 0, bytes.length, 1000);

describe('text out of packets', () => {
  it('keeps what can be seen', () => {
    assert.equal(show(textBytes('a b~ é 小佛 𝄞')), 'a b~ é 小佛 𝄞');
  });

  it('shows controls, invisible and malformed bytes as dots', () => {
    const cases: [hex: string, text: string][] = [
      ['61 1b 5b 0d 0a 7f', 'a·[···'],
      ['c2 9b', '·'],
      ['e2 80 ae 61', '·a'],
      ['e2 80 8b', '·'],
      ['c0 80', '··'],
      ['ed a0 80', '···'],
      ['f4 90 80 80', '····'],
      ['e5 b0', '··'],
      ['ff', '·'],
    ];
    for (const [hex, text] of cases) assert.equal(show(hexBytes(hex)), text, hex);
  });

  it('reads well-formed text as the platform does, and is never longer than told', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, limit) => {
        const bytes = textBytes(text);
        const expected = text.replace(/[\p{C}\p{Z}]/gu, (found) => (found === ' ' ? ' ' : '·'));
        assert.equal(show(bytes), expected);
        assert.ok(printableText(bytes, 0, bytes.length, limit).length <= limit + 2);
      }),
    );
  });

  it('reads long lines to the end, and cuts what is longer than told', () => {
    const line = 'GET /index.html?q=1 '.repeat(100);
    assert.equal(printableText(textBytes(line), 0, line.length, line.length), line);
    assert.equal(printableText(textBytes(line), 4, 4 + 11, 11), '/index.html');
    assert.equal(printableText(textBytes(line), 0, line.length, 3), 'GET…');
    assert.equal(printableText(textBytes(line), 0, 0, 3), '');
  });

  it('finds a byte near and far, before the end and not behind it', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(220), fc.nat(240), (at, start, end) => {
        const bytes = new Uint8Array(220);
        bytes[at] = 7;
        assert.equal(indexOfByte(bytes, 7, start, end), at >= start && at < end ? at : -1);
      }),
    );
  });
});
