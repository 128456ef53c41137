import type { Evidence, Finding, Severity } from '../../../protocol/finding';
import type { DnsMessage } from '../../decode/dns';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import type { Detector, MessageEvent } from '../detector';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import type { Rule } from '../rule';
import { count, rounded, span } from '../words';
import { DomainRecord, ruleId } from './domainRecord';
import { registeredDomain } from './registeredDomain';

type Numbers = Readonly<Record<'names' | 'score' | 'nameBytes' | 'windowSeconds', number>>;

/** Score and names from which on nothing else than a tunnel is left. */
const plainScore = 7;
const plainNames = 100;
const sweepUs = 30e6;

class TunnelIncident extends Incident {
  constructor(
    subject: string,
    firstUs: number,
    readonly record: DomainRecord,
  ) {
    super(ruleId, subject, firstUs);
  }
}

/**
 * Data in the names and answers of DNS: many different names under one registered domain that are long, hold no words, ask for
 * unusual types and bring long answers. Each of these is a sign; look-ups of content networks, block lists and virus scanners
 * have some of them and not the rest. One finding for each domain.
 */
class DnsTunnelDetector implements Detector {
  readonly messageKinds = ['dns'] as const;
  readonly limits: readonly LimitCounter[];
  readonly #numbers: Numbers;
  readonly #domains: BoundedTable<string, DomainRecord>;
  readonly #table: IncidentTable<TunnelIncident>;
  #nextSweepUs = 0;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
    const limit = new LimitCounter(`${ruleId}: domains`, engineLimits.dnsDomains);
    this.#domains = new BoundedTable(limit, (domain) => new DomainRecord(domain));
    this.#table = new IncidentTable(ruleId, numbers.windowSeconds * 1e6, (incident) => this.#words(incident));
    this.limits = [limit, this.#table.limit];
  }

