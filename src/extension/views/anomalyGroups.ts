import type { Finding, Severity } from '../../protocol/finding';
import { severities, threats } from '../../protocol/finding';
import { plain, severityTitles } from './findingText';
import { t } from '../../protocol/l10n';

/** What the findings are grouped by. */
export const groupings = ['severity', 'threat', 'host', 'time'] as const;
export type Grouping = (typeof groupings)[number];

/** Findings under one heading. */
export interface FindingGroup {
  /** Stable: the same group of the next update has the same one. */
  id: string;
  label: string;
  /** The worst one inside. */
  severity: Severity;
  members: Finding[];
}

export const threatTitles: Record<Finding['threat'], string> = {
  ddos: t('Distributed denial of service'),
  dos: t('Denial of service'),
  'port-scan': t('Port scan'),
  'brute-force': t('Password guessing'),
  'web-attack': t('Web attack'),
  botnet: t('Botnet'),
  infiltration: t('Infiltration'),
  heartbleed: t('Heartbleed'),
  exfiltration: t('Exfiltration'),
  'dns-tunnel': t('DNS tunnel'),
  spoofing: t('Spoofing'),
  health: t('Network health'),
};

const hourMs = 3_600_000;

/** Findings in groups, newest first in each. Severity and hosts come worst first, threats in their order, time newest first. */
export function groupFindings(findings: readonly Finding[], grouping: Grouping): FindingGroup[] {
  const groups = new Map<string, FindingGroup>();
  for (const finding of findings) {
    const { key, label } = keyOf(finding, grouping);
    const id = `${grouping}:${key}`;
    const group = groups.get(id) ?? { id, label, severity: finding.severity, members: [] };
    if (rank(finding.severity) > rank(group.severity)) group.severity = finding.severity;
    group.members.push(finding);
    groups.set(id, group);
  }
  for (const { members } of groups.values()) {
    members.sort((x, y) => y.firstSeen - x.firstSeen || (x.id < y.id ? -1 : 1));
  }
  return [...groups.values()].sort((x, y) => order(x, y, grouping));
}

/** Whether every word of `text` is in what a person sees of the finding. */
export function matchesText(finding: Finding, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/);
  const shown = [
    finding.title,
    finding.summary,
    finding.rule,
    finding.threat,
    threatTitles[finding.threat],
    finding.severity,
    ...finding.sources,
    ...finding.targets,
    ...finding.ports.map(String),
    ...finding.mitre,
  ]
    .join('\n')
    .toLowerCase();
  return words.every((word) => shown.includes(word));
}

function keyOf(finding: Finding, grouping: Grouping): { key: string; label: string } {
  switch (grouping) {
    case 'severity':
      return { key: finding.severity, label: severityTitles[finding.severity] };
    case 'threat':
      return { key: finding.threat, label: threatTitles[finding.threat] };
    case 'host': {
      const host = finding.sources[0] ?? finding.targets[0] ?? '';
      return { key: host, label: host === '' ? t('No host') : plain(host) };
    }
    case 'time': {
      const hour = Math.floor((finding.firstSeen * 1000) / hourMs) * hourMs;
      return { key: String(hour), label: hourText(hour) };
    }
  }
}

function order(x: FindingGroup, y: FindingGroup, grouping: Grouping): number {
  switch (grouping) {
    case 'severity':
      return rank(y.severity) - rank(x.severity);
    case 'threat':
      return threats.indexOf(threatOf(x)) - threats.indexOf(threatOf(y));
    case 'host':
      return rank(y.severity) - rank(x.severity) || (x.id < y.id ? -1 : 1);
    case 'time':
      return firstSeen(y) - firstSeen(x);
  }
}

const rank = (severity: Severity): number => severities.indexOf(severity);
const threatOf = ({ members }: FindingGroup): Finding['threat'] => members[0]?.threat ?? 'health';
const firstSeen = ({ members }: FindingGroup): number => members[0]?.firstSeen ?? 0;

/** "14 March 2026, 09:00 to 10:00", local time. */
function hourText(startMs: number): string {
  const date = new Date(startMs);
  if (Number.isNaN(date.getTime())) return t('Unknown time');
  const clock = (time: Date): string => time.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
  return t('{0}, {1} to {2}', day, clock(date), clock(new Date(startMs + hourMs)));
}
