import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { severities } from '../../src/protocol/finding';
import type { Finding, Threat } from '../../src/protocol/finding';

export const lab = path.resolve(import.meta.dirname, '../../../shared/data/lab');

export interface LabEvent {
  category: string;
  attackers: string[];
  victims: { ip: string }[];
  start: number;
  end: number;
}

export interface Truth {
  class: 'benign' | 'attack' | 'mixed';
  packets: number;
  events: LabEvent[];
  expected: { must_detect: string[]; acceptable: string[]; must_not_detect: string[] };
  link?: { link_rtt_ms_mean: number; tcp_segments_sent_again: Record<string, number> };
}

/** Threats that a label of the lab may be told as. */
const threatsOf: Record<string, readonly Threat[]> = {
  port_scan: ['port-scan'],
  host_sweep: ['port-scan'],
  brute_force: ['brute-force'],
  dos: ['dos', 'ddos'],
  ddos: ['dos', 'ddos'],
  slow_dos: ['dos', 'ddos'],
  syn_flood: ['dos', 'ddos'],
  udp_flood: ['dos', 'ddos'],
  icmp_flood: ['dos', 'ddos'],
  http_flood: ['dos', 'ddos'],
  sqli: ['web-attack'],
  xss: ['web-attack'],
  web_scan: ['web-attack'],
  dns_tunnel: ['dns-tunnel'],
  beacon: ['botnet'],
  reverse_shell: ['botnet', 'infiltration'],
  exfil: ['exfiltration'],
  arp_spoof: ['spoofing'],
};

/** Both ends are parties to these, and who began is not what tells the attacker. */
const outward: ReadonlySet<string> = new Set(['dns_tunnel', 'beacon', 'reverse_shell', 'exfil', 'arp_spoof']);

/** Windows, time-outs and the ends of connections reach beyond an event; a finding may, too. */
const slackSeconds = 5;

/** Names of the lab's captures; empty where it is not there. */
export function labScenarios(): string[] {
  if (!existsSync(lab)) return [];
  return readdirSync(lab).filter((name) => existsSync(path.join(lab, name, `${name}.pcap.gz`)));
}

export function truthOf(scenario: string): Truth {
  return JSON.parse(readFileSync(path.join(lab, scenario, 'truth.json'), 'utf8')) as Truth;
}

export function labCapture(scenario: string): Buffer {
  return gunzipSync(readFileSync(path.join(lab, scenario, `${scenario}.pcap.gz`)));
}

/** What the findings at or above medium have wrong, in words; empty when they say what the truth says and no more. */
export function wrongWith(truth: Truth, findings: readonly Finding[]): string[] {
  const serious = findings.filter(({ severity }) => severities.indexOf(severity) >= severities.indexOf('medium'));
  const wrong: string[] = [];
  const explained = new Set<Finding>();
  for (const event of truth.events) {
    const threats = threatsOf[event.category] ?? [];
    const matching = serious.filter((finding) => threats.includes(finding.threat) && tellsOf(event, finding));
    // What is acceptable beside it, a second word for the same, is not counted against it.
    if (matching.length === 0) {
      const others = serious.map((finding) => `${finding.threat} ${ends(finding)}`).join('; ');
      wrong.push(`no ${threats.join(' or ')} of ${event.attackers.join()} (but: ${others})`);
    }
    if (matching.length > 1)
      wrong.push(`told ${matching.length} times: ${matching.map(({ title }) => title).join('; ')}`);
    for (const finding of matching) explained.add(finding);
  }
  const acceptable = truth.expected.acceptable
    .filter((text) => !text.includes('low'))
    .flatMap((text) => threatsOf[/^\w+/.exec(text)?.[0] ?? ''] ?? []);
  for (const finding of serious) {
    if (explained.has(finding)) continue;
    const alike = truth.events.some((event) => tellsOf(event, finding)) && acceptable.includes(finding.threat);
    if (!alike) wrong.push(`too much: ${finding.severity} ${finding.threat} ${ends(finding)}: ${finding.title}`);
  }
  return wrong;
}

/** Whether source, target and time of a finding are an event's. */
function tellsOf({ category, attackers, victims, start, end }: LabEvent, finding: Finding): boolean {
  if (finding.firstSeen < start - slackSeconds || finding.lastSeen > end + slackSeconds) return false;
  const targets = victims.map(({ ip }) => ip);
  const { sources } = finding;
  if (outward.has(category)) {
    const named = [...sources, ...finding.targets];
    const parties = [...attackers, ...targets];
    return sources.length > 0 && named.every((address) => parties.some((party) => holds(party, address)));
  }
  const forged = attackers.some((attacker) => attacker.includes('random'));
  const sourcesRight =
    forged || attackers.some((attacker) => attacker.includes('/'))
      ? sources.every((source) => forged || attackers.some((attacker) => holds(attacker, source)))
      : sources.length === attackers.length && sources.every((source) => attackers.includes(source));
  return (
    sourcesRight &&
    finding.targets.length > 0 &&
    finding.targets.every((target) => targets.some((victim) => holds(victim, target)))
  );
}

/** Whether an address is `party`, or in it when that is an IPv4 network. */
function holds(party: string, address: string): boolean {
  const [network = '', length] = party.split('/');
  if (length === undefined) return party === address;
  if (address.includes(':')) return false;
  const number = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  return Math.floor(number(address) / size) === Math.floor(number(network) / size);
}

function ends({ sources, targets }: Finding): string {
  return `${sources.slice(0, 3).join()} > ${targets.slice(0, 3).join()}`;
}
