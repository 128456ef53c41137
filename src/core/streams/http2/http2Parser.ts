import { bodyPrefixLength, decodeHttpBody, maxBodyPrefix } from '../../decode/http';
import type { HttpRequest } from '../../decode/http';
import type { MessageParser, OnMessage, ParserState } from '../messageParser';
import type { StreamMemory } from '../streamDirection';
import type { HeaderField } from './headerField';
import { http2Head } from './http2Heads';
import type { Http2Listener } from './http2Reader';
import { Http2Reader } from './http2Reader';

/** Requests whose bodies are read at once: RFC 9113 section 6.5.2 has servers allow 100. */
const maxOpenBodies = 128;

/** The beginning of a request's body, as far as it has come. */
interface OpenBody {
  request: HttpRequest;
  bytes: Uint8Array;
  length: number;
}

/** HTTP/2 messages of one direction (RFC 9113): heads, and the beginning of the bodies of requests. */
export class Http2Parser implements MessageParser, Http2Listener {
  readonly #reader: Http2Reader;
  readonly #bodies = new Map<number, OpenBody>();

  constructor(
    private readonly onMessage: OnMessage,
    memory: StreamMemory,
  ) {
    this.#reader = new Http2Reader(this, memory);
  }

  get state(): ParserState {
    return this.#reader.failed || this.#reader.blind ? 'done' : 'going';
  }

  get needed(): number {
    return this.#reader.needed;
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    return this.#reader.read(bytes, start, end);
  }

  /** A header list that is cut cannot be read, nor any after it. */
  cut(): void {
    this.release();
  }

  release(): void {
    this.#reader.release();
    this.#bodies.clear();
  }

  headers(stream: number, fields: readonly HeaderField[], endStream: boolean): void {
    const head = http2Head(fields, stream, endStream);
    if (head === null) {
      if (endStream) this.#tellBody(stream);
      return;
    }
    this.onMessage(head, 'http2');
    if (endStream || head.kind !== 'http-request' || this.#bodies.size >= maxOpenBodies) return;
    // The end of the stream tells the length where no field does.
    const length = bodyPrefixLength(head, head.contentLength ?? maxBodyPrefix);
    if (length > 0) this.#bodies.set(stream, { request: head, bytes: new Uint8Array(0), length });
  }

  wantsData(stream: number): boolean {
    return this.#bodies.has(stream);
  }

  data(stream: number, bytes: Uint8Array, start: number, end: number, endStream: boolean): void {
    const body = this.#bodies.get(stream);
    if (body === undefined) return;
    const more = bytes.subarray(start, Math.min(end, start + body.length - body.bytes.length));
    const whole = new Uint8Array(body.bytes.length + more.length);
    whole.set(body.bytes);
    whole.set(more, body.bytes.length);
    body.bytes = whole;
    if (endStream || whole.length >= body.length) this.#tellBody(stream);
  }

  reset(stream: number): void {
    this.#bodies.delete(stream);
  }

  #tellBody(stream: number): void {
    const body = this.#bodies.get(stream);
    if (body === undefined) return;
    this.#bodies.delete(stream);
    if (body.bytes.length > 0) this.onMessage(decodeHttpBody(body.request, body.bytes, 0, body.bytes.length), 'http2');
  }
}
