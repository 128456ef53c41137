import { indexOfByte, startsWithAscii } from '../decode/text';

/** What the start line and the headers say of an HTTP message, as far as its end and its content need it. */
export class HttpHead {
  request = false;
  status = 0;
  /** Offsets of the method of a request, and of its target. */
  methodEnd = 0;
  targetEnd = 0;
  /** -1 when there is none. */
  contentLength = -1;
  chunked = false;
  /** The body has a transfer coding that nobody undoes. */
  otherCoding = false;
  /** Where values stand; -1 when there are none. */
  contentType = -1;
  contentTypeEnd = -1;
  upgrade = -1;
  upgradeEnd = -1;
  /** NTLM ([MS-NTHT] 2.2) is how one of the sides proves who it is. */
  ntlm = false;
  /** Lines that begin like a request, the first one included. */
  requests = 0;
  /** Where the values of Host begin and end, in turns. */
  readonly hosts: number[] = [];
  /** Offset behind the headers: a line without a colon ends them before the empty line does. */
  end = 0;
}

/** The methods that tshark knows (RFC 9110, WebDAV with its versions, UPnP, RPC over HTTP); others begin no request for it. */
const methods =
  'GET PUT COPY HEAD LOCK MOVE POLL POST BCOPY BMOVE MKCOL TRACE LABEL MERGE PATCH DELETE SEARCH UNLOCK REPORT UPDATE NOTIFY BDELETE ' +
  'CONNECT OPTIONS PROPFIND CHECKIN CHECKOUT CCM_POST SUBSCRIBE PROPPATCH BPROPFIND BPROPPATCH UNCHECKOUT MKACTIVITY MKWORKSPACE ' +
  'RPC_CONNECT RPC_IN_DATA UNSUBSCRIBE RPC_OUT_DATA VERSION-CONTROL BASELINE-CONTROL SSTP_DUPLEX_POST';
const methodsByFirst: readonly (readonly string[])[] = Array.from({ length: 128 }, (_, first) =>
  methods
    .split(' ')
    .filter((method) => method.charCodeAt(0) === first)
    .map((method) => `${method} `),
);

/** A line that begins with a method; an extension (RFC 2774) puts `M-` before it. */
export function beginsRequest(bytes: Uint8Array, start: number, end: number): boolean {
  const at = bytes[start] === 0x4d && bytes[start + 1] === 0x2d ? start + 2 : start;
  const possible = methodsByFirst[bytes[at] ?? 0];
  if (possible === undefined) return false;
  for (let index = 0; index < possible.length; index++)
    if (startsWithAscii(bytes, at, end, possible[index] ?? '')) return true;
  return false;
}

const space = 0x20;
const maxHeaders = 200;

/** Reads the head from `start` to `end` (RFC 9112 sections 3 to 5) into `head`; false when its first line is none. */
export function readHttpHead(head: HttpHead, bytes: Uint8Array, start: number, end: number): boolean {
  head.contentLength = -1;
  head.chunked = false;
  head.otherCoding = false;
  head.contentType = -1;
  head.upgrade = -1;
  head.ntlm = false;
  head.hosts.length = 0;
  head.end = end;
  let feed = indexOfByte(bytes, 0x0a, start, end);
  if (feed < 0) feed = end;
  const first = indexOfByte(bytes, space, start, feed);
  if (first < 0) return false;
  head.request = !matchesName(bytes, start, 'http/') && !startsWithAscii(bytes, start, end, 'ICY ');
  head.requests = head.request ? 1 : 0;
  if (head.request) {
    head.methodEnd = first;
    const second = indexOfByte(bytes, space, first + 1, feed);
    head.targetEnd = second < 0 ? feed : second;
  } else {
    head.status = number(bytes, first + 1, Math.min(feed, first + 4), 10);
  }
  for (let count = 0; count < maxHeaders && feed < end; count++) {
    const line = feed + 1;
    feed = indexOfByte(bytes, 0x0a, line, end);
    if (feed < 0) feed = end;
    const isRequest = beginsRequest(bytes, line, feed);
    if (isRequest) head.requests++;
    else if (feed > line + 1 && feed < end && indexOfByte(bytes, 0x3a, line, feed) < 0) {
      head.end = line;
      return true;
    }
    const letter = (bytes[line] ?? 0) | 0x20;
    if (letter === 0x63 || letter === 0x74 || letter === 0x75) readHeader(head, bytes, line, feed);
    else if (letter === 0x68) readHost(head, bytes, line, feed);
    else if (letter === 0x77 || letter === 0x61 || letter === 0x70) head.ntlm ||= offersNtlm(bytes, line, feed);
  }
  return true;
}

