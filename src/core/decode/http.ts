import { textHash } from '../bytes/textHash';
import { indexOfByte, printableText, startsWithAscii } from './text';

export interface HttpRequest {
  kind: 'http-request';
  method: string;
  target: string;
  /** `HTTP/1.1`; empty when the packet was cut before it. */
  version: string;
  host: string | null;
  userAgent: string | null;
  cookie: string | null;
  referer: string | null;
  /** Scheme of the Authorization header in lower case (`basic`); what follows it is a secret and is not kept. */
  authorization: string | null;
  /** Tells one secret from another without keeping it; 0 without the header. */
  authorizationHash: number;
  contentType: string | null;
  contentLength: number | null;
  /** The body comes in chunks (RFC 9112 section 7.1). */
  chunked: boolean;
  /** False when the empty line that ends the head was not among the bytes: the headers behind them are not known. */
  headWhole: boolean;
  /** HTTP/2: the stream, which is that of the response, too (RFC 9113 section 5). */
  streamId?: number;
}

/** The first bytes of a request's body, which come after its head; only of bodies that are text. */
export interface HttpBody {
  kind: 'http-body';
  request: HttpRequest;
  /** At most `maxBodyPrefix` characters. */
  text: string;
}

export interface HttpResponse {
  kind: 'http-response';
  status: number;
  reason: string;
  version: string;
  contentType: string | null;
  contentLength: number | null;
  /** The body comes in chunks (RFC 9112 section 7.1). */
  chunked: boolean;
  /** False when the empty line that ends the head was not among the bytes: the headers behind them are not known. */
  headWhole: boolean;
  /** HTTP/2: the stream of the request that this answers. */
  streamId?: number;
}

/** RFC 9110 section 9, WebDAV (RFC 4918) and the methods of SSDP. */
export const httpMethods = [
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'PATCH',
  'TRACE',
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'REPORT',
  'SEARCH',
  'NOTIFY',
  'M-SEARCH',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
];

/** Longest target kept, and header bytes searched: bounds the work a packet can ask for. */
export const maxTargetLength = 2048;
export const maxValueLength = 512;
const maxHeaders = 100;

/**
 * Start line and headers (RFC 9112 sections 3, 4) at `start`; headers behind the end of the packet are null. A
 * request whose line is cut by the end of the packet counts; one whose line ends without a version does not.
 */
export function decodeHttp(bytes: Uint8Array, start: number, end: number): HttpRequest | HttpResponse | null {
  if (startsWithAscii(bytes, start, end, 'HTTP/1.')) return decodeResponse(bytes, start, end);
  const method = methodAt(bytes, start, end);
  return method === null ? null : decodeRequest(bytes, start, end, method);
}

function methodAt(bytes: Uint8Array, start: number, end: number): string | null {
  const first = bytes[start] ?? 0;
  if (first < 0x43 || first > 0x55) return null;
  for (const method of httpMethods) {
    if (startsWithAscii(bytes, start, end, method) && bytes[start + method.length] === 0x20) return method;
  }
  return null;
}

function decodeRequest(bytes: Uint8Array, start: number, end: number, method: string): HttpRequest | null {
  const lineFeed = indexOfByte(bytes, 0x0a, start, end);
  const lineEnd = lineFeed < 0 ? end : trimReturn(bytes, lineFeed);
  const targetStart = start + method.length + 1;
  const versionStart = lineEnd - 8;
  const hasVersion =
    versionStart >= targetStart &&
    startsWithAscii(bytes, versionStart, lineEnd, 'HTTP/') &&
    bytes[versionStart - 1] === 0x20;
  if (lineFeed >= 0 && !hasVersion) return null;
  const request: HttpRequest = {
    kind: 'http-request',
    method,
    target: printableText(bytes, targetStart, hasVersion ? versionStart - 1 : lineEnd, maxTargetLength),
    version: hasVersion ? printableText(bytes, versionStart, lineEnd, 8) : '',
    host: null,
    userAgent: null,
    cookie: null,
    referer: null,
    authorization: null,
    authorizationHash: 0,
    contentType: null,
    contentLength: null,
    chunked: false,
    headWhole: false,
  };
  if (lineFeed < 0) return request;
  request.headWhole = eachHeader(bytes, lineFeed + 1, end, (name, value) => {
    if (name === 'host') request.host ??= value;
    else if (name === 'user-agent') request.userAgent ??= value;
    else if (name === 'cookie') request.cookie ??= value;
    else if (name === 'referer') request.referer ??= value;
    else if (name === 'authorization') {
      request.authorization ??= authorizationScheme(value);
      if (request.authorizationHash === 0) request.authorizationHash = textHash(value);
    } else if (name === 'content-type') request.contentType ??= value;
    else if (name === 'content-length') request.contentLength ??= contentLength(value);
    else if (name === 'transfer-encoding') request.chunked = endsInChunked(value);
  });
  return request;
}

