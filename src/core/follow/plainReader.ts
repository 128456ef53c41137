import { uint8 } from '../bytes/integers';
import { httpMethods } from '../decode/http';
import { startsWithAscii } from '../decode/text';
import type { StreamReader } from '../streams/streamDirection';

/** What bytes inside TLS are: the head of an HTTP/1 message, some of its body, a frame of HTTP/2, or nothing known. */
export type PlainKind = 'http-head' | 'http-body' | 'http2' | 'data';

/** Bytes that a packet brings, decrypted. */
export interface PlainPiece {
  readonly kind: PlainKind;
  readonly bytes: Uint8Array;
}

/** What both sides of a connection have in common. */
export interface PlainConnection {
  /** Null until one side has said something. */
  http2: boolean | null;
}

/** Longest head, or frame, that is waited for. */
const maxWaitBytes = 65_536;
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const frameHeaderLength = 9;
const settingsFrame = 4;
const settingLength = 6;

/** Takes the plaintext of one direction of a TLS connection apart into messages of HTTP. Never throws. */
export class PlainReader implements StreamReader {
  readonly reading = true;
  needed = 1;
  /** Bytes of the body that are still to come; infinite where only the next head ends it. */
  #bodyLeft = 0;

  constructor(
    private readonly connection: PlainConnection,
    private readonly found: (kind: PlainKind, bytes: Uint8Array, start: number, end: number) => void,
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
    if (startsWithAscii(bytes, offset, end, preface)) {
      connection.http2 = true;
      this.found('http2', bytes, offset, offset + preface.length);
      return offset + preface.length;
    }
    connection.http2 ??= isSettings(bytes, offset, end) ? true : isHttpStart(bytes, offset, end) ? false : null;
    if (connection.http2 === true) return this.#frame(bytes, offset, end);
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

  /** RFC 9113 section 4.1. */
  #frame(bytes: Uint8Array, offset: number, end: number): number | null {
    if (end - offset < frameHeaderLength) {
      this.needed = frameHeaderLength;
      return null;
    }
    const length = (uint8(bytes, offset) << 16) | (uint8(bytes, offset + 1) << 8) | uint8(bytes, offset + 2);
    const stop = offset + frameHeaderLength + length;
    if (stop > end && stop - offset <= maxWaitBytes) {
      this.needed = stop - offset;
      return null;
    }
    this.found('http2', bytes, offset, Math.min(stop, end));
    return stop;
  }
}

/** What a server sends first (RFC 9113 section 3.4). */
function isSettings(bytes: Uint8Array, offset: number, end: number): boolean {
  if (end - offset < frameHeaderLength || uint8(bytes, offset + 3) !== settingsFrame) return false;
  const length = (uint8(bytes, offset) << 16) | (uint8(bytes, offset + 1) << 8) | uint8(bytes, offset + 2);
  const stream = bytes.subarray(offset + 5, offset + 9).some((byte) => byte !== 0);
  return !stream && length % settingLength === 0 && length <= 100 * settingLength;
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
