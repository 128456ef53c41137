/**
 * Collects every text that asks for a translation: literals of the sources into l10n/bundle.l10n.de.json, texts of
 * the manifest into package.nls.json and package.nls.de.json. New texts have an empty translation, which a test refuses.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { withKeys } from './manifest';
import type { Texts } from './manifest';
import { collectMessages } from './messages';

const root = path.resolve(import.meta.dirname, '../..');
const read = <T>(name: string, otherwise: T): T => {
  const file = path.join(root, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : otherwise;
};

async function write(name: string, value: unknown, parser = 'json'): Promise<void> {
  const text = await format(JSON.stringify(value), { parser, printWidth: 120, singleQuote: true });
  writeFileSync(path.join(root, name), text);
}

async function translate(name: string, keys: readonly string[]): Promise<void> {
  const known = read<Texts>(name, {});
  await write(name, Object.fromEntries(keys.map((key) => [key, known[key] ?? ''])));
  const missing = keys.filter((key) => (known[key] ?? '') === '');
  console.log(`${name}: ${keys.length} texts, ${missing.length} without a translation`);
  for (const key of missing) console.log(`  ${JSON.stringify(key)}`);
}

async function main(): Promise<void> {
  const { manifest, texts } = withKeys(read('package.json', {}), read<Texts>('package.nls.json', {}));
  await write('package.json', manifest, 'json-stringify');
  await write('package.nls.json', texts);
  await translate('package.nls.de.json', Object.keys(texts));
  await translate('l10n/bundle.l10n.de.json', collectMessages(root));
}

void main();
