import { indexOfByte, printableText, startsWithAscii } from '../decode/text';
import { bodyNames } from './bodyNames';
import type { ConversationNames } from './conversationNames';
import { HttpHead, beginsRequest, matchesName, number, readHttpHead } from './httpHead';
import { oneMoreSegment, rejected, whole } from './payload';
import type { Namer, Payload } from './payload';
import { switchedNamer, tunnelledNamer } from './httpTunnel';

/** Bytes of a body that are kept to name what is in it: its beginning, or the parts of a form or mail. */
const keptBodyBytes = 64;
const keptPartsBytes = 16_384;
const head = new HttpHead();
const maxWaitingMethods = 64;
const maxChunkLine = 4096;
const maxHostLength = 512;

type Place = 'head' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'until-close';

/** A body whose length its own bytes tell, of one direction. */
class OpenBody {
  place: Place = 'head';
  /** Sequence number at which it goes on. */
  sequence = 0;
  chunkLeft = 0;
  /** Some of it is missing. */
  gap = false;
  /** How much of the body is of use. */
  keptBytes = 0;
  head: Uint8Array = nothing;
  body: Uint8Array = nothing;
  bodyLength = 0;

  begin(place: Place, lines: Uint8Array, keptBytes: number): void {
    this.place = place;
    this.gap = false;
    this.head = lines;
    this.keptBytes = keptBytes;
    this.bodyLength = 0;
  }

  keep(bytes: Uint8Array, start: number, end: number): void {
    const length = Math.min(end - start, this.keptBytes - this.bodyLength);
    if (length <= 0) return;
    if (this.bodyLength + length > this.body.length) {
      const larger = new Uint8Array(Math.min(this.keptBytes, 2 * (this.bodyLength + length)));
      larger.set(this.body.subarray(0, this.bodyLength));
      this.body = larger;
    }
    this.body.set(bytes.subarray(start, start + length), this.bodyLength);
    this.bodyLength += length;
  }

  end(): void {
    this.place = 'head';
    this.head = nothing;
    this.body = nothing;
    this.bodyLength = 0;
  }
}

const nothing = new Uint8Array(0);

/** What the two directions of an HTTP connection know of each other. */
export class HttpNames {
  /** Requests that wait for a response, and the kinds of those of which the first few matter: 0 other, 1 HEAD, 2 CONNECT. */
  readonly methods: number[] = [];
  #fromA: OpenBody | null = null;
  #fromB: OpenBody | null = null;
  /** A request was seen, so whatever follows is HTTP. */
  requested = false;
  /** Port that the newest CONNECT asked for. */
  connectPort = 0;
  /** Protocol that the newest request wants to change to. */
  upgrade = '';

  /** The body that is being read in a direction; null when none ever was. */
  openBody(fromA: boolean): OpenBody | null {
    return fromA ? this.#fromA : this.#fromB;
  }

