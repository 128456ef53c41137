import { decodeHttp } from '../decode/http';
import type { HttpRequest, HttpResponse } from '../decode/http';
import { indexOfByte, latin1Text } from '../decode/text';
import type { HeaderField } from '../streams/http2/headerField';
import type { StreamPiece, StreamSaid } from './followedStream';

export interface HttpMessage<Head> {
  head: Head;
  /** Number of the packet with which the head was whole. */
  packet: number;
  /** As it was sent, one character a byte. */
  startLine: string;
  fields: HeaderField[];
  /** As transferred, without the framing of chunks; codings not undone. */
  body: Uint8Array;
  /** The body ends before it should: the capture, the connection or a limit cut it. */
  cut: boolean;
}

/** A request with what answered it. */
export interface HttpExchangeRecord {
  request: HttpMessage<HttpRequest>;
  response: HttpMessage<HttpResponse> | null;
}

const maxHeadBytes = 262_144;
const maxMessages = 10_000;

/** One direction of a conversation as one run of bytes, which remembers the packets and the gaps. */
class Side {
  readonly bytes: Uint8Array;
  readonly #ends: number[] = [];
  readonly #packets: number[] = [];
  /** Offsets before which bytes are missing. */
  readonly gaps: number[] = [];

  constructor(pieces: readonly StreamPiece[]) {
    this.bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.bytes.length, 0));
    let at = 0;
    for (const piece of pieces) {
      if (piece.afterGap) this.gaps.push(at);
      this.bytes.set(piece.bytes, at);
      at += piece.bytes.length;
      this.#ends.push(at);
      this.#packets.push(piece.packet);
    }
  }

  /** Number of the packet that brought the byte before `offset`. */
  packetOf(offset: number): number {
    let low = 0;
    let high = this.#ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] ?? 0) >= offset) high = middle;
      else low = middle + 1;
    }
    return this.#packets[low] ?? 0;
  }

  /** The first gap within `start` to `end`; -1 without one. */
  gapIn(start: number, end: number): number {
    return this.gaps.find((gap) => gap > start && gap <= end) ?? -1;
  }
}

/**
 * The HTTP/1 exchanges of a conversation (RFC 9112), with whole bodies: lengths by section 6.3. Bytes that begin no message are
 * passed over up to the next gap or piece that begins one.
 */
export function httpExchanges(stream: Pick<StreamSaid, 'pieces'>): HttpExchangeRecord[] {
  const requests = readSide(new Side(stream.pieces.filter(({ fromA }) => fromA)), isRequest, () => 'GET');
  const methods = requests.map(({ head }) => head.method);
  let answered = 0;
  const responses = readSide(new Side(stream.pieces.filter(({ fromA }) => !fromA)), isResponse, (status) =>
    status < 200 && status !== 101 ? 'GET' : (methods[answered++] ?? 'GET'),
  ).filter(({ head }) => head.status >= 200 || head.status === 101);
  return requests.map((request, at) => ({ request, response: responses[at] ?? null }));
}

const isRequest = (head: HttpRequest | HttpResponse): head is HttpRequest => head.kind === 'http-request';
const isResponse = (head: HttpRequest | HttpResponse): head is HttpResponse => head.kind === 'http-response';

function readSide<Head extends HttpRequest | HttpResponse>(
  side: Side,
  isWanted: (head: HttpRequest | HttpResponse) => head is Head,
  methodOf: (status: number) => string,
): HttpMessage<Head>[] {
  const { bytes } = side;
  const messages: HttpMessage<Head>[] = [];
  let at = 0;
  while (at < bytes.length && messages.length < maxMessages) {
    if (bytes[at] === 0x0d || bytes[at] === 0x0a) {
      at++;
      continue;
    }
    const headEnd = endOfHead(bytes, at);
    const head = headEnd < 0 ? null : decodeHttp(bytes, at, headEnd);
    if (head === null || !isWanted(head)) {
      const next = side.gaps.find((gap) => gap > at);
      if (next === undefined) break;
      at = next;
      continue;
    }
    const known: HttpRequest | HttpResponse = head;
    const method = known.kind === 'http-request' ? known.method : methodOf(known.status);
    const body = bodyOf(side, head, headEnd, method);
    messages.push({
      head,
      packet: side.packetOf(headEnd),
      startLine: startLineOf(bytes, at, headEnd),
      fields: fieldsOf(bytes, at, headEnd),
      body: body.bytes,
      cut: body.cut,
    });
    // What follows belongs to another protocol (RFC 9110 sections 7.8, 9.3.6).
    if (known.kind === 'http-request' ? method === 'CONNECT' : known.status === 101) break;
    at = body.end;
  }
  return messages;
}

