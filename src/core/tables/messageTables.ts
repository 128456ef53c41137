import type { DnsMessage } from '../decode/dns';
import type { HttpRequest, HttpResponse } from '../decode/http';
import type { TlsClientHello, TlsServerHello } from '../decode/tls';
import type { Detector, MessageEvent } from '../detectors/detector';
import type { Flow } from '../flows/flow';
import { LimitCounter, engineLimits } from '../limits';
import type { MessageRow } from './messageRows';
import { DnsRow, HttpRow, TlsRow } from './messageRows';
import { RowColumns } from './rowColumns';

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
  readonly #dns = new RowColumns(DnsRow.shape, (place) => new DnsRow(place));
  readonly #http = new RowColumns(HttpRow.shape, (place) => new HttpRow(place));
  readonly #tls = new RowColumns(TlsRow.shape, (place) => new TlsRow(place));
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

  /** Views of all rows, made anew each time. */
  get dns(): readonly DnsRow[] {
    return this.#dns.all();
  }

  get http(): readonly HttpRow[] {
    return this.#http.all();
  }

  get tls(): readonly TlsRow[] {
    return this.#tls.all();
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
    if (!hasRoom(this.#dns, this.dnsLimit)) return;
    const [question] = message.questions;
    const name = this.#texts.of(cut(question?.name ?? ''));
    const type = this.#texts.of(question?.typeName ?? '');
    this.#queries.add(event.flow, DnsRow.of(this.#dns.add(), event, message, name, type));
  }

  #dnsResponse(event: MessageEvent, message: DnsMessage): void {
    const waiting = this.#queries.of(event.flow);
    let first = true;
    for (let at = 0; at < waiting.length; at++) {
      const row = waiting[at];
      if (row === undefined || row.id !== message.id) continue;
      waiting.splice(at--, 1);
      // mDNS and LLMNR answer to everybody or not at all: that is no response time.
      const timed = first && row.transport === 'dns';
      const latencyMs = timed ? latencyOf(row, event) : Number.NaN;
      row.complete(this.#texts.of(answerText(message)), message.responseCode, latencyMs);
      first = false;
    }
  }

  #httpRequest(event: MessageEvent, message: HttpRequest): void {
    if (!hasRoom(this.#http, this.httpLimit)) return;
    const texts = {
      method: this.#texts.of(message.method),
      host: this.#texts.orNull(message.host),
      path: this.#texts.of(cut(message.target)),
      type: this.#texts.orNull(message.contentType),
    };
    this.#requests.add(event.flow, HttpRow.of(this.#http.add(), event, message, texts));
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
    // RFC 9112 section 6.3.
    const none = row.method === 'HEAD' || message.status === 204 || message.status === 304 || message.status === 101;
    const hasBody = !none && (message.contentLength ?? 1) > 0;
    const type = this.#texts.orNull(message.contentType);
    row.complete(message.status, message.contentLength, hasBody, type, latencyOf(row, event));
  }

  #clientHello(event: MessageEvent, message: TlsClientHello): void {
    if (!hasRoom(this.#tls, this.tlsLimit)) return;
    const texts = {
      serverName: this.#texts.orNull(message.serverName),
      alpn: this.#texts.of(cut(message.alpn.join(', '))),
      ja3: this.#texts.orNull(message.fingerprints?.ja3 ?? null),
      ja4: this.#texts.orNull(message.fingerprints?.ja4 ?? null),
    };
    this.#hellos.add(event.flow, TlsRow.of(this.#tls.add(), event, message, texts));
  }

  #serverHello(event: MessageEvent, message: TlsServerHello): void {
    const row = this.#hellos.of(event.flow).shift();
    if (row === undefined) return;
    row.complete(message.version, this.#texts.orNull(message.alpn));
  }
}

/** NaN for an answer that is older than the question. */
function latencyOf({ timeUs }: MessageRow, event: MessageEvent): number {
  return event.timeUs >= timeUs ? (event.timeUs - timeUs) / 1000 : Number.NaN;
}

function hasRoom(rows: { readonly length: number }, limit: LimitCounter): boolean {
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
