import { httpMethods } from '../../decode/http';
import { indexOfByte, printableText, startsWithAscii } from '../../decode/text';
import type { FilterField } from '../filterField';
import type { Message } from '../filterSubject';
import { MessageFields } from './define';

interface HttpContent {
  /** Start line in three parts. */
  request: { method: string; target: string; version: string } | null;
  response: { version: string; code: number; phrase: string } | null;
  /** Names in lower case. */
  headers: (readonly [name: string, value: string])[];
}

/** Bounds of what is read of one head. */
const maxLine = 8192;
const maxHeaders = 200;

/** RFC 9112 sections 3 to 5; null when the message does not begin with a head. */
function readHttp({ bytes, start, end }: Message): HttpContent | null {
  const isResponse = startsWithAscii(bytes, start, end, 'HTTP/');
  const method = isResponse ? undefined : httpMethods.find((name) => startsWithAscii(bytes, start, end, `${name} `));
  if (!isResponse && method === undefined) return null;
  const content: HttpContent = { request: null, response: null, headers: [] };
  let at = start;
  for (let count = 0; count <= maxHeaders && at < end; count++) {
    const feed = indexOfByte(bytes, 0x0a, at, end);
    const stop = feed < 0 ? end : feed;
    const lineEnd = stop > at && bytes[stop - 1] === 0x0d ? stop - 1 : stop;
    if (lineEnd <= at) break;
    const line = printableText(bytes, at, lineEnd, maxLine);
    if (count === 0) readStartLine(content, line, isResponse);
    else {
      const colon = line.indexOf(':');
      if (colon > 0) content.headers.push([line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]);
    }
    if (feed < 0) break;
    at = feed + 1;
  }
  return content;
}

function readStartLine(content: HttpContent, line: string, isResponse: boolean): void {
  const [first = '', second = '', ...rest] = line.split(' ');
  if (isResponse) {
    const code = /^[0-9]{3}$/.test(second) ? Number(second) : Number.NaN;
    content.response = { version: first, code, phrase: rest.join(' ') };
  } else {
    // A target can hold blanks; the version is what follows the last one.
    const version = rest.pop() ?? '';
    content.request = { method: first, target: [second, ...rest].join(' '), version };
  }
}

const http = new MessageFields<HttpContent>(['http', 'ssdp'], readHttp);

const header = (name: string, description: string, ...headers: readonly string[]): FilterField =>
  http.texts(`http.${name}`, description, (content) =>
    content.headers.filter(([found]) => headers.includes(found)).map(([, value]) => value),
  );

function one({ headers }: HttpContent, name: string): string | null {
  return headers.find(([found]) => found === name)?.[1] ?? null;
}

function contentLength(content: HttpContent): number | null {
  const text = one(content, 'content-length');
  return text !== null && /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
}

function fullUri(content: HttpContent): string | null {
  if (content.request === null) return null;
  const { target } = content.request;
  if (/^[a-z]+:\/\//i.test(target)) return target;
  const host = one(content, 'host');
  return host === null ? null : `http://${host}${target}`;
}

export const httpFields: readonly FilterField[] = [
  http.flag('http.request', 'Request', ({ request }) => (request === null ? null : true)),
  http.texts('http.request.method', 'Method of the request', ({ request }) => request?.method ?? null),
  http.texts('http.request.uri', 'Target of the request', ({ request }) => request?.target ?? null),
  http.texts('http.request.uri.path', 'Target of the request before the question mark', ({ request }) =>
    request === null ? null : (request.target.split('?')[0] ?? null),
  ),
  http.texts('http.request.uri.query', 'Target of the request behind the question mark', ({ request }) => {
    const at = request?.target.indexOf('?') ?? -1;
    return request === null || at < 0 ? null : request.target.slice(at + 1);
  }),
  http.texts('http.request.full_uri', 'Target of the request with its host', fullUri),
  http.texts('http.request.version', 'Version of the request', ({ request }) => request?.version ?? null),
  http.flag('http.response', 'Response', (content) => (content.response === null ? null : true)),
  http.numbers('http.response.code', 'Status of the response', ({ response }) =>
    response === null || Number.isNaN(response.code) ? null : response.code,
  ),
  http.texts('http.response.phrase', 'Reason that the response gives', ({ response }) => response?.phrase ?? null),
  http.texts('http.response.version', 'Version of the response', ({ response }) => response?.version ?? null),
  header('host', 'Host header', 'host'),
  header('user_agent', 'User-Agent header', 'user-agent'),
  header('referer', 'Referer header', 'referer'),
  header('cookie', 'Cookie header', 'cookie'),
  header('set_cookie', 'Set-Cookie header', 'set-cookie'),
  header('accept', 'Accept header', 'accept'),
  header('accept_encoding', 'Accept-Encoding header', 'accept-encoding'),
  header('accept_language', 'Accept-Language header', 'accept-language'),
  header('authorization', 'Authorization header', 'authorization'),
  header('proxy_authorization', 'Proxy-Authorization header', 'proxy-authorization'),
  header('www_authenticate', 'WWW-Authenticate header', 'www-authenticate'),
  header('cache_control', 'Cache-Control header', 'cache-control'),
  header('connection', 'Connection header', 'connection'),
  header('content_type', 'Content-Type header', 'content-type'),
  header('content_encoding', 'Content-Encoding header', 'content-encoding'),
  header('content_length_header', 'Content-Length header as it is written', 'content-length'),
  http.numbers('http.content_length', 'Bytes of the body, by its header', contentLength),
  header('date', 'Date header', 'date'),
  header('last_modified', 'Last-Modified header', 'last-modified'),
  header('location', 'Location header', 'location'),
  header('server', 'Server header', 'server'),
  header('transfer_encoding', 'Transfer-Encoding header', 'transfer-encoding'),
  header('upgrade', 'Upgrade header', 'upgrade'),
  header('x_forwarded_for', 'X-Forwarded-For header', 'x-forwarded-for'),
];
