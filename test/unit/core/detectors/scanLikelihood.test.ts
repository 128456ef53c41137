import assert from 'node:assert/strict';
import { presetNumbers } from '../../../../src/core/detectors/ruleSettings';
import { portScanRule } from '../../../../src/core/detectors/portScanRule';
import type { Finding } from '../../../../src/protocol/finding';
import { ScanUnderTest, probes, reply, scanner, segment, victim } from './support';
import type { Timed } from './support';

const { slowContacts } = presetNumbers(portScanRule, 'medium');
const refused = (port: number): Uint8Array => reply(port, 'RA');
const syn = (port: number): Uint8Array => segment(port, 'S');

function findings(frames: readonly Timed[]): Finding[] {
  return new ScanUnderTest({ slowContacts: slowContacts! }).add(frames).finish();
}

/** A connection that is completed, and its end. */
function connection(at: number, port: number, sourcePort: number): Timed[] {
  const options = { sourcePort };
  return [
    [at, segment(port, 'S', options)],
    [at + 0.001, reply(port, 'SA', options)],
    [at + 0.002, segment(port, 'A', options, 2)],
  ];
}

describe('Sequential test of the port scan rule', () => {
  it('finds a scan that is too slow for any window', () => {
    const found = findings(probes(12, syn, refused, { gapSeconds: 400 }));
    assert.equal(found.length, 1);
    const [finding] = found;
    assert.deepEqual([finding?.sources, finding?.targets, finding?.count], [[scanner], [victim], 12]);
    assert.equal(finding?.severity, 'medium');
    const ratio = finding.evidence.find(({ name }) => name.startsWith('likelihood ratio'));
    assert.equal(ratio?.threshold, 99);
    assert.ok((ratio.observed as number) > 99);
  });

  it('counts open ports that were not used, and lets off who tries the same over and over', () => {
    const closed = probes(8, syn, refused, { gapSeconds: 2, fromSeconds: 10 });
    const open = [22, 25, 80, 443].flatMap((port, i) => connection(i, port, 7000 + i));
    assert.deepEqual(findings(closed), []);
    assert.equal(findings([...open, ...closed]).length, 1);
    const waiting = Array.from({ length: 5 }, (_, i) =>
      probes(
        12,
        (port) => segment(port, 'S', { sourcePort: 6000 + i * 100 + port }),
        (port) => reply(port, 'RA', { sourcePort: 6000 + i * 100 + port }),
        { gapSeconds: 0.3, fromSeconds: i * 9 },
      ),
    );
    const [finding] = findings(waiting.flat());
    assert.equal(finding?.severity, 'low');
    assert.ok(finding.against.some((text) => text.includes('over and over')));
  });

  it('finds slow scans over IPv6', () => {
    const ends = { source: 'fd00:5::66', target: 'fd00:5::10' };
    const slow = probes(
      12,
      (port) => segment(port, 'S', ends),
      (port) => reply(port, 'RA', ends),
      { gapSeconds: 400 },
    );
    const [finding] = findings(slow);
    assert.deepEqual([finding?.sources, finding?.targets, finding?.count], [[ends.source], [ends.target], 12]);
    assert.equal(finding?.severity, 'medium');
  });

  it('needs enough contacts, each of them once', () => {
    assert.deepEqual(findings(probes(slowContacts! - 1, syn, refused, { gapSeconds: 1 })), []);
    const same = Array.from({ length: 40 }, (_, i) =>
      probes(
        1,
        () => syn(80),
        () => refused(80),
        { fromSeconds: i * 20 },
      ),
    );
    assert.deepEqual(findings(same.flat()), []);
  });

  it('is quiet about a source that fails now and then among what works', () => {
    const mixed = Array.from({ length: 40 }, (_, i): Timed[] => [
      ...connection(i * 60, 1000 + i, 40_000 + i),
      ...(i % 2 === 0 ? probes(1, syn, refused, { first: 2000 + i, fromSeconds: i * 60 + 1 }) : []),
    ]);
    assert.deepEqual(findings(mixed.flat()), []);
  });

  it('forgets after half an hour without a failure', () => {
    assert.deepEqual(findings(probes(12, syn, refused, { gapSeconds: 1900 })), []);
  });

  it('does not tell a machine aloud that lost its network', () => {
    const lost = Array.from({ length: 20 }, (_, i): Timed[] => [
      [i * 30, segment(4000 + (i % 7), 'S', { target: `198.51.100.${i}`, sourcePort: 40_000 + i })],
    ]);
    assert.ok(findings(lost.flat()).every(({ severity }) => severity === 'low'));
  });
});
