import type { DnsMessage } from '../decode/dns';
import type { HttpRequest, HttpResponse } from '../decode/http';
import type { TlsClientHello, TlsServerHello } from '../decode/tls';
import type { Detector, MessageEvent } from '../detectors/detector';
import type { Flow } from '../flows/flow';
import type { Host } from '../flows/host';
import { LimitCounter, engineLimits } from '../limits';

/**
 * What every row of a message table has. Rows are classes: V8 gives each object that is made by spreading another one a
 * hidden class of its own, which took twice the memory of the row.
 */
export abstract class MessageRow {
  readonly timeUs: number;
  /** Number of the packet that made the message whole. */
  readonly packet: number;
  readonly client: Host;
  readonly clientPort: number;
  readonly server: Host;
  readonly serverPort: number;
  readonly ipProtocol: number;

  protected constructor({ flow, fromA, timeUs, packetNumber }: MessageEvent) {
    this.timeUs = timeUs;
    this.packet = packetNumber;
    this.client = fromA ? flow.a : flow.b;
    this.clientPort = fromA ? flow.aPort : flow.bPort;
    this.server = fromA ? flow.b : flow.a;
    this.serverPort = fromA ? flow.bPort : flow.aPort;
    this.ipProtocol = flow.ipProtocol;
  }
}

export class DnsRow extends MessageRow {
  readonly transport: DnsMessage['transport'];
  readonly id: number;
  readonly name: string;
  readonly type: string;
  /** Null until the response. */
  answer: string | null = null;
  code: number | null = null;
  /** NaN without a response, and for a query that was sent before. */
  latencyMs = Number.NaN;

  constructor(event: MessageEvent, message: DnsMessage, texts: TextPool) {
    super(event);
    const [question] = message.questions;
    this.transport = message.transport;
    this.id = message.id;
    this.name = texts.of(cut(question?.name ?? ''));
    this.type = texts.of(question?.typeName ?? '');
  }
}

export class HttpRow extends MessageRow {
  /** -1 for HTTP/1, whose answers come in the order of the requests. */
  readonly streamId: number;
  readonly method: string;
  readonly host: string | null;
  readonly path: string;
  /** 0 until the response. */
  status = 0;
  latencyMs = Number.NaN;
  /** Null where the response does not say it. */
  sizeBytes: number | null = null;
  type: string | null = null;
  /** The response has a body: it says so, or says nothing of its length. */
  hasBody = false;
  readonly requestBytes: number | null;
  readonly requestType: string | null;
  readonly requestHasBody: boolean;

  constructor(event: MessageEvent, message: HttpRequest, texts: TextPool) {
    super(event);
    this.method = texts.of(message.method);
    this.host = texts.orNull(message.host);
    this.path = texts.of(cut(message.target));
    this.requestBytes = message.contentLength;
    this.requestType = texts.orNull(message.contentType);
    this.streamId = message.streamId ?? -1;
    // Of HTTP/2 the end of the stream tells that there is none, and is a length of 0 here.
    this.requestHasBody = message.chunked || (message.contentLength ?? (this.streamId < 0 ? 0 : 1)) > 0;
  }
}

export class TlsRow extends MessageRow {
  readonly serverName: string | null;
  readonly offeredVersion: number;
  readonly offeredAlpn: string;
  readonly ja3: string | null;
  readonly ja4: string | null;
  /** 0 until the ServerHello. */
  version = 0;
  alpn: string | null = null;

  constructor(event: MessageEvent, message: TlsClientHello, texts: TextPool) {
    super(event);
    this.serverName = texts.orNull(message.serverName);
    this.offeredVersion = message.version;
    this.offeredAlpn = texts.of(cut(message.alpn.join(', ')));
    this.ja3 = texts.orNull(message.fingerprints?.ja3 ?? null);
    this.ja4 = texts.orNull(message.fingerprints?.ja4 ?? null);
  }
}

/** Texts that were met before, so that rows share them: names, paths and types come again and again. */
class TextPool {
  readonly #known = new Map<string, string>();

  of(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= maxSharedTexts) this.#known.clear();
    this.#known.set(text, text);
    return text;
  }

  orNull(text: string | null): string | null {
    return text === null ? null : this.of(cut(text));
  }
}

/** Beyond it, none comes often. */
const maxSharedTexts = 4096;
/** Flows with requests that wait for their answers; what waits longest is given up. */
const maxWaitingFlows = 16_384;
/** Requests of one flow that wait. */
const maxWaiting = 64;
const maxTextLength = 1024;
const maxAnswers = 8;

/** What waits for an answer, by flow; a flow's number is never used again. */
class Waiting<Row> {
  readonly #rows = new Map<number, Row[]>();

  of(flow: Flow): Row[] {
    return this.#rows.get(flow.serial) ?? [];
  }

  add(flow: Flow, row: Row): void {
    const known = this.#rows.get(flow.serial);
    if (known !== undefined) {
      if (known.length >= maxWaiting) known.shift();
      known.push(row);
      return;
    }
    if (this.#rows.size >= maxWaitingFlows) {
      const oldest = this.#rows.keys().next().value;
      if (oldest !== undefined) this.#rows.delete(oldest);
    }
    this.#rows.set(flow.serial, [row]);
  }

