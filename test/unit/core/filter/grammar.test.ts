import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import { filterPage } from '../../../../scripts/grammar/filterDocs';
import { pageFile, parserFile, parserSource } from '../../../../scripts/grammar/grammar';
import { allFilterFields, fieldNamed } from '../../../../src/core/filter/filterFields';

describe('what is made of the grammar and the table of fields', () => {
  it('is the parser that is checked in (npm run grammar)', () => {
    assert.equal(readFileSync(parserFile, 'utf8'), parserSource());
  });

  it('is the page that is checked in (npm run grammar)', async () => {
    const page = readFileSync(pageFile, 'utf8');
    assert.equal(page, await format(filterPage(page), { parser: 'markdown', printWidth: 120, singleQuote: true }));
  });

  it('names each field once, with a description', () => {
    const names = allFilterFields.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
    for (const { name, description } of allFilterFields) {
      assert.match(name, /^[a-z0-9]+(\.[a-z0-9_]+)+$/);
      assert.ok(description.length > 3 && !description.endsWith('.'), name);
    }
  });

  it('knows the older names of protocols', () => {
    assert.equal(fieldNamed('ssl.handshake.type'), fieldNamed('tls.handshake.type'));
    assert.equal(fieldNamed('bootp.id'), fieldNamed('dhcp.id'));
    assert.equal(fieldNamed('tls.no_such'), null);
  });
});
