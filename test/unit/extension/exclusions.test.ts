import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { rules } from '../../../src/core/detectors/registry';
import { parseExclusions, silence } from '../../../src/core/findings/exclusions';
import {
  emptyExclusions,
  expiryChoices,
  silenceChoices,
  withEntry,
} from '../../../src/extension/exclusions/exclusionEntry';
import {
  changeText,
  numberProblem,
  ruleNumberChoices,
  savedAs,
  withChange,
} from '../../../src/extension/rules/ruleChoices';
import { defaultRuleSettings } from '../../../src/protocol/ruleSettings';
import { finding } from './support/findings';

const known = rules.map(({ id }) => id);
const nowMs = Date.parse('2026-11-23T12:00:00Z');

describe('silencing a finding', () => {
  const scan = finding({ rule: 'port-scan' });

  it('offers entries that silence it, narrowest first, and writes what the analyzer reads', () => {
    for (const subject of [
      scan,
      { ...scan, sources: ['10.0.0.7', '10.0.0.8'] },
      { ...scan, targets: [], sources: [] },
    ]) {
      const choices = silenceChoices(subject);
      assert.ok(choices.length > 0);
      for (const { entry } of choices) {
        for (const { expires } of expiryChoices(nowMs)) {
          const whole = { ...entry, reason: 'ours', ...(expires === null ? {} : { expires }) };
          const { exclusions, problems } = parseExclusions(withEntry(emptyExclusions, whole)!, known);
          assert.deepEqual(problems, []);
          assert.deepEqual(silence([subject], exclusions, nowMs).told, [], JSON.stringify(whole));
        }
      }
    }
    assert.deepEqual(silenceChoices(scan)[0]?.entry, { rule: 'port-scan', source: '10.0.0.7', target: '10.0.0.2' });
  });

  it('keeps what is in the file, and does not touch one that it does not understand', () => {
    const one = withEntry('{"$schema": "x", "exclusions": [{"rule": "a", "reason": "b"}]}', { rule: 'c', reason: 'd' });
    assert.deepEqual(JSON.parse(one!), {
      $schema: 'x',
      exclusions: [
        { rule: 'a', reason: 'b' },
        { rule: 'c', reason: 'd' },
      ],
    });
    for (const text of ['', '{', '[]', '{"exclusions": {}}', 'null']) {
      assert.equal(withEntry(text, { rule: 'c', reason: 'd' }), null, text);
    }
  });
});

describe('choices of what-if', () => {
  const manifest: unknown = JSON.parse(readFileSync(path.resolve(__dirname, '../../../package.json'), 'utf8'));
  const choices = ruleNumberChoices(manifest);

  it('are all numbers of all rules, with their ranges', () => {
    assert.deepEqual(
      choices.map(({ rule, number, minimum, maximum, integer }) => [rule, number, minimum, maximum, integer]),
      rules.flatMap(({ id, numbers }) =>
        Object.entries(numbers).map(([key, { minimum, maximum, integer }]) => [id, key, minimum, maximum, integer]),
      ),
    );
    assert.deepEqual(ruleNumberChoices({}), []);
  });

  it('take a number in its range only, and change nothing else', () => {
    const choice = choices.find(({ key }) => key === 'networkTraffic.rules.port-scan.verticalPorts')!;
    assert.equal(numberProblem(choice, '20'), null);
    for (const text of ['', ' ', '1', '65536', '2.5', 'x', 'NaN'])
      assert.match(numberProblem(choice, text)!, /2 to 65535/);
    const settings = { ...defaultRuleSettings, numbers: { 'port-scan': { windowSeconds: 60 }, other: { a: 1 } } };
    const change = { kind: 'number', choice, value: 20 } as const;
    assert.deepEqual(withChange(settings, change).numbers, {
      'port-scan': { windowSeconds: 60, verticalPorts: 20 },
      other: { a: 1 },
    });
    assert.equal(changeText(change), 'networkTraffic.rules.port-scan.verticalPorts = 20');
    assert.deepEqual(savedAs({ kind: 'sensitivity', sensitivity: 'low' }), {
      key: 'networkTraffic.sensitivity',
      value: 'low',
    });
  });
});
