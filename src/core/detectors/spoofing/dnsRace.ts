import type { Finding } from '../../../protocol/finding';
import type { DnsMessage, DnsAnswer } from '../../decode/dns';
import { LimitCounter, engineLimits } from '../../limits';
import type { Detector, MessageEvent } from '../detector';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import type { Rule } from '../rule';
import { count, list } from '../words';

const ruleId = 'dns-race';

type Numbers = Readonly<Record<'seconds' | 'quietSeconds', number>>;

/** One query that was asked, and the first answer to it. */
interface Query {
  readonly flow: number;
  readonly id: number;
  readonly timeUs: number;
  readonly packet: number;
  readonly name: string;
  asked: number;
  answers: readonly DnsAnswer[] | null;
  answerPacket: number;
}

class RaceIncident extends Incident {
  readonly names = new Set<string>();
  example = '';
}

/**
 * Two answers to one DNS query with different addresses: somebody on the way answers faster than the resolver and the true
 * answer comes second (or the other way round). A query that was asked twice may be answered twice, and answers that share
 * an address are of one opinion.
 */
class DnsRaceDetector implements Detector {
  readonly messageKinds = ['dns'] as const;
  readonly limits: readonly LimitCounter[];
  readonly #numbers: Numbers;
  /** By `keyOf` flow, number and type; of two with the same key, once in a long while, the newer one is kept. */
  readonly #queries = new Map<number, Query>();
  /** When the oldest was asked, and when it expires; a query that was asked anew since may have been it. */
  #oldestUs = 0;
  #expiryUs = 0;
  readonly #queryLimit = new LimitCounter(`${ruleId}: queries`, engineLimits.dnsRaceQueries);
  readonly #table: IncidentTable<RaceIncident>;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
    this.#table = new IncidentTable(ruleId, numbers.quietSeconds * 1e6, (incident) => this.#words(incident));
    this.limits = [this.#queryLimit, this.#table.limit];
  }

  message(event: MessageEvent): void {
    const { message, flow } = event;
    if (message.kind !== 'dns' || message.transport !== 'dns' || flow.ipProtocol !== 17) return;
    const question = message.questions[0];
    if (question === undefined || (question.type !== 1 && question.type !== 28)) return;
    const key = keyOf(flow.serial, message.id, question.type);
    if (message.response) this.#answer(event, message, key, question.name);
    else this.#ask(event, message.id, key, question.name);
  }

  advance(nowUs: number): void {
    this.#table.advance(nowUs);
    this.#expire(nowUs);
  }

  finish(): void {
    this.#queries.clear();
    this.#table.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#table.collect(put);
  }

  clear(): void {
    this.#queries.clear();
    this.#table.clear();
  }