  delete(flow: Flow): void {
    if (this.#rows.size > 0) this.#rows.delete(flow.serial);
  }

  clear(): void {
    this.#rows.clear();
  }
}

/**
 * A row for each DNS query, HTTP request and TLS ClientHello, completed by its answer. Looks on as detectors do and finds
 * nothing. At a limit the rows that are there stay: a file is read from its beginning.
 */
export class MessageTables implements Detector {
  readonly dns: DnsRow[] = [];
  readonly http: HttpRow[] = [];
  readonly tls: TlsRow[] = [];
  readonly dnsLimit: LimitCounter;
  readonly httpLimit: LimitCounter;
  readonly tlsLimit: LimitCounter;
  readonly #queries = new Waiting<DnsRow>();
  readonly #requests = new Waiting<HttpRow>();
  readonly #hellos = new Waiting<TlsRow>();
  readonly #texts = new TextPool();

  constructor(maxRows: number = engineLimits.tableRows) {
    this.dnsLimit = new LimitCounter('rows of the DNS table', maxRows);
    this.httpLimit = new LimitCounter('rows of the HTTP table', maxRows);
    this.tlsLimit = new LimitCounter('rows of the TLS table', maxRows);
  }

  get limits(): readonly LimitCounter[] {
    return [this.dnsLimit, this.httpLimit, this.tlsLimit];
  }

  message(event: MessageEvent): void {
    const { message, layer } = event;
    switch (message.kind) {
      case 'dns':
        if (message.response) this.#dnsResponse(event, message);
        else this.#dnsQuery(event, message);
        break;
      case 'http-request':
        if (layer === 'http' || layer === 'http2') this.#httpRequest(event, message);
        break;
      case 'http-response':
        if (layer === 'http' || layer === 'http2') this.#httpResponse(event, message);
        break;
      case 'tls-client-hello':
        this.#clientHello(event, message);
        break;
      case 'tls-server-hello':
        this.#serverHello(event, message);
        break;
      default:
        break;
    }
  }

  flowEnded(flow: Flow): void {
    this.#queries.delete(flow);
    this.#requests.delete(flow);
    this.#hellos.delete(flow);
  }

  advance(): void {}
  finish(): void {}
  collect(): void {}

  /** What was seen stays seen: only findings are cleared. */
  clear(): void {}

  #dnsQuery(event: MessageEvent, message: DnsMessage): void {
    if (!hasRoom(this.dns, this.dnsLimit)) return;
    const row = new DnsRow(event, message, this.#texts);
    this.dns.push(row);
    this.#queries.add(event.flow, row);
  }

  #dnsResponse(event: MessageEvent, message: DnsMessage): void {
    const waiting = this.#queries.of(event.flow);
    let first = true;
    for (let at = 0; at < waiting.length; at++) {
      const row = waiting[at];
      if (row === undefined || row.id !== message.id) continue;
      waiting.splice(at--, 1);
      row.answer = this.#texts.of(answerText(message));
      row.code = message.responseCode;
      // mDNS and LLMNR answer to everybody or not at all: that is no response time.
      if (first && row.transport === 'dns' && event.timeUs >= row.timeUs) {
        row.latencyMs = (event.timeUs - row.timeUs) / 1000;
      }
      first = false;
    }
  }

  #httpRequest(event: MessageEvent, message: HttpRequest): void {
    if (!hasRoom(this.http, this.httpLimit)) return;
    const row = new HttpRow(event, message, this.#texts);
    this.http.push(row);
    this.#requests.add(event.flow, row);
  }

  #httpResponse(event: MessageEvent, message: HttpResponse): void {
    // 1xx announces the response, it is none (RFC 9110 section 15.2); 101 is the last one all the same.
    if (message.status < 200 && message.status !== 101) return;
    const waiting = this.#requests.of(event.flow);
    const streamId = message.streamId ?? -1;
    const at = waiting.findIndex((each) => each.streamId === streamId);
    const row = at < 0 ? undefined : waiting[at];
    if (row === undefined) return;
    waiting.splice(at, 1);
    row.status = message.status;
    row.sizeBytes = message.contentLength;
    // RFC 9112 section 6.3.
    const none = row.method === 'HEAD' || message.status === 204 || message.status === 304 || message.status === 101;
    row.hasBody = !none && (message.contentLength ?? 1) > 0;
    row.type = this.#texts.orNull(message.contentType);
    if (event.timeUs >= row.timeUs) row.latencyMs = (event.timeUs - row.timeUs) / 1000;
  }

  #clientHello(event: MessageEvent, message: TlsClientHello): void {
    if (!hasRoom(this.tls, this.tlsLimit)) return;
    const row = new TlsRow(event, message, this.#texts);
    this.tls.push(row);
    this.#hellos.add(event.flow, row);
  }

  #serverHello(event: MessageEvent, message: TlsServerHello): void {
    const row = this.#hellos.of(event.flow).shift();
    if (row === undefined) return;
    row.version = message.version;
    row.alpn = this.#texts.orNull(message.alpn);
  }
}

function hasRoom(rows: readonly unknown[], limit: LimitCounter): boolean {
  if (rows.length < limit.limit) return true;
  limit.hits++;
  return false;
}

function cut(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength - 1)}…` : text;
}

function answerText({ answers }: DnsMessage): string {
  const shown = answers.slice(0, maxAnswers).map(({ data }) => data);
  if (answers.length > maxAnswers) shown.push('…');
  return cut(shown.join(', '));
}
