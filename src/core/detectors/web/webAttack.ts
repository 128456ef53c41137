import type { Evidence, Finding, Severity } from '../../../protocol/finding';
import type { HttpRequest, HttpResponse } from '../../decode/http';
import type { Flow } from '../../flows/flow';
import { LimitCounter, engineLimits } from '../../limits';
import type { Detector, MessageEvent } from '../detector';
import { flowMarks } from '../flowMarks';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import { count, list, span } from '../words';
import { ProbedPaths, probedPath } from './probedPaths';
import { findSigns, scanningTool, webAttackNames } from './attackSigns';
import type { SignsFound, WebAttackKind } from './attackSigns';
import { bodyTexts, isOdd, targetTexts, webText } from './webText';
import type { WebText } from './webText';

export const webAttackRuleId = 'web-attack';

/** Points at which one request alone is past doubt. */
const plainPoints = 7;
/** The same for scripts, climbing paths and commands in an address: people write about them in texts, not there. */
const plainAddressPoints = 5;
/** Requests at which nobody tries by hand any more. */
const manyAttacks = 10;
const exampleLength = 100;
const maxDistinct = 256;
const maxNames = 20;

type WebNumber = 'attackPoints' | 'attackRequests' | 'toolRequests' | 'probedPaths' | 'quietSeconds';
export type WebAttackNumbers = Readonly<Record<WebNumber, number>>;

/** What the value of a header was found to hold. */
interface HeaderSigns {
  signs: SignsFound | null;
  text: string;
  tool: string | null;
}

/** Requests of one client to one server that hold signs of an attack. */
class WebAttackIncident extends Incident {
  attacks = 0;
  doubtful = 0;
  maxPoints = 0;
  plain = false;
  tool: string | null = null;
  toolRequests = 0;
  refused = 0;
  answered = 0;
  failed = 0;
  example = '';
  readonly kinds = new Map<WebAttackKind, number>();
  readonly names = new Set<string>();
  readonly places = new Set<string>();
  readonly probed = new ProbedPaths();
  /** Distinct texts, bounded: the same odd request of a program again and again is one. */
  readonly distinct = new Set<string>();

  add(found: SignsFound, text: string, isAttack: boolean, inAddress: boolean): void {
    const least = inAddress && found.kind !== 'sql' ? plainAddressPoints : plainPoints;
    this.plain ||= found.points >= least;
    if (isAttack) this.attacks++;
    else this.doubtful++;
    this.maxPoints = Math.max(this.maxPoints, found.points);
    this.kinds.set(found.kind, (this.kinds.get(found.kind) ?? 0) + 1);
    for (const name of found.names) if (this.names.size < maxNames) this.names.add(name);
    if (this.places.size < maxNames) this.places.add(found.where);
    if (isAttack && this.distinct.size < maxDistinct) this.distinct.add(text.slice(0, 200));
    // What stands in a field for secrets is not shown.
    const shown = !/pass|pwd|token|secret|auth|cookie/i.test(found.where);
    if (isAttack && shown && (this.example === '' || found.points === this.maxPoints)) this.example = text;
  }
}

/**
 * Web attacks in HTTP that is not encrypted, by what requests hold: path, parameters, the beginning of forms and JSON bodies,
 * and the headers Cookie, Referer and User-Agent, decoded as a careless server would. Signs of one kind in one text add up; one
 * word is never enough. One finding for each client and server.
 */
