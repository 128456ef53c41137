import type { Finding, Severity } from '../../../protocol/finding';
import type { HttpRequest } from '../../decode/http';
import type { Flow } from '../../flows/flow';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import type { Detector, MessageEvent } from '../detector';
import type { FindingWords } from '../incident';
import { flowMarks } from '../flowMarks';
import { hostPortKey } from '../recordKeys';
import type { Rule } from '../rule';
import { count, rounded, span } from '../words';
import { plain } from './floodIncident';
import type { FloodIncident } from './floodIncident';
import { floodLimits, floodMitre, floodNext, floodNumbers } from './floodRule';
import type { FloodKey } from './floodRule';
import { FloodWatch } from './floodWatch';
import type { FloodNumbers } from './floodWatch';

const ruleId = 'http-flood';
/** Browsers keep six connections to a server; a crawler has fewer. More requests than that wait where a tool asks. */
const manyWaiting = 8;
/** A page and its parts, or a site, are asked for once or a few times each; a flood asks for the same over and over. */
const repeats = 20;
/** Of the requests: enough to say what they are. */
const mostly = 0.5;
/** This many times the limit is more than one program asks for in turn. */
const hurried = 5;
/** Fewer requests than this are a burst that any page makes. */
const fewRequests = 300;
/**
 * Of the floor: a flood this slow is told when it goes on for so many seconds and each source has more requests waiting than a
 * browser keeps connections (6). The OWASP Core Rule Set stops 100 requests of one client in 60 s (dos_counter_threshold).
 */
const slowPart = 0.25;
const slowSeconds = 10;
const slowWaiting = 6;
/**
 * Or for so many seconds, so many requests of each source, nearly each on a connection of its own: programs that ask one thing over
 * and over for their work keep a connection. mod_evasive lets a client ask for one page twice a second (DOSPageCount).
 */
const persistentSeconds = 15;
const persistentRequests = 800;
const nearlyAll = 0.9;
/** A flood that asks for something else each time: no crawler and no search for hidden pages is as fast for as long. */
const scatteredRequests = 3000;
const scatteredSeconds = 3;
/** Different paths of one second that are told apart. */
const maxPaths = 4096;
const questionMark = 0x3f;

/** HTTP request flood (CAPEC-488): the same asked for over and over, many at a time; TLS handshakes count as requests. */
export const httpFlood: Rule<FloodKey> = {
  id: ruleId,
  title: 'HTTP request flood',
  description:
    'Requests to one web server, or TLS handshakes with it, more of them in a second than a floor and than what is usual for ' +
    'it. Loud when they ask for the same over and over and many wait at a time, as no browser and no crawler does.',
  threats: ['dos', 'ddos'],
  mitre: [floodMitre.service],
  sources: [
    'CAPEC-488: HTTP Flood',
    'mod_evasive, DOSSiteCount and DOSPageCount',
    'OWASP Core Rule Set, DoS protection plug-in',
  ],
  numbers: floodNumbers({
    label: 'Requests to one web server, or TLS handshakes with it',
    unit: 'requests/s',
    minimum: 5,
    maximum: 1_000_000,
    integer: true,
    presets: { low: 500, medium: 100, high: 50 },
    source: 'Twice the 50 requests a second of one client that mod_evasive allows (DOSSiteCount, DOSSiteInterval)',
  }),
  create: (numbers) => new HttpFloodDetector(floodLimits(numbers)),
};

interface Server {
  /** Requests without an answer so far. */
  waiting: number;
  second: number;
  /** As `pathHash`. */
  readonly paths: Set<number>;
}

class HttpFloodDetector implements Detector {
  readonly messageKinds = ['http-request', 'http-response', 'tls-client-hello'] as const;
  readonly flowMark = flowMarks.httpFlood;
  readonly endsOfKept = true;
  readonly limits: readonly LimitCounter[];
  readonly #watch: FloodWatch;
  /** The same requests against a lower floor, for floods that the server cannot take any faster. */
  readonly #slow: FloodWatch;
  readonly #servers: BoundedTable<number, Server>;

