/** Writes what follows from the table of rules: settings in package.json, docs/rules.md, docs/rules/<rule>.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { rules } from '../../src/core/detectors/registry';
import { rulePage, rulesPage, writtenOf } from './ruleDocs';
import { withRuleSettings } from './ruleManifest';
import type { Manifest } from './ruleManifest';

const root = path.resolve(import.meta.dirname, '../..');

async function write(name: string, text: string, parser: 'markdown' | 'json-stringify'): Promise<void> {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, await format(text, { parser, printWidth: 120, singleQuote: true }));
}

async function main(): Promise<void> {
  const manifestText = readFileSync(path.join(root, 'package.json'), 'utf8');
  const manifest = withRuleSettings(JSON.parse(manifestText) as Manifest, rules);
  await write('package.json', JSON.stringify(manifest), 'json-stringify');
  await write('docs/rules.md', rulesPage(rules), 'markdown');
  for (const rule of rules) {
    const name = `docs/rules/${rule.id}.md`;
    const file = path.join(root, name);
    const known = existsSync(file) ? readFileSync(file, 'utf8') : '';
    await write(name, rulePage(rule, writtenOf(known)), 'markdown');
  }
}

void main();
