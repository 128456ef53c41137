import assert from 'node:assert/strict';
import { stopCause } from '../../../src/analyzer/stopRules';
import { noStopRules } from '../../../src/protocol/liveCapture';
import { captureLossRule } from '../../../src/core/detectors/health/captureLoss';
import { presetNumbers } from '../../../src/core/detectors/ruleSettings';
import type { Finding } from '../../../src/protocol/finding';

const extent = { elapsedSeconds: 60, packets: 100, capturedBytes: 1000 };
const lossFinding = (): Finding => {
  const numbers = presetNumbers(captureLossRule, 'medium');
  const loss = captureLossRule.create(numbers, { localAddresses: [], live: true });
  loss.captureLoss?.(1e6, 1000, 1000);
  let found: Finding | null = null;
  loss.collect((finding) => (found = finding));
  assert.ok(found !== null);
  return found;
};

describe('a capture ends by itself', () => {
  const cause = (rules: Partial<typeof noStopRules>, findings: Finding[] = []): string | null =>
    stopCause({ ...noStopRules, ...rules }, extent, () => findings);

  it('never without a rule, and does not ask for findings then', () => {
    assert.equal(
      stopCause(noStopRules, extent, () => assert.fail()),
      null,
    );
  });

  it('when the time, the packets or the bytes of a rule are reached, and not before', () => {
    assert.equal(cause({ afterSeconds: 60 }), 'time');
    assert.equal(cause({ afterSeconds: 61 }), null);
    assert.equal(cause({ afterPackets: 100 }), 'packets');
    assert.equal(cause({ afterPackets: 101 }), null);
    assert.equal(cause({ afterBytes: 1000 }), 'size');
    assert.equal(cause({ afterBytes: 1001 }), null);
  });

  it('on a finding that is severe enough; the loss of the capture itself is none', () => {
    const high = { ...lossFinding(), id: 'x', rule: 'port-scan', severity: 'high' as const };
    assert.equal(cause({ onFinding: 'high' }, [high]), 'finding');
    assert.equal(cause({ onFinding: 'medium' }, [high]), 'finding');
    assert.equal(cause({ onFinding: 'critical' }, [high]), null);
    assert.equal(cause({ onFinding: 'info' }, [lossFinding()]), null);
  });
});
