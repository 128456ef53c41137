/** What a detector says: the contract of design 4.3. One incident is one finding, updated as it goes on. */

export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

export const threats = [
  'ddos',
  'dos',
  'port-scan',
  'brute-force',
  'web-attack',
  'botnet',
  'infiltration',
  'heartbleed',
  'exfiltration',
  'dns-tunnel',
  'spoofing',
  /** No attack: what goes wrong or is carelessly open (lost packets, passwords in clear). */
  'health',
] as const;
export type Threat = (typeof threats)[number];

export type DetectorKind = 'rule' | 'model' | 'both';

/** What findings of the model name as their rule. */
export const modelRule = 'model';

/** Page of the documentation about a rule, below the folder of the product. */
export function helpPath(rule: string): string {
  return `docs/rules/${rule}.md`;
}

/** One measured value with the limit it was held against. */
export interface Evidence {
  /** What was measured, in words: "failed contacts". */
  name: string;
  observed: number | string;
  threshold: number | string | null;
  unit: string;
  /** The span that `observed` was counted over, in words: "60 s"; null for a value that has no window. */
  window: string | null;
}

/** A flow that shows a finding, with what is needed to look it up again. */
export interface FlowReference {
  /** `tcp`, `udp`, `icmp`, … as in flow rows. */
  transport: string;
  a: string;
  aPort: number | null;
  b: string;
  bPort: number | null;
  /** Packet time of its first packet, in seconds since 1970. */
  start: number;
}

/** One step of an incident that several rules tell of together: a scan, then guessing, then a long session. */
export interface FindingStage {
  rule: string;
  threat: Threat;
  title: string;
  firstSeen: number;
  lastSeen: number;
}

export interface Finding {
  /** Stable for the life of the incident: rule plus subject. */
  id: string;
  /** Rule identifier, for example `port-scan`: the `id` of the rule. */
  rule: string;
  threat: Threat;
  detector: DetectorKind;
  severity: Severity;
  /** 0 to 1. */
  confidence: number;
  title: string;
  summary: string;
  sources: string[];
  targets: string[];
  ports: number[];
  /** Packet time in seconds since 1970. */
  firstSeen: number;
  /** Packet time in seconds since 1970. */
  lastSeen: number;
  /** How many events (for a scan: contacts) the incident holds so far. */
  count: number;
  evidence: Evidence[];
  /** What speaks against the finding, in words. */
  against: string[];
  /** Numbers of packets that show it (first ones, bounded). */
  packets: number[];
  /** Flows that show it (first ones, bounded). */
  flows: FlowReference[];
  /** MITRE ATT&CK technique ids. */
  mitre: string[];
  /** What to do next, in words, first step first. */
  next: string[];
  /** In order of time; empty unless several rules tell of one incident. */
  stages: FindingStage[];
}
