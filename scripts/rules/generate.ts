/** Writes what follows from the table of rules: settings in package.json, names in the schema of exclusions, docs/rules.md, docs/rules/<rule>.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { rules } from '../../src/core/detectors/registry';
import { rulePage, rulesPage, writtenOf } from './ruleDocs';
import { withKeys } from '../l10n/manifest';
import type { Texts } from '../l10n/manifest';
import { ruleTexts } from '../l10n/ruleTexts';
import { withRuleNames, withRuleSettings } from './ruleManifest';
import type { Manifest } from './ruleManifest';

const exclusionsSchema = 'media/schemas/exclusions.schema.json';
const root = path.resolve(import.meta.dirname, '../..');

async function write(name: string, text: string, parser: 'markdown' | 'json' | 'json-stringify'): Promise<void> {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, await format(text, { parser, printWidth: 120, singleQuote: true }));
}

/** The texts of the manifest, in its order; those of the rules follow from their table. */
async function writeTexts(manifest: Manifest): Promise<void> {
  const read = (name: string): Texts => JSON.parse(readFileSync(path.join(root, name), 'utf8')) as Texts;
  const english = { ...read('package.nls.json'), ...ruleTexts(rules, {}) };
  const german = { ...read('package.nls.de.json'), ...ruleTexts(rules, read('l10n/bundle.l10n.de.json')) };
  const { texts } = withKeys(manifest as never, english);
  await write('package.nls.json', JSON.stringify(texts), 'json');
  const translated = Object.fromEntries(Object.keys(texts).map((key) => [key, german[key] ?? '']));
  await write('package.nls.de.json', JSON.stringify(translated), 'json');
}

async function main(): Promise<void> {
  const manifestText = readFileSync(path.join(root, 'package.json'), 'utf8');
  const manifest = withRuleSettings(JSON.parse(manifestText) as Manifest, rules);
  await write('package.json', JSON.stringify(manifest), 'json-stringify');
  await writeTexts(manifest);
  const schema = JSON.parse(readFileSync(path.join(root, exclusionsSchema), 'utf8')) as object;
  await write(exclusionsSchema, JSON.stringify(withRuleNames(schema, rules)), 'json');
  await write('docs/rules.md', rulesPage(rules), 'markdown');
  for (const rule of rules) {
    const name = `docs/rules/${rule.id}.md`;
    const file = path.join(root, name);
    const known = existsSync(file) ? readFileSync(file, 'utf8') : '';
    await write(name, rulePage(rule, writtenOf(known)), 'markdown');
  }
}

void main();
