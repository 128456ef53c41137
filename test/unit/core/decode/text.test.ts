import assert from 'node:assert/strict';
import fc from 'fast-check';
import { printableText } from '../../../../src/core/decode/text';
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
});