/** Scheme of an Authorization header in lower case, empty without one; what follows is a secret. */
export function authorizationScheme(value: string): string {
  const scheme = /^[A-Za-z][A-Za-z0-9_-]{0,31}(?=\s)/.exec(value);
  return scheme === null ? '' : scheme[0].toLowerCase();
}

/** Bytes of a body that are kept for a look: attacks come first or not at all, and forms are short. */
export const maxBodyPrefix = 2048;

const textTypes = /urlencoded|json|xml|text\/|multipart\/form-data/i;

/** How many bytes of a request's body of `length` bytes to wait for; 0 when it has none or it is no text. */
export function bodyPrefixLength(request: HttpRequest, length: number = request.contentLength ?? 0): number {
  if (length === 0 || request.chunked) return 0;
  return request.contentType === null || textTypes.test(request.contentType) ? Math.min(length, maxBodyPrefix) : 0;
}

export function decodeHttpBody(request: HttpRequest, bytes: Uint8Array, start: number, end: number): HttpBody {
  return { kind: 'http-body', request, text: printableText(bytes, start, end, maxBodyPrefix) };
}

function decodeResponse(bytes: Uint8Array, start: number, end: number): HttpResponse | null {
  const lineFeed = indexOfByte(bytes, 0x0a, start, end);
  const lineEnd = lineFeed < 0 ? end : trimReturn(bytes, lineFeed);
  const digits = printableText(bytes, start + 9, Math.min(lineEnd, start + 12), 3);
  if (bytes[start + 8] !== 0x20 || !/^[1-9][0-9]{2}$/.test(digits)) return null;
  const response: HttpResponse = {
    kind: 'http-response',
    status: Number(digits),
    reason: printableText(bytes, start + 13, lineEnd, 128),
    version: printableText(bytes, start, start + 8, 8),
    contentType: null,
    contentLength: null,
    chunked: false,
    headWhole: false,
  };
  if (lineFeed < 0) return response;
  response.headWhole = eachHeader(bytes, lineFeed + 1, end, (name, value) => {
    if (name === 'content-type') response.contentType ??= value;
    else if (name === 'content-length') response.contentLength ??= contentLength(value);
    else if (name === 'transfer-encoding') response.chunked = endsInChunked(value);
  });
  return response;
}

function trimReturn(bytes: Uint8Array, lineFeed: number): number {
  return bytes[lineFeed - 1] === 0x0d ? lineFeed - 1 : lineFeed;
}

/** Lengths of the names that are looked for: most headers have another one, and cost no text. */
const wantedLengths = [
  'host',
  'cookie',
  'referer',
  'user-agent',
  'content-type',
  'authorization',
  'content-length',
  'transfer-encoding',
].reduce((bits, name) => bits | (1 << name.length), 0);

/**
 * Calls back for each whole header line that may be of use with a lower-case name, up to the empty line, the end or `maxHeaders`;
 * true when the empty line was there.
 */
function eachHeader(
  bytes: Uint8Array,
  start: number,
  end: number,
  onHeader: (name: string, value: string) => void,
): boolean {
  let offset = start;
  for (let count = 0; count < maxHeaders; count++) {
    const lineFeed = indexOfByte(bytes, 0x0a, offset, end);
    if (lineFeed < 0) return false;
    const lineEnd = trimReturn(bytes, lineFeed);
    if (lineEnd <= offset) return true;
    const colon = indexOfByte(bytes, 0x3a, offset, lineEnd);
    if (colon > offset && colon - offset <= 32 && (wantedLengths & (1 << (colon - offset))) !== 0) {
      let valueStart = colon + 1;
      while (valueStart < lineEnd && (bytes[valueStart] === 0x20 || bytes[valueStart] === 0x09)) valueStart += 1;
      const name = printableText(bytes, offset, colon, 32).toLowerCase();
      onHeader(name, printableText(bytes, valueStart, lineEnd, maxValueLength).trimEnd());
    }
    offset = lineFeed + 1;
  }
  return false;
}

/** Chunked is the last coding (RFC 9112 section 6.3). */
function endsInChunked(value: string): boolean {
  return /(^|[\s,])chunked$/i.test(value);
}

/** Value of Content-Length; null when it is no number. */
export function contentLength(value: string): number | null {
  return /^0*[0-9]{1,15}$/.test(value) ? Number(value) : null;
}
