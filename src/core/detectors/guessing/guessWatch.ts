import type { Finding, Severity } from '../../../protocol/finding';
import type { Flow } from '../../flows/flow';
import type { Host } from '../../flows/host';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import type { RuleNumber } from '../rule';
import { SlidingCount } from '../slidingCount';
import { count, span } from '../words';

export type GuessKey = 'attempts' | 'windowSeconds' | 'manyAttempts';

/** Failures of a source that tells it from somebody who mistypes, once the service is known to be attacked. */
const partOfIt = 3;
/** As many sources, each of which failed more than once, share an attack. */
const severalSources = 3;

/** The numbers of every rule that counts failed logins. */
export const guessNumbers: Record<GuessKey, RuleNumber> = {
  attempts: {
    label: 'Failed logins of one source at one service',
    unit: 'attempts',
    minimum: 2,
    maximum: 10_000,
    integer: true,
    presets: { low: 20, medium: 6, high: 4 },
    source: 'CrowdSec ssh-bf.yaml (more than 5) and fail2ban jail.conf (5 in 10 minutes): one more than those let pass',
  },
  windowSeconds: {
    label: 'Span over which failed logins are counted',
    unit: 's',
    minimum: 10,
    maximum: 86_400,
    integer: true,
    presets: { low: 600, medium: 600, high: 1800 },
    source: 'fail2ban jail.conf (findtime 10 minutes); Zeek detect-bruteforcing.zeek has 15 and 30',
  },
  manyAttempts: {
    label: 'Failed logins from which on the finding is of high severity',
    unit: 'attempts',
    minimum: 2,
    maximum: 1_000_000,
    integer: true,
    presets: { low: 30, medium: 30, high: 30 },
    source: 'Zeek protocols/ssh/detect-bruteforcing.zeek (30 failures)',
  },
};

/** Guessing at one service, by one source or by several. */
export class GuessIncident extends Incident {
  /** Most failures of one source, and of all, in a window. */
  mostBySource = 0;
  mostByAll = 0;
  /** A source that had failed got in. */
  succeeded = false;
  distributed = false;

  constructor(
    rule: string,
    readonly server: Host,
    readonly port: number,
    timeUs: number,
  ) {
    super(rule, `${server.text}:${port}`, timeUs);
    this.addTarget(server.text);
    this.addPort(port);
  }
}

/** What a source did at one service before it is part of an incident. */
interface Guesser {
  readonly recent: SlidingCount;
  /** Of the ways there are to log in, each: who mistypes at a form and then at a prompt is one person. */
  readonly ways: (SlidingCount | null)[];
  /** Failures that no incident counts yet, with the packets that show the first of them. */
  pending: number;
  pendingFirstUs: number;
  readonly packets: number[];
}

interface Service {
  readonly recent: SlidingCount;
  readonly guessers: Map<Host, Guesser>;
  incident: GuessIncident | null;
}

const pendingPackets = 10;

/** What a rule says of its protocol. */
export interface GuessWords {
  /** `SSH`. */
  service: string;
  /** How a failure is known: "replies with code 530 to PASS". */
  sign: string;
  against: readonly string[];
}

/**
 * Counts failed logins for each source and service within a window, and for each service over all its sources, so that guessing
 * that is spread over several machines is found as well. One finding for each service under attack.
 */
export class GuessWatch {
  readonly limits: readonly LimitCounter[];
  readonly #rule: string;
  readonly #numbers: Readonly<Record<GuessKey, number>>;
  readonly #windowUs: number;
  readonly #guesserLimit: LimitCounter;
  readonly #services: BoundedTable<string, Service>;
  readonly #incidents: IncidentTable<GuessIncident>;

