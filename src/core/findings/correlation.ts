import { severities } from '../../protocol/finding';
import type { Finding, FindingStage, Severity, Threat } from '../../protocol/finding';
import { engineLimits } from '../limits';
import type { LongSession } from './longSessions';

/** Order of an intrusion: looking, getting in, using it (reconnaissance, initial access and what follows in ATT&CK). */
const phases: Partial<Record<Threat, number>> = {
  'port-scan': 0,
  'brute-force': 1,
  'web-attack': 1,
  infiltration: 2,
  botnet: 2,
  exfiltration: 2,
  'dns-tunnel': 2,
};

/** Pairs of attacker and victim that are tried for one finding. */
const pairsOfFinding = 8;
/** What is further apart is not told as one incident. */
const withinSeconds = 86_400;
/** Chains begin with this severity: what ordinary software also does is no stage of an attack. */
const leastSeverity: Severity = 'medium';

/** Between the stages of an incident, as a summary tells them. */
export const stagesJoint = '; then ';

interface Chain {
  attacker: string;
  victim: string;
  scan: Finding | null;
  access: Finding;
  use: Finding | null;
  session: LongSession | null;
}

/**
 * Tells what several rules found about one attacker and one victim, in sequence, as stages of one incident: a scan, then
 * guessing or a web attack, then a long session, a shell or an upload. With all three, the findings become one, graver by a
 * step. With two, the later finding gets the stages and is graver by a step, and the earlier one stays: each is worth
 * knowing by itself. A pure function of its arguments; the order of `findings` makes no difference to what is joined.
 */
export function correlate(findings: readonly Finding[], sessions: readonly LongSession[]): Finding[] {
  const inOrder = findings
    .filter((finding) => phases[finding.threat] !== undefined && rank(finding.severity) >= rank(leastSeverity))
    .sort((x, y) => rank(y.severity) - rank(x.severity) || byTime(x, y))
    .slice(0, engineLimits.correlatedFindings)
    .sort(byTime);
  if (inOrder.length === 0) return [...findings];
  const changed = new Map<Finding, Finding>();
  const folded = new Set<Finding>();
  for (const access of inOrder) {
    if (phases[access.threat] !== 1) continue;
    const chain = chainOf(access, inOrder, sessions);
    if (chain === null) continue;
    const { scan, use, session } = chain;
    if (scan !== null && (use !== null || session !== null)) {
      changed.set(access, incidentOf(chain));
      folded.add(scan);
      if (use !== null) folded.add(use);
    } else {
      const last = use ?? access;
      changed.set(last, withStages(last, chain));
    }
  }
  return findings.filter((finding) => !folded.has(finding)).map((finding) => changed.get(finding) ?? finding);
}

/** Whether anything here could become a stage: sessions need to be looked for only then. */
export function awaitsSession(findings: readonly Finding[]): boolean {
  return findings.some((finding) => opensSession(finding) && rank(finding.severity) >= rank(leastSeverity));
}

function chainOf(access: Finding, inOrder: readonly Finding[], sessions: readonly LongSession[]): Chain | null {
  let best: Chain | null = null;
  for (const [attacker, victim] of pairsOf(access, inOrder, sessions)) {
    const scan = inOrder.find(
      (finding) =>
        phases[finding.threat] === 0 &&
        finding.sources.includes(attacker) &&
        finding.targets.includes(victim) &&
        follows(finding, access),
    );
    const use = inOrder.find(
      (finding) =>
        phases[finding.threat] === 2 &&
        [...finding.sources, ...finding.targets].includes(attacker) &&
        [...finding.sources, ...finding.targets].includes(victim) &&
        follows(access, finding),
    );
    const session = sessions.find(
      ({ client, server, port, start, end }) =>
        opensSession(access) &&
        client === attacker &&
        server === victim &&
        access.ports.includes(port) &&
        start >= access.firstSeen &&
        start <= access.lastSeen + withinSeconds &&
        end >= access.lastSeen,
    );
    const chain = { attacker, victim, scan: scan ?? null, access, use: use ?? null, session: session ?? null };
    if (lengthOf(chain) > (best === null ? 1 : lengthOf(best))) best = chain;
  }
  return best;
}

/** Whether it gets into something that goes on in a connection of its own; a connection that web requests share is none. */
function opensSession({ threat, rule }: Finding): boolean {
  return threat === 'brute-force' && rule !== 'http-guessing';
}

/** Attackers and victims of a finding that are named together elsewhere, too; few, since one is enough. */
function pairsOf(
  access: Finding,
  findings: readonly Finding[],
  sessions: readonly LongSession[],
): [attacker: string, victim: string][] {
  const [sources, targets] = [new Set(access.sources), new Set(access.targets)];
  const pairs = new Map<string, [string, string]>();
  const note = (attacker: string | undefined, victim: string | undefined): void => {
    if (attacker === undefined || victim === undefined || pairs.size >= pairsOfFinding) return;
    pairs.set(`${attacker}>${victim}`, [attacker, victim]);
  };
  for (const { client, server } of sessions) if (sources.has(client) && targets.has(server)) note(client, server);
  for (const finding of findings) {
    if (finding === access) continue;
    const named = [...finding.sources, ...finding.targets];
    for (const attacker of named.filter((address) => sources.has(address)).slice(0, 2)) {
      for (const victim of named.filter((address) => targets.has(address)).slice(0, 2)) note(attacker, victim);
    }
  }
  return [...pairs.values()];
}

