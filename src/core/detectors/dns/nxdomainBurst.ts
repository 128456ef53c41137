import type { Evidence, Finding } from '../../../protocol/finding';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import type { Detector, MessageEvent } from '../detector';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import type { Rule } from '../rule';
import { count, list, span } from '../words';
import { looksMadeUp, registeredDomain } from './registeredDomain';

const ruleId = 'nxdomain-burst';
const noSuchName = 3;
const maxExamples = 8;
const sweepUs = 30e6;

type Numbers = Readonly<Record<'domains' | 'madeUpPercent' | 'windowSeconds', number>>;

interface Missing {
  timeUs: number;
  packet: number;
  madeUp: boolean;
}

/** Domains that one client asked for and that do not exist, newest answer of each, oldest first. */
interface Client {
  readonly domains: Map<string, Missing>;
  madeUp: number;
  resolved: number;
}

class BurstIncident extends Incident {
  domains = 0;
  madeUp = 0;
  resolved = 0;
  readonly examples: string[] = [];
}

/**
 * Many different registered domains that do not exist, asked for by one client: a program that makes up the names of its
 * masters for the day (domain generation) tries until one exists. A wrong search list or a broken service asks again and
 * again for few domains, which count once each.
 */
class NxdomainBurstDetector implements Detector {
  readonly messageKinds = ['dns'] as const;
  readonly limits: readonly LimitCounter[];
  readonly #numbers: Numbers;
  readonly #clients: BoundedTable<string, Client>;
  readonly #perClient = new LimitCounter(`${ruleId}: domains of one client`, engineLimits.missingDomains);
  readonly #table: IncidentTable<BurstIncident>;
  /** Hosts that answer DNS themselves: a resolver gets the answers meant for its clients. */
  readonly #servers = new Set<string>();
  #newestServer = '';
  #nextSweepUs = 0;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
    const limit = new LimitCounter(`${ruleId}: clients`, engineLimits.dnsDomains);
    this.#clients = new BoundedTable(limit, () => ({ domains: new Map(), madeUp: 0, resolved: 0 }));
    this.#table = new IncidentTable(ruleId, numbers.windowSeconds * 1e6, (incident) => this.#words(incident));
    this.limits = [limit, this.#perClient, this.#table.limit];
  }

  message(event: MessageEvent): void {
    const { message, flow, fromA } = event;
    if (message.kind !== 'dns' || message.transport !== 'dns' || !message.response) return;
    const client = (fromA ? flow.b : flow.a).text;
    const server = (fromA ? flow.a : flow.b).text;
    if (server !== this.#newestServer && this.#servers.size < engineLimits.dnsDomains) this.#servers.add(server);
    this.#newestServer = server;
    if (this.#servers.has(client)) return;
    if (message.responseCode !== noSuchName) {
      if (message.answers.length > 0) {
        const known = this.#clients.get(client);
        if (known !== undefined) known.resolved++;
      }
      return;
    }
    const domain = registeredDomain(message.questions[0]?.name ?? '');
    if (domain === null) return;
    this.#missing(event, client, server, domain);
  }

  advance(nowUs: number): void {
    this.#table.advance(nowUs);
    if (nowUs < this.#nextSweepUs && nowUs > this.#nextSweepUs - 2 * sweepUs) return;
    this.#nextSweepUs = nowUs + sweepUs;
    const cutoffUs = nowUs - this.#numbers.windowSeconds * 1e6;
    this.#clients.sweep((client) => {
      expire(client, cutoffUs);
      return client.domains.size === 0;
    });
  }

  finish(): void {
    this.#table.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#table.collect(put);
  }

  clear(): void {
    this.#clients.clear();
    this.#table.clear();
    this.#servers.clear();
    this.#newestServer = '';
  }

  #missing(event: MessageEvent, address: string, server: string, domain: string): void {
    const { timeUs, packetNumber, flow } = event;
    const client = this.#clients.use(address);
    expire(client, timeUs - this.#numbers.windowSeconds * 1e6);
    const known = client.domains.get(domain);
    if (known !== undefined) {
      client.domains.delete(domain);
      if (known.madeUp) client.madeUp--;
    } else if (client.domains.size >= this.#perClient.limit) {
      this.#perClient.hits++;
      return;
    }
    const madeUp = looksMadeUp(domain.split('.', 1)[0] ?? '');
    client.domains.set(domain, { timeUs, packet: packetNumber, madeUp });
    if (madeUp) client.madeUp++;
    if (client.domains.size < this.#numbers.domains && this.#table.get(address) === undefined) return;
    const firstUs = client.domains.values().next().value?.timeUs ?? timeUs;
    const incident = this.#table.open(address, timeUs, () => {
      const made = new BurstIncident(ruleId, address, firstUs);
      made.addSource(address);
      made.addPort(53);
      for (const missing of client.domains.values()) made.note(missing.timeUs, missing.packet);
      made.count--;
      return made;
    });
    if (incident === null) return;
    incident.addTarget(server);
    incident.note(timeUs, known === undefined ? packetNumber : 0, flow, known === undefined ? 1 : 0);
    incident.domains = Math.max(incident.domains, client.domains.size);
    incident.madeUp = Math.max(incident.madeUp, client.madeUp);
    incident.resolved = client.resolved;
    if (incident.examples.length < maxExamples && !incident.examples.includes(domain)) incident.examples.push(domain);
  }

