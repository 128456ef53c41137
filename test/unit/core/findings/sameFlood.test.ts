import assert from 'node:assert/strict';
import { joinFloods } from '../../../../src/core/findings/sameFlood';
import type { Finding } from '../../../../src/protocol/finding';
import { finding as anyFinding } from '../../extension/support/findings';

const attacker = '10.0.0.66';
const victim = '10.0.0.10';

function flood(rule: string, changes: Partial<Finding> = {}): Finding {
  return anyFinding({
    id: rule,
    rule,
    threat: 'dos',
    severity: 'high',
    sources: [attacker],
    targets: [victim],
    ports: [80],
    firstSeen: 100,
    lastSeen: 110,
    count: 9000,
    ...changes,
  });
}

const scan = flood('port-scan', { threat: 'port-scan', ports: [1, 2, 3], count: 3 });

describe('joinFloods', () => {
  it('tells a flood once that several rules see, as requests when it is requests', () => {
    const requests = flood('http-flood', { severity: 'medium', firstSeen: 101 });
    const connections = flood('syn-flood', { severity: 'medium', lastSeen: 120 });
    for (const findings of [
      [requests, connections],
      [connections, requests],
    ]) {
      const [only, ...others] = joinFloods(findings);
      assert.deepEqual(others, []);
      assert.deepEqual([only!.rule, only!.firstSeen, only!.lastSeen], ['http-flood', 100, 120]);
      assert.ok(only!.evidence.some(({ name }) => name.startsWith('syn-flood: ')));
    }
  });

  it('keeps the gravest', () => {
    const [only, ...others] = joinFloods([flood('http-flood', { severity: 'medium' }), flood('syn-flood')]);
    assert.deepEqual([only!.rule, only!.severity, others], ['syn-flood', 'high', []]);
  });

  it('keeps floods of another target, port, source or time, and what is below medium', () => {
    const first = flood('http-flood');
    for (const other of [
      flood('syn-flood', { targets: ['10.0.0.11'] }),
      flood('syn-flood', { ports: [443] }),
      flood('syn-flood', { sources: ['10.0.0.67'] }),
      flood('syn-flood', { firstSeen: 200, lastSeen: 210 }),
      flood('syn-flood', { severity: 'low' }),
      flood('ssh-guessing', { threat: 'brute-force' }),
    ]) {
      assert.deepEqual(joinFloods([first, other]), [first, other]);
    }
  });

  it('tells a flood that changes ports as a flood, and a hurried scan as a scan', () => {
    const udp = flood('udp-flood', { ports: [] });
    assert.deepEqual(
      joinFloods([scan, udp]).map(({ rule }) => rule),
      ['udp-flood'],
    );
    assert.deepEqual(
      joinFloods([{ ...scan, count: 8000 }, udp]).map(({ rule }) => rule),
      ['port-scan'],
    );
    const elsewhere = { ...scan, targets: [victim, '10.0.0.11'] };
    assert.deepEqual(joinFloods([elsewhere, udp]), [elsewhere, udp]);
  });
});
