import type { Finding } from '../../../../src/protocol/finding';

/** A port-scan finding with the given fields changed. */
export function finding(changes: Partial<Finding> = {}): Finding {
  return {
    id: 'port-scan-vertical|10.0.0.7|10.0.0.2',
    rule: 'port-scan-vertical',
    threat: 'port-scan',
    detector: 'rule',
    severity: 'high',
    confidence: 0.9,
    title: 'Port scan of 10.0.0.2 by 10.0.0.7',
    summary: '10.0.0.7 tried 40 ports of 10.0.0.2.',
    sources: ['10.0.0.7'],
    targets: ['10.0.0.2'],
    ports: [21, 22, 23],
    firstSeen: 1_700_000_000,
    lastSeen: 1_700_000_060,
    count: 40,
    evidence: [{ name: 'failed contacts', observed: 40, threshold: 15, unit: 'ports', window: '300 s' }],
    against: ['The target is on the same network.'],
    packets: [3, 5, 8],
    mitre: ['T1046'],
    flows: [],
    next: [],
    stages: [],
    ...changes,
  };
}