  #words(incident: BurstIncident): FindingWords {
    const { domains, madeUpPercent, windowSeconds } = this.#numbers;
    const source = [...incident.sources].join(', ');
    const madeUpShare = Math.round((100 * incident.madeUp) / Math.max(1, incident.domains));
    const generated = madeUpShare >= madeUpPercent;
    const evidence: Evidence[] = [
      {
        name: 'different domains that do not exist',
        observed: incident.domains,
        threshold: domains,
        unit: 'domains',
        window: `${windowSeconds} s`,
      },
      { name: 'names that look made up', observed: madeUpShare, threshold: madeUpPercent, unit: '%', window: null },
      { name: 'answers with addresses', observed: incident.resolved, threshold: null, unit: 'answers', window: null },
      { name: 'examples', observed: list(incident.examples, maxExamples), threshold: null, unit: '', window: null },
    ];
    const against: string[] = [];
    if (!generated) against.push('The names look like words: a list of links, a crawler or a wrong search list.');
    if (incident.resolved > 2 * incident.domains) {
      against.push('Far more names were found than not, as with a crawler or a mail server.');
    }
    return {
      threat: 'botnet',
      severity: generated && incident.resolved <= 2 * incident.domains ? 'medium' : 'low',
      confidence: Math.round((generated ? 0.6 + 0.003 * Math.min(madeUpShare, 100) : 0.3) * 100) / 100,
      title: `${count(incident.domains, 'domain')} that do not exist, asked for by ${source}`,
      summary: `${source} asked for ${count(incident.count, 'domain')} that do not exist in ${span(incident.seconds)}; ${madeUpShare} % of the names look made up.`,
      evidence,
      against,
      next: [
        `Find the program on ${source} that asks for these names.`,
        'Look for a connection right after the first of them that was found.',
      ],
      // Dynamic Resolution: Domain Generation Algorithms.
      mitre: ['T1568.002'],
    };
  }
}

function expire(client: Client, cutoffUs: number): void {
  for (const [domain, missing] of client.domains) {
    if (missing.timeUs >= cutoffUs) return;
    client.domains.delete(domain);
    if (missing.madeUp) client.madeUp--;
  }
}

export const nxdomainBurstRule: Rule<keyof Numbers> = {
  id: ruleId,
  title: 'Domains that do not exist',
  description:
    'Many different registered domains that do not exist, asked for by one client: a program that makes up the names of its masters. Each domain counts once.',
  threats: ['botnet'],
  mitre: ['T1568.002'],
  sources: [
    'Slips docs/flow_alerts.md: NXDOMAIN answers of a source, 10 and then every 5',
    'nDPI src/lib/ndpi_main.c, ndpi_check_dga_name: how made-up names look',
    'Antonakakis et al.: From Throw-Away Traffic to Bots, USENIX Security 2012',
  ],
  numbers: {
    domains: {
      label: 'Different registered domains that do not exist',
      unit: 'domains',
      minimum: 3,
      maximum: 500,
      integer: true,
      presets: { low: 50, medium: 20, high: 10 },
      source: 'Slips: 10 answers; twice that of different domains, since browsers alone try a few',
    },
    madeUpPercent: {
      label: 'Share of them that look made up',
      unit: '%',
      minimum: 0,
      maximum: 100,
      integer: true,
      presets: { low: 70, medium: 50, high: 30 },
      source: 'own choice: half',
    },
    windowSeconds: {
      label: 'Span over which domains are counted',
      unit: 's',
      minimum: 10,
      maximum: 86_400,
      integer: true,
      presets: { low: 600, medium: 600, high: 3600 },
      source: 'own choice: generators try their names within minutes (Antonakakis et al. 2012)',
    },
  },
  create: (numbers) => new NxdomainBurstDetector(numbers),
};
