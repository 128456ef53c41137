/** States of the page of a finding, computed by a formula: for its look, not for its numbers. */
import type { Finding } from '../../../src/protocol/finding';
import type { FindingPageState } from '../../../src/protocol/findingPage';
import { fixtureFinding, fixturePacket } from './fixtures';

const startMs = Date.UTC(2026, 2, 14, 9, 26, 53);

const scan: Finding = {
  ...fixtureFinding(0, 'high'),
  firstSeen: startMs / 1000 + 60,
  lastSeen: startMs / 1000 + 121,
  count: 1024,
  evidence: [
    { name: 'failed contacts', observed: 1024, threshold: 15, unit: 'ports', window: '60 s' },
    { name: 'share of contacts that failed', observed: 98.2, threshold: 80, unit: '%', window: '60 s' },
    { name: 'machines', observed: 1, threshold: 15, unit: '', window: '60 s' },
    { name: 'likelihood of a scanner', observed: 99.9, threshold: 99, unit: '%', window: null },
    { name: 'answers', observed: 'reset', threshold: null, unit: '', window: null },
  ],
  against: [
    'Source and target are on the same network: an inventory or a monitoring tool does the same.',
    'Nothing was sent on the ports that answered.',
  ],
  next: [
    'Ask who runs 10.20.0.99, and whether it is a scanner of ours.',
    'Look at the ports that answered: 22, 443 and 8080.',
    'Silence it with a reason when it is expected.',
  ],
  packets: Array.from({ length: 64 }, (_, at) => 4001 + at * 2),
  flows: Array.from({ length: 6 }, (_, at) => ({
    transport: 'tcp',
    a: at === 4 ? '2001:db8:85a3::8a2e:370:7334' : '10.20.0.99',
    aPort: 41_000 + at,
    b: at === 4 ? '2001:db8:85a3::8a2e:370:9999' : '10.20.0.7',
    bPort: 20 + at,
    start: startMs / 1000 + 60 + at,
  })),
  mitre: ['T1046', 'T1595.002'],
};

const staged: Finding = {
  ...scan,
  severity: 'critical',
  detector: 'both',
  title: 'Break-in at 10.20.0.7 by 10.20.0.99 with <img src=x onerror=alert(1)> in its name',
  stages: [
    {
      rule: 'port-scan',
      threat: 'port-scan',
      title: 'Port scan',
      firstSeen: scan.firstSeen,
      lastSeen: scan.firstSeen + 9,
    },
    {
      rule: 'ssh-guessing',
      threat: 'brute-force',
      title: 'Password guessing over SSH',
      firstSeen: scan.firstSeen + 12,
      lastSeen: scan.firstSeen + 40,
    },
  ],
};

const page = (changes: Partial<FindingPageState> = {}): FindingPageState => ({
  type: 'finding',
  sequence: 0,
  finding: scan,
  source: 'office-uplink.pcapng',
  timeline: {
    startMs,
    bucketMs: 2000,
    packets: Array.from({ length: 120 }, (_, at) =>
      Math.round(20 + 12 * Math.sin(at / 5) + (at > 29 && at < 61 ? 70 : 0)),
    ),
  },
  packets: scan.packets.slice(0, 20).map((number) => fixturePacket(number)),
  mark: null,
  canWrite: true,
  ...changes,
});

export const findingStates: Record<string, () => FindingPageState> = {
  scan: () => page(),
  marked: () => page({ mark: { verdict: 'wrong', note: 'Our own scanner, every Tuesday.' } }),
  staged: () => page({ finding: staged }),
  low: () => page({ finding: { ...scan, severity: 'low', flows: [], mitre: [] }, canWrite: false }),
  bare: () =>
    page({
      finding: { ...scan, severity: 'info', evidence: [], against: [], next: [], packets: [], flows: [], mitre: [] },
      timeline: null,
      packets: [],
    }),
  gone: () => page({ finding: null, timeline: null }),
};