  constructor(numbers: FloodNumbers) {
    this.#watch = new FloodWatch(ruleId, numbers, describe);
    const slower = { ...numbers, floor: Math.ceil(numbers.floor * slowPart) };
    this.#slow = new FloodWatch(ruleId, slower, (incident) => describeSlow(incident, numbers.floor), 'http-slow-flood');
    const limit = new LimitCounter(`${ruleId}: servers`, engineLimits.guessServices);
    this.#servers = new BoundedTable<number, Server>(limit, () => ({ waiting: 0, second: 0, paths: new Set() }));
    this.limits = [...this.#watch.limits, ...this.#slow.limits, limit];
  }

  message({ message, flow, fromA, timeUs, packetNumber, layer }: MessageEvent): void {
    switch (message.kind) {
      case 'http-request':
        if (layer === 'http') this.#request(message, flow, fromA, timeUs, packetNumber);
        break;
      case 'http-response':
        if (layer === 'http') this.#response(message.status, flow, !fromA, timeUs);
        break;
      case 'tls-client-hello': {
        if (!fromA || flow.ipProtocol !== 6) break;
        const second = this.#watch.attempt(timeUs, flow.b, flow.bPort, flow.a, packetNumber, flow);
        if (second !== null) second.marked++;
        break;
      }
      default:
    }
  }

  flowEnded(flow: Flow): void {
    const unanswered = flow.httpRequestTimesUs?.length ?? 0;
    if (unanswered === 0) return;
    const server =
      this.#servers.get(hostPortKey(flow.b, flow.bPort)) ?? this.#servers.get(hostPortKey(flow.a, flow.aPort));
    if (server !== undefined) server.waiting = Math.max(0, server.waiting - unanswered);
  }

  advance(nowUs: number): void {
    this.#watch.advance(nowUs);
    this.#slow.advance(nowUs);
  }

  finish(): void {
    this.#watch.finish();
    this.#slow.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#watch.collect(put);
    this.#slow.collect(put);
  }

  clear(): void {
    this.#watch.clear();
    this.#slow.clear();
    this.#servers.clear();
  }

  /** Who asks is the client: of a connection older than the capture, the first packet may have been the server's. */
  #request({ method, target }: HttpRequest, flow: Flow, fromA: boolean, timeUs: number, packetNumber: number): void {
    const [client, host, port] = fromA ? [flow.a, flow.b, flow.bPort] : [flow.b, flow.a, flow.aPort];
    const server = this.#servers.use(hostPortKey(host, port));
    server.waiting++;
    const firstGet = method === 'GET' && (flow.kept & this.flowMark) === 0;
    flow.kept |= this.flowMark;
    const second = this.#watch.attempt(timeUs, host, port, client, packetNumber, flow);
    const slow = this.#slow.attempt(timeUs, host, port, client, packetNumber, flow);
    if (slow !== null) {
      slow.waiting += server.waiting;
      if (firstGet) slow.firstGets++;
    }
    if (second === null) return;
    if (server.second !== second.startUs) {
      server.second = second.startUs;
      server.paths.clear();
    }
    // What follows the path changes where a tool wants to get past caches.
    const path = pathHash(method, target);
    if (!server.paths.has(path) && server.paths.size < maxPaths) {
      server.paths.add(path);
      second.fresh++;
      if (slow !== null) slow.fresh++;
    }
    if (server.waiting >= manyWaiting) second.marked++;
  }

  #response(status: number, flow: Flow, toA: boolean, timeUs: number): void {
    const [host, port] = toA ? [flow.b, flow.bPort] : [flow.a, flow.aPort];
    const server = this.#servers.get(hostPortKey(host, port));
    if (server === undefined) return;
    if (server.waiting > 0 && status >= 200) server.waiting--;
    if (status !== 401 && status !== 403) return;
    const second = this.#watch.second(timeUs, host, port);
    if (second !== null) second.refused++;
    const slow = this.#slow.second(timeUs, host, port);
    if (slow !== null) slow.refused++;
  }
}

/** FNV-1a over the method and the path without its query: whether something was asked for before needs no text. */
function pathHash(method: string, target: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < method.length; index++) hash = Math.imul(hash ^ method.charCodeAt(index), 0x01000193);
  for (let index = 0; index < target.length; index++) {
    const code = target.charCodeAt(index);
    if (code === questionMark) break;
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return hash;
}

