import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hexByte } from './addresses';
import { uint16, uint24, uint8 } from '../bytes/integers';

export interface TlsFingerprints {
  /** MD5 of version, cipher suites, extensions, groups and point formats, in hexadecimal (Salesforce, 2017). */
  ja3: string;
  /** `t13d1516h2_8daaf6152771_e5627efa2ab1` (FoxIO, JA4 technical details). */
  ja4: string;
}

/** Lists as the ClientHello has them, without the reserved values of GREASE (RFC 8701). */
interface HelloLists {
  ciphers: number[];
  extensions: number[];
  groups: number[];
  pointFormats: number[];
  signatureAlgorithms: number[];
  versions: number[];
  alpn: Uint8Array | null;
}

/** More than any client has; bounds the work that a hello can ask for. */
const maxListed = 1024;

/**
 * Fingerprints of the ClientHello (RFC 8446 section 4.1.2) whose handshake header stands at `offset`; null when it is cut.
 * `transport` is `t` for TLS over TCP and `q` for QUIC.
 */
export function tlsFingerprints(
  bytes: Uint8Array,
  offset: number,
  end: number,
  transport: 't' | 'q',
): TlsFingerprints | null {
  if (end - offset < 4 || offset + 4 + uint24(bytes, offset + 1) > end) return null;
  const version = uint16(bytes, offset + 4);
  const lists = readLists(bytes, offset + 4 + 2 + 32, end);
  if (lists === null) return null;
  return { ja3: ja3Of(version, lists), ja4: ja4Of(version, lists, transport) };
}

function readLists(bytes: Uint8Array, sessionOffset: number, end: number): HelloLists | null {
  let at = sessionOffset + 1 + uint8(bytes, sessionOffset);
  if (at + 2 > end) return null;
  const cipherLength = uint16(bytes, at);
  at += 2;
  if (at + cipherLength + 1 > end) return null;
  const lists: HelloLists = {
    ciphers: readNumbers(bytes, at, at + cipherLength),
    extensions: [],
    groups: [],
    pointFormats: [],
    signatureAlgorithms: [],
    versions: [],
    alpn: null,
  };
  at += cipherLength;
  at += 1 + uint8(bytes, at);
  // TLS 1.2 and before may have no extensions at all.
  if (at === end) return lists;
  if (at + 2 > end || at + 2 + uint16(bytes, at) > end) return null;
  const stop = at + 2 + uint16(bytes, at);
  at += 2;
  while (at + 4 <= stop && lists.extensions.length < maxListed) {
    const type = uint16(bytes, at);
    const start = at + 4;
    const extensionEnd = start + uint16(bytes, at + 2);
    if (extensionEnd > stop) return null;
    if (!isGrease(type)) lists.extensions.push(type);
    readExtension(lists, type, bytes, start, extensionEnd);
    at = extensionEnd;
  }
  return lists;
}

function readExtension(lists: HelloLists, type: number, bytes: Uint8Array, start: number, end: number): void {
  if (end <= start) return;
  if (type === 10) lists.groups = readNumbers(bytes, start + 2, end);
  else if (type === 11) lists.pointFormats = [...bytes.subarray(start + 1, end)].slice(0, maxListed);
  else if (type === 13) lists.signatureAlgorithms = readNumbers(bytes, start + 2, end);
  else if (type === 43) lists.versions = readNumbers(bytes, start + 1, end);
  else if (type === 16 && end - start > 3) {
    lists.alpn = bytes.slice(start + 3, Math.min(end, start + 3 + uint8(bytes, start + 2)));
  }
}

function readNumbers(bytes: Uint8Array, start: number, end: number): number[] {
  const numbers: number[] = [];
  for (let at = start; at + 2 <= end && numbers.length < maxListed; at += 2) {
    const value = uint16(bytes, at);
    if (!isGrease(value)) numbers.push(value);
  }
  return numbers;
}

function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

function ja3Of(version: number, lists: HelloLists): string {
  const { ciphers, extensions, groups, pointFormats } = lists;
  const text = [[version], ciphers, extensions, groups, pointFormats].map((list) => list.join('-')).join(',');
  return ja3Hashes.of(text);
}

function ja4Of(version: number, lists: HelloLists, transport: 't' | 'q'): string {
  const { ciphers, extensions, signatureAlgorithms, versions } = lists;
  const highest = versions.length > 0 ? Math.max(...versions) : version;
  const serverName = extensions.includes(0) ? 'd' : 'i';
  const head = `${transport}${ja4Versions.get(highest) ?? '00'}${serverName}${twoDigits(ciphers.length)}${twoDigits(extensions.length)}${alpnEnds(lists.alpn)}`;
  const sortedCiphers = ciphers.map(hex16).sort().join(',');
  const sortedExtensions = extensions
    .filter((type) => type !== 0 && type !== 16)
    .map(hex16)
    .sort()
    .join(',');
  const algorithms = signatureAlgorithms.map(hex16).join(',');
  const tail = algorithms === '' ? sortedExtensions : `${sortedExtensions}_${algorithms}`;
  return `${head}_${shortHash(sortedCiphers)}_${shortHash(tail)}`;
}

const ja4Versions = new Map([
  [0x0304, '13'],
  [0x0303, '12'],
  [0x0302, '11'],
  [0x0301, '10'],
  [0x0300, 's3'],
  [0x0002, 's2'],
]);

function twoDigits(count: number): string {
  return String(Math.min(count, 99)).padStart(2, '0');
}

/** First and last character of the first protocol; of its hexadecimal digits when one of them is no letter or digit. */
function alpnEnds(alpn: Uint8Array | null): string {
  const first = alpn?.[0];
  const last = alpn?.[alpn.length - 1];
  if (first === undefined || last === undefined) return '00';
  if (isAlphanumeric(first) && isAlphanumeric(last)) return String.fromCharCode(first, last);
  return `${hexByte(first).charAt(0)}${hexByte(last).charAt(1)}`;
}

function isAlphanumeric(byte: number): boolean {
  const letter = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x7a);
}

function shortHash(text: string): string {
  return text === '' ? '000000000000' : ja4Hashes.of(text);
}

/** Hashes of the lists of newest clients: what one program sends is nearly always the same. */
class ListHashes {
  readonly #known = new Map<string, string>();

  constructor(readonly hash: (bytes: Uint8Array) => string) {}

  of(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const hash = this.hash(asciiBytes(text));
    if (this.#known.size >= maxHashes) this.#known.clear();
    if (text.length <= maxHashedText) this.#known.set(text, hash);
    return hash;
  }
}

const maxHashes = 256;
const maxHashedText = 1024;
const ja3Hashes = new ListHashes((bytes) => hexText(md5(bytes)));
const ja4Hashes = new ListHashes((bytes) => hexText(sha256(bytes)).slice(0, 12));

function hex16(value: number): string {
  return hexByte(value >> 8) + hexByte(value & 0xff);
}

function hexText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hexByte(byte);
  return text;
}

function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}
