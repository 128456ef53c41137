import assert from 'node:assert/strict';
import { Incident } from '../../../../src/core/detectors/incident';
import type { FindingWords } from '../../../../src/core/detectors/incident';
import { IncidentTable } from '../../../../src/core/detectors/incidentTable';
import { engineLimits } from '../../../../src/core/limits';
import type { Finding } from '../../../../src/protocol/finding';

const words: FindingWords = {
  threat: 'dos',
  severity: 'medium',
  confidence: 0.5,
  title: 'title',
  summary: 'summary',
  evidence: [],
  against: [],
  next: [],
  mitre: [],
};

function collected(table: IncidentTable<Incident>): Finding[] {
  const found: Finding[] = [];
  table.collect((finding) => found.push(finding));
  return found;
}

describe('Incident', () => {
  it('keeps what it carries within the limits, and sorted', () => {
    const incident = new Incident('r', 's', 5e6);
    for (let i = 0; i < 5000; i++) {
      incident.note(5e6 - i, 5000 - i);
      incident.addSource(`s${i}`);
      incident.addTarget(`t${i}`);
      incident.addPort(i - 1);
    }
    const finding = incident.finding(words);
    assert.equal(finding.sources.length, engineLimits.findingTargets);
    assert.equal(finding.targets.length, engineLimits.findingTargets);
    assert.equal(finding.ports.length, engineLimits.findingPorts);
    assert.equal(finding.packets.length, engineLimits.findingPackets);
    assert.deepEqual(
      finding.packets,
      [...finding.packets].sort((x, y) => x - y),
    );
    assert.equal(finding.count, 5000);
    assert.equal(finding.firstSeen, (5e6 - 4999) / 1e6);
    assert.equal(finding.id, 'r|s|5000000');
  });
});

describe('IncidentTable', () => {
  const table = (): IncidentTable<Incident> => new IncidentTable('r', 10e6, () => words);
  const hit = (t: IncidentTable<Incident>, subject: string, timeUs: number): void => {
    t.open(subject, timeUs, () => new Incident('r', subject, timeUs))?.note(timeUs, 1);
  };

  it('makes one finding of what goes on, and another after a quiet spell, whether or not time was told', () => {
    for (const told of [true, false]) {
      const t = table();
      for (const at of [0, 5e6, 14e6, 30e6, 31e6]) {
        if (told) t.advance(at);
        hit(t, 'a', at);
      }
      t.finish();
      assert.deepEqual(
        collected(t).map(({ id, count }) => [id, count]),
        [
          ['r|a|0', 3],
          ['r|a|30000000', 2],
        ],
      );
      assert.equal(t.size, 0);
    }
  });

  it('hands over what changed, once, and the last state at the end', () => {
    const t = table();
    for (let i = 0; i < 12; i++) hit(t, 'a', i);
    assert.equal(collected(t).length, 1);
    assert.equal(collected(t).length, 0);
    hit(t, 'a', 13);
    t.finish();
    assert.deepEqual(
      collected(t).map(({ count }) => count),
      [13],
    );
    assert.deepEqual(collected(t), []);
  });

  it('leaves out and counts what is too much', () => {
    const t = table();
    for (let i = 0; i < engineLimits.incidents + 7; i++) hit(t, `s${i}`, i);
    assert.equal(t.size, engineLimits.incidents);
    assert.equal(t.limit.hits, 7);
  });

  it('says nothing while the rule has no words', () => {
    const t = new IncidentTable<Incident>('r', 10e6, (incident) => (incident.count < 3 ? null : words));
    hit(t, 'a', 0);
    hit(t, 'a', 1);
    assert.deepEqual(collected(t), []);
    hit(t, 'a', 2);
    assert.equal(collected(t).length, 1);
  });
});
