import { concatBytes } from '../bytes/concatBytes';
import type { HttpRequest, HttpResponse } from '../decode/http';
import { fieldValue } from '../streams/http2/headerField';
import type { HeaderField } from '../streams/http2/headerField';
import { http2Head } from '../streams/http2/http2Heads';
import { http2Preface, Http2Reader } from '../streams/http2/http2Reader';
import type { Http2Listener } from '../streams/http2/http2Reader';
import { startsWithAscii } from '../decode/text';
import { StreamMemory } from '../streams/streamDirection';
import type { StreamPiece, StreamSaid } from './followedStream';
import type { HttpExchangeRecord, HttpMessage } from './httpExchanges';

/** RFC 9113 section 4.2: no frame is longer. */
const maxFrameBytes = 0xffffff + 9;
const maxMessages = 10_000;
/** Of the preface: what begins so is nothing else, and the rest may come apart. */
const shortestStart = 14;

/** A message whose body still comes. */
interface Open<Head> {
  message: HttpMessage<Head>;
  parts: Uint8Array[];
}

/** The messages of one side, by their streams. */
class Side<Head extends HttpRequest | HttpResponse> implements Http2Listener {
  readonly messages = new Map<number, Open<Head>>();
  readonly #reader: Http2Reader;
  /** What waits for the rest of its frame. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  /** Bytes of a frame that nobody wants, still to come. */
  #skip = 0;
  #packet = 0;

  constructor(private readonly isWanted: (head: HttpRequest | HttpResponse) => head is Head) {
    this.#reader = new Http2Reader(this, new StreamMemory(), maxFrameBytes);
  }

  piece({ bytes, packet, afterGap }: StreamPiece): void {
    if (afterGap) this.#reader.release();
    if (this.#reader.failed || this.#reader.blind) return;
    this.#packet = packet;
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    this.#parts.push(bytes.subarray(skipped));
    this.#partBytes += bytes.length - skipped;
    if (this.#partBytes === 0 || this.#partBytes < this.#reader.needed) return;
    const whole = concatBytes(this.#parts);
    const done = this.#reader.read(whole, 0, whole.length);
    this.#skip = Math.max(0, done - whole.length);
    const rest = whole.subarray(Math.min(done, whole.length));
    this.#parts = [rest];
    this.#partBytes = rest.length;
  }

  headers(stream: number, fields: readonly HeaderField[], endStream: boolean): void {
    const head = http2Head(fields, stream, endStream);
    const open = this.messages.get(stream);
    if (endStream && open !== undefined) open.message.cut = false;
    // 1xx announces the response (RFC 9110 section 15.2); what has neither method nor status are trailers.
    if (head === null || (head.kind === 'http-response' && head.status < 200) || !this.isWanted(head)) return;
    if (open !== undefined || this.messages.size >= maxMessages) return;
    const message = {
      head,
      packet: this.#packet,
      startLine: startLineOf(head, fields),
      fields: fieldsOf(fields),
      body: new Uint8Array(0),
      cut: !endStream,
    };
    this.messages.set(stream, { message, parts: [] });
  }

  wantsData(stream: number): boolean {
    return this.messages.has(stream);
  }

  data(stream: number, bytes: Uint8Array, start: number, end: number, endStream: boolean): void {
    const open = this.messages.get(stream);
    if (open === undefined) return;
    open.parts.push(bytes.slice(start, end));
    if (endStream) open.message.cut = false;
  }

  /** Each message with its body. */
  finish(): Map<number, HttpMessage<Head>> {
    const done = new Map<number, HttpMessage<Head>>();
    for (const [stream, { message, parts }] of this.messages) {
      message.body = concatBytes(parts);
      done.set(stream, message);
    }
    return done;
  }
}

const isRequest = (head: HttpRequest | HttpResponse): head is HttpRequest => head.kind === 'http-request';
const isResponse = (head: HttpRequest | HttpResponse): head is HttpResponse => head.kind === 'http-response';

/** True when the opener says that it is HTTP/2 (RFC 9113 section 3.4). */
export function isHttp2({ pieces }: Pick<StreamSaid, 'pieces'>): boolean {
  const first = pieces.find(({ fromA }) => fromA)?.bytes;
  return first !== undefined && startsWithAscii(first, 0, first.length, http2Preface.slice(0, shortestStart));
}

/** The HTTP/2 exchanges of a conversation (RFC 9113), with whole bodies, in the order of the requests. */
export function http2Exchanges({ pieces }: Pick<StreamSaid, 'pieces'>): HttpExchangeRecord[] {
  const asked = new Side(isRequest);
  const answered = new Side(isResponse);
  for (const piece of pieces) (piece.fromA ? asked : answered).piece(piece);
  const responses = answered.finish();
  return [...asked.finish()].map(([stream, request]) => ({ request, response: responses.get(stream) ?? null }));
}

/** As it would be in HTTP/1: what shows a message, or makes a command of it, knows no other. */
function startLineOf(head: HttpRequest | HttpResponse, fields: readonly HeaderField[]): string {
  if (head.kind === 'http-response') return `${head.version} ${head.status}`;
  return `${head.method} ${fieldValue(fields, ':path') ?? head.target} ${head.version}`;
}

/** Without the pseudo-header fields (RFC 9113 section 8.3), of which the authority is the Host of HTTP/1. */
function fieldsOf(fields: readonly HeaderField[]): HeaderField[] {
  const plain = fields.filter(([name]) => !name.startsWith(':'));
  const authority = fieldValue(fields, ':authority');
  return authority === null || plain.some(([name]) => name === 'host') ? plain : [['host', authority], ...plain];
}