/** Offset behind the empty line; -1 when there is none near enough. */
function endOfHead(bytes: Uint8Array, start: number): number {
  const stop = Math.min(bytes.length, start + maxHeadBytes);
  for (let from = start; ;) {
    const feed = indexOfByte(bytes, 0x0a, from, stop);
    if (feed < 0) return -1;
    const after = bytes[feed + 1] === 0x0d ? feed + 2 : feed + 1;
    if (bytes[after] === 0x0a) return after + 1;
    from = feed + 1;
  }
}

interface Body {
  bytes: Uint8Array;
  cut: boolean;
  /** Where the next message begins. */
  end: number;
}

const nothing = new Uint8Array(0);

function bodyOf(side: Side, head: HttpRequest | HttpResponse, start: number, method: string): Body {
  const { bytes } = side;
  if (head.kind === 'http-response') {
    const { status } = head;
    if (method === 'HEAD' || status < 200 || status === 204 || status === 304)
      return { bytes: nothing, cut: false, end: start };
  }
  if (head.chunked) return chunkedBody(side, start);
  if (head.contentLength !== null) {
    const wanted = start + head.contentLength;
    const gap = side.gapIn(start, Math.min(wanted, bytes.length));
    const end = gap >= 0 ? gap : Math.min(wanted, bytes.length);
    return { bytes: bytes.subarray(start, end), cut: end < wanted, end };
  }
  if (head.kind === 'http-request') return { bytes: nothing, cut: false, end: start };
  const gap = side.gapIn(start, bytes.length);
  const end = gap >= 0 ? gap : bytes.length;
  return { bytes: bytes.subarray(start, end), cut: gap >= 0, end };
}

/** RFC 9112 section 7.1. */
function chunkedBody(side: Side, start: number): Body {
  const { bytes } = side;
  const parts: Uint8Array[] = [];
  let length = 0;
  let at = start;
  let cut = true;
  while (at < bytes.length) {
    const feed = indexOfByte(bytes, 0x0a, at, Math.min(bytes.length, at + 4096));
    if (feed < 0) break;
    const size = chunkSize(bytes, at, feed);
    if (size < 0) break;
    if (size === 0) {
      const trailerEnd = bytes[feed + 1] === 0x0d && bytes[feed + 2] === 0x0a ? feed + 3 : endOfHead(bytes, at);
      at = trailerEnd < 0 ? bytes.length : trailerEnd;
      cut = false;
      break;
    }
    const end = Math.min(bytes.length, feed + 1 + size);
    const gap = side.gapIn(feed + 1, end);
    const part = bytes.subarray(feed + 1, gap >= 0 ? gap : end);
    parts.push(part);
    length += part.length;
    at = gap >= 0 ? gap : end;
    if (part.length < size) break;
    at += bytes[at] === 0x0d ? 2 : 1;
  }
  const all = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return { bytes: all, cut, end: Math.max(at, start) };
}

function chunkSize(bytes: Uint8Array, start: number, end: number): number {
  let digits = '';
  for (let at = start; at < end && digits.length < 12; at++) {
    const character = String.fromCharCode(bytes[at] ?? 0);
    if (!/[0-9a-fA-F]/.test(character)) break;
    digits += character;
  }
  return digits === '' || digits.length > 11 ? -1 : Number.parseInt(digits, 16);
}

/** Names and values of the fields of a head (RFC 9112 section 5), in their order. */
function fieldsOf(bytes: Uint8Array, start: number, end: number): HeaderField[] {
  const fields: HeaderField[] = [];
  let at = indexOfByte(bytes, 0x0a, start, end) + 1;
  while (at > 0 && at < end && fields.length < 200) {
    const feed = indexOfByte(bytes, 0x0a, at, end);
    if (feed < 0) break;
    const lineEnd = bytes[feed - 1] === 0x0d ? feed - 1 : feed;
    const colon = indexOfByte(bytes, 0x3a, at, lineEnd);
    if (colon > at) fields.push([latin1Text(bytes, at, colon), latin1Text(bytes, colon + 1, lineEnd).trim()]);
    at = feed + 1;
  }
  return fields;
}

function startLineOf(bytes: Uint8Array, start: number, end: number): string {
  const feed = indexOfByte(bytes, 0x0a, start, end);
  return latin1Text(bytes, start, feed < 0 ? end : feed).trimEnd();
}