  body(fromA: boolean): OpenBody {
    return fromA ? (this.#fromA ??= new OpenBody()) : (this.#fromB ??= new OpenBody());
  }
}

/** HTTP/1 (RFC 9112): a message counts when its body is whole; on its ports everything else is a continuation. */
export const nameHttp: Namer = (payload, conversation) => {
  const http = (conversation.http ??= new HttpNames());
  const open = http.openBody(payload.fromA);
  if (open !== null && open.place !== 'head') {
    if (open.sequence === payload.sequence) return readBody(payload, open);
    // What was read already is sent again.
    if (((open.sequence - payload.sequence) | 0) > 0) return payload.wireEnd - payload.start;
    if (open.place === 'until-close') {
      // Whatever is missing, the body goes on to the end, and is not whole then.
      open.gap = true;
      open.sequence = (payload.sequence + payload.wireEnd - payload.start) | 0;
      return payload.wireEnd - payload.start;
    }
    open.end();
  }
  // RFC 9112 section 2.2: an empty line before a message is ignored.
  const { bytes, start, wireEnd } = payload;
  const emptyLine = wireEnd - start > 3 && bytes[start] === 0x0d && bytes[start + 1] === 0x0a;
  if (!emptyLine) return nameFirstLine(payload, conversation, http);
  payload.start += 2;
  payload.sequence = (payload.sequence + 2) | 0;
  const taken = nameFirstLine(payload, conversation, http);
  payload.start = start;
  payload.sequence = (payload.sequence - 2) | 0;
  return taken > 0 ? taken + 2 : Number.isFinite(taken) && taken < 0 ? taken - 2 : taken;
};

function nameFirstLine(payload: Payload, conversation: ConversationNames, http: HttpNames): number {
  return beginsMessage(payload)
    ? nameMessage(payload, conversation, http)
    : nameContinuation(payload, conversation, http);
}

/** HTTP on any port: a whole request or status line. */
export const guessHttp: Namer = (payload, conversation) => {
  const { bytes, start, end } = payload;
  if (startsWithAscii(bytes, start, end, 'HTTP/1.')) return accept(payload, conversation);
  const feed = indexOfByte(bytes, 0x0a, start, Math.min(end, start + 4096));
  if (feed < 0) return rejected;
  const lineEnd = bytes[feed - 1] === 0x0d ? feed - 1 : feed;
  if (lineEnd - start < 14 || !startsWithAscii(bytes, lineEnd - 8, end, 'HTTP/1.')) return rejected;
  return accept(payload, conversation);
};

function accept(payload: Payload, conversation: ConversationNames): number {
  conversation.namer = nameHttp;
  return nameHttp(payload, conversation);
}

function beginsMessage({ bytes, start, end }: Payload): boolean {
  if (startsWithAscii(bytes, start, end, 'HTTP/') || startsWithAscii(bytes, start, end, 'ICY ')) return true;
  return beginsRequest(bytes, start, end);
}

/** What is no message: lines with a colon are read as headers up to an empty one, the rest is data. */
function nameContinuation(payload: Payload, conversation: ConversationNames, http: HttpNames): number {
  const { bytes, start, end, wireEnd } = payload;
  if (startsWithAscii(bytes, start, end, 'PRI * HTTP/2.0')) {
    conversation.namer = switchedNamer('h2c');
    return conversation.namer(payload, conversation);
  }
  const first = bytes[start] ?? 0;
  if (first < 0x20 || first > 0x7e) {
    if (http.requested) payload.addAll(['http', 'data']);
    return wireEnd - start;
  }
  if (payload.canWait && end === wireEnd && end - start < keptPartsBytes && indexOfByte(bytes, 0x0a, start, end) < 0)
    return oneMoreSegment;
  const headers = endOfHeaders(bytes, start, end);
  if (http.requested || headers > start) {
    payload.add('http');
    if (headers < end) payload.add('data');
  }
  return wireEnd - start;
}

/** Offset behind the lines that look like headers, and behind the empty line that ends them. */
function endOfHeaders(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    if (bytes[at] === 0x0a) return at + 1;
    if (bytes[at] === 0x0d && (at + 1 === end || bytes[at + 1] === 0x0a)) return Math.min(end, at + 2);
    // The colon first: most of what is no header has none, and is gone over once.
    const colon = indexOfByte(bytes, 0x3a, at, end);
    if (colon < 0) return at;
    const feed = indexOfByte(bytes, 0x0a, at, end);
    if (feed < 0) return end;
    if (feed < colon) return at;
    at = feed + 1;
  }
  return at;
}

function nameMessage(payload: Payload, conversation: ConversationNames, http: HttpNames): number {
  const { bytes, start, end } = payload;
  let headEnd = endOfHead(bytes, start, end);
  if (headEnd < 0) {
    if (payload.canWait && payload.end === payload.wireEnd) return oneMoreSegment;
    headEnd = end;
  }
  if (!readHttpHead(head, bytes, start, headEnd)) {
    payload.add('http');
    return payload.wireEnd - start;
  }
  headEnd = head.end;
  const length = bodyLength(http);
  if (length === 0) {
    addMessage(payload, bytes);
    afterHead(bytes, start, conversation, http);
    return headEnd - start;
  }
  const kept =
    head.contentType >= 0 && matchesName(bytes, head.contentType, 'multipart') ? keptPartsBytes : keptBodyBytes;
  if (length > 0) {
    const total = headEnd - start + length;
    // Another transfer coding than chunked: nobody knows where the body ends, so it is what came with the rest.
    const taken = head.otherCoding && payload.wireEnd - start > total ? payload.wireEnd - start : whole(payload, total);
    payload.keepBytes = headEnd - start + kept;
    if (taken < 0) return taken;
    addMessage(payload, bytes);
    if (end > headEnd) bodyNames(payload, bytes.subarray(start, headEnd), bytes, headEnd, Math.min(end, start + total));
    afterHead(bytes, start, conversation, http);
    return taken;
  }
  if (!payload.canWait) {
    addMessage(payload, bytes);
    if (end > headEnd) bodyNames(payload, bytes.subarray(start, headEnd), bytes, headEnd, end);
    afterHead(bytes, start, conversation, http);
    return payload.wireEnd - start;
  }
  const open = http.body(payload.fromA);
  open.begin(length === chunkedBody ? 'chunk-size' : 'until-close', bytes.slice(start, headEnd), kept);
  open.sequence = (payload.sequence + headEnd - start) | 0;
  afterHead(bytes, start, conversation, http);
  return headEnd - start;
}

/** `bytes` are those that the head was read from. */
function addMessage(payload: Payload, bytes: Uint8Array): void {
  payload.add('http');
  if (head.ntlm) payload.add('ntlmssp');
  const { tally } = payload;
  if (tally === null) return;
  for (let count = 0; count < head.requests; count++) tally.httpRequest();
  for (let at = 0; at < head.hosts.length; at += 2) {
    const [from = 0, to = 0] = [head.hosts[at], head.hosts[at + 1]];
    if (to > from) tally.httpHost(printableText(bytes, from, to, maxHostLength));
  }
}