function readHost(head: HttpHead, bytes: Uint8Array, start: number, end: number): void {
  if (!matchesName(bytes, start, 'host:')) return;
  let from = start + 5;
  while (bytes[from] === space || bytes[from] === 0x09) from++;
  head.hosts.push(from, Math.max(from, bytes[end - 1] === 0x0d ? end - 1 : end));
}

function readHeader(head: HttpHead, bytes: Uint8Array, start: number, end: number): void {
  const colon = indexOfByte(bytes, 0x3a, start, Math.min(end, start + 20));
  if (colon < 0) return;
  let from = colon + 1;
  while (bytes[from] === space || bytes[from] === 0x09) from++;
  const to = bytes[end - 1] === 0x0d ? end - 1 : end;
  const length = colon - start;
  if (length === 14 && matchesName(bytes, start, 'content-length')) {
    const value = wholeNumber(bytes, from, to);
    if (value >= 0) head.contentLength = value;
  } else if (length === 12 && matchesName(bytes, start, 'content-type')) {
    head.contentType = from;
    head.contentTypeEnd = to;
  } else if (length === 17 && matchesName(bytes, start, 'transfer-encoding')) {
    if (matchesName(bytes, from, 'chunked')) head.chunked = true;
    else head.otherCoding = to > from && !matchesName(bytes, from, 'identity');
  } else if (length === 7 && matchesName(bytes, start, 'upgrade')) {
    head.upgrade = from;
    head.upgradeEnd = to;
  }
}

const authenticationHeaders = ['authorization:', 'www-authenticate:', 'proxy-authorization:', 'proxy-authenticate:'];

/** A header with a message of NTLM in Base64. */
function offersNtlm(bytes: Uint8Array, start: number, end: number): boolean {
  const header = authenticationHeaders.find((name) => matchesName(bytes, start, name));
  if (header === undefined) return false;
  let from = start + header.length;
  while (from < end && bytes[from] === space) from++;
  return matchesName(bytes, from, 'ntlm tlrmtvnt');
}

/** `name` in lower case; the bytes in either. */
export function matchesName(bytes: Uint8Array, at: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const byte = bytes[at + index] ?? 0;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== name.charCodeAt(index)) return false;
  }
  return true;
}

/** A number with nothing but blanks behind it; -1 for anything else. */
function wholeNumber(bytes: Uint8Array, start: number, end: number): number {
  let to = end;
  while (to > start && (bytes[to - 1] === space || bytes[to - 1] === 0x09)) to--;
  for (let at = start; at < to; at++) if ((bytes[at] ?? 0) < 0x30 || (bytes[at] ?? 0) > 0x39) return -1;
  return number(bytes, start, to, 10);
}

/** Digits up to something else; -1 when there are none, or more than a length can have. */
export function number(bytes: Uint8Array, start: number, end: number, base: 10 | 16): number {
  let value = 0;
  let at = start;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    const letter = byte | 0x20;
    let digit = -1;
    if (byte >= 0x30 && byte <= 0x39) digit = byte - 0x30;
    else if (base === 16 && letter >= 0x61 && letter <= 0x66) digit = letter - 0x57;
    if (digit < 0) break;
    if (value > Number.MAX_SAFE_INTEGER / 32) return -1;
    value = value * base + digit;
  }
  return at === start ? -1 : value;
}
