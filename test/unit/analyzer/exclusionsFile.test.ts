import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { exclusionsOf } from '../../../src/analyzer/exclusionsFile';
import { votesNeeded } from '../../../src/core/model/modelVotes';
import { helpPath } from '../../../src/protocol/finding';

const root = path.resolve(import.meta.dirname, '../../..');

describe('findings of the model', () => {
  it('are silenced like those of any rule', () => {
    const entry = { rule: 'model', source: '192.0.2.7', reason: 'Our own load test.' };
    const { exclusions, problems } = exclusionsOf(JSON.stringify({ exclusions: [entry] }), Date.now());
    assert.deepEqual(problems, []);
    assert.equal(exclusions[0]?.rule, 'model');
  });

  it('are known to the schema of the exclusions', () => {
    const schema = readFileSync(path.join(root, 'media/schemas/exclusions.schema.json'), 'utf8');
    const { properties } = JSON.parse(schema) as {
      properties: { exclusions: { items: { properties: { rule: { enum: string[] } } } } };
    };
    assert.ok(properties.exclusions.items.properties.rule.enum.includes('model'));
  });

  it('lead to a page that gives the numbers of the code', () => {
    const page = readFileSync(path.join(root, helpPath('model')), 'utf8');
    const told = [...page.matchAll(/^\| (\w+) +\| (\d+) +\|/gm)].map(([, family, flows]) => [family, Number(flows)]);
    const attacks = Object.entries(votesNeeded).filter(([family]) => family !== 'BENIGN');
    assert.deepEqual(told, attacks);
  });
});
