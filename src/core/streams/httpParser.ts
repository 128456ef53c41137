import { bodyPrefixLength, decodeHttp, decodeHttpBody } from '../decode/http';
import type { HttpRequest, HttpResponse } from '../decode/http';
import { indexOfByte, startsWithAscii } from '../decode/text';
import type { Http2Parser } from './http2/http2Parser';
import type { LineExchange } from './lineParser';
import type { MessageParser, OnMessage, ParserState } from './messageParser';
import { StreamMemory } from './streamDirection';

/** What the two directions of an HTTP connection know of each other. */
export class HttpExchange {
  /** Methods of the requests that wait for a response, oldest first; at the limit the oldest is forgotten. */
  readonly methods: string[] = [];
  /** The connection was given to another protocol (RFC 9110 sections 7.8, 9.3.6). */
  switched = false;
  /** The connection has commands and replies in lines instead. */
  lines: LineExchange | null = null;
  /** Both sides speak HTTP/2, and what reads them. */
  http2: Http2Parser[] | null = null;

  /** @param memory what tables of HTTP/2 count against */
  constructor(readonly memory: StreamMemory = new StreamMemory()) {}

  /** Forgets what is held for the connection. */
  release(): void {
    if (this.http2 !== null) for (const parser of this.http2) parser.release();
  }

  ask(method: string): void {
    if (this.methods.length >= maxWaitingMethods) this.methods.shift();
    this.methods.push(method);
  }
}

const maxWaitingMethods = 64;
/** Longest line with the size of a chunk, extensions included. */
const maxChunkLine = 4096;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** HTTP/1 messages of one direction (RFC 9112): heads are decoded, bodies only measured, by section 6.3. */
export class HttpParser implements MessageParser {
  state: ParserState = 'going';
  needed = 1;
  #place: 'head' | 'body' | 'chunk-size' | 'chunk-end' | 'trailer' | 'until-close' = 'head';
  /** Bytes of an unfinished head or line that hold no end of it, so that no byte is searched twice. */
  #searched = 0;
  /** Whose body is read, with the length of the body and of the beginning that is waited for. */
  #request: HttpRequest | null = null;
  #bodyLength = 0;
  #prefixLength = 0;

  constructor(
    readonly exchange: HttpExchange,
    readonly onMessage: OnMessage,
  ) {}

  read(bytes: Uint8Array, start: number, end: number): number {
    let offset = start;
    while (offset < end && this.state === 'going') {
      const next = this.#readOn(bytes, offset, end);
      if (next < 0) {
        this.needed = this.#place === 'body' ? this.#prefixLength : end - offset + 1;
        return offset;
      }
      offset = next;
    }
    this.needed = 1;
    return offset;
  }

