import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { featuresMarkdown } from '../../../ml/featuresMarkdown';
import { columns } from '../../../src/core/features/columns';
import { features } from '../../../src/core/features/features';

/** Tables as cells, whatever their padding. */
const plain = (text: string): string =>
  text
    .replace(/ *\| */g, '|')
    .replace(/-{3,}/g, '---')
    .replace(/\\_/g, '_');

describe('ml/FEATURES.md', () => {
  it('says what the tables say', () => {
    const page = readFileSync(path.resolve(__dirname, '../../../ml/FEATURES.md'), 'utf8');
    assert.equal(plain(page), plain(featuresMarkdown()));
  });

  it('has every feature from columns that exist, under a name of its own', () => {
    assert.equal(new Set(features.map((f) => f.id)).size, features.length);
    const ids = new Set(columns.map((c) => c.id));
    for (const feature of features) for (const from of feature.from) assert.ok(ids.has(from), from);
  });

  it('names no port, address, window value or header length among the inputs', () => {
    // The window tells only whether there is one, for official rows that do not name the protocol.
    const used = new Set(features.flatMap((f) => (f.id === 'isTcp' ? [] : f.from)));
    for (const column of columns) {
      const names = Object.values(column.names).join(' ');
      if (/port|\bip\b|init|window|header|seg size/i.test(names)) assert.ok(!used.has(column.id), column.id);
    }
  });
});
