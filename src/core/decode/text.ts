/** Stands for every byte that is not shown, so that no text out of a packet can act on what shows it. */
const dot = '·';

/**
 * Bytes `start` to `end` as text: printable ASCII and well-formed UTF-8 stay, control and invisible characters and all
 * other bytes become middle dots. At most `maxLength` UTF-16 units; a cut is shown by an ellipsis.
 */
export function printableText(bytes: Uint8Array, start: number, end: number, maxLength: number): string {
  const stop = Math.min(end, bytes.length);
  const ascii = stop - start > maxLength ? null : printableAscii(bytes, start, stop);
  if (ascii !== null) return ascii;
  let text = '';
  let index = start;
  while (index < stop) {
    if (text.length >= maxLength) return `${text}…`;
    const byte = bytes[index] ?? 0;
    const length = byte < 0xc2 ? 1 : sequenceLength(bytes, index, stop);
    if (length > 1) text += visible(codePoint(bytes, index, length));
    else text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : dot;
    index += length;
  }
  return text;
}

/** More arguments than a call has to take. */
const maxAtOnce = 512;

/**
 * The same for what is printable ASCII throughout, as nearly all names are: made in one piece, where adding up characters makes an
 * object for each. Null for all else.
 */
function printableAscii(bytes: Uint8Array, start: number, end: number): string | null {
  const length = end - start;
  if (length <= 0 || length > maxAtOnce) return null;
  const codes = new Array<number>(length);
  for (let index = 0; index < length; index++) {
    const byte = bytes[start + index] ?? 0;
    if (byte < 0x20 || byte >= 0x7f) return null;
    codes[index] = byte;
  }
  return String.fromCharCode(...codes);
}

/** Bytes `start` to `end` as they are, one character a byte (ISO 8859-1): for looking at, never for showing. */
export function latin1Text(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += maxAtOnce) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + maxAtOnce)));
  }
  return text;
}

/** What {@link printableText} makes of bytes that stand as one character each. */
export function printableLatin1(text: string, maxLength: number): string {
  const bytes = Uint8Array.from(text.slice(0, 4 * maxLength), (character) => character.charCodeAt(0));
  return printableText(bytes, 0, bytes.length, maxLength);
}

/** Length of the well-formed UTF-8 sequence at `offset` (RFC 3629 section 4), 1 when there is none. */
function sequenceLength(bytes: Uint8Array, offset: number, end: number): number {
  const first = bytes[offset] ?? 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
  if (offset + length > end) return 1;
  for (let index = 1; index < length; index++) {
    if (((bytes[offset + index] ?? 0) & 0xc0) !== 0x80) return 1;
  }
  const second = bytes[offset + 1] ?? 0;
  const overlong = (first === 0xe0 && second < 0xa0) || (first === 0xf0 && second < 0x90);
  const outside = (first === 0xed && second > 0x9f) || (first === 0xf4 && second > 0x8f);
  return overlong || outside ? 1 : length;
}

function codePoint(bytes: Uint8Array, offset: number, length: number): number {
  let code = (bytes[offset] ?? 0) & (0x7f >> length);
  for (let index = 1; index < length; index++) code = (code << 6) | ((bytes[offset + index] ?? 0) & 0x3f);
  return code;
}

/** C1 controls, formatting (directions, zero width), separators, surrogates, private use, unassigned. */
const invisible = /[\p{C}\p{Z}]/u;

function visible(code: number): string {
  const character = String.fromCodePoint(code);
  return invisible.test(character) ? dot : character;
}

const nearBytes = 48;

/** Index of `byte` in `start` to `end`, -1 when it is not there. */
export function indexOfByte(bytes: Uint8Array, byte: number, start: number, end: number): number {
  // What is near is found sooner than the call below has begun; it also looks behind the end.
  const near = Math.min(end, start + nearBytes, bytes.length);
  for (let index = start; index < near; index++) if (bytes[index] === byte) return index;
  if (near < start + nearBytes) return -1;
  const index = bytes.indexOf(byte, near);
  return index >= 0 && index < end ? index : -1;
}

/** True when the bytes at `offset` are `ascii` and end before `end`. */
export function startsWithAscii(bytes: Uint8Array, offset: number, end: number, ascii: string): boolean {
  if (offset + ascii.length > end) return false;
  for (let index = 0; index < ascii.length; index++) {
    if (bytes[offset + index] !== ascii.charCodeAt(index)) return false;
  }
  return true;
}