function lengthOf({ scan, use, session }: Chain): number {
  return 1 + (scan === null ? 0 : 1) + (use === null && session === null ? 0 : 1);
}

function byTime(x: Finding, y: Finding): number {
  return x.firstSeen - y.firstSeen || (x.id < y.id ? -1 : 1);
}

function follows(earlier: Finding, later: Finding): boolean {
  return earlier.firstSeen <= later.firstSeen && later.firstSeen - earlier.lastSeen <= withinSeconds;
}

function stagesOf({ attacker, victim, scan, access, use, session }: Chain): FindingStage[] {
  const stages = [scan, access, use].filter((finding) => finding !== null).flatMap(stagesIn);
  if (session !== null) {
    stages.push({
      rule: access.rule,
      threat: 'infiltration',
      title:
        `Session of ${Math.round(session.end - session.start)} s by ${attacker} with port ${session.port} of ${victim}, ` +
        `${session.payloadBytes} bytes`,
      firstSeen: session.start,
      lastSeen: session.end,
    });
  }
  return stages.sort((x, y) => x.firstSeen - y.firstSeen);
}

/** A scan that asked services what they are has stages of its own. */
function stagesIn(finding: Finding): FindingStage[] {
  return finding.stages.length > 0 ? finding.stages : [stageOf(finding)];
}

function stageOf({ rule, threat, title, firstSeen, lastSeen }: Finding): FindingStage {
  return { rule, threat, title, firstSeen, lastSeen };
}

function withStages(finding: Finding, chain: Chain): Finding {
  const { session } = chain;
  const stages = stagesOf(chain);
  return {
    ...finding,
    severity: graver(finding.severity),
    summary: `${finding.summary} ${inWords(stages)}`,
    lastSeen: Math.max(finding.lastSeen, session?.end ?? 0),
    flows: session === null ? finding.flows : merged([finding.flows, [session.flow]], engineLimits.findingFlows),
    next: session === null ? finding.next : [nextOf(chain), ...finding.next],
    stages,
  };
}

/** One finding for all of a chain: that of the way in, with what the others add. */
function incidentOf(chain: Chain): Finding {
  const { attacker, victim, scan, access, use, session } = chain;
  const parts = [scan, access, use].filter((finding) => finding !== null);
  const stages = stagesOf(chain);
  const worst = parts.reduce((x, y) => (rank(y.severity) > rank(x.severity) ? y : x));
  const times = stages.flatMap(({ firstSeen, lastSeen }) => [firstSeen, lastSeen]);
  return {
    ...access,
    id: `incident|${attacker}>${victim}|${access.id}`,
    detector: parts.some(({ detector }) => detector === 'both') ? 'both' : access.detector,
    severity: graver(worst.severity),
    confidence: Math.max(...parts.map(({ confidence }) => confidence)),
    title: `Break-in in ${stages.length} stages: ${attacker} into ${victim}`,
    summary: `${access.summary} ${inWords(stages)}`,
    sources: merged([access.sources], engineLimits.findingTargets),
    targets: merged([access.targets], engineLimits.findingTargets),
    ports: merged(
      parts.map(({ ports }) => ports),
      engineLimits.findingPorts,
    ).sort((x, y) => x - y),
    firstSeen: Math.min(...times),
    lastSeen: Math.max(...times),
    count: parts.reduce((sum, { count }) => sum + count, 0),
    evidence: parts.flatMap(({ rule, evidence }) => evidence.map((e) => ({ ...e, name: `${rule}: ${e.name}` }))),
    against: merged(
      parts.map(({ against }) => against),
      100,
    ),
    packets: merged(
      [...parts.map(({ packets }) => packets.slice(0, packetsOfStage)), session === null ? [] : [session.packet]],
      engineLimits.findingPackets,
    ).sort((x, y) => x - y),
    flows: merged(
      [...parts.map(({ flows }) => flows.slice(0, packetsOfStage)), session === null ? [] : [session.flow]],
      engineLimits.findingFlows,
    ),
    mitre: merged(
      parts.map(({ mitre }) => mitre),
      100,
    ),
    next: merged([[nextOf(chain)], ...parts.toReversed().map(({ next }) => next)], 20),
    stages,
  };
}

/** Of the packets and flows that are kept, each stage gets a part. */
const packetsOfStage = Math.floor(engineLimits.findingPackets / 4);

function nextOf({ attacker, victim }: Chain): string {
  return `Treat ${victim} as broken into: take it off the network, change what ${attacker} may have guessed or read, and look at the flows of the last stage.`;
}

function inWords(stages: readonly FindingStage[]): string {
  return `${stages.length} stages: ${stages.map(({ title }) => title.slice(0, 300)).join(stagesJoint)}.`;
}

function graver(severity: Severity): Severity {
  return severities[Math.min(severities.length - 1, rank(severity) + 1)] ?? severity;
}

function rank(severity: Severity): number {
  return severities.indexOf(severity);
}

function merged<T>(lists: readonly (readonly T[])[], most: number): T[] {
  return [...new Set(lists.flat())].slice(0, most);
}
