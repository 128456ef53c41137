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
  flow: number;
  id: number;
  type: number;
  timeUs: number;
  packet: number;
  name: string;
  asked: number;
  /** Of the first answer, with a space between; null until there is one. */
  addresses: string | null;
  answerPacket: number;
}

/** Two for each key: a query goes where the other one is over, or was asked longer ago. */
const placesPerKey = 2;

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
  /** By `keyOf` flow, number and type, made once and used again: every query of a capture comes by. */
  readonly #queries: (Query | null)[] = new Array<Query | null>(engineLimits.dnsRaceQueries).fill(null);
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
    const place = placeOf(flow.serial, message.id, question.type);
    if (message.response) this.#answer(event, message, place, question.type, question.name);
    else this.#ask(event, message.id, place, question.type, question.name);
  }

  advance(nowUs: number): void {
    this.#table.advance(nowUs);
  }

  finish(): void {
    this.#queries.fill(null);
    this.#table.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#table.collect(put);
  }

  clear(): void {
    this.#queries.fill(null);
    this.#table.clear();
  }

  #ask({ timeUs, packetNumber, flow }: MessageEvent, id: number, place: number, type: number, name: string): void {
    const known = this.#find(flow.serial, id, type, place);
    if (known !== null && isSameName(known.name, name) && this.#isWaiting(known, timeUs)) {
      known.asked++;
      return;
    }
    const query = known ?? this.#placeFor(place, timeUs);
    query.flow = flow.serial;
    query.id = id;
    query.type = type;
    query.timeUs = timeUs;
    query.packet = packetNumber;
    query.name = name;
    query.asked = 1;
    query.addresses = null;
  }

  #find(flow: number, id: number, type: number, place: number): Query | null {
    for (let index = place; index < place + placesPerKey; index++) {
      const held = this.#queries[index] ?? null;
      if (held !== null && held.flow === flow && held.id === id && held.type === type) return held;
    }
    return null;
  }

  /** An answer counts still; the second test is for a clock that was set back. */
  #isWaiting({ timeUs }: Query, nowUs: number): boolean {
    const age = nowUs - timeUs;
    return age < this.#numbers.seconds * 1e6 && age > -10e6;
  }

  /** The older one where both count still. */
  #placeFor(place: number, nowUs: number): Query {
    const first = this.#at(place);
    if (!this.#isWaiting(first, nowUs)) return first;
    const second = this.#at(place + 1);
    if (!this.#isWaiting(second, nowUs)) return second;
    this.#queryLimit.hits++;
    return first.timeUs <= second.timeUs ? first : second;
  }

  #at(index: number): Query {
    const held = this.#queries[index] ?? null;
    if (held !== null) return held;
    const timeUs = Number.NEGATIVE_INFINITY;
    const made = { flow: -1, id: 0, type: 0, timeUs, packet: 0, name: '', asked: 0, addresses: null, answerPacket: 0 };
    this.#queries[index] = made;
    return made;
  }

  #answer(event: MessageEvent, message: DnsMessage, place: number, type: number, name: string): void {
    const query = this.#find(event.flow.serial, message.id, type, place);
    if (query === null || query.asked > 1 || event.timeUs - query.timeUs > this.#numbers.seconds * 1e6) return;
    if (!isSameName(query.name, name)) return;
    const { flow, fromA, timeUs, packetNumber } = event;
    if (query.addresses === null) {
      query.addresses = addressesOf(message.answers);
      query.answerPacket = packetNumber;
      return;
    }
    const addresses = addressesOf(message.answers).split(' ').filter(Boolean);
    const before = query.addresses.split(' ').filter(Boolean);
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

/** The first of the places of a query. */
function placeOf(flow: number, id: number, type: number): number {
  const hash = Math.imul(Math.imul(flow, 0x85ebca6b) ^ (id << 1) ^ (type === 1 ? 0 : 1), 0x9e3779b1);
  return (((hash ^ (hash >>> 15)) >>> 2) % (engineLimits.dnsRaceQueries / placesPerKey)) * placesPerKey;
}

/** A number that is used again within seconds, for another name, is another query; case is of no matter (RFC 4343). */
function isSameName(x: string, y: string): boolean {
  return x === y || x.toLowerCase() === y.toLowerCase();
}

/** With a space between: one text is less to keep than a list. */
function addressesOf(answers: readonly DnsAnswer[]): string {
  let addresses = '';
  for (const { type, data } of answers) {
    if (type === 1 || type === 28) addresses = addresses === '' ? data : `${addresses} ${data}`;
  }
  return addresses;
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
