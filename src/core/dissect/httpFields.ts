import type { PacketField } from '../../protocol/packetTree';
import { indexOfByte, printableText } from '../decode/text';
import type { Dissection } from './dissection';

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const colon = 0x3a;
const maxLines = 200;

/** Headers that Wireshark has a name for, in lower case. */
const headerNames: Readonly<Record<string, string>> = {
  host: 'http.host',
  'user-agent': 'http.user_agent',
  accept: 'http.accept',
  'accept-language': 'http.accept_language',
  'accept-encoding': 'http.accept_encoding',
  authorization: 'http.authorization',
  'cache-control': 'http.cache_control',
  connection: 'http.connection',
  cookie: 'http.cookie',
  'content-encoding': 'http.content_encoding',
  'content-length': 'http.content_length_header',
  'content-type': 'http.content_type',
  date: 'http.date',
  'last-modified': 'http.last_modified',
  location: 'http.location',
  referer: 'http.referer',
  server: 'http.server',
  'set-cookie': 'http.set_cookie',
  'transfer-encoding': 'http.transfer_encoding',
  upgrade: 'http.upgrade',
  'www-authenticate': 'http.www_authenticate',
  'x-forwarded-for': 'http.x_forwarded_for',
};

/** RFC 9112; SSDP over UDP has the same form. */
export function dissectHttp(at: Dissection, name: 'http' | 'ssdp', offset: number, end: number, isBody: boolean): void {
  const label = name === 'http' ? 'Hypertext Transfer Protocol' : 'Simple Service Discovery Protocol';
  const http = at.protocol(name, label, offset, end - offset);
  const { scribe, bytes } = at;
  if (isBody) {
    http.value = 'rest of a body';
    scribe.octets(http, '', 'Body', offset, end - offset);
    return;
  }
  let place = offset;
  for (let line = 0; line < maxLines && place < end; line++) {
    const feed = indexOfByte(bytes, lineFeed, place, end);
    const next = feed < 0 ? end : feed + 1;
    const stop = feed > place && bytes[feed - 1] === carriageReturn ? feed - 1 : feed < 0 ? end : feed;
    if (stop === place) {
      place = next;
      break;
    }
    if (line === 0) firstLine(at, http, place, stop);
    else header(at, http, place, stop, next);
    place = next;
  }
  if (place < end) scribe.octets(http, 'http.file_data', 'Body', place, end - place);
}

function firstLine(at: Dissection, http: PacketField, start: number, end: number): void {
  const { scribe, bytes } = at;
  http.value = printableText(bytes, start, end, 200);
  const line = scribe.add(http, '', http.value, start, end - start);
  const space = indexOfByte(bytes, 0x20, start, end);
  if (space < 0) return;
  const second = indexOfByte(bytes, 0x20, space + 1, end);
  const middleEnd = second < 0 ? end : second;
  if (printableText(bytes, start, start + 5, 5) === 'HTTP/') {
    scribe.text(line, 'http.response.version', 'Version', start, space - start);
    const code = scribe.text(line, 'http.response.code', 'Status code', space + 1, middleEnd - space - 1);
    if (/^\d{3}$/.test(code.value)) code.raw = Number(code.value);
    if (second >= 0) scribe.text(line, 'http.response.phrase', 'Reason', second + 1, end - second - 1);
    return;
  }
  scribe.text(line, 'http.request.method', 'Method', start, space - start);
  scribe.text(line, 'http.request.uri', 'URI', space + 1, middleEnd - space - 1);
  if (second >= 0) scribe.text(line, 'http.request.version', 'Version', second + 1, end - second - 1);
}

function header(at: Dissection, http: PacketField, start: number, end: number, next: number): void {
  const { scribe, bytes } = at;
  const split = indexOfByte(bytes, colon, start, end);
  if (split < 0) {
    scribe.add(http, '', printableText(bytes, start, end, 200), start, next - start);
    return;
  }
  const key = printableText(bytes, start, split, 80);
  let valueStart = split + 1;
  while (valueStart < end && (bytes[valueStart] === 0x20 || bytes[valueStart] === 0x09)) valueStart += 1;
  const value = printableText(bytes, valueStart, end, 1024);
  // Wireshark's place of a header is its whole line.
  scribe.add(http, headerNames[key.toLowerCase()] ?? '', key, start, next - start, value, value);
}

/** Commands and replies of protocols in lines of text (FTP, SMTP, POP, IMAP, SIP), and the version line of SSH. */
export function dissectLines(at: Dissection, name: string, label: string, offset: number, end: number): void {
  const { scribe, bytes } = at;
  const root = at.protocol(name, label, offset, end - offset);
  let place = offset;
  for (let line = 0; line < maxLines && place < end; line++) {
    const feed = indexOfByte(bytes, lineFeed, place, end);
    const next = feed < 0 ? end : feed + 1;
    const text = printableText(bytes, place, next, 400).replace(/·+$/, '');
    if (line === 0) root.value = text.slice(0, 200);
    scribe.add(
      root,
      name === 'ssh' && line === 0 ? 'ssh.protocol' : '',
      text,
      place,
      next - place,
      '',
      name === 'ssh' ? text : null,
    );
    place = next;
  }
}