export class WebAttackDetector implements Detector {
  readonly messageKinds = ['http-request', 'http-body', 'http-response'] as const;
  readonly flowMark = flowMarks.webAttack;
  readonly endsOfKept = true;
  readonly limits: readonly LimitCounter[];
  readonly #numbers: WebAttackNumbers;
  readonly #table: IncidentTable<WebAttackIncident>;
  readonly #headers = new Map<string, HeaderSigns>();
  /** Incidents whose newest request on a flow waits for its answer, by the flow's serial. */
  readonly #waiting = new Map<number, [incident: WebAttackIncident, streamId: number | undefined]>();
  /** Paths that scanners look for, until the server says whether it has them. */
  readonly #probing = new Map<number, [path: string, incident: WebAttackIncident, streamId: number | undefined]>();
  readonly #waitingLimit = new LimitCounter(
    `${webAttackRuleId}: requests that wait for an answer`,
    engineLimits.incidents,
  );

  constructor(numbers: WebAttackNumbers) {
    this.#numbers = numbers;
    this.#table = new IncidentTable(webAttackRuleId, numbers.quietSeconds * 1e6, (incident) => this.#words(incident));
    this.limits = [this.#table.limit, this.#waitingLimit];
  }

  message(event: MessageEvent): void {
    const { message } = event;
    switch (message.kind) {
      case 'http-request':
        this.#request(event, message);
        break;
      case 'http-body':
        if (isOdd(message.text)) {
          this.#judge(event, message.request, bodyTexts(message.request.contentType, message.text), [], false);
        }
        break;
      case 'http-response':
        if ((event.flow.kept & this.flowMark) !== 0) this.#answer(event, message);
        break;
      default:
        break;
    }
  }

  flowEnded(flow: Flow): void {
    this.#waiting.delete(flow.serial);
    this.#probing.delete(flow.serial);
  }

  advance(nowUs: number): void {
    this.#table.advance(nowUs);
  }

  finish(): void {
    this.#table.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#table.collect(put);
  }

  clear(): void {
    this.#table.clear();
    this.#headers.clear();
    this.#waiting.clear();
    this.#probing.clear();
  }

  #request(event: MessageEvent, request: HttpRequest): void {
    const { target, userAgent, cookie, referer, host } = request;
    const headers: HeaderSigns[] = [];
    if (cookie !== null) this.#header(headers, 'header Cookie', cookie);
    // The page before repeats what its own address held.
    if (referer !== null && (host === null || !referer.includes(host))) {
      this.#header(headers, 'header Referer', referer);
    }
    if (userAgent !== null) this.#header(headers, 'header User-Agent', userAgent);
    const tool = userAgent === null ? null : (this.#headers.get(userAgent)?.tool ?? null);
    if (tool !== null) this.#noteTool(event, tool);
    const path = probedPath(target);
    if (path !== null) this.#probe(event, path, request.streamId);
    this.#judge(event, request, isOdd(target) ? targetTexts(target) : [], headers, tool !== null);
  }

  /** Signs in the value of a header; it is looked at once, since clients send the same one again and again. */
  #header(found: HeaderSigns[], where: string, value: string): void {
    let known = this.#headers.get(value);
    if (known === undefined) {
      const text = isOdd(value) ? webText(where, value) : null;
      const signs = text === null ? null : findSigns(text, true);
      known = { signs, text: text?.text ?? '', tool: scanningTool(value) };
      if (this.#headers.size >= engineLimits.webHeaders) this.#headers.clear();
      this.#headers.set(value, known);
    }
    if (known.signs !== null) found.push(known);
  }

  #noteTool(event: MessageEvent, tool: string): void {
    const incident = this.#incident(event);
    if (incident === null) return;
    incident.tool = tool;
    incident.toolRequests++;
    incident.kinds.set('tool', incident.toolRequests);
    incident.note(event.timeUs, event.packetNumber, event.flow);
  }

  #probe(event: MessageEvent, path: string, streamId: number | undefined): void {
    const incident = this.#incident(event);
    if (incident === null) return;
    if (this.#probing.size >= this.#waitingLimit.limit) this.#waitingLimit.hits++;
    else this.#probing.set(event.flow.serial, [path, incident, streamId]);
    event.flow.kept |= this.flowMark;
  }

  /** `noted`: the request is counted already, for the tool that it names. */
  #judge(
    event: MessageEvent,
    request: HttpRequest,
    texts: readonly WebText[],
    headers: readonly HeaderSigns[],
    noted: boolean,
  ): void {
    let best: SignsFound | null = null;
    let bestText = '';
    for (const text of texts) {
      const found = findSigns(text);
      if (found === null || (best !== null && found.points <= best.points)) continue;
      best = found;
      bestText = text.text;
    }
    for (const { signs, text } of headers) {
      if (signs === null || (best !== null && signs.points <= best.points)) continue;
      best = signs;
      bestText = text;
    }
    if (best === null) return;
    const isAttack = best.points >= this.#numbers.attackPoints;
    const { timeUs, packetNumber, flow } = event;
    const incident = this.#incident(event);
    if (incident === null) return;
    // Times and packets are the attack's, not those of the odd sentence hours before.
    if (isAttack || incident.attacks > 0) incident.note(timeUs, packetNumber, flow, noted ? 0 : 1);
    incident.add(best, bestText, isAttack, event.message.kind === 'http-request' && !best.where.startsWith('header'));
    incident.touch();
    if (!isAttack) return;
    if (this.#waiting.size >= this.#waitingLimit.limit) this.#waitingLimit.hits++;
    else this.#waiting.set(flow.serial, [incident, request.streamId]);
    flow.kept |= this.flowMark;
  }

  #incident({ flow, fromA, timeUs }: MessageEvent): WebAttackIncident | null {
    const client = fromA ? flow.a : flow.b;
    const server = fromA ? flow.b : flow.a;
    const subject = `${client.text}>${server.text}`;
    const make = (): WebAttackIncident => {
      const incident = new WebAttackIncident(webAttackRuleId, subject, timeUs);
      incident.addSource(client.text);
      incident.addTarget(server.text);
      return incident;
    };
    const incident = this.#table.open(subject, timeUs, make);
    if (incident === null) return null;
    if (incident.attacks === 0 && incident.tool === null && incident.probed.size === 0) {
      incident.firstUs = timeUs;
      incident.lastUs = timeUs;
    }
    incident.addPort(fromA ? flow.bPort : flow.aPort);
    return incident;
  }

  #answer({ flow, timeUs, packetNumber }: MessageEvent, { status, streamId }: HttpResponse): void {
    if (status < 200) return;
    const probe = this.#probing.get(flow.serial);
    if (probe !== undefined && probe[2] === streamId) {
      this.#probing.delete(flow.serial);
      if (status >= 400) {
        const [path, prober] = probe;
        prober.probed.add(path);
        if (prober.tool === null) prober.note(timeUs, packetNumber, flow);
        prober.touch();
      }
    }
    const [incident, askedOn] = this.#waiting.get(flow.serial) ?? [];
    if (incident === undefined || askedOn !== streamId) return;
    this.#waiting.delete(flow.serial);
    if (status < 400) incident.answered++;
    else if (status < 500) incident.refused++;
    else incident.failed++;
    incident.touch();
  }

  #words(incident: WebAttackIncident): FindingWords | null {
    const severity = this.#severity(incident);
    if (severity === null) return null;
    const { attacks, tool, kinds } = incident;
    const sorted = [...kinds].sort(([, x], [, y]) => y - x).map(([kind]) => kind);
    const named = sorted.filter((kind) => kind !== 'tool').map((kind) => webAttackNames[kind]);
    const main = named[0] ?? 'Web scan';
    const client = [...incident.sources].join(', ');
    const server = [...incident.targets].join(', ');
    const evidence: Evidence[] = [
      {
        name: 'requests with signs of an attack',
        observed: attacks,
        threshold: this.#numbers.attackRequests,
        unit: 'requests',
        window: `until quiet for ${this.#numbers.quietSeconds} s`,
      },
      {
        name: 'points of the plainest request',
        observed: incident.maxPoints,
        threshold: this.#numbers.attackPoints,
        unit: 'points',
        window: null,
      },
      evidenceOf('kinds', [...named, ...(tool === null ? [] : [`tool ${tool}`])].join(', '), ''),
      evidenceOf('different attack texts', incident.distinct.size, 'texts'),
      evidenceOf('signs', list(incident.names, 8), ''),
      evidenceOf('where', list(incident.places, 8), ''),
    ];
    if (incident.example !== '') evidence.push(evidenceOf('example, decoded', clip(incident.example), ''));
    evidence.push(
      evidenceOf('answered 2xx or 3xx', incident.answered, 'requests'),
      evidenceOf('refused with 4xx', incident.refused, 'requests'),
      evidenceOf('server failed with 5xx', incident.failed, 'requests'),
    );
    if (incident.probed.size > 0) {
      evidence.push({
        name: 'files and folders asked for in vain that scanners look for',
        observed: incident.probed.size,
        threshold: this.#numbers.probedPaths,
        unit: 'paths',
        window: null,
      });
    }
    if (tool !== null) {
      evidence.push({
        name: `requests that name ${tool}`,
        observed: incident.toolRequests,
        threshold: this.#numbers.toolRequests,
        unit: 'requests',
        window: null,
      });
    }
    return {
      threat: 'web-attack',
      severity,
      confidence: confidenceOf(incident),
      title: `${capital(main)} against ${server} by ${client}`,
      summary:
        `${client} sent ${count(attacks > 0 ? attacks : incident.count, 'request')} that look like ${named.join(', ') || 'a scan'} to ${server} in ` +
        `${span(incident.seconds)}: ${incident.answered} answered, ${incident.refused} refused, ${incident.failed} failed.`,
      evidence,
      against: againstOf(incident),
      next: [
        'Open the packets and read the requests and what the server answered.',
        `Look into the log of ${server} for the same minutes: what did the application do with these values?`,
        'If it is a test of your own, exclude the address with a reason.',
      ],
      mitre: mitreOf(incident),
    };
  }

  #severity(incident: WebAttackIncident): Severity | null {
    const { attacks, distinct, toolRequests } = incident;
    const { attackRequests } = this.#numbers;
    if (distinct.size >= Math.max(manyAttacks, attackRequests)) return 'high';
    if (distinct.size >= attackRequests || incident.plain) return 'medium';
    if (toolRequests >= this.#numbers.toolRequests || incident.probed.size >= this.#numbers.probedPaths)
      return 'medium';
    return attacks > 0 || toolRequests > 0 ? 'low' : null;
  }
}

