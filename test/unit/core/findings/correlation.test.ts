import assert from 'node:assert/strict';
import fc from 'fast-check';
import { awaitsSession, correlate } from '../../../../src/core/findings/correlation';
import type { LongSession } from '../../../../src/core/findings/longSessions';
import { joinWitnesses } from '../../../../src/core/findings/witnesses';
import { engineLimits } from '../../../../src/core/limits';
import { severities, threats } from '../../../../src/protocol/finding';
import type { Finding } from '../../../../src/protocol/finding';
import { finding as anyFinding } from '../../extension/support/findings';

const attacker = '10.0.0.66';
const victim = '10.0.0.10';

function at(id: string, threat: Finding['threat'], firstSeen: number, changes: Partial<Finding> = {}): Finding {
  return anyFinding({
    id,
    rule: id,
    threat,
    severity: 'medium',
    sources: [attacker],
    targets: [victim],
    ports: [22],
    firstSeen,
    lastSeen: firstSeen + 10,
    packets: [firstSeen],
    ...changes,
  });
}

const scan = at('scan', 'port-scan', 100);
const guessing = at('guessing', 'brute-force', 200, { severity: 'high' });
const shell = at('shell', 'infiltration', 300, { sources: [victim], targets: [attacker] });
const session: LongSession = {
  client: attacker,
  server: victim,
  port: 22,
  start: 205,
  end: 400,
  payloadBytes: 9000,
  flow: { transport: 'tcp', a: attacker, aPort: 5000, b: victim, bPort: 22, start: 205 },
  packet: 77,
};

describe('correlate', () => {
  it('makes one incident of a scan, guessing and a session or a shell after it', () => {
    for (const [findings, sessions, threat] of [
      [[scan, guessing], [session], 'infiltration'],
      [[scan, guessing, shell], [], 'infiltration'],
    ] as const) {
      const [incident, ...others] = correlate(findings, sessions);
      assert.deepEqual(others, []);
      assert.equal(incident!.severity, 'critical');
      assert.deepEqual(
        incident!.stages.map((stage) => stage.threat),
        ['port-scan', 'brute-force', threat],
      );
      assert.deepEqual(incident!.sources, [attacker]);
      assert.deepEqual(incident!.targets, [victim]);
      assert.equal(incident!.firstSeen, 100);
      assert.equal(incident!.lastSeen, sessions.length > 0 ? 400 : 310);
      assert.equal(
        incident!.count,
        findings.reduce((sum, { count }) => sum + count, 0),
      );
      assert.ok(incident!.packets.includes(100) && incident!.packets.includes(200));
      assert.ok(incident!.evidence.some(({ name }) => name.startsWith('scan: ')));
      assert.match(incident!.next[0]!, /broken into/);
    }
  });

  it('keeps both findings of two stages, the later one graver and with the stages', () => {
    const [first, second, ...others] = correlate([scan, guessing], []);
    assert.deepEqual(others, []);
    assert.deepEqual(first, scan);
    assert.equal(second!.severity, 'critical');
    assert.equal(second!.threat, 'brute-force');
    assert.deepEqual(
      second!.stages.map(({ rule }) => rule),
      ['scan', 'guessing'],
    );
    const [only] = correlate([guessing], [session]);
    assert.deepEqual(
      only!.stages.map(({ threat }) => threat),
      ['brute-force', 'infiltration'],
    );
  });

  it('joins nothing of another source, target, order or day, nor what is below medium', () => {
    for (const [what, findings, sessions] of [
      ['source', [{ ...scan, sources: ['10.0.0.67'] }, guessing], []],
      ['target', [{ ...scan, targets: ['10.0.0.11'] }, guessing], []],
      ['order', [at('scan', 'port-scan', 500), guessing], []],
      ['day', [scan, at('guessing', 'brute-force', 200_000)], []],
      ['severity', [{ ...scan, severity: 'low' }, guessing], []],
      ['port', [guessing], [{ ...session, port: 80 }]],
      ['session before', [guessing], [{ ...session, start: 90, end: 400 }]],
      ['session of another', [guessing], [{ ...session, client: '10.0.0.67' }]],
      ['threat', [at('x', 'dos', 100), guessing], []],
      ['connection of requests', [at('sqli', 'web-attack', 200)], [session]],
      ['connection of logins to the web', [at('http-guessing', 'brute-force', 200)], [session]],
    ] as [string, Finding[], LongSession[]][]) {
      assert.deepEqual(correlate(findings, sessions), findings, what);
    }
  });

  it('looks for sessions only when guessing was found', () => {
    assert.equal(awaitsSession([scan]), false);
    assert.equal(awaitsSession([guessing]), true);
    assert.equal(awaitsSession([{ ...guessing, rule: 'http-guessing' }]), false);
    assert.equal(awaitsSession([{ ...guessing, severity: 'low' }]), false);
  });

  it('never loses a finding that is no stage, never lowers one, and does not depend on the order', () => {
    const address = fc.constantFrom(attacker, victim, '10.0.0.3');
    const some = fc.record({
      threat: fc.constantFrom(...threats),
      severity: fc.constantFrom(...severities),
      source: address,
      target: address,
      firstSeen: fc.integer({ min: 0, max: 1000 }),
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 12 }), (list) => {
        const findings = list.map(({ threat, severity, source, target, firstSeen }, i) =>
          at(`f${i}`, threat, firstSeen, { severity, sources: [source], targets: [target] }),
        );
        const result = correlate(findings, [session]);
        const byId = (x: Finding, y: Finding): number => (x.id < y.id ? -1 : 1);
        assert.deepEqual(correlate(findings.toReversed(), [session]).sort(byId), [...result].sort(byId));
        for (const finding of findings) {
          const same = result.find(({ id }) => id === finding.id);
          const stage = result.some(({ stages }) => stages.some(({ rule }) => rule === finding.rule));
          assert.ok(same !== undefined || stage, finding.id);
          if (same !== undefined) assert.ok(severities.indexOf(same.severity) >= severities.indexOf(finding.severity));
        }
        for (const { packets, flows, stages } of result) {
          assert.ok(packets.length <= engineLimits.findingPackets && flows.length <= engineLimits.findingFlows);
          assert.ok(stages.length === 0 || stages.length >= 2);
        }
      }),
    );
  });
});

describe('joinWitnesses', () => {
  const model = at('model', 'brute-force', 205, { detector: 'model', confidence: 0.5 });
  const rule = at('rule', 'brute-force', 200, { confidence: 0.8 });

  it('tells once, and surer, what a rule and the model agree on', () => {
    const [joined, ...others] = joinWitnesses([model, rule]);
    assert.deepEqual(others, []);
    assert.equal(joined!.id, 'rule');
    assert.equal(joined!.detector, 'both');
    assert.equal(joined!.confidence, 0.9);
    assert.equal(joined!.lastSeen, 215);
    assert.equal(joined!.evidence.length, rule.evidence.length + model.evidence.length);
  });

  it('keeps apart what differs in threat, source, target or time', () => {
    for (const other of [
      { ...model, threat: 'dos' as const },
      { ...model, sources: ['10.0.0.3'] },
      { ...model, targets: ['10.0.0.3'] },
      { ...model, firstSeen: 900, lastSeen: 950 },
    ]) {
      assert.deepEqual(joinWitnesses([other, rule]), [other, rule]);
    }
  });
});
