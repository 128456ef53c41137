import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { localized } from '../../../scripts/l10n/manifest';
import type { Texts } from '../../../scripts/l10n/manifest';
import type { Finding } from '../../../src/protocol/finding';
import { parseFromDoctorPage, parseFromWhatIfPage } from '../../../src/extension/panels/pageMessages';
import { ruleNumberChoices } from '../../../src/extension/rules/ruleChoices';
import { presetsOf, whatIfOutcome } from '../../../src/extension/rules/whatIfOutcome';
import { numberAt, positionOf, sliderEnds, sliderSteps } from '../../../webview/what-if/numberScale';
import { fixtureFinding } from '../../e2e/preview/fixtures';

const read = (name: string): unknown => JSON.parse(readFileSync(path.resolve(__dirname, '../../..', name), 'utf8'));
/** As VS Code hands it to the extension: in the language of the person. */
const [manifest, germanManifest] = ['package.nls.json', 'package.nls.de.json'].map((texts) =>
  localized(read('package.json'), read(texts) as Texts),
);

describe('What-if against the marks', () => {
  const [one, two, three] = [fixtureFinding(1, 'high'), fixtureFinding(2, 'medium'), fixtureFinding(3, 'low')];
  const verdicts = new Map([
    [one.id, 'right' as const],
    [two.id, 'wrong' as const],
    [three.id, 'right' as const],
  ]);
  const markOf = (finding: Finding) => {
    const verdict = verdicts.get(finding.id);
    return verdict === undefined ? null : { verdict, note: '' };
  };

  it('counts what is marked as right and would go, and false ones that it would spare', () => {
    const result = { added: [], removed: [one, two], changed: [], kept: 1, packets: 10, complete: true };
    const outcome = whatIfOutcome('x = 1', result, [one, two, three], markOf);
    assert.deepEqual(outcome.marks, { right: 2, rightGone: 1, wrong: 1, wrongGone: 1 });
    assert.deepEqual(
      outcome.removed.map(({ mark }) => mark),
      ['right', 'wrong'],
    );
  });

  it('knows a finding that the replay begins elsewhere by its identifier', () => {
    const marked = (finding: Finding) => (finding === one ? { verdict: 'right' as const, note: '' } : null);
    const replayed = { ...one, firstSeen: one.firstSeen + 5 };
    const result = { added: [], removed: [replayed], changed: [], kept: 0, packets: 1, complete: true };
    assert.equal(whatIfOutcome('x = 1', result, [one], marked).marks.rightGone, 1);
  });
});

describe('numbers of rules on a slider', () => {
  const numbers = ruleNumberChoices(manifest).map((choice) => ({ choice, described: presetsOf(choice.description) }));

  it('has label, unit and presets of every number that a rule has', () => {
    assert.ok(numbers.length > 50);
    for (const { choice, described } of numbers) assert.ok(described !== null, choice.description);
    const { title, label, unit, presets } = numbers[0]?.described ?? {};
    assert.deepEqual([title, label, unit], ['Port scan', 'Different ports of one target on which contact failed', 'ports']); // prettier-ignore
    assert.deepEqual(presets, { low: 30, medium: 15, high: 8 });
  });

  it('has the same numbers in German, and other words', () => {
    const german = ruleNumberChoices(germanManifest);
    assert.equal(german.length, numbers.length);
    for (const [index, { choice, described }] of numbers.entries()) {
      const there = presetsOf(german[index]?.description ?? '');
      assert.deepEqual(there?.presets, described?.presets, choice.key);
      assert.notEqual(there?.label, described?.label, choice.key);
    }
    assert.equal(presetsOf(german[0]?.description ?? '')?.unit, 'Ports');
  });

  it('reaches every preset, stays inside the limits, and comes back to the position it was set to', () => {
    for (const { choice, described } of numbers) {
      if (described === null) continue;
      const number = { ...choice, ...described, set: null };
      const { least, most } = sliderEnds(number);
      for (const preset of Object.values(described.presets)) {
        assert.ok(preset >= least && preset <= most, choice.key);
        const near = numberAt(number, positionOf(number, preset));
        assert.ok(Math.abs(near - preset) <= Math.max(1, preset * 0.05), `${choice.key}: ${preset} became ${near}`);
      }
      for (const position of [0, 50, sliderSteps, sliderSteps + 9, -4]) {
        const value = numberAt(number, position);
        assert.ok(value >= choice.minimum && value <= choice.maximum, choice.key);
        assert.ok(!choice.integer || Number.isInteger(value), choice.key);
      }
    }
  });
});

describe('messages of the pages', () => {
  it('are refused when they are none', () => {
    for (const wrong of [null, {}, { type: 'try' }, { type: 'try', change: { kind: 'number', key: 'a', value: NaN } }])
      assert.equal(parseFromWhatIfPage(wrong), null);
    assert.equal(parseFromDoctorPage({ type: 'copyCommand', command: 'rm -rf /' }), null);
    assert.deepEqual(parseFromDoctorPage({ type: 'again' }), { type: 'again' });
  });
});