  constructor(
    rule: string,
    numbers: Readonly<Record<GuessKey, number>>,
    words: (incident: GuessIncident) => GuessWords,
  ) {
    this.#rule = rule;
    this.#numbers = numbers;
    this.#windowUs = numbers.windowSeconds * 1e6;
    const serviceLimit = new LimitCounter(`${rule}: services`, engineLimits.guessServices);
    this.#guesserLimit = new LimitCounter(`${rule}: sources of one service`, engineLimits.guessSources);
    this.#services = new BoundedTable<string, Service>(serviceLimit, () => ({
      recent: new SlidingCount(this.#windowUs),
      guessers: new Map(),
      incident: null,
    }));
    this.#incidents = new IncidentTable(rule, this.#windowUs, (incident) => this.#describe(incident, words(incident)));
    this.limits = [serviceLimit, this.#guesserLimit, this.#incidents.limit];
  }

  /** `attempts` logins of the flow's opener failed, known with packet `packet`. `way`: small number of the kind of login, where there are several. */
  failed(timeUs: number, packet: number, flow: Flow, attempts = 1, way = 0): void {
    const { a: source, b: server, bPort: port } = flow;
    const service = this.#services.use(serviceKey(server, port));
    const guesser = this.#guesser(service, source, timeUs);
    guesser.recent.add(timeUs, attempts);
    const bySource = (guesser.ways[way] ??= new SlidingCount(this.#windowUs)).add(timeUs, attempts);
    const byAll = service.recent.add(timeUs, attempts);
    if (guesser.pending === 0) guesser.pendingFirstUs = timeUs;
    guesser.pending += attempts;
    if (guesser.packets.length < pendingPackets) guesser.packets.push(packet);

    let { incident } = service;
    if (incident !== null && timeUs - incident.lastUs >= this.#windowUs) incident = null;
    if (incident === null) {
      const several = byAll >= 2 * this.#numbers.attempts && this.#members(service, timeUs, 2) >= severalSources;
      if (bySource < this.#numbers.attempts && !several) return;
      incident = this.#open(server, port, timeUs);
      service.incident = incident;
      if (incident === null) return;
      incident.distributed = several;
    }
    incident.mostBySource = Math.max(incident.mostBySource, bySource);
    incident.mostByAll = Math.max(incident.mostByAll, byAll);
    const least = incident.distributed ? 2 : partOfIt;
    for (const [host, other] of service.guessers) {
      if (other.pending > 0 && other.recent.at(timeUs) >= least) join(incident, host, other, timeUs);
    }
    if (bySource >= least) incident.addFlow(flow);
    if (incident.sources.size >= severalSources) incident.distributed = true;
  }

  /**
   * The flow's opener logged in. Where nobody guesses so far, its failures before that are forgotten: who mistypes gets in, and
   * behind one address there may be many who do (pam_faillock begins anew as well).
   */
  succeeded(timeUs: number, packet: number, flow: Flow): void {
    const { a: source, b: server, bPort: port } = flow;
    const service = this.#services.get(serviceKey(server, port));
    const incident = service?.incident ?? null;
    if (service !== undefined && incident === null) forgive(service, service.guessers.get(source), timeUs);
    if (incident?.sources.has(source.text) !== true || timeUs - incident.lastUs >= this.#windowUs) return;
    if ((service?.guessers.get(source)?.recent.at(timeUs) ?? 0) < partOfIt) return;
    incident.succeeded = true;
    incident.note(timeUs, packet, flow, 0);
  }

  advance(nowUs: number): void {
    this.#incidents.advance(nowUs);
  }

  finish(): void {
    this.#incidents.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#incidents.collect(put);
  }

  clear(): void {
    this.#services.clear();
    this.#incidents.clear();
  }

  #guesser(service: Service, source: Host, timeUs: number): Guesser {
    const known = service.guessers.get(source);
    if (known !== undefined) return known;
    const { guessers } = service;
    if (guessers.size >= this.#guesserLimit.limit) {
      this.#guesserLimit.hits++;
      const idle = [...guessers].filter(([, other]) => other.recent.at(timeUs) <= 1).map(([host]) => host);
      for (const host of idle.length > 0 ? idle : [...guessers.keys()].slice(0, 1)) guessers.delete(host);
    }
    const made = {
      recent: new SlidingCount(this.#windowUs),
      ways: [],
      pending: 0,
      pendingFirstUs: timeUs,
      packets: [],
    };
    guessers.set(source, made);
    return made;
  }

  #open(server: Host, port: number, timeUs: number): GuessIncident | null {
    const make = (): GuessIncident => new GuessIncident(this.#rule, server, port, timeUs);
    return this.#incidents.open(`${server.text}:${port}`, timeUs, make);
  }

  #members(service: Service, timeUs: number, least: number): number {
    let members = 0;
    for (const { recent } of service.guessers.values()) if (recent.at(timeUs) >= least) members++;
    return members;
  }

  #describe(incident: GuessIncident, words: GuessWords): FindingWords {
    const { attempts, manyAttempts, windowSeconds } = this.#numbers;
    const many = incident.count >= manyAttempts || incident.succeeded;
    const severity: Severity = many ? 'high' : 'medium';
    const sources = [...incident.sources];
    const who = sources.length === 1 ? (sources[0] ?? '') : count(sources.length, 'source');
    const where = `${incident.server.text} port ${incident.port}`;
    const window = `${windowSeconds} s`;
    const got = incident.succeeded ? ' A login worked after that.' : '';
    const confidence = Math.min(0.97, 0.65 + 0.2 * Math.log10(Math.max(1, incident.count / attempts)));
    return {
      threat: 'brute-force',
      severity,
      confidence: Math.round(confidence * 100) / 100,
      title: `${words.service} login guessing at ${where} by ${who}`,
      summary:
        `${who} failed to log in to ${words.service} on ${where}, ${count(incident.count, 'time')} in ` +
        `${span(Math.max(1e-3, incident.seconds))}.${got}`,
      evidence: [
        {
          name: 'failed logins of one source',
          observed: incident.mostBySource,
          threshold: attempts,
          unit: 'attempts',
          window,
        },
        {
          name: 'failed logins of all sources',
          observed: incident.mostByAll,
          threshold: incident.distributed ? 2 * attempts : null,
          unit: 'attempts',
          window,
        },
        { name: 'a failure is known by', observed: words.sign, threshold: null, unit: '', window: null },
        {
          name: 'a login worked afterwards',
          observed: incident.succeeded ? 'yes' : 'not seen',
          threshold: null,
          unit: '',
          window: null,
        },
      ],
      against: [
        ...words.against,
        ...(incident.count < 2 * attempts && !incident.distributed
          ? ['A person who forgot a password, or a program with an old one, fails as often.']
          : []),
      ],
      next: [
        incident.succeeded
          ? 'Look at what was done after the login that worked, change that password, and end the session.'
          : 'See in the log of the server whether a login of these sources worked.',
        'Block the sources, or let a tool such as fail2ban do it.',
        'Allow keys or a second factor only, and no login from where nobody needs it.',
      ],
      // Brute Force: Password Guessing; Password Spraying is not told apart.
      mitre: ['T1110.001'],
    };
  }
}

function serviceKey(server: Host, port: number): string {
  return `${server.id}:${port}`;
}

function forgive(service: Service, guesser: Guesser | undefined, timeUs: number): void {
  const failures = guesser?.recent.at(timeUs) ?? 0;
  if (guesser === undefined || failures <= 0) return;
  guesser.recent.clear();
  guesser.ways.length = 0;
  service.recent.add(timeUs, -Math.min(failures, service.recent.at(timeUs)));
  guesser.pending = 0;
  guesser.packets.length = 0;
}

/** Counts what a source did so far as part of the incident. */
function join(incident: GuessIncident, source: Host, guesser: Guesser, timeUs: number): void {
  incident.addSource(source.text);
  const { packets } = guesser;
  incident.note(guesser.pendingFirstUs, packets[0] ?? 0, null, 0);
  for (const packet of packets.slice(1)) incident.note(timeUs, packet, null, 0);
  incident.note(timeUs, 0, null, guesser.pending);
  guesser.pending = 0;
  packets.length = 0;
}
