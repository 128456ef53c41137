import { severities } from '../../protocol/finding';
import type { Finding, Severity } from '../../protocol/finding';
import { engineLimits } from '../limits';

/** Threats of floods: several rules see one of them, each its own layer. */
const floods: ReadonlySet<string> = new Set(['dos', 'ddos']);
/** What is told first of findings that are equally grave: requests say more than the connections that carry them. */
const nearest = ['http-flood', 'slow-http', 'syn-flood', 'udp-flood', 'icmp-flood', 'amplification'];
/** A flood of many ports that sends this many packets for each port is no search for open ones. */
const packetsOfPort = 3;

/**
 * Tells one flood once. Requests by the thousand are connections by the thousand, half of them left open, and what a server
 * answers to a flood it could not follow belongs to no connection: several rules see it. Findings of floods of one port of one
 * target, by the same sources at the same time, become the gravest of them, with the evidence of the others. So does a flood that
 * changes ports and the scan it looks like: many packets for each port are a flood, one or two are a scan. A pure function; the
 * order of `findings` makes no difference to what is joined.
 */
export function joinFloods(findings: readonly Finding[]): Finding[] {
  const told = findings
    .filter(({ threat, severity }) => floods.has(threat) && rank(severity) >= rank('medium'))
    .sort((x, y) => rank(y.severity) - rank(x.severity) || layer(x) - layer(y) || (x.id < y.id ? -1 : 1))
    .slice(0, engineLimits.correlatedFindings);
  if (told.length === 0) return [...findings];
  const changed = new Map<Finding, Finding>();
  const folded = new Set<Finding>();
  for (const flood of told) {
    if (folded.has(flood)) continue;
    const others = told.filter((other) => other !== flood && !folded.has(other) && isSame(flood, other));
    for (const other of others) folded.add(other);
    if (others.length > 0) changed.set(flood, others.reduce(withOther, flood));
  }
  for (const scan of findings) {
    if (scan.threat !== 'port-scan' || scan.sources.length !== 1 || scan.targets.length !== 1) continue;
    const flood = told.find((other) => !folded.has(other) && isSweeping(other, scan));
    if (flood === undefined) continue;
    const [kept, other] = flood.count >= packetsOfPort * scan.count ? [flood, scan] : [scan, flood];
    folded.add(other);
    changed.set(kept, withOther(changed.get(kept) ?? kept, other));
  }
  return findings.filter((finding) => !folded.has(finding)).map((finding) => changed.get(finding) ?? finding);
}

/** One port of one target; a finding about a whole host has other ports, or none. */
function isSame(flood: Finding, other: Finding): boolean {
  return (
    flood.targets.length === 1 &&
    other.targets.length === 1 &&
    flood.targets[0] === other.targets[0] &&
    flood.ports.some((port) => other.ports.includes(port)) &&
    overlap(flood, other) &&
    flood.sources.some((source) => other.sources.includes(source))
  );
}

/** The scan is by the flood's only source, of its target, and within its time. */
function isSweeping(flood: Finding, scan: Finding): boolean {
  return (
    flood.sources.length === 1 &&
    flood.sources[0] === scan.sources[0] &&
    flood.targets.length === 1 &&
    flood.targets[0] === scan.targets[0] &&
    overlap(flood, scan) &&
    scan.ports.length > 1
  );
}

function overlap(x: Finding, y: Finding): boolean {
  return x.firstSeen <= y.lastSeen + 1 && y.firstSeen <= x.lastSeen + 1;
}

/** What is kept, with what the other adds to it. */
function withOther(kept: Finding, other: Finding): Finding {
  return {
    ...kept,
    severity: rank(other.severity) > rank(kept.severity) ? other.severity : kept.severity,
    firstSeen: Math.min(kept.firstSeen, other.firstSeen),
    lastSeen: Math.max(kept.lastSeen, other.lastSeen),
    evidence: [...kept.evidence, ...other.evidence.map((each) => ({ ...each, name: `${other.rule}: ${each.name}` }))],
    against: [...new Set([...kept.against, ...other.against])],
    packets: [...new Set([...kept.packets, ...other.packets])]
      .slice(0, engineLimits.findingPackets)
      .sort((x, y) => x - y),
    mitre: [...new Set([...kept.mitre, ...other.mitre])],
  };
}

function layer({ rule }: Finding): number {
  const index = nearest.indexOf(rule);
  return index < 0 ? nearest.length : index;
}

function rank(severity: Severity): number {
  return severities.indexOf(severity);
}
