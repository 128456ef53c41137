import { uint8 } from '../bytes/integers';
import { httpMethods } from '../decode/http';
import { startsWithAscii } from '../decode/text';
import type { HeaderField } from '../streams/http2/headerField';
import { beginsWithSettings, http2Preface, Http2Reader } from '../streams/http2/http2Reader';
import type { StreamMemory, StreamReader } from '../streams/streamDirection';

/** What bytes inside TLS are: the head of an HTTP/1 message, some of its body, a frame of HTTP/2, or nothing known. */
export type PlainKind = 'http-head' | 'http-body' | 'http2' | 'data';

/** Bytes that a packet brings, decrypted. */
export interface PlainPiece {
  readonly kind: PlainKind;
  readonly bytes: Uint8Array;
  /** The header list that a frame of HTTP/2 ends. */
  readonly fields: readonly HeaderField[] | null;
}

/** What both sides of a connection have in common. */
export interface PlainConnection {
  /** Null until one side has said something. */
  http2: boolean | null;
  /** What reads HTTP/2, of both sides. */
  readers?: Http2Reader[];
}

/** Longest head, or frame, that is waited for. */
const maxWaitBytes = 65_536;

/** Gets each piece; `fields` are those of a frame. */
export type PlainListener = (
  kind: PlainKind,
  bytes: Uint8Array,
  start: number,
  end: number,
  fields?: readonly HeaderField[] | null,
) => void;

/** Takes the plaintext of one direction of a TLS connection apart into messages of HTTP. Never throws. */
export class PlainReader implements StreamReader {
  readonly reading = true;
  needed = 1;
  /** Bytes of the body that are still to come; infinite where only the next head ends it. */
  #bodyLeft = 0;
  #http2: Http2Reader | null = null;

  constructor(
    private readonly connection: PlainConnection,
    private readonly found: PlainListener,
    private readonly memory: StreamMemory,
  ) {}

  read(bytes: Uint8Array, start: number, end: number): number {
    this.needed = 1;
    let offset = start;
    while (offset < end) {
      const next = this.#one(bytes, offset, end);
      if (next === null) {
        this.needed = Math.max(this.needed, end - offset + 1);
        return offset;
      }
      offset = next;
    }
    return offset;
  }

  lose(): void {
    this.#bodyLeft = 0;
    this.needed = 1;
  }

  /** Reads one piece; null when more bytes are needed. */
  #one(bytes: Uint8Array, offset: number, end: number): number | null {
    const { connection } = this;
    if (startsWithAscii(bytes, offset, end, http2Preface)) connection.http2 = true;
    connection.http2 ??= beginsWithSettings(bytes, offset, end) ? true : isHttpStart(bytes, offset, end) ? false : null;
    if (connection.http2 === true) return this.#frames(bytes, offset, end);
    // A body without a length goes on until a record begins with a head.
    if (this.#bodyLeft > 0 && !(this.#bodyLeft === Infinity && isHttpStart(bytes, offset, end))) {
      const stop = Math.min(end, offset + this.#bodyLeft);
      this.#bodyLeft -= stop - offset;
      this.found('http-body', bytes, offset, stop);
      return stop;
    }
    if (!isHttpStart(bytes, offset, end)) {
      if (mayBecomeHttp(bytes, offset, end)) return null;
      this.found('data', bytes, offset, end);
      return end;
    }
    const stop = headEnd(bytes, offset, end);
    if (stop < 0 && end - offset < maxWaitBytes) return null;
    const head = stop < 0 ? end : stop;
    this.found('http-head', bytes, offset, head);
    this.#bodyLeft = bodyLength(bytes, offset, head);
    return head;
  }

  #frames(bytes: Uint8Array, offset: number, end: number): number | null {
    const reader = (this.#http2 ??= this.#http2Reader());
    if (reader.failed) {
      this.found('data', bytes, offset, end);
      return end;
    }
    const next = reader.read(bytes, offset, end);
    if (next > offset) return next;
    this.needed = reader.needed;
    // Bytes that are no frame are told as what they are, above.
    return reader.failed ? this.#frames(bytes, offset, end) : null;
  }

  #http2Reader(): Http2Reader {
    const frame = (bytes: Uint8Array, start: number, end: number, fields: readonly HeaderField[] | null): void => {
      this.found('http2', bytes, start, Math.min(end, bytes.length), fields);
    };
    const reader = new Http2Reader({ frame }, this.memory);
    (this.connection.readers ??= []).push(reader);
    return reader;
  }
}

function isHttpStart(bytes: Uint8Array, offset: number, end: number): boolean {
  if (startsWithAscii(bytes, offset, end, 'HTTP/1.')) return true;
  return httpMethods.some((method) => startsWithAscii(bytes, offset, end, `${method} `));
}

/** Too few bytes to say what begins. */
function mayBecomeHttp(bytes: Uint8Array, offset: number, end: number): boolean {
  const text = String.fromCharCode(...bytes.subarray(offset, Math.min(end, offset + 16)));
  return ['HTTP/1.', ...httpMethods.map((method) => `${method} `)].some(
    (start) => text.length < start.length && start.startsWith(text),
  );
}

/** Behind the empty line; -1 when it has not come. */
function headEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = bytes.indexOf(0x0a, start); at >= 0 && at < end; at = bytes.indexOf(0x0a, at + 1)) {
    const next = uint8(bytes, at + 1) === 0x0d ? at + 2 : at + 1;
    if (next < end && bytes[next] === 0x0a) return next + 1;
  }
  return -1;
}

/** RFC 9112 section 6.3, as far as the head tells. */
function bodyLength(bytes: Uint8Array, start: number, end: number): number {
  const head = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + maxWaitBytes)));
  if (/\ntransfer-encoding:[^\n]*chunked/i.test(head)) return Infinity;
  const length = /\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r?\n/i.exec(head)?.[1];
  if (length !== undefined) return Number(length);
  return head.startsWith('HTTP/') ? Infinity : 0;
}
