/** Writes the parser of display filters from its grammar, and docs/display-filter.md from the table of fields. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parserFile, parserSource } from './grammar';

mkdirSync(path.dirname(parserFile), { recursive: true });
writeFileSync(parserFile, parserSource());
