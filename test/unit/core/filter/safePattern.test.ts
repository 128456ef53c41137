import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compilePattern, PatternError } from '../../../../src/core/filter/safePattern';

describe('safe patterns', () => {
  it('find what regular expressions find', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      'c',
      '.',
      '[ab]',
      '[^a]',
      '[a-c]',
      '\\d',
      '\\w',
      '\\S',
      '1',
      'x',
      '\\.',
      '^',
      '$',
    );
    const repeated = fc
      .tuple(part, fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}', '{0,1}', '{2,}'))
      .map(([atom, times]) => (atom === '^' || atom === '$' ? atom : atom + times));
    const sequence = fc.array(repeated, { maxLength: 4 }).map((parts) => parts.join(''));
    const group = fc
      .tuple(sequence, sequence, fc.constantFrom('', '*', '+', '?'))
      .map(([left, right, times]) => `(${left}|${right})${times}`);
    const pattern = fc.array(fc.oneof(sequence, group), { maxLength: 3 }).map((parts) => parts.join(''));
    const text = fc.string({ unit: fc.constantFrom('a', 'B', 'c', '1', '.', ' ', 'X'), maxLength: 12 });
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        assert.equal(compilePattern(source)(subject), new RegExp(source, 'i').test(subject), `${source} on ${subject}`);
      }),
      { numRuns: 3000 },
    );
  });

  it('do not run away on patterns that make backtracking ones do', () => {
    const matches = compilePattern('^(a+)+$|^(a|a)*$|^(a*)*b$|(.*)*(.*)*(.*)*x');
    const started = process.hrtime.bigint();
    assert.equal(matches(`${'a'.repeat(2000)}!`), false);
    assert.ok(Number(process.hrtime.bigint() - started) < 2e9);
  });

  it('refuse what they do not know or what is too large', () => {
    const bad = [
      '(',
      ')',
      'a)',
      '[a',
      '*a',
      'a**',
      '(?=a)',
      '(?<n>a)',
      '\\1',
      '\\b',
      '\\',
      'a{3,1}',
      'a{101}',
      '[z-a]',
      '\\xg0',
      'a{2}{2}',
    ];
    for (const pattern of bad) assert.throws(() => compilePattern(pattern), PatternError, pattern);
    for (const pattern of ['a'.repeat(300), '((((a{50}){50}){50}){50})', '((((){99}){99}){99}){99}', '('.repeat(100)]) {
      assert.throws(() => compilePattern(pattern), PatternError, pattern);
    }
  });

  it('never throw anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab()[]{}*+?|^$\\.-,0129dx') }), (pattern) => {
        try {
          compilePattern(pattern)('abc 123');
        } catch (error) {
          assert.ok(error instanceof PatternError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