function evidenceOf(name: string, observed: number | string, unit: string): Evidence {
  return { name, observed, threshold: null, unit, window: null };
}

function confidenceOf(incident: WebAttackIncident): number {
  const points = 0.4 + 0.06 * Math.min(incident.maxPoints, 7);
  const many = 0.08 * Math.log2(Math.max(1, incident.distinct.size));
  const tool = incident.tool === null ? 0 : 0.1;
  return Math.round(Math.min(0.98, points + many + tool) * 100) / 100;
}

function againstOf(incident: WebAttackIncident): string[] {
  const against: string[] = [];
  if (incident.distinct.size === 1 && incident.attacks > 1) {
    against.push('It is the same text each time, as a program sends that works so.');
  }
  if (incident.attacks <= 1 && incident.tool === null) {
    against.push('It is one request: a person who writes about code or SQL can send the same.');
  }
  if (incident.attacks > 0 && incident.refused > 0 && incident.answered === 0) {
    against.push('The server refused all of it.');
  }
  if (incident.tool !== null && incident.attacks === 0) {
    against.push('Nothing but the name of the tool was seen, and anybody can call himself so.');
  }
  return against;
}

function mitreOf(incident: WebAttackIncident): string[] {
  // Exploit Public-Facing Application; Vulnerability Scanning; Command and Scripting Interpreter.
  const ids = incident.attacks > 0 ? ['T1190'] : [];
  if (incident.tool !== null || incident.distinct.size >= manyAttacks) ids.push('T1595.002');
  if (incident.kinds.has('command')) ids.push('T1059');
  return ids;
}

function clip(text: string): string {
  return text.length > exampleLength ? `${text.slice(0, exampleLength)}…` : text;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
