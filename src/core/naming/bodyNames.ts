import { indexOfByte, startsWithAscii } from '../decode/text';
import type { ProtocolName } from '../decode/protocols';
import { namesOfMediaType } from './mediaTypes';
import type { Payload } from './payload';

const signatures = new Map<ProtocolName, readonly number[]>([
  ['image-gif', [0x47, 0x49, 0x46, 0x38]],
  ['image-jfif', [0xff, 0xd8]],
  ['png', [0x89, 0x50, 0x4e, 0x47]],
]);

const maxParts = 64;

/** Names what a body of an HTTP or mail message holds, by its Content-Type; `head` are the lines before it. */
export function bodyNames(payload: Payload, head: Uint8Array, bytes: Uint8Array, start: number, end: number): void {
  const contentType = headerValue(head, 'content-type');
  const encoding = headerValue(head, 'content-encoding').toLowerCase();
  if (encoding.includes('gzip') && end - start === emptyGzipBytes && isZero(bytes, end - 4)) return;
  if (encoding !== '' && encoding !== 'identity' && !decodable(encoding, bytes, start)) return payload.add('data');
  namePart(payload, contentType, encoding === '' || encoding === 'identity', bytes, start, end, 0);
}

/** Gzip (RFC 1952) of nothing: header, an empty block, checksum and length. */
const emptyGzipBytes = 20;

function isZero(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 0 && bytes[at + 3] === 0;
}

/** tshark inflates gzip and deflate; what does not begin like them, or has another coding, stays data. */
function decodable(encoding: string, bytes: Uint8Array, start: number): boolean {
  if (encoding.includes('gzip')) return bytes[start] === 0x1f && bytes[start + 1] === 0x8b;
  return encoding.includes('deflate') || encoding === 'br';
}

/** One part with the bytes `start` to `end`; `clear` when they are not compressed. */
export function namePart(
  payload: Payload,
  contentType: string,
  clear: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number,
): void {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (type.startsWith('multipart/')) return nameMultipart(payload, contentType, bytes, start, end, depth);
  const names = namesOfMediaType(type) ?? namesByContent(type, clear, bytes, start, end);
  const [first] = names;
  const signature = first === undefined ? undefined : signatures.get(first);
  if (clear && signature?.some((byte, index) => bytes[start + index] !== byte) === true) return payload.add('media');
  payload.addAll(names);
  if (first === 'data-text-lines' && startsWithAscii(bytes, start, end, '<?xml')) payload.add('xml');
  if (first === 'json' && clear && !beginsJson(bytes, start, end)) payload.add('data-text-lines');
}

/** What is no object, array, string or number is shown as lines of text besides. */
function beginsJson(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && (bytes[at] ?? 0) <= 0x20) at++;
  const first = String.fromCharCode(bytes[at] ?? 0);
  return /[[{"0-9tfn-]/.test(first);
}

/** Of a type that nobody reads, or none at all: pictures are known by their first bytes. */
function namesByContent(
  type: string,
  clear: boolean,
  bytes: Uint8Array,
  start: number,
  end: number,
): readonly ProtocolName[] {
  if (clear) {
    for (const [name, signature] of signatures)
      if (signature.every((byte, index) => bytes[start + index] === byte)) return [name];
    if (type === 'video/mp2t') return bytes[start] === 0x47 ? ['mp2t'] : [];
    const film = type === 'video/mp4' || type === 'audio/mp4';
    if (film && startsWithAscii(bytes, start + 4, end, 'ftyp')) return ['mp4'];
  }
  return type === '' ? ['data'] : ['media'];
}

/** RFC 2046 section 5.1. */
function nameMultipart(
  payload: Payload,
  contentType: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number,
): void {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1]?.trim() ?? '';
  if (boundary === '') return payload.add('media');
  payload.add('mime_multipart');
  if (depth > 4) return;
  const delimiter = `--${boundary}`;
  let partStart = -1;
  let parts = 0;
  for (let at = start; at < end && parts < maxParts;) {
    const feed = indexOfByte(bytes, 0x0a, at, end);
    const next = feed < 0 ? end : feed + 1;
    if (startsWithAscii(bytes, at, end, delimiter)) {
      if (partStart >= 0) nameMessagePart(payload, bytes, partStart, at, depth);
      parts++;
      if (startsWithAscii(bytes, at + delimiter.length, end, '--')) return;
      partStart = next;
    }
    at = next;
  }
  if (partStart >= 0) nameMessagePart(payload, bytes, partStart, end, depth);
}

function nameMessagePart(payload: Payload, bytes: Uint8Array, start: number, end: number, depth: number): void {
  let at = start;
  while (at < end) {
    const feed = indexOfByte(bytes, 0x0a, at, end);
    const next = feed < 0 ? end : feed + 1;
    if (feed === at || (feed === at + 1 && bytes[at] === 0x0d)) {
      // The line break before the delimiter belongs to that.
      const bodyEnd = bytes[end - 1] === 0x0a ? (bytes[end - 2] === 0x0d ? end - 2 : end - 1) : end;
      if (next < bodyEnd) {
        const type = headerValue(bytes.subarray(start, at), 'content-type');
        namePart(payload, type, true, bytes, next, bodyEnd, depth + 1);
      }
      return;
    }
    at = next;
  }
}

/** The value of a header line, folded lines joined; empty when there is none. */
export function headerValue(head: Uint8Array, name: string): string {
  for (let at = 0; at < head.length;) {
    let feed = indexOfByte(head, 0x0a, at, head.length);
    if (feed < 0) feed = head.length;
    if (head[at + name.length] === 0x3a && sameLetters(head, at, name)) {
      let stop = feed;
      // RFC 5322 section 2.2.3.
      while ((head[stop + 1] === 0x20 || head[stop + 1] === 0x09) && stop + 1 < head.length) {
        stop = indexOfByte(head, 0x0a, stop + 1, head.length);
        if (stop < 0) stop = head.length;
      }
      let text = '';
      for (let i = at + name.length + 1; i < Math.min(stop, at + 1000); i++) text += String.fromCharCode(head[i] ?? 0);
      return text.replace(/[\r\n]/g, '').trim();
    }
    at = feed + 1;
  }
  return '';
}

function sameLetters(bytes: Uint8Array, at: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    if (((bytes[at + index] ?? 0) | 0x20) !== name.charCodeAt(index) && bytes[at + index] !== name.charCodeAt(index))
      return false;
  }
  return true;
}