function describe(incident: FloodIncident): FindingWords {
  const perPath = incident.attempts / Math.max(1, incident.fresh);
  const waiting = incident.share(incident.marked);
  const refused = incident.share(incident.refused);
  const against: string[] = [];
  const scattered =
    waiting >= mostly &&
    incident.peak >= hurried * incident.peakLimit &&
    incident.attempts >= scatteredRequests &&
    incident.secondsAbove >= scatteredSeconds;
  if (perPath < repeats && !scattered)
    against.push('Hardly anything was asked for twice: a crawler or a page with many parts.');
  // A server that is quick has few waiting whatever is asked at once.
  if (waiting < mostly && incident.peak < hurried * incident.peakLimit)
    against.push('Few requests waited at a time: one program that asks one thing after the other.');
  if (refused >= mostly) against.push('The server refused most of them (401, 403): rather guessing than a flood.');
  if (incident.attempts < fewRequests) against.push('It was over after a few hundred requests.');
  const severity: Severity = against.length > 0 ? 'low' : incident.size;
  const seconds = Math.max(1e-3, incident.seconds);
  return {
    threat: incident.threat,
    severity,
    confidence: severity === 'low' ? 0.35 : incident.confidence,
    title: `HTTP request flood of ${incident.onTarget} by ${incident.bySources}`,
    summary:
      `${incident.bySources} made ${count(incident.count, 'request')} to ${incident.onTarget} in ${span(seconds)}, ` +
      `up to ${rounded(incident.peak)} in a second.`,
    evidence: [
      ...incident.rateEvidence('requests', 'requests/s'),
      plain('requests for each path', rounded(perPath), 'requests'),
      plain(`requests made while ${manyWaiting} or more waited for an answer`, rounded(100 * waiting), '%'),
      plain('refused (401, 403)', incident.refused, 'requests'),
    ],
    against: [...against, 'A load test looks the same.'],
    next: [
      floodNext.sources,
      'Limit the requests of one client at the server or in front of it (limit_req of nginx, mod_evasive).',
      'Cache what is asked for over and over.',
    ],
    mitre: [floodMitre.service],
  };
}

/** A flood below the floor: the server answers no faster, and the tool waits for it. */
function describeSlow(incident: FloodIncident, floor: number): FindingWords | null {
  const { attempts, secondsAbove, tally, peak } = incident;
  const perPath = attempts / Math.max(1, incident.fresh);
  const waiting = incident.waiting / Math.max(1, attempts) / Math.max(1, tally.sources);
  const slow = peak <= floor && secondsAbove >= slowSeconds && attempts >= fewRequests;
  const persistent =
    secondsAbove >= persistentSeconds &&
    attempts >= persistentRequests * tally.sources &&
    incident.share(incident.firstGets) >= nearlyAll;
  if (!slow || perPath < repeats || incident.share(incident.refused) >= mostly) return null;
  if (waiting <= slowWaiting && !persistent) return null;
  const seconds = Math.max(1e-3, incident.seconds);
  return {
    threat: incident.threat,
    severity: 'medium',
    confidence: 0.55,
    title: `HTTP request flood of ${incident.onTarget} by ${incident.bySources}`,
    summary:
      waiting > slowWaiting
        ? `${incident.bySources} asked ${incident.onTarget} for the same over and over for ${span(seconds)}, ` +
          `${count(incident.count, 'time')}, with ${rounded(waiting)} requests at a time: the server keeps up no better.`
        : `${incident.bySources} asked ${incident.onTarget} for the same over and over for ${span(seconds)}, ` +
          `${count(incident.count, 'time')}, on a new connection each time.`,
    evidence: [
      ...incident.rateEvidence('requests', 'requests/s'),
      { name: 'seconds', observed: secondsAbove, threshold: slowSeconds, unit: 's', window: null },
      {
        name: 'requests of each source that waited at a time',
        observed: rounded(waiting),
        threshold: slowWaiting,
        unit: 'requests',
        window: null,
      },
      {
        name: 'requests on a connection of their own',
        observed: rounded(100 * incident.share(incident.firstGets)),
        threshold: 100 * nearlyAll,
        unit: '%',
        window: null,
      },
      {
        name: 'requests for each path',
        observed: rounded(perPath),
        threshold: repeats,
        unit: 'requests',
        window: '1 s',
      },
    ],
    against: [
      'A load test looks the same, and so does a proxy whose users all ask for one thing.',
      `It is slower than the ${floor} requests a second of a plain flood.`,
    ],
    next: [
      floodNext.sources,
      'Limit the requests of one client at the server or in front of it (limit_req of nginx, mod_evasive).',
      'Cache what is asked for over and over.',
    ],
    mitre: [floodMitre.service],
  };
}
