/** Writes the parser of display filters from its grammar, and the tables of docs/display-filter.md from the table of fields. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { filterPage } from './filterDocs';
import { pageFile, parserFile, parserSource } from './grammar';

async function main(): Promise<void> {
  mkdirSync(path.dirname(parserFile), { recursive: true });
  writeFileSync(parserFile, parserSource());
  const page = filterPage(readFileSync(pageFile, 'utf8'));
  writeFileSync(pageFile, await format(page, { parser: 'markdown', printWidth: 120, singleQuote: true }));
}

void main();
