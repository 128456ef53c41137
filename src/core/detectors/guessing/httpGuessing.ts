import type { Finding } from '../../../protocol/finding';
import { textHash } from '../../bytes/textHash';
import type { HttpBody, HttpRequest, HttpResponse } from '../../decode/http';
import type { Flow } from '../../flows/flow';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import type { Detector, MessageEvent } from '../detector';
import { flowMarks } from '../flowMarks';
import type { Rule } from '../rule';
import { findSigns } from '../web/attackSigns';
import { bodyTexts, formTexts } from '../web/webText';
import type { WebText } from '../web/webText';
import { GuessWatch, guessNumbers } from './guessWatch';
import type { GuessKey } from './guessWatch';

const ruleId = 'http-guessing';

/** A field of a form, or of JSON, that holds a password. */
const passwordField =
  /(?:^|[&"?])(?:[a-z0-9_.[\]-]{0,32}(?:pass(?:word|wd|wort|phrase)?|pwd|passwd)[a-z0-9_.[\]-]{0,8})(?:=|"\s*:)/i;
/** The same in the address of a request, where names that only end so are common. */
const passwordInQuery = /[?&](?:[a-z0-9]{0,16}[_.-])?(?:pass|passwd|password|passwort|pwd)=[^&]/i;
/** Schemes of the Authorization header that hold a password, or what follows from one (RFC 7617, RFC 7616). */
const passwordSchemes = new Set(['basic', 'digest']);
/** Credentials of one client and service that are told apart. */
const maxCredentials = 64;
/** A form and the Authorization header are two logins. */
const ways = { header: 0, form: 1 } as const;
/** Where an answer says the same for right and wrong, so many equal ones count as one failure. */
const unclearAnswers = 3;

/** Password guessing over HTTP in clear. */
export const httpGuessing: Rule<GuessKey> = {
  id: ruleId,
  title: 'HTTP login guessing',
  description:
    'Different passwords in the Authorization header that the server answers by 401 or 403, or in forms that it refuses or ' +
    'answers all alike, more of them from one source, or from several together, than a person who mistypes.',
  threats: ['brute-force'],
  mitre: ['T1110.001'],
  sources: [
    'CrowdSec, scenarios/crowdsecurity/http-generic-bf.yaml',
    'RFC 9110 sections 11.6 and 15.5: Authorization, 401 and 403',
    'OWASP Web Security Testing Guide, WSTG-ATHN-03',
  ],
  numbers: guessNumbers,
  create: (numbers) => new HttpGuessingDetector(numbers),
};

/** A request with a password, or with a form that may hold one, that waits for its answer. */
interface Waiting {
  /** Answers to earlier requests that come first. */
  ahead: number;
  readonly request: HttpRequest;
  readonly packet: number;
  /** Hash of what was tried; 0 when the request holds no password. */
  credential: number;
  form: boolean;
}

/** What one client tried at one service. */
interface Tries {
  readonly credentials: Set<number>;
  /** Newest answer to a form, and how many forms in a row were answered so. */
  answer: string;
  alike: number;
}

class HttpGuessingDetector implements Detector {
  readonly messageKinds = ['http-request', 'http-body', 'http-response'] as const;
  readonly flowMark = flowMarks.httpGuessing;
  readonly endsOfKept = true;
  readonly limits: readonly LimitCounter[];
  readonly #watch: GuessWatch;
  readonly #waiting: BoundedTable<number, Waiting[]>;
  readonly #tries: BoundedTable<string, Tries>;

  constructor(numbers: Readonly<Record<GuessKey, number>>) {
    this.#watch = new GuessWatch(ruleId, numbers, () => ({
      service: 'HTTP',
      sign: '401 or 403 to a password, or forms with different passwords that are answered all alike',
      against: [],
    }));
    const waitingLimit = new LimitCounter(`${ruleId}: connections with a request`, engineLimits.guessLogins);
    const triesLimit = new LimitCounter(`${ruleId}: clients that tried a password`, engineLimits.guessLogins);
    this.#waiting = new BoundedTable<number, Waiting[]>(waitingLimit, () => []);
    this.#tries = new BoundedTable<string, Tries>(triesLimit, () => ({ credentials: new Set(), answer: '', alike: 0 }));
    this.limits = [...this.#watch.limits, waitingLimit, triesLimit];
  }

  message(event: MessageEvent): void {
    const { message, fromA, flow, layer, packetNumber } = event;
    if (layer !== 'http') return;
    if (message.kind === 'http-request' && fromA) this.#request(message, flow, packetNumber);
    else if (message.kind === 'http-body' && fromA) this.#body(message, flow);
    else if (message.kind === 'http-response' && !fromA && message.status >= 200) this.#response(message, event);
  }

  flowEnded(flow: Flow): void {
    this.#waiting.delete(flow.serial);
  }

  advance(nowUs: number): void {
    this.#watch.advance(nowUs);
  }

  finish(): void {
    this.#watch.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#watch.collect(put);
  }

  clear(): void {
    this.#watch.clear();
    this.#waiting.clear();
    this.#tries.clear();
  }

  #request(request: HttpRequest, flow: Flow, packet: number): void {
    const holds = passwordSchemes.has(request.authorization ?? '');
    const form = !holds && passwordInQuery.test(request.target) && !isAttack(formTexts(queryOf(request.target)));
    const credential = holds ? request.authorizationHash : form ? textHash(queryOf(request.target)) : 0;
    if (credential === 0 && request.method !== 'POST') return;
    const waiting = this.#waiting.use(flow.serial);
    flow.kept |= this.flowMark;
    if (waiting.length >= engineLimits.pendingHttpRequestsPerFlow) waiting.shift();
    // The request itself is the newest of those that wait.
    const ahead = Math.max(0, (flow.httpRequestTimesUs?.length ?? 1) - 1);
    waiting.push({ ahead, request, packet, credential, form });
  }

  #body({ request, text }: HttpBody, flow: Flow): void {
    if (request.method !== 'POST' || !passwordField.test(text) || isAttack(bodyTexts(request.contentType, text)))
      return;
    const asked = this.#waiting.get(flow.serial)?.findLast((waiting) => waiting.request === request);
    if (asked === undefined) return;
    asked.form = true;
    asked.credential = textHash(text);
  }

  #response(response: HttpResponse, { flow, timeUs }: MessageEvent): void {
    const asked = this.#answered(flow);
    if (asked === null || asked.credential === 0) return;
    const tries = this.#tries.use(`${flow.a.id}>${flow.b.id}:${flow.bPort}${pathOf(asked.request.target)}`);
    const refused = response.status === 401 || response.status === 403;
    const fresh = !tries.credentials.has(asked.credential);
    if (fresh) {
      if (tries.credentials.size >= maxCredentials) tries.credentials.clear();
      tries.credentials.add(asked.credential);
    }
    if (!refused && asked.form) {
      this.#form(tries, response, asked, flow, timeUs, fresh);
      return;
    }
    if (refused && fresh) this.#watch.failed(timeUs, asked.packet, flow, 1, asked.form ? ways.form : ways.header);
    else if (response.status < 400) this.#watch.succeeded(timeUs, asked.packet, flow);
  }

  /** What the next answer of a connection belongs to; null when that holds no password. */
  #answered(flow: Flow): Waiting | null {
    if ((flow.kept & this.flowMark) === 0) return null;
    const waiting = this.#waiting.get(flow.serial);
    if (waiting === undefined) return null;
    for (const each of waiting) each.ahead--;
    const first = waiting[0];
    if (first === undefined || first.ahead >= 0) return null;
    waiting.shift();
    return first;
  }

  /** A form that was not refused: whether it worked shows in that its answer differs from the others. */
  #form(tries: Tries, response: HttpResponse, asked: Waiting, flow: Flow, timeUs: number, fresh: boolean): void {
    const { status, contentLength, contentType } = response;
    const answer = `${status} ${contentLength ?? 'x'} ${contentType ?? ''}`;
    if (answer !== tries.answer) {
      if (tries.alike > 1 && status < 400) this.#watch.succeeded(timeUs, asked.packet, flow);
      tries.answer = answer;
      tries.alike = 1;
      return;
    }
    // The same once more is a page that is loaded again, or a program that logs in each time.
    if (!fresh) return;
    tries.alike++;
    const unclear = (status >= 300 && status < 400) || (status < 300 && /json/i.test(contentType ?? ''));
    if (unclear && tries.alike % unclearAnswers !== 0) return;
    // The first answer could be told for a failure only now.
    this.#watch.failed(timeUs, asked.packet, flow, tries.alike === 2 ? 2 : 1, ways.form);
  }
}

/** Whether the fields hold an attack on the program behind the form, which is another rule's. */
function isAttack(fields: readonly WebText[]): boolean {
  return fields.some((text) => findSigns(text) !== null);
}

function queryOf(target: string): string {
  return target.slice(target.indexOf('?') + 1);
}

function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}
