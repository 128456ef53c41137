import type { DnsMessage } from '../decode/dns';
import type { HttpRequest, HttpResponse } from '../decode/http';
import type { TlsClientHello, TlsServerHello } from '../decode/tls';
import type { Detector, MessageEvent } from '../detectors/detector';
import type { Flow } from '../flows/flow';
import type { Host } from '../flows/host';
import { LimitCounter, engineLimits } from '../limits';

/** What every row of a message table has. */
export interface MessageRow {
  readonly timeUs: number;
  /** Number of the packet that made the message whole. */
  readonly packet: number;
  readonly client: Host;
  readonly clientPort: number;
  readonly server: Host;
  readonly serverPort: number;
  readonly ipProtocol: number;
}

export interface DnsRow extends MessageRow {
  readonly transport: DnsMessage['transport'];
  readonly id: number;
  readonly name: string;
  readonly type: string;
  /** Null until the response. */
  answer: string | null;
  code: number | null;
  /** NaN without a response, and for a query that was sent before. */
  latencyMs: number;
}

export interface HttpRow extends MessageRow {
  readonly method: string;
  readonly host: string | null;
  readonly path: string;
  /** 0 until the response. */
  status: number;
  latencyMs: number;
  /** Null where the response does not say it. */
  sizeBytes: number | null;
  type: string | null;
  /** The response has a body: it says so, or says nothing of its length. */
  hasBody: boolean;
  readonly requestBytes: number | null;
  readonly requestType: string | null;
  readonly requestHasBody: boolean;
}

export interface TlsRow extends MessageRow {
  readonly serverName: string | null;
  readonly offeredVersion: number;
  readonly offeredAlpn: string;
  readonly ja3: string | null;
  readonly ja4: string | null;
  /** 0 until the ServerHello. */
  version: number;
  alpn: string | null;
}

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
        if (layer === 'http') this.#httpRequest(event, message);
        break;
      case 'http-response':
        if (layer === 'http') this.#httpResponse(event, message);
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
    const [question] = message.questions;
    if (!hasRoom(this.dns, this.dnsLimit)) return;
    const row: DnsRow = {
      ...ends(event),
      transport: message.transport,
      id: message.id,
      name: cut(question?.name ?? ''),
      type: question?.typeName ?? '',
      answer: null,
      code: null,
      latencyMs: Number.NaN,
    };
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
      row.answer = answerText(message);
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
    const row: HttpRow = {
      ...ends(event),
      method: message.method,
      host: message.host === null ? null : cut(message.host),
      path: cut(message.target),
      status: 0,
      latencyMs: Number.NaN,
      sizeBytes: null,
      type: null,
      hasBody: false,
      requestBytes: message.contentLength,
      requestType: message.contentType === null ? null : cut(message.contentType),
      requestHasBody: message.chunked || (message.contentLength ?? 0) > 0,
    };
    this.http.push(row);
    this.#requests.add(event.flow, row);
  }

  #httpResponse(event: MessageEvent, message: HttpResponse): void {
    // 1xx announces the response, it is none (RFC 9110 section 15.2); 101 is the last one all the same.
    if (message.status < 200 && message.status !== 101) return;
    const row = this.#requests.of(event.flow).shift();
    if (row === undefined) return;
    row.status = message.status;
    row.sizeBytes = message.contentLength;
    // RFC 9112 section 6.3.
    const none = row.method === 'HEAD' || message.status === 204 || message.status === 304 || message.status === 101;
    row.hasBody = !none && (message.contentLength ?? 1) > 0;
    row.type = message.contentType === null ? null : cut(message.contentType);
    if (event.timeUs >= row.timeUs) row.latencyMs = (event.timeUs - row.timeUs) / 1000;
  }

  #clientHello(event: MessageEvent, message: TlsClientHello): void {
    if (!hasRoom(this.tls, this.tlsLimit)) return;
    const row: TlsRow = {
      ...ends(event),
      serverName: message.serverName === null ? null : cut(message.serverName),
      offeredVersion: message.version,
      offeredAlpn: cut(message.alpn.join(', ')),
      ja3: message.fingerprints?.ja3 ?? null,
      ja4: message.fingerprints?.ja4 ?? null,
      version: 0,
      alpn: null,
    };
    this.tls.push(row);
    this.#hellos.add(event.flow, row);
  }

  #serverHello(event: MessageEvent, message: TlsServerHello): void {
    const row = this.#hellos.of(event.flow).shift();
    if (row === undefined) return;
    row.version = message.version;
    row.alpn = message.alpn;
  }
}

function hasRoom(rows: readonly unknown[], limit: LimitCounter): boolean {
  if (rows.length < limit.limit) return true;
  limit.hits++;
  return false;
}

function ends({ flow, fromA, timeUs, packetNumber }: MessageEvent): MessageRow {
  return {
    timeUs,
    packet: packetNumber,
    client: fromA ? flow.a : flow.b,
    clientPort: fromA ? flow.aPort : flow.bPort,
    server: fromA ? flow.b : flow.a,
    serverPort: fromA ? flow.bPort : flow.aPort,
    ipProtocol: flow.ipProtocol,
  };
}

function cut(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength - 1)}…` : text;
}

function answerText({ answers }: DnsMessage): string {
  const shown = answers.slice(0, maxAnswers).map(({ data }) => data);
  if (answers.length > maxAnswers) shown.push('…');
  return cut(shown.join(', '));
}
