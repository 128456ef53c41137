import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { format } from 'prettier';
import { rulePage, rulesPage, unwritten, writtenOf, writtenSections } from '../../../scripts/rules/ruleDocs';
import { withRuleNames, withRuleSettings } from '../../../scripts/rules/ruleManifest';
import type { Manifest } from '../../../scripts/rules/ruleManifest';
import { rules } from '../../../src/core/detectors/registry';
import { presetNumbers, ruleNumbers, ruleSettingProblems } from '../../../src/core/detectors/ruleSettings';
import { modelRule, threats } from '../../../src/protocol/finding';
import { defaultRuleSettings, sensitivities } from '../../../src/protocol/ruleSettings';

const root = path.resolve(import.meta.dirname, '../../..');
const generate = 'run `npm run rules`';

function read(name: string): string {
  return readFileSync(path.join(root, name), 'utf8');
}

function markdown(text: string): Promise<string> {
  return format(text, { parser: 'markdown', printWidth: 120, singleQuote: true });
}

describe('Rule table', () => {
  it('has rules that are whole', () => {
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    for (const rule of rules) {
      assert.match(rule.id, /^[a-z][a-z0-9-]{2,40}$/);
      assert.ok(rule.title.length > 3 && rule.description.length > 40, rule.id);
      assert.ok(rule.sources.length > 0 && rule.sources.every((source) => source.length > 8), rule.id);
      assert.ok(rule.threats.length > 0 && rule.threats.every((threat) => threats.includes(threat)), rule.id);
      for (const id of rule.mitre) assert.match(id, /^T\d{4}(\.\d{3})?$/, rule.id);
      for (const [key, number] of Object.entries(rule.numbers)) {
        const name = `${rule.id}.${key}`;
        assert.match(key, /^[a-z][A-Za-z0-9]{2,40}$/, name);
        assert.ok(number.label.length > 8 && number.source.length > 3, name);
        assert.ok(number.minimum < number.maximum, name);
        for (const sensitivity of sensitivities) {
          const value = number.presets[sensitivity];
          assert.ok(value >= number.minimum && value <= number.maximum, `${name} ${sensitivity}`);
          assert.ok(!number.integer || Number.isInteger(value), `${name} ${sensitivity}`);
        }
      }
    }
  });

  it('makes detectors at every preset, and with any numbers within the ranges', () => {
    const context = { localAddresses: [], live: false };
    for (const rule of rules) {
      for (const sensitivity of sensitivities) {
        const detector = rule.create(presetNumbers(rule, sensitivity), context);
        for (const limit of detector.limits) assert.ok(limit.limit > 0 && limit.name !== '', rule.id);
      }
    }
  });

  it('is what the settings of the manifest say', () => {
    const manifest = JSON.parse(read('package.json')) as Manifest;
    assert.deepEqual(manifest, withRuleSettings(manifest, rules), generate);
  });

  it('is what the schema of exclusions knows', () => {
    const schema = JSON.parse(read('media/schemas/exclusions.schema.json')) as object;
    assert.deepEqual(schema, withRuleNames(schema, rules), generate);
  });

  it('is what the documentation says, with every section written', async () => {
    assert.equal(read('docs/rules.md'), await markdown(rulesPage(rules)), generate);
    assert.deepEqual(
      readdirSync(path.join(root, 'docs/rules')).sort(),
      [...rules.map(({ id }) => id), modelRule].map((id) => `${id}.md`).sort(),
    );
    for (const rule of rules) {
      const page = read(`docs/rules/${rule.id}.md`);
      const written = writtenOf(page);
      assert.equal(page, await markdown(rulePage(rule, written)), `${rule.id}: ${generate}`);
      for (const section of writtenSections) {
        assert.ok((written[section] ?? '').length > 60, `docs/rules/${rule.id}.md: write "${section}"`);
      }
      for (const heading of ['Sources', 'Thresholds', 'How to silence it']) assert.ok(page.includes(`## ${heading}\n`));
      assert.ok(!page.includes(unwritten), rule.id);
    }
  });
});

describe('ruleNumbers', () => {
  const [rule] = rules;
  const set = (numbers: Record<string, number>) => ({ ...defaultRuleSettings, numbers: { [rule!.id]: numbers } });

  it('takes what is set and the preset for the rest', () => {
    assert.equal(ruleNumbers(rule!, set({ verticalPorts: 9 }))['verticalPorts'], 9);
    assert.equal(ruleNumbers(rule!, set({ verticalPorts: 9 }))['horizontalHosts'], 25);
    const low = ruleNumbers(rule!, { ...set({ verticalPorts: 9 }), sensitivity: 'low' });
    assert.equal(low['verticalPorts'], 9);
    assert.equal(low['horizontalHosts'], rule!.numbers['horizontalHosts']!.presets.low);
  });

  it('gives whole numbers within the range whatever is set', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('verticalPorts', 'windowSeconds', '__proto__', 'x'), fc.double()),
        (n) => {
          const numbers = ruleNumbers(rule!, set(n));
          assert.deepEqual(Object.keys(numbers), Object.keys(rule!.numbers));
          for (const [key, { minimum, maximum }] of Object.entries(rule!.numbers)) {
            const value = numbers[key]!;
            assert.ok(Number.isInteger(value) && value >= minimum && value <= maximum, `${key} ${value}`);
          }
        },
      ),
    );
  });

  it('says what is wrong with settings', () => {
    assert.deepEqual(ruleSettingProblems(rules, defaultRuleSettings), []);
    const problems = ruleSettingProblems(rules, {
      sensitivity: 'medium',
      numbers: { 'port-scan': { verticalPorts: 1, nothing: 3, windowSeconds: 60 }, 'no-such': { a: 1 } },
      disabled: ['neither'],
    });
    assert.equal(problems.length, 4);
    assert.match(problems[0]!, /no rule "neither"/);
    assert.match(problems[1]!, /port-scan\.verticalPorts is 1, and must be a whole number from 2 to 65535 \(ports\)/);
    assert.match(problems[2]!, /no number "nothing"/);
    assert.match(problems[3]!, /no rule "no-such"/);
  });
});
