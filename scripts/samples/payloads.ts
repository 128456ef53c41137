import { concatBytes } from '../../src/core/bytes/concatBytes';
import { hexBytes, ipBytes, textBytes } from './frames';

/** Builds application payloads: DNS, HTTP/1 and TLS. Pure, like the frames. */

export const dnsTypes = { A: 1, NS: 2, CNAME: 5, PTR: 12, TXT: 16, AAAA: 28, HTTPS: 65 } as const;
export type DnsType = keyof typeof dnsTypes;

export interface DnsAnswer {
  name: string;
  type: DnsType;
  /** Address text for A and AAAA, a name for CNAME, NS and PTR, text for TXT, hexadecimal for HTTPS. */
  data: string;
  ttlSeconds?: number;
}

export interface DnsOptions {
  id: number;
  response?: boolean;
  /** RFC 1035 section 4.1.1: 3 is NXDOMAIN. */
  responseCode?: number;
  truncated?: boolean;
  /** On unless told; multicast DNS has it off. */
  recursionDesired?: boolean;
  questions: { name: string; type: DnsType }[];
  answers?: DnsAnswer[];
}

/** DNS message (RFC 1035 section 4) as it stands in a UDP datagram; no name compression. */
export function dnsMessage(options: DnsOptions): Uint8Array {
  const answers = options.answers ?? [];
  const header = new Uint8Array(12);
  const view = new DataView(header.buffer);
  const recursion = (options.recursionDesired ?? true) ? 0x0100 : 0;
  const flags = (options.response ? 0x8080 : 0) | recursion;
  view.setUint16(0, options.id);
  view.setUint16(2, flags | (options.truncated ? 0x0200 : 0) | (options.responseCode ?? 0));
  view.setUint16(4, options.questions.length);
  view.setUint16(6, answers.length);
  const questions = options.questions.map((question) =>
    concatBytes([dnsName(question.name), dnsTypeAndClass(question.type)]),
  );
  return concatBytes([header, ...questions, ...answers.map(dnsRecord)]);
}

/** Name as length-prefixed labels; '' is the root. */
export function dnsName(name: string): Uint8Array {
  const labels = name === '' ? [] : name.split('.').map(textBytes);
  return concatBytes([...labels.flatMap((label) => [Uint8Array.of(label.length), label]), Uint8Array.of(0)]);
}

function dnsTypeAndClass(type: DnsType): Uint8Array {
  return Uint8Array.of(0, dnsTypes[type], 0, 1);
}

function dnsRecord(answer: DnsAnswer): Uint8Array {
  const data = dnsData(answer);
  const head = new Uint8Array(6);
  const view = new DataView(head.buffer);
  view.setUint32(0, answer.ttlSeconds ?? 300);
  view.setUint16(4, data.length);
  return concatBytes([dnsName(answer.name), dnsTypeAndClass(answer.type), head, data]);
}

function dnsData(answer: DnsAnswer): Uint8Array {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return ipBytes(answer.data);
    case 'TXT':
      return concatBytes([Uint8Array.of(textBytes(answer.data).length), textBytes(answer.data)]);
    case 'HTTPS':
      return hexBytes(answer.data);
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return dnsName(answer.data);
  }
}

/** HTTP/1.1 request; `headers` after Host, in order. */
export function httpRequest(
  method: string,
  target: string,
  host: string,
  headers: Record<string, string> = {},
  body = '',
): Uint8Array {
  return textBytes(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${headerLines(headers)}\r\n${body}`);
}

/** HTTP/1.1 response with a Content-Length of the body. */
export function httpResponse(status: number, reason: string, body = '', contentType = 'text/html'): Uint8Array {
  const headers = { 'Content-Type': contentType, 'Content-Length': String(textBytes(body).length) };
  return textBytes(`HTTP/1.1 ${status} ${reason}\r\n${headerLines(headers)}\r\n${body}`);
}

function headerLines(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

/** TLS record (RFC 8446 section 5.1): 20 change cipher spec, 21 alert, 22 handshake, 23 application data. */
export function tlsRecord(contentType: number, fragment: Uint8Array, version = 0x0303): Uint8Array {
  return concatBytes([Uint8Array.of(contentType), number16(version), number16(fragment.length), fragment]);
}

/**
 * Handshake record with a ClientHello (RFC 8446 section 4.1.2) that offers TLS 1.3 and 1.2. `seed` fills the random
 * and session id fields. Null or an empty list leaves an extension out.
 */
export function tlsClientHello(
  serverName: string | null,
  options: { alpn?: string[]; seed?: number } = {},
): Uint8Array {
  const seed = options.seed ?? 1;
  const alpn = options.alpn ?? ['h2', 'http/1.1'];
  const extensions: Uint8Array[] = [];
  if (serverName !== null) {
    const name = textBytes(serverName);
    extensions.push(extension(0, sized16(concatBytes([Uint8Array.of(0), sized16(name)]))));
  }
  extensions.push(extension(10, sized16(hexBytes('001d 0017'))));
  extensions.push(extension(13, sized16(hexBytes('0403 0804 0401'))));
  if (alpn.length > 0)
    extensions.push(extension(16, sized16(concatBytes(alpn.map((name) => sized8(textBytes(name)))))));
  extensions.push(extension(43, sized8(hexBytes('0304 0303'))));
  extensions.push(extension(51, sized16(concatBytes([hexBytes('001d'), sized16(filler(32, seed + 2))]))));
  const body = concatBytes([
    number16(0x0303),
    filler(32, seed),
    sized8(filler(32, seed + 1)),
    sized16(hexBytes('1301 1302 c02f')),
    hexBytes('01 00'),
    sized16(concatBytes(extensions)),
  ]);
  return tlsRecord(22, handshake(1, body), 0x0301);
}

/** Handshake record with a TLS 1.3 ServerHello (RFC 8446 section 4.1.3). */
export function tlsServerHello(seed = 1): Uint8Array {
  const keyShare = concatBytes([hexBytes('001d'), sized16(filler(32, seed + 2))]);
  const body = concatBytes([
    number16(0x0303),
    filler(32, seed),
    sized8(filler(32, seed + 1)),
    hexBytes('1301 00'),
    sized16(concatBytes([extension(43, hexBytes('0304')), extension(51, keyShare)])),
  ]);
  return tlsRecord(22, handshake(2, body));
}

/** `length` bytes that look random and depend on nothing but the seed (xorshift). */
export function filler(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  for (let i = 0; i < length; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 0xff;
  }
  return bytes;
}

function handshake(type: number, body: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(type, body.length >> 16), number16(body.length & 0xffff), body]);
}

function extension(type: number, data: Uint8Array): Uint8Array {
  return concatBytes([number16(type), sized16(data)]);
}

function number16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function sized16(bytes: Uint8Array): Uint8Array {
  return concatBytes([number16(bytes.length), bytes]);
}

function sized8(bytes: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(bytes.length), bytes]);
}