const chunkedBody = -1;
const untilClose = -2;
const headMethod = 1;
const connectMethod = 2;

/** By RFC 9112 section 6.3; a response whose length only the end of the connection tells waits for that. */
function bodyLength(http: HttpNames): number {
  if (head.request) return head.chunked ? chunkedBody : Math.max(0, head.contentLength);
  const { status } = head;
  const method = http.methods[0];
  if (status < 200 || status === 204 || status === 304 || method === headMethod) return 0;
  if (method === connectMethod && status < 300) return 0;
  if (head.chunked) return chunkedBody;
  return head.contentLength >= 0 ? head.contentLength : untilClose;
}

/** Remembers what the head says about what comes next. */
function afterHead(bytes: Uint8Array, start: number, conversation: ConversationNames, http: HttpNames): void {
  if (head.request) {
    http.requested = true;
    if (http.methods.length >= maxWaitingMethods) http.methods.shift();
    const connects = matchesName(bytes, start, 'connect ');
    http.methods.push(connects ? connectMethod : matchesName(bytes, start, 'head ') ? headMethod : 0);
    if (connects) http.connectPort = portAtEnd(bytes, head.methodEnd, head.targetEnd);
    http.upgrade = head.upgrade < 0 ? '' : text(bytes, head.upgrade, head.upgradeEnd).toLowerCase();
    return;
  }
  if (head.status === 101) {
    conversation.upgradedTo = switchedNamer(http.upgrade);
    return;
  }
  if (head.status < 200) return;
  const method = http.methods.shift();
  if (method === connectMethod && head.status < 300) conversation.upgradedTo = tunnelledNamer(http.connectPort);
}

function portAtEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = end - 1; at > start; at--) if (bytes[at] === 0x3a) return Math.max(0, number(bytes, at + 1, end, 10));
  return 0;
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 64)));
}

function endOfHead(bytes: Uint8Array, start: number, end: number): number {
  for (let from = start; ;) {
    const feed = indexOfByte(bytes, 0x0a, from, end);
    if (feed < 0) return -1;
    const after = bytes[feed + 1] === 0x0d ? feed + 2 : feed + 1;
    if (after < end && bytes[after] === 0x0a) return after + 1;
    from = feed + 1;
  }
}

/** Reads on in a body that began in an earlier segment; names are added with its last byte. */
function readBody(payload: Payload, open: OpenBody): number {
  const { bytes, start, end, wireEnd } = payload;
  if (open.place === 'until-close') {
    open.keep(bytes, start, end);
    open.sequence = (open.sequence + wireEnd - start) | 0;
    return wireEnd - start;
  }
  let at = start;
  while (at < end) {
    if (open.place === 'chunk') {
      const inside = Math.min(open.chunkLeft, wireEnd - at);
      open.keep(bytes, at, Math.min(end, at + inside));
      open.chunkLeft -= inside;
      at += inside;
      if (open.chunkLeft === 0) open.place = 'chunk-end';
      continue;
    }
    const feed = indexOfByte(bytes, 0x0a, at, end);
    if (feed < 0) {
      if (end - at > maxChunkLine) open.end();
      break;
    }
    const line = bytes[feed - 1] === 0x0d ? feed - 1 : feed;
    if (open.place === 'chunk-size' && !isChunkSize(bytes, at, line)) {
      nameBody(payload, open);
      return wireEnd - start;
    }
    if (open.place === 'trailer' && line <= at) {
      nameBody(payload, open);
      return feed + 1 - start;
    }
    if (open.place === 'chunk-end') open.place = 'chunk-size';
    else if (open.place === 'chunk-size') readChunkSize(bytes, at, line, open);
    at = feed + 1;
  }
  open.sequence = (open.sequence + at - start) | 0;
  if (at > start) return at - start;
  return payload.canWait ? oneMoreSegment : wireEnd - start;
}

/** At most what 31 bits hold; a body with another size ends there. */
function isChunkSize(bytes: Uint8Array, start: number, end: number): boolean {
  const size = number(bytes, start, end, 16);
  return size >= 0 && size <= 0x8000_0000;
}

function readChunkSize(bytes: Uint8Array, start: number, end: number, open: OpenBody): void {
  open.chunkLeft = Math.max(0, number(bytes, start, end, 16));
  open.place = open.chunkLeft === 0 ? 'trailer' : 'chunk';
}

function nameBody(payload: Payload, open: OpenBody): void {
  if (readHttpHead(head, open.head, 0, open.head.length)) addMessage(payload, open.head);
  if (open.bodyLength > 0) bodyNames(payload, open.head, open.body, 0, open.bodyLength);
  open.end();
}

/** The end of the connection ends the body as well. */
export function finishHttp(payload: Payload, conversation: ConversationNames): void {
  const open = conversation.http?.openBody(payload.fromA) ?? null;
  if (open?.place === 'until-close' && !open.gap) nameBody(payload, open);
}
