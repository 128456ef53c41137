import assert from 'node:assert/strict';
import type { Detector } from '../../../../src/core/detectors/detector';
import { captureLossRule } from '../../../../src/core/detectors/health/captureLoss';
import { presetNumbers } from '../../../../src/core/detectors/ruleSettings';
import type { Sensitivity } from '../../../../src/protocol/ruleSettings';
import type { Finding } from '../../../../src/protocol/finding';

const second = 1_000_000;

describe('loss in our own capture', () => {
  const make = (sensitivity: Sensitivity): Detector =>
    captureLossRule.create(presetNumbers(captureLossRule, sensitivity), { localAddresses: [], live: true });
  let loss: Detector;
  beforeEach(() => (loss = make('medium')));
  const collect = (): Finding | null => {
    const found: Finding[] = [];
    loss.collect((finding) => found.push(finding));
    assert.ok(found.length <= 1);
    return found[0] ?? null;
  };

  it('is told above one percent of ten seconds, as health, and no worse than medium', () => {
    for (let n = 1; n <= 10; n++) loss.captureLoss?.(n * second, 11, 1000);
    const told = collect();
    assert.equal(told?.rule, 'capture-loss');
    assert.equal(told.threat, 'health');
    assert.equal(told.severity, 'low');
    assert.equal(told.count, 110);
    assert.equal(told.evidence[0]?.observed, 1.1);
    loss.captureLoss?.(11 * second, 5000, 1000);
    assert.equal(collect()?.severity, 'medium');
  });

  it('is not told at one percent, for a handful, or again when nothing changed', () => {
    for (let n = 1; n <= 20; n++) loss.captureLoss?.(n * second, 10, 990);
    assert.equal(collect(), null);
    loss.clear();
    loss.captureLoss?.(100 * second, 19, 1);
    assert.equal(collect(), null);
    loss.captureLoss?.(101 * second, 1, 0);
    assert.ok(collect() !== null);
    loss.captureLoss?.(102 * second, 0, 50);
    assert.equal(collect(), null);
  });

  it('is one incident that knows its worst span', () => {
    loss.captureLoss?.(second, 500, 500);
    const first = collect();
    loss.captureLoss?.(100 * second, 20, 980);
    const later = collect();
    assert.equal(first?.id, later?.id);
    assert.equal(later?.evidence[0]?.observed, 50);
    assert.equal(later?.firstSeen, 1);
    assert.equal(later?.lastSeen, 100);
    assert.equal(later?.count, 520);
  });

  it('is told sooner and later by the settings', () => {
    for (const [sensitivity, told] of [
      ['low', false],
      ['medium', true],
      ['high', true],
    ] as const) {
      loss = make(sensitivity);
      loss.captureLoss?.(second, 20, 980);
      assert.equal(collect() !== null, told, sensitivity);
    }
  });
});
