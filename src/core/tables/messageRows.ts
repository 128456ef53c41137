import type { DnsMessage } from '../decode/dns';
import type { HttpRequest } from '../decode/http';
import type { TlsClientHello } from '../decode/tls';
import type { MessageEvent } from '../detectors/detector';
import type { Host } from '../flows/host';
import type { RowPlace, RowShape } from './rowColumns';

/** What every row of a message table has. */
const common = {
  numbers: { timeUs: 0 },
  wholes: { packet: 0, ports: 1, protocol: 2 },
  references: { client: 0, server: 1 },
} as const;

/** A row of a message table: a view of values that are kept by columns. */
export abstract class MessageRow {
  constructor(protected readonly place: RowPlace) {}

  get timeUs(): number {
    return this.place.number(common.numbers.timeUs);
  }

  /** Number of the packet that made the message whole. */
  get packet(): number {
    return this.place.whole(common.wholes.packet);
  }

  get client(): Host {
    return this.place.reference(common.references.client) as Host;
  }

  get clientPort(): number {
    return this.place.whole(common.wholes.ports) >>> 16;
  }

  get server(): Host {
    return this.place.reference(common.references.server) as Host;
  }

  get serverPort(): number {
    return this.place.whole(common.wholes.ports) & 0xffff;
  }

  get ipProtocol(): number {
    return this.place.whole(common.wholes.protocol);
  }

  protected static begin(place: RowPlace, { flow, fromA, timeUs, packetNumber }: MessageEvent): void {
    place.setNumber(common.numbers.timeUs, timeUs);
    place.setWhole(common.wholes.packet, packetNumber);
    const [clientPort, serverPort] = fromA ? [flow.aPort, flow.bPort] : [flow.bPort, flow.aPort];
    place.setWhole(common.wholes.ports, ((clientPort << 16) | serverPort) >>> 0);
    place.setWhole(common.wholes.protocol, flow.ipProtocol);
    place.setReference(common.references.client, fromA ? flow.a : flow.b);
    place.setReference(common.references.server, fromA ? flow.b : flow.a);
  }
}

const dns = {
  latencyMs: 1,
  id: 3,
  /** One more than the code; 0 until the response. */
  code: 4,
  transport: 2,
  name: 3,
  type: 4,
  answer: 5,
} as const;

export class DnsRow extends MessageRow {
  static readonly shape: RowShape = { numbers: 2, wholes: 5, references: 6 };

  static of(place: RowPlace, event: MessageEvent, message: DnsMessage, name: string, type: string): DnsRow {
    MessageRow.begin(place, event);
    place.setNumber(dns.latencyMs, Number.NaN);
    place.setWhole(dns.id, message.id);
    place.setReference(dns.transport, message.transport);
    place.setReference(dns.name, name);
    place.setReference(dns.type, type);
    return new DnsRow(place);
  }

  get transport(): DnsMessage['transport'] {
    return this.place.reference(dns.transport) as DnsMessage['transport'];
  }

  get id(): number {
    return this.place.whole(dns.id);
  }

  get name(): string {
    return this.place.text(dns.name) ?? '';
  }

  get type(): string {
    return this.place.text(dns.type) ?? '';
  }

  /** Null until the response. */
  get answer(): string | null {
    return this.place.text(dns.answer);
  }

  get code(): number | null {
    const code = this.place.whole(dns.code);
    return code === 0 ? null : code - 1;
  }

  /** NaN without a response, and for a query that was sent before. */
  get latencyMs(): number {
    return this.place.number(dns.latencyMs);
  }

  /** @param latencyMs NaN where there is none */
  complete(answer: string, code: number, latencyMs: number): void {
    this.place.setReference(dns.answer, answer);
    this.place.setWhole(dns.code, code + 1);
    this.place.setNumber(dns.latencyMs, latencyMs);
  }
}

const http = {
  latencyMs: 1,
  sizeBytes: 2,
  requestBytes: 3,
  /** Status of the response, and above it what has a body. */
  status: 3,
  /** One more than the stream of HTTP/2; 0 for HTTP/1. */
  stream: 4,
  method: 2,
  host: 3,
  path: 4,
  requestType: 5,
  type: 6,
} as const;
const statusMask = 0xffff;
const responseBody = 1 << 16;
const requestBody = 1 << 17;

/** Texts of a request, shared with other rows. */
export interface HttpTexts {
  method: string;
  host: string | null;
  path: string;
  type: string | null;
}

export class HttpRow extends MessageRow {
  static readonly shape: RowShape = { numbers: 4, wholes: 5, references: 7 };

