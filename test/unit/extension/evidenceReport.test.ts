import assert from 'node:assert/strict';
import { evidenceName } from '../../../src/extension/findings/evidenceName';
import { evidenceComment, evidenceReport } from '../../../src/extension/findings/evidenceReport';
import { findingTimeline } from '../../../src/extension/findings/findingTimeline';
import { fixtureSeries } from '../../e2e/preview/fixtures';
import { finding } from './support/findings';

const hostile = finding({ title: 'Scan | of [x](command:y)\u202e\n# heading' });
const packet = {
  number: 3,
  time: 1_700_000_000.25,
  source: '2001:db8::1',
  destination: '10.0.0.2',
  sourcePort: 41_000,
  destinationPort: null,
  protocol: 'tcp',
  length: 60,
  info: 'a | b `c`',
};

describe('the report of a finding', () => {
  const report = evidenceReport({
    finding: hostile,
    source: 'lab.pcap',
    helpUri: 'file:///docs/rules/port-scan.md',
    mark: { verdict: 'wrong', note: 'our *own* scanner' },
    packets: [packet],
    file: { name: 'x.pcapng', packets: 1 },
  });

  it('holds what was found, its packets, and what was said of it', () => {
    assert.match(report, /T1046 Network Service Discovery/);
    assert.match(report, /As wrong\. our \\\*own\\\* scanner/);
    assert.match(
      report,
      /^\| 3 \| 22:13:20\.250 \| \\\[2001:db8::1\\\]:41000 \| 10\.0\.0\.2 \| tcp \| a \\\| b \\`c\\` \|$/m,
    );
    assert.match(report, /x\.pcapng: 1 packet\./);
  });

  it('shows no markup of the wire', () => {
    assert.doesNotMatch(report, /^# heading/m);
    assert.ok(report.includes('\\[x\\](command:y)'));
    assert.doesNotMatch(evidenceComment(hostile, 'lab.pcap'), /[\n\u202e]/);
  });

  it('has a name that is safe for a file', () => {
    assert.match(evidenceName(finding({ sources: ['../../etc'] }), '/x/lab.pcap.gz'), /^[\w.-]+$/);
    assert.match(evidenceName(finding(), 'lab.pcap'), /^port-scan-vertical-10\.0\.0\.7-lab-20231114-221320$/);
  });
});

describe('the timeline of a finding', () => {
  it('counts every packet, in no more columns than can be told apart', () => {
    const series = fixtureSeries(1000, 'file');
    const timeline = findingTimeline(series);
    assert.ok(timeline !== null && timeline.packets.length <= 240);
    const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
    assert.equal(sum(timeline.packets), sum(series.packets));
    assert.equal(timeline.startMs, series.startUs / 1000);
  });
});