  #ask({ timeUs, packetNumber, flow }: MessageEvent, id: number, key: number, name: string): void {
    const known = this.#queries.get(key);
    const again = known !== undefined && known.flow === flow.serial && known.id === id && isSameName(known.name, name);
    if (again && timeUs - known.timeUs < this.#numbers.seconds * 1e6) {
      known.asked++;
      return;
    }
    this.#expire(timeUs);
    if (known !== undefined) this.#queries.delete(key);
    if (this.#queries.size >= this.#queryLimit.limit) {
      this.#queryLimit.hits++;
      return;
    }
    this.#queries.set(key, {
      flow: flow.serial,
      id,
      timeUs,
      packet: packetNumber,
      name,
      asked: 1,
      answers: null,
      answerPacket: 0,
    });
  }

  #answer(event: MessageEvent, message: DnsMessage, key: number, name: string): void {
    const query = this.#queries.get(key);
    if (query === undefined || query.asked > 1 || event.timeUs - query.timeUs > this.#numbers.seconds * 1e6) return;
    if (query.flow !== event.flow.serial || query.id !== message.id || !isSameName(query.name, name)) return;
    const { flow, fromA, timeUs, packetNumber } = event;
    if (query.answers === null) {
      query.answers = message.answers;
      query.answerPacket = packetNumber;
      return;
    }
    const addresses = addressesOf(message.answers);
    const before = addressesOf(query.answers);
    // The same answer seen twice, as on a mirror port, or one that says less.
    if (addresses.length === 0 || before.length === 0) return;
    if (addresses.some((address) => before.includes(address))) return;
    const client = (fromA ? flow.b : flow.a).text;
    const server = (fromA ? flow.a : flow.b).text;
    const incident = this.#table.open(client, timeUs, () => {
      const made = new RaceIncident(ruleId, client, query.timeUs);
      made.addTarget(client);
      made.addPort(53);
      return made;
    });
    if (incident === null) return;
    // Who forges the answers is not known; they come in this server's name.
    incident.addSource(server);
    incident.note(query.timeUs, query.packet, flow, 0);
    incident.note(timeUs, query.answerPacket, flow, 0);
    incident.note(timeUs, packetNumber, flow);
    if (incident.names.size < 20) incident.names.add(name);
    if (incident.example === '') incident.example = `${name}: ${list(before, 3)}, then ${list(addresses, 3)}`;
    query.asked++;
  }

  #expire(nowUs: number): void {
    if (nowUs < this.#expiryUs && nowUs >= this.#oldestUs) return;
    for (const [key, query] of this.#queries) {
      const age = nowUs - query.timeUs;
      this.#oldestUs = query.timeUs;
      this.#expiryUs = query.timeUs + this.#numbers.seconds * 1e6;
      if (age < this.#numbers.seconds * 1e6 && age >= 0) return;
      this.#queries.delete(key);
    }
  }

  #words(incident: RaceIncident): FindingWords {
    const client = [...incident.targets].join(', ');
    const server = list(incident.sources, 3);
    return {
      threat: 'spoofing',
      severity: incident.count > 1 ? 'high' : 'medium',
      confidence: incident.count > 1 ? 0.9 : 0.7,
      title: `Two different answers to DNS queries of ${client}`,
      summary: `${count(incident.count, 'query')} of ${client} got two answers in the name of ${server} with different addresses: ${incident.example}.`,
      evidence: [
        {
          name: 'queries with two different answers',
          observed: incident.count,
          threshold: 1,
          unit: 'queries',
          window: `${this.#numbers.seconds} s after the query`,
        },
        { name: 'names', observed: list(incident.names, 10), threshold: null, unit: '', window: null },
        { name: 'example', observed: incident.example, threshold: null, unit: '', window: null },
      ],
      against: ['A resolver that repeats itself with another part of a long list of addresses looks the same.'],
      next: [
        'Compare the two answers: time to live, hardware address and time of the packets tell who is nearer.',
        `Ask another resolver for the same name over TLS, and see which answer is right.`,
        'Look for ARP spoofing in the same minutes.',
      ],
      // Adversary-in-the-Middle.
      mitre: ['T1557'],
    };
  }
}

/** 30 bits, small enough for the quick kind of number, since every query of a capture comes by. */
function keyOf(flow: number, id: number, type: number): number {
  const hash = Math.imul(Math.imul(flow, 0x85ebca6b) ^ (id << 1) ^ (type === 1 ? 0 : 1), 0x9e3779b1);
  return (hash ^ (hash >>> 15)) >>> 2;
}

/** A number that is used again within seconds, for another name, is another query; case is of no matter (RFC 4343). */
function isSameName(x: string, y: string): boolean {
  return x === y || x.toLowerCase() === y.toLowerCase();
}

function addressesOf(answers: readonly DnsAnswer[]): string[] {
  return answers.filter(({ type }) => type === 1 || type === 28).map(({ data }) => data);
}

export const dnsRaceRule: Rule<keyof Numbers> = {
  id: ruleId,
  title: 'DNS answers that disagree',
  description:
    'Two answers to one DNS query that was asked once, with addresses that have nothing in common: one of them is forged.',
  threats: ['spoofing'],
  mitre: ['T1557'],
  sources: [
    'RFC 5452 section 3: how forged answers win the race against true ones',
    'Duan et al.: Hold-On: Protecting Against On-Path DNS Poisoning, SATIN 2012: the true answer comes as well, later',
  ],
  numbers: {
    seconds: {
      label: 'Time after the query within which a second answer counts',
      unit: 's',
      minimum: 1,
      maximum: 60,
      integer: true,
      presets: { low: 5, medium: 5, high: 15 },
      source: 'RFC 1035 section 4.2.1: resolvers repeat a query after two to five seconds',
    },
    quietSeconds: {
      label: 'Quiet time after which the next one begins a new finding',
      unit: 's',
      minimum: 10,
      maximum: 86_400,
      integer: true,
      presets: { low: 600, medium: 600, high: 600 },
      source: 'own choice',
    },
  },
  create: (numbers) => new DnsRaceDetector(numbers),
};