  cut(bytes: Uint8Array, start: number, end: number): void {
    if (start >= end) return;
    if (this.#request !== null) this.#tellBody(this.#request, bytes, start, end);
    if (this.#place !== 'head') return;
    const message = decodeHttp(bytes, start, end);
    if (message !== null) this.#tell(message);
  }

  #readOn(bytes: Uint8Array, start: number, end: number): number {
    if (this.#place === 'head') return this.#readHead(bytes, start, end);
    if (this.#place === 'body') return this.#readBody(bytes, start, end);
    if (this.#place !== 'until-close') return this.#readChunk(bytes, start, end);
    // Some servers leave the length out and keep the connection: who asks again and is answered shows it.
    if (this.exchange.methods.length === 0 || !startsWithAscii(bytes, start, end, 'HTTP/1.')) return end;
    this.#place = 'head';
    return start;
  }

  /** Offset behind the head, or where the body ends; -1 when the head is not whole. */
  #readHead(bytes: Uint8Array, start: number, end: number): number {
    // RFC 9112 section 2.2: empty lines before a message are ignored.
    if (this.#searched === 0 && (bytes[start] === carriageReturn || bytes[start] === lineFeed)) return start + 1;
    const headEnd = this.#findHeadEnd(bytes, start, end);
    if (headEnd < 0) return -1;
    this.#searched = 0;
    const message = decodeHttp(bytes, start, headEnd);
    if (message === null) {
      this.state = 'lost';
      return start;
    }
    // It may have more headers than are read.
    message.headWhole = true;
    const length = this.#tell(message);
    if (length === chunkedBody) this.#place = 'chunk-size';
    else if (length === untilClose) this.#place = 'until-close';
    if (length > 0 && message.kind === 'http-request' && this.state === 'going') {
      this.#prefixLength = bodyPrefixLength(message);
      if (this.#prefixLength > 0) {
        this.#request = message;
        this.#bodyLength = length;
        this.#place = 'body';
        return headEnd;
      }
    }
    return length < 0 ? headEnd : headEnd + length;
  }

  /** Offset behind the body once the beginning that is looked at is there, else -1. */
  #readBody(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < this.#prefixLength) return -1;
    this.#place = 'head';
    if (this.#request !== null) this.#tellBody(this.#request, bytes, start, end);
    return start + this.#bodyLength;
  }

  #tellBody(request: HttpRequest, bytes: Uint8Array, start: number, end: number): void {
    this.#request = null;
    this.onMessage(decodeHttpBody(request, bytes, start, Math.min(end, start + this.#prefixLength)), 'http');
  }

  #findHeadEnd(bytes: Uint8Array, start: number, end: number): number {
    let from = start + this.#searched;
    for (;;) {
      const feed = indexOfByte(bytes, lineFeed, from, end);
      if (feed < 0) break;
      const after = bytes[feed + 1] === carriageReturn ? feed + 2 : feed + 1;
      if (after >= end) {
        this.#searched = feed - start;
        return -1;
      }
      if (bytes[after] === lineFeed) return after + 1;
      from = feed + 1;
    }
    this.#searched = end - start;
    return -1;
  }

  /** Length of the message's body, `chunkedBody` or `untilClose`. */
  #tell(message: HttpRequest | HttpResponse): number {
    this.onMessage(message, 'http');
    const { exchange } = this;
    if (message.kind === 'http-request') {
      exchange.ask(message.method);
      // What follows belongs to whoever the proxy connects to.
      if (message.method === 'CONNECT') this.state = 'restart';
      return message.chunked ? chunkedBody : (message.contentLength ?? 0);
    }
    const { status } = message;
    if (status === 101) {
      exchange.switched = true;
      this.state = 'done';
      return 0;
    }
    if (status < 200) return 0;
    const method = exchange.methods.shift();
    if (method === 'CONNECT' && status < 300) {
      this.state = 'restart';
      return 0;
    }
    if (method === 'HEAD' || status === 204 || status === 304) return 0;
    if (message.chunked) return chunkedBody;
    return message.contentLength ?? untilClose;
  }

  /** Offset behind a line of the chunked coding, and behind the chunk that it announces; -1 when it is not whole. */
  #readChunk(bytes: Uint8Array, start: number, end: number): number {
    const feed = indexOfByte(bytes, lineFeed, start + this.#searched, end);
    if (feed < 0) {
      this.#searched = end - start;
      if (this.#searched > maxChunkLine) this.state = 'lost';
      return this.state === 'lost' ? start : -1;
    }
    this.#searched = 0;
    const lineEnd = feed > start && bytes[feed - 1] === carriageReturn ? feed - 1 : feed;
    if (this.#place === 'trailer') {
      if (lineEnd === start) this.#place = 'head';
      return feed + 1;
    }
    if (this.#place === 'chunk-end') {
      this.#place = 'chunk-size';
      if (lineEnd !== start) this.state = 'lost';
      return lineEnd === start ? feed + 1 : start;
    }
    const size = readChunkSize(bytes, start, lineEnd);
    if (size < 0) {
      this.state = 'lost';
      return start;
    }
    this.#place = size === 0 ? 'trailer' : 'chunk-end';
    return feed + 1 + size;
  }
}

const chunkedBody = -1;
const untilClose = -2;

/** Hexadecimal digits up to an extension or blank; -1 when there are none or too many. */
function readChunkSize(bytes: Uint8Array, start: number, end: number): number {
  let size = 0;
  let offset = start;
  for (; offset < end; offset++) {
    const byte = bytes[offset] ?? 0;
    const letter = byte | 0x20;
    let digit = -1;
    if (byte >= 0x30 && byte <= 0x39) digit = byte - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) digit = letter - 0x57;
    else if (byte !== 0x3b && byte !== 0x20 && byte !== 0x09) return -1;
    if (digit < 0) break;
    size = size * 16 + digit;
    if (size > Number.MAX_SAFE_INTEGER / 16) return -1;
  }
  return offset === start ? -1 : size;
}
