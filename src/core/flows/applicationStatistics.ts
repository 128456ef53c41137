import type { NameCount } from '../../protocol/capture';
import type { ApplicationMessage } from '../decode/application';
import type { DnsMessage } from '../decode/dns';
import type { HttpRequest, HttpResponse } from '../decode/http';
import type { ProtocolName } from '../decode/protocols';
import { LimitCounter, engineLimits } from '../limits';
import { LogHistogram } from '../stats/logHistogram';
import { TopNames } from '../stats/topNames';
import type { HttpTally } from '../naming/payload';
import type { Flow } from './flow';

/** What the application messages of all flows add up to: names, counts, latencies; and the names of addresses. */
export class ApplicationStatistics implements HttpTally {
  readonly dnsMs = new LogHistogram();
  readonly httpMs = new LogHistogram();
  dnsQueries = 0;
  dnsResponses = 0;
  httpRequests = 0;
  tlsHandshakes = 0;
  readonly limits: readonly LimitCounter[];

  readonly #dnsNames = new TopNames(new LimitCounter('DNS names', engineLimits.topNames), engineLimits.nameLength);
  readonly #httpHosts = new TopNames(new LimitCounter('HTTP hosts', engineLimits.topNames), engineLimits.nameLength);
  readonly #serverNames = new TopNames(
    new LimitCounter('TLS server names', engineLimits.topNames),
    engineLimits.nameLength,
  );
  readonly #pendingDnsLimit = new LimitCounter('waiting DNS queries', engineLimits.pendingDnsQueriesPerFlow);
  readonly #pendingHttpLimit = new LimitCounter('waiting HTTP requests', engineLimits.pendingHttpRequestsPerFlow);
  readonly #statusLimit = new LimitCounter('HTTP status codes', engineLimits.httpStatusCodes);
  readonly #addressNameLimit = new LimitCounter('names of addresses', engineLimits.addressNames);
  readonly #status = new Map<number, number>();
  readonly #addressNames = new Map<string, string>();
  readonly #onRoundTrip: (timeUs: number, milliseconds: number) => void;

  /** `onRoundTrip` gets each DNS response time. */
  constructor(onRoundTrip: (timeUs: number, milliseconds: number) => void) {
    this.#onRoundTrip = onRoundTrip;
    this.limits = [
      this.#dnsNames.limit,
      this.#httpHosts.limit,
      this.#serverNames.limit,
      this.#pendingDnsLimit,
      this.#pendingHttpLimit,
      this.#statusLimit,
      this.#addressNameLimit,
    ];
  }

  /** Takes the message of one packet of `flow`; `layer` is the protocol that it is counted under. */
  note(flow: Flow, fromA: boolean, timeUs: number, message: ApplicationMessage, layer: ProtocolName): void {
    flow.application ??= layer;
    switch (message.kind) {
      case 'dns':
        this.#noteDns(flow, timeUs, message);
        break;
      case 'http-request':
        if (layer === 'http' || layer === 'http2') this.#noteHttpRequest(flow, timeUs, message);
        break;
      case 'http-response':
        if (layer === 'http' || layer === 'http2') this.#noteHttpResponse(flow, timeUs, message);
        break;
      case 'tls-client-hello':
        this.tlsHandshakes++;
        flow.fingerprints ??= message.fingerprints ?? null;
        if (message.serverName !== null) {
          this.#serverNames.add(message.serverName);
          flow.serverName ??= message.serverName;
          this.#nameAddress((fromA ? flow.b : flow.a).text, message.serverName);
        }
        break;
      case 'http-body':
      case 'tls-server-hello':
      case 'tls-record':
      case 'ssh-banner':
      case 'ssh-new-keys':
      case 'line-command':
      case 'line-reply':
      case 'dhcp':
      case 'ntp':
      case 'quic':
        break;
    }
  }

  /** A name seen for the address in DNS answers or TLS, or null. */
  nameOf(address: string): string | null {
    return this.#addressNames.get(address) ?? null;
  }

  /** A request whose body came to its end as well, as tshark counts; `note` gets it when its head is there. */
  httpRequest(): void {
    this.httpRequests++;
  }

  httpHost(host: string): void {
    this.#httpHosts.add(host);
  }

  dnsNames(count: number): NameCount[] {
    return this.#dnsNames.top(count);
  }

  httpHosts(count: number): NameCount[] {
    return this.#httpHosts.top(count);
  }

  serverNames(count: number): NameCount[] {
    return this.#serverNames.top(count);
  }

  /** Responses by status code. */
  httpStatus(): Record<string, number> {
    return Object.fromEntries(
      [...this.#status].sort(([x], [y]) => x - y).map(([code, count]) => [String(code), count]),
    );
  }

  #noteDns(flow: Flow, timeUs: number, message: DnsMessage): void {
    // mDNS and LLMNR answer to everybody or not at all, so they have no response time and are counted apart.
    if (message.transport !== 'dns') return;
    if (!message.response) {
      this.dnsQueries++;
      for (const question of message.questions) this.#dnsNames.add(question.name);
      this.#waitForDns(flow, message.id, timeUs);
      return;
    }
    this.dnsResponses++;
    const queryName = message.questions[0]?.name;
    for (const answer of message.answers) {
      // The name that was asked for says more than the canonical name at the end of the CNAME chain.
      if (answer.type === 1 || answer.type === 28) this.#nameAddress(answer.data, queryName ?? answer.name);
    }
    const queryTimeUs = takeDnsQuery(flow, message.id);
    if (Number.isNaN(queryTimeUs) || timeUs < queryTimeUs) return;
    const milliseconds = (timeUs - queryTimeUs) / 1000;
    this.dnsMs.add(milliseconds);
    this.#onRoundTrip(timeUs, milliseconds);
  }

  /** A repeated query keeps its first time: that is how long the asker waits. */
  #waitForDns(flow: Flow, id: number, timeUs: number): void {
    if (flow.dnsQueryId === id || flow.dnsQueries?.has(id) === true) return;
    if (flow.dnsQueryId < 0) {
      flow.dnsQueryId = id;
      flow.dnsQueryTimeUs = timeUs;
      return;
    }
    flow.dnsQueries ??= new Map();
    if (flow.dnsQueries.size >= this.#pendingDnsLimit.limit) {
      const oldest = flow.dnsQueries.keys().next().value;
      if (oldest !== undefined) flow.dnsQueries.delete(oldest);
      this.#pendingDnsLimit.hits++;
    }
    flow.dnsQueries.set(id, timeUs);
  }

  #noteHttpRequest(flow: Flow, timeUs: number, { host, streamId }: HttpRequest): void {
    if (host !== null) flow.serverName ??= host.slice(0, engineLimits.nameLength);
    if (streamId !== undefined) {
      flow.http2RequestTimesUs ??= new Map();
      if (flow.http2RequestTimesUs.size < this.#pendingHttpLimit.limit) flow.http2RequestTimesUs.set(streamId, timeUs);
      else this.#pendingHttpLimit.hits++;
      return;
    }
    flow.httpRequestTimesUs ??= [];
    if (flow.httpRequestTimesUs.length >= this.#pendingHttpLimit.limit) {
      flow.httpRequestTimesUs.shift();
      this.#pendingHttpLimit.hits++;
    }
    flow.httpRequestTimesUs.push(timeUs);
  }

  #noteHttpResponse(flow: Flow, timeUs: number, { status, streamId }: HttpResponse): void {
    const seen = this.#status.get(status);
    if (seen !== undefined || this.#status.size < this.#statusLimit.limit) this.#status.set(status, (seen ?? 0) + 1);
    else this.#statusLimit.hits++;
    // 1xx announces the response, it is none (RFC 9110 section 15.2); 101 is the last one all the same.
    if (status < 200 && status !== 101) return;
    const requestTimeUs =
      streamId === undefined ? flow.httpRequestTimesUs?.shift() : flow.http2RequestTimesUs?.get(streamId);
    if (streamId !== undefined) flow.http2RequestTimesUs?.delete(streamId);
    if (requestTimeUs !== undefined && timeUs >= requestTimeUs) this.httpMs.add((timeUs - requestTimeUs) / 1000);
  }

  #nameAddress(address: string, name: string): void {
    if (this.#addressNames.has(address)) return;
    if (this.#addressNames.size >= this.#addressNameLimit.limit) {
      // Many at once: finding the first entry of a map takes longer the more were deleted before it.
      let forgotten = 0;
      for (const oldest of this.#addressNames.keys()) {
        this.#addressNames.delete(oldest);
        if (++forgotten >= this.#addressNameLimit.limit / 8) break;
      }
      this.#addressNameLimit.hits += forgotten;
    }
    this.#addressNames.set(address, name.slice(0, engineLimits.nameLength));
  }
}

/** Time of the waiting query with `id`, which then waits no more; NaN without one. */
function takeDnsQuery(flow: Flow, id: number): number {
  if (flow.dnsQueryId === id) {
    flow.dnsQueryId = -1;
    return flow.dnsQueryTimeUs;
  }
  const timeUs = flow.dnsQueries?.get(id);
  if (timeUs === undefined) return Number.NaN;
  flow.dnsQueries?.delete(id);
  return timeUs;
}
