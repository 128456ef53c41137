import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { localized, withKeys } from '../../../scripts/l10n/manifest';
import type { Texts } from '../../../scripts/l10n/manifest';
import { collectMessages, messagesOf, untranslated } from '../../../scripts/l10n/messages';
import { t, useLanguage, useTranslations, numberLanguage } from '../../../src/protocol/l10n';
import { formatCount, plural, setFormatLocale } from '../../../webview/common/format';

const root = path.resolve(__dirname, '../../..');
const read = (name: string): unknown => JSON.parse(readFileSync(path.join(root, name), 'utf8'));
const placeholders = (text: string): string[] => (text.match(/\{\d+\}/g) ?? []).sort();
const commands = (text: string): string[] =>
  (text.match(/\(command:[\w.]+\)|<keybinding:[\w.]+>|`[^`]+`/g) ?? []).sort();

describe('translations', () => {
  const bundle = read('l10n/bundle.l10n.de.json') as Texts;
  const english = read('package.nls.json') as Texts;
  const german = read('package.nls.de.json') as Texts;

  it('has a German text for every text of the sources, and none that nobody asks for (npm run l10n)', () => {
    assert.deepEqual(Object.keys(bundle).sort(), collectMessages(root));
    assert.deepEqual(
      Object.keys(bundle).filter((message) => bundle[message] === ''),
      [],
    );
  });

  it('keeps every placeholder', () => {
    for (const [message, text] of Object.entries(bundle)) assert.deepEqual(placeholders(text), placeholders(message));
  });

  it('has a German text for every text of the manifest, with the same commands and names', () => {
    assert.deepEqual(Object.keys(german), Object.keys(english));
    for (const [key, text] of Object.entries(german)) {
      assert.notEqual(text, '', key);
      assert.deepEqual(commands(text), commands(english[key] ?? ''), key);
    }
  });

  it('finds no text in the manifest that has no key (npm run l10n)', () => {
    const manifest = read('package.json');
    const { manifest: keyed, texts } = withKeys(manifest as never, english);
    assert.deepEqual(keyed, manifest);
    assert.deepEqual(Object.keys(texts), Object.keys(english));
    const shown = JSON.stringify(localized(manifest, german));
    assert.ok(shown.includes('Aufzeichnung starten') && !/"%[\w.-]+%"/.test(shown));
  });

  it('finds no text for people in the sources that asks for no translation', () => {
    assert.deepEqual(untranslated(root), []);
  });

  it('collects literals, both of a choice, and both words of a plural', () => {
    const source = "t('One'); t(many ? 'Two' : `Three`, 1); plural(n, 'byte'); plural(n, 'entry', 'entries'); t(name);";
    assert.deepEqual(messagesOf('x.ts', source), ['One', 'Two', 'Three', 'byte', 'bytes', 'entry', 'entries']);
  });
});

describe('texts in the language of the editor', () => {
  afterEach(() => {
    useTranslations(undefined);
    useLanguage('en-US');
    setFormatLocale(undefined);
  });

  it('are translated, with their values, and English where there is no translation', () => {
    useTranslations({ '{0} of {1}': '{1}, davon {0}', packets: 'Pakete' });
    assert.equal(t('{0} of {1}', 3, 'x'), 'x, davon 3');
    assert.equal(t('Nobody translated {0}', 7), 'Nobody translated 7');
    setFormatLocale('de');
    assert.equal(plural(12_345, 'packet'), '12.345 Pakete');
    assert.equal(formatCount(1234.4), '1.234');
  });

  it('leave what a value says alone, whatever it is', () => {
    fc.assert(fc.property(fc.string(), (value) => assert.equal(t('a {0} b', value), `a ${value} b`)));
    for (const name of ['constructor', '__proto__', 'toString']) assert.equal(t(name), name);
  });

  it('pass over a language that cannot be used', () => {
    useLanguage('de');
    useLanguage('no such language!');
    assert.equal(numberLanguage(), 'de');
  });
});
