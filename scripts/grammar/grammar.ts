import { readFileSync } from 'node:fs';
import path from 'node:path';
import peggy from 'peggy';

const root = path.resolve(__dirname, '../..');
export const grammarFile = path.join(root, 'src/core/filter/grammar.peggy');
export const parserFile = path.join(root, 'src/core/filter/generated/filterGrammar.ts');

export const pageFile = path.join(root, 'docs/display-filter.md');

const head = '// Made of ../grammar.peggy by `npm run grammar`; do not edit.\n// @ts-nocheck\n';

/** Source of the parser of display filters, as the parser generator makes it of the grammar. */
export function parserSource(): string {
  const source = peggy.generate(readFileSync(grammarFile, 'utf8'), {
    output: 'source',
    format: 'es',
    cache: true,
    allowedStartRules: ['Filter'],
    grammarSource: 'grammar.peggy',
  });
  return `${head}${source.trimEnd()}\n`;
}