  message(event: MessageEvent): void {
    const { message } = event;
    if (message.kind !== 'dns' || message.transport !== 'dns') return;
    const question = message.questions[0];
    if (question === undefined) return;
    const domain = registeredDomain(question.name);
    if (domain === null) return;
    const labels = question.name.length - domain.length - 1;
    if (labels <= 0) return;
    const record = this.#domains.use(domain);
    const windowUs = this.#numbers.windowSeconds * 1e6;
    if (event.timeUs - record.firstUs > windowUs && this.#table.get(domain) === undefined) record.reset(event.timeUs);
    const { flow, fromA } = event;
    const asker = fromA !== message.response ? flow.a : flow.b;
    const server = fromA !== message.response ? flow.b : flow.a;
    if (message.response) {
      record.answer(message, server);
    } else {
      record.ask(event.timeUs, event.packetNumber, question.name, labels, question.type, asker, server);
    }
    this.#judge(domain, record, event, message);
  }

  advance(nowUs: number): void {
    this.#table.advance(nowUs);
    if (nowUs < this.#nextSweepUs && nowUs > this.#nextSweepUs - 2 * sweepUs) return;
    this.#nextSweepUs = nowUs + sweepUs;
    const cutoffUs = nowUs - this.#numbers.windowSeconds * 1e6;
    this.#domains.sweep((record) => record.lastUs < cutoffUs);
  }

  finish(): void {
    this.#table.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#table.collect(put);
  }

  clear(): void {
    this.#domains.clear();
    this.#table.clear();
  }

  #judge(domain: string, record: DomainRecord, event: MessageEvent, message: DnsMessage): void {
    let incident = this.#table.size === 0 ? undefined : this.#table.get(domain);
    if (incident === undefined) {
      if (record.names < this.#numbers.names || record.nameBytes < this.#numbers.nameBytes) return;
      if (record.score() < this.#numbers.score - 1) return;
      const made = this.#table.open(domain, event.timeUs, () => new TunnelIncident(domain, record.firstUs, record));
      if (made === null) return;
      incident = made;
      for (const packet of record.packets) incident.note(event.timeUs, packet, null, 0);
      incident.count = record.queries - (message.response ? 0 : 1);
    }
    incident.note(event.timeUs, record.queries < 200 ? event.packetNumber : 0, event.flow, message.response ? 0 : 1);
  }

  #words(incident: TunnelIncident): FindingWords | null {
    const { record } = incident;
    const score = record.score();
    if (score < this.#numbers.score - 1) return null;
    const { domain } = record;
    record.name(incident);
    const severity = this.#severity(record, score);
    const askers = [...incident.sources].slice(0, 3).join(', ');
    return {
      threat: 'dns-tunnel',
      severity,
      confidence: Math.round(Math.min(0.97, 0.35 + 0.08 * score) * 100) / 100,
      title: `DNS tunnel under ${domain} by ${askers}`,
      summary:
        `${count(record.names, 'different name')} under ${domain} in ${span(incident.seconds)}, ` +
        `${rounded(record.meanLength)} characters each on average: ${rounded(record.nameBytes / 1000)} kB in names, ` +
        `${rounded(record.answerBytes / 1000)} kB in answers.`,
      evidence: this.#evidence(record, score),
      against: againstOf(record),
      next: [
        `Find the program on ${askers} that asks for names under ${domain}.`,
        `Look up who registered ${domain}, and when.`,
        'Block the domain in the resolver, and allow DNS to your own resolvers only.',
      ],
      // Application Layer Protocol: DNS; Protocol Tunneling; Exfiltration Over Alternative Protocol.
      mitre: ['T1071.004', 'T1572', 'T1048.003'],
    };
  }

  #severity(record: DomainRecord, score: number): Severity {
    if (score >= Math.max(plainScore, this.#numbers.score) && record.names >= plainNames) return 'high';
    return score >= this.#numbers.score ? 'medium' : 'low';
  }

  #evidence(record: DomainRecord, score: number): Evidence[] {
    const { names, nameBytes, windowSeconds } = this.#numbers;
    const window = `${windowSeconds} s`;
    const plain = (name: string, observed: number | string, unit: string): Evidence => ({
      name,
      observed,
      threshold: null,
      unit,
      window: null,
    });
    return [
      { name: 'signs', observed: score, threshold: this.#numbers.score, unit: 'points', window: null },
      { name: 'different names', observed: record.names, threshold: names, unit: 'names', window },
      { name: 'data in different names', observed: record.nameBytes, threshold: nameBytes, unit: 'bytes', window },
      plain('signs in words', record.signs().join(', '), ''),
      plain('mean length in front of the domain', rounded(record.meanLength), 'characters'),
      plain('entropy of the characters', rounded(record.entropy), 'bits'),
      plain('queries of unusual types', Math.round(100 * record.unusualShare), '%'),
      plain('mean data of an answer', rounded(record.meanAnswer), 'bytes'),
      plain('new names', rounded(record.rate), 'names/s'),
    ];
  }
}

function againstOf(record: DomainRecord): string[] {
  const against: string[] = [];
  if (record.constantAnswers) {
    against.push(
      'Nearly all answers are alike, as those of a block list or of a virus scanner are: nothing comes back.',
    );
  }
  if (record.unusualShare < 0.1 && record.meanAnswer === 0) {
    against.push('It asks for addresses only, as content networks with a name for each object make programs do.');
  }
  if (record.meanLength < 40) against.push('The names are short for a tunnel.');
  return against;
}

export const dnsTunnelRule: Rule<keyof Numbers> = {
  id: ruleId,
  title: 'DNS tunnel',
  description:
    'Data carried in DNS: many different, long names without words under one registered domain, unusual types, long answers. The signs add up for each domain.',
  threats: ['dns-tunnel'],
  mitre: ['T1071.004', 'T1572', 'T1048.003'],
  sources: [
    'jbaggs/anomalous-dns (Zeek): unique queries for each registered domain, lengths of queries and answers',
    'nDPI src/lib/protocols/dns.c: labels of more than 48 characters, obsolete types',
    'RITA default_config.hjson: subdomains of a domain 100, 500, 800, 1000',
    'Nadler, Aminov, Shabtai: Detection of malicious and low throughput data exfiltration over the DNS protocol, Computers & Security 2019: entropy, types, unique names and volume by domain over a window',
    'publicsuffix.org by the library tldts',
  ],
  numbers: {
    names: {
      label: 'Different names under one registered domain before it is judged',
      unit: 'names',
      minimum: 5,
      maximum: 100_000,
      integer: true,
      presets: { low: 100, medium: 25, high: 12 },
      source:
        'anomalous-dns: 8 in an hour (12 for resolvers), which its author says needs an allow list; three times as many',
    },
    score: {
      label: 'Points of the signs from which on a finding is of medium severity',
      unit: 'points',
      minimum: 2,
      maximum: 12,
      integer: true,
      presets: { low: 6, medium: 5, high: 4 },
      source: 'own choice: content networks and virus scanners reach 4, iodine and dnscat2 6 and more',
    },
    nameBytes: {
      label: 'Data in different names before they are judged',
      unit: 'bytes',
      minimum: 100,
      maximum: 1_000_000_000,
      integer: true,
      presets: { low: 10_000, medium: 1000, high: 500 },
      source: 'Nadler et al. 2019: even slow exfiltration moves more than a kilobyte an hour in names',
    },
    windowSeconds: {
      label: 'Span over which names are counted',
      unit: 's',
      minimum: 60,
      maximum: 86_400,
      integer: true,
      presets: { low: 3600, medium: 3600, high: 3600 },
      source: 'anomalous-dns: 60 minutes',
    },
  },
  create: (numbers) => new DnsTunnelDetector(numbers),
};