  static of(place: RowPlace, event: MessageEvent, message: HttpRequest, texts: HttpTexts): HttpRow {
    MessageRow.begin(place, event);
    place.setNumber(http.latencyMs, Number.NaN);
    place.setNumber(http.sizeBytes, Number.NaN);
    place.setNumber(http.requestBytes, message.contentLength ?? Number.NaN);
    const streamId = message.streamId ?? -1;
    place.setWhole(http.stream, streamId + 1);
    // Of HTTP/2 the end of the stream tells that there is none, and is a length of 0 here.
    const hasBody = message.chunked || (message.contentLength ?? (streamId < 0 ? 0 : 1)) > 0;
    place.setWhole(http.status, hasBody ? requestBody : 0);
    place.setReference(http.method, texts.method);
    place.setReference(http.host, texts.host);
    place.setReference(http.path, texts.path);
    place.setReference(http.requestType, texts.type);
    return new HttpRow(place);
  }

  /** -1 for HTTP/1, whose answers come in the order of the requests. */
  get streamId(): number {
    return this.place.whole(http.stream) - 1;
  }

  get method(): string {
    return this.place.text(http.method) ?? '';
  }

  get host(): string | null {
    return this.place.text(http.host);
  }

  get path(): string {
    return this.place.text(http.path) ?? '';
  }

  /** 0 until the response. */
  get status(): number {
    return this.place.whole(http.status) & statusMask;
  }

  get latencyMs(): number {
    return this.place.number(http.latencyMs);
  }

  /** Null where the response does not say it. */
  get sizeBytes(): number | null {
    return known(this.place.number(http.sizeBytes));
  }

  get type(): string | null {
    return this.place.text(http.type);
  }

  /** The response has a body: it says so, or says nothing of its length. */
  get hasBody(): boolean {
    return (this.place.whole(http.status) & responseBody) !== 0;
  }

  get requestBytes(): number | null {
    return known(this.place.number(http.requestBytes));
  }

  get requestType(): string | null {
    return this.place.text(http.requestType);
  }

  get requestHasBody(): boolean {
    return (this.place.whole(http.status) & requestBody) !== 0;
  }

  /** @param latencyMs NaN where there is none */
  complete(status: number, sizeBytes: number | null, hasBody: boolean, type: string | null, latencyMs: number): void {
    const { place } = this;
    const kept = place.whole(http.status) & requestBody;
    place.setWhole(http.status, kept | (status & statusMask) | (hasBody ? responseBody : 0));
    place.setNumber(http.sizeBytes, sizeBytes ?? Number.NaN);
    place.setReference(http.type, type);
    place.setNumber(http.latencyMs, latencyMs);
  }
}

const tls = { versions: 3, serverName: 2, offeredAlpn: 3, ja3: 4, ja4: 5, alpn: 6 } as const;

/** Texts of a ClientHello, shared with other rows. */
export interface TlsTexts {
  serverName: string | null;
  alpn: string;
  ja3: string | null;
  ja4: string | null;
}

export class TlsRow extends MessageRow {
  static readonly shape: RowShape = { numbers: 1, wholes: 4, references: 7 };

  static of(place: RowPlace, event: MessageEvent, message: TlsClientHello, texts: TlsTexts): TlsRow {
    MessageRow.begin(place, event);
    place.setWhole(tls.versions, ((message.version & 0xffff) << 16) >>> 0);
    place.setReference(tls.serverName, texts.serverName);
    place.setReference(tls.offeredAlpn, texts.alpn);
    place.setReference(tls.ja3, texts.ja3);
    place.setReference(tls.ja4, texts.ja4);
    return new TlsRow(place);
  }

  get serverName(): string | null {
    return this.place.text(tls.serverName);
  }

  get offeredVersion(): number {
    return this.place.whole(tls.versions) >>> 16;
  }

  get offeredAlpn(): string {
    return this.place.text(tls.offeredAlpn) ?? '';
  }

  get ja3(): string | null {
    return this.place.text(tls.ja3);
  }

  get ja4(): string | null {
    return this.place.text(tls.ja4);
  }

  /** 0 until the ServerHello. */
  get version(): number {
    return this.place.whole(tls.versions) & 0xffff;
  }

  get alpn(): string | null {
    return this.place.text(tls.alpn);
  }

  complete(version: number, alpn: string | null): void {
    const offered = this.place.whole(tls.versions) & 0xffff0000;
    this.place.setWhole(tls.versions, (offered | (version & 0xffff)) >>> 0);
    this.place.setReference(tls.alpn, alpn);
  }
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
