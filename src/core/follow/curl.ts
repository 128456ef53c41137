import type { HttpRequest } from '../decode/http';
import type { HttpMessage } from './httpExchanges';

/** Longest body that is put into a command. */
const maxBodyBytes = 65_536;

/** Names of fields (RFC 9110 section 5.1): no `@` among them, with which curl would read a file. */
const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What curl sets by itself, or would be wrong about a body that is sent whole. */
const ownFields = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'proxy-connection', 'expect']);
const plainHost = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/;

/**
 * A request as a curl command for a POSIX shell. Everything that came from the wire is quoted so that no shell and no option of curl
 * gives it a meaning: single quotes, `$'…'` where there are control characters (pasted into a terminal they would act), no
 * file is ever read (`--data-raw`, checked names of fields), brackets in the URL are no ranges (`--globoff`).
 * @param encrypted it went through TLS
 * @param server address and port that the connection went to, as they stand in a URL
 */
export function curlCommand(request: HttpMessage<HttpRequest>, server: string, encrypted = false): string {
  const { head, fields, body } = request;
  const host = fields.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? '';
  const named = plainHost.test(host);
  const target = targetOf(request.startLine);
  const absolute = /^https?:\/\//i.test(target);
  const url = absolute
    ? target
    : `${encrypted ? 'https' : 'http'}://${named ? host : server}${target.startsWith('/') ? target : `/${target}`}`;
  const parts = ['curl', '--globoff', '--path-as-is'];
  if (head.method !== 'GET' || body.length > 0) parts.push('--request', quoted(head.method));
  if (head.method === 'HEAD') parts.push('--head');
  parts.push('--url', quoted(url));
  if (!named && host !== '') parts.push('--header', quoted(`Host: ${host}`));
  let compressed = false;
  const left: string[] = [];
  for (const [name, value] of fields) {
    const lower = name.toLowerCase();
    if (ownFields.has(lower)) continue;
    if (!fieldName.test(name)) {
      left.push('a header whose name is not one');
      continue;
    }
    if (lower === 'accept-encoding') compressed = true;
    // A name alone would take the field away; with a semicolon it is sent empty.
    parts.push('--header', quoted(value === '' ? `${name};` : `${name}: ${value}`));
  }
  if (compressed) parts.push('--compressed');
  if (body.length > 0) {
    const text = body.length <= maxBodyBytes && !request.cut ? bodyText(body) : null;
    if (text === null) left.push(`the body of ${body.length} bytes (${request.cut ? 'not whole' : 'binary or long'})`);
    else parts.push('--data-raw', quoted(text));
  }
  const note = left.length === 0 ? '' : `# Left out: ${left.join(', ')}\n`;
  return `${note}${parts.join(' ')}\n`;
}

/** Target of a request line; what may not stand in a URL is encoded. */
function targetOf(startLine: string): string {
  const first = startLine.indexOf(' ');
  const last = startLine.lastIndexOf(' ');
  const target = last > first ? startLine.slice(first + 1, last) : startLine.slice(first + 1);
  return target.replace(
    /[^\u0021-\u007e]/g,
    (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
}

/** ASCII text; null for anything else, of which a shell could not hold every byte. */
function bodyText(body: Uint8Array): string | null {
  let text = '';
  for (const byte of body) {
    if (byte === 0 || byte >= 0x7f) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** One word of a POSIX shell; with `$'…'`, which bash, zsh and ksh know, where there are characters that act when pasted. */
export function quoted(text: string): string {
  if (/^[A-Za-z0-9_./:=%+,-]+$/.test(text) && !text.startsWith('-')) return text;
  if (!/[\u0000-\u001f\u007f-\uffff]/.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  const escaped = [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === "'" || character === '\\') return `\\${character}`;
    if (code >= 0x20 && code < 0x7f) return character;
    if (code === 0) return '';
    // Field values have one character a byte (ISO 8859-1).
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
    return `\\U${code.toString(16).padStart(8, '0')}`;
  });
  return `$'${escaped.join('')}'`;
}
