import { parseIpAddress } from '../decode/addresses';
import type { FieldType } from './filterField';
import { FilterError } from './filterError';
import type { WordOperand } from './filterTree';
import { shown } from './filterTree';

/** `\xhh` above 0x7f in a text stands for a byte and is kept as a lone surrogate. */
const escapedByteBase = 0xdc00;

function wrong(literal: WordOperand, message: string): FilterError {
  return new FilterError(message, literal.start, literal.end);
}

type Named = Readonly<Record<string, number>>;

/** Types whose values are numbers. */
export type NumberType = Extract<FieldType, 'number' | 'boolean' | 'ipv4' | 'mac' | 'time' | 'duration' | 'label'>;

/** A value of a field whose values are numbers. `names` are those that its numbers have. Throws `FilterError`. */
export function numberLiteral(type: NumberType, literal: WordOperand, names: Named = {}): number {
  switch (type) {
    case 'number':
      return plainNumber(literal, names);
    case 'boolean':
      return booleanLiteral(literal);
    case 'ipv4':
      return ipv4Number(literal, literal.text);
    case 'mac':
      return macNumber(literal);
    case 'time':
      return timeLiteral(literal);
    case 'duration':
      return secondsLiteral(literal);
    case 'label':
      throw wrong(literal, 'This field has no values: it is there or not.');
  }
}

/** Decimal, 0x hexadecimal, 0 octal, 0b binary, or a name of a value. */
function plainNumber(literal: WordOperand, names: Named): number {
  const { text } = literal;
  const named = Object.entries(names).find(([name]) => name.toLowerCase() === text.toLowerCase());
  if (named !== undefined) return named[1];
  if (/^0[xX][0-9a-fA-F]{1,12}$/.test(text)) return parseInt(text.slice(2), 16);
  if (/^0[bB][01]{1,48}$/.test(text)) return parseInt(text.slice(2), 2);
  if (/^0[0-7]{1,15}$/.test(text)) return parseInt(text, 8);
  if (/^-?[0-9]{1,15}$/.test(text)) return Number(text);
  const some = Object.keys(names).slice(0, 4).join(', ');
  throw wrong(literal, `"${shown(text)}" is not a number${some === '' ? '' : ` or a name like ${some}`}.`);
}

function booleanLiteral(literal: WordOperand): number {
  if (literal.text === '1' || /^true$/i.test(literal.text)) return 1;
  if (literal.text === '0' || /^false$/i.test(literal.text)) return 0;
  throw wrong(literal, `"${shown(literal.text)}" is neither true nor false (1 or 0).`);
}

function ipv4Number(literal: WordOperand, text: string): number {
  const bytes = parseIpAddress(text);
  if (bytes?.length !== 4) throw wrong(literal, `"${shown(literal.text)}" is not an IPv4 address.`);
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function macNumber(literal: WordOperand): number {
  const { text } = literal;
  if (!/^([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}$|^([0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}$/.test(text)) {
    throw wrong(literal, `"${shown(text)}" is not a MAC address.`);
  }
  return parseInt(text.replace(/[:.-]/g, ''), 16);
}

/** Seconds as the reader of captures counts them: the same sum, so that equal times are equal. */
function secondsLiteral(literal: WordOperand): number {
  const parts = /^(-?[0-9]{1,12})(?:\.([0-9]{1,9}))?$/.exec(literal.text);
  if (parts === null) throw wrong(literal, `"${shown(literal.text)}" is not a number of seconds.`);
  const nanoseconds = Number((parts[2] ?? '').padEnd(9, '0'));
  const whole = Number(parts[1]);
  return parts[1]?.startsWith('-') ? whole - nanoseconds / 1e9 : whole + nanoseconds / 1e9;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `2024-05-01`, `2024-05-01 12:30:00.5Z`, `May 1, 2024 12:30:00`, or seconds since 1970. Without an offset it is UTC. */
function timeLiteral(literal: WordOperand): number {
  const { text } = literal;
  if (/^-?[0-9]+(\.[0-9]+)?$/.test(text)) return secondsLiteral(literal);
  const clock = String.raw`(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)? ?(Z|UTC|[+-]\d{2}:?\d{2})?`;
  const iso = new RegExp(String.raw`^(\d{4})-(\d{1,2})-(\d{1,2})${clock}$`).exec(text);
  const worded = iso ?? new RegExp(String.raw`^([A-Za-z]{3}) +(\d{1,2}), +(\d{4})${clock}$`).exec(text);
  if (worded === null) throw wrong(literal, `"${shown(text)}" is not a time like "2024-05-01 12:30:00".`);
  const [, first = '', second = '', third = '', hour = '0', minute = '0', secondOfMinute = '0', part = '', zone = ''] =
    worded;
  const year = Number(iso === null ? third : first);
  const month = iso === null ? months.indexOf(first.toLowerCase()) : Number(second) - 1;
  const day = Number(iso === null ? second : third);
  const seconds = Date.UTC(year, month, day, Number(hour), Number(minute), Number(secondOfMinute)) / 1000;
  if (month < 0 || month > 11 || day < 1 || day > 31 || Number.isNaN(seconds)) {
    throw wrong(literal, `"${shown(text)}" is not a time.`);
  }
  return seconds - offsetSeconds(zone) + Number(part.padEnd(9, '0')) / 1e9;
}

function offsetSeconds(zone: string): number {
  const parts = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (parts === null) return 0;
  return (parts[1] === '-' ? -1 : 1) * (Number(parts[2]) * 3600 + Number(parts[3]) * 60);
}

/** An address and how many of its first bits count. */
export interface Network {
  bytes: Uint8Array;
  bits: number;
}

/** `10.0.0.0/8`, `2001:db8::/32`, `10.0.0.0/255.0.0.0`; null without a prefix. Throws `FilterError`. */
export function networkLiteral(type: 'ipv4' | 'ipv6', literal: WordOperand): Network | null {
  const slash = literal.text.indexOf('/');
  if (slash < 0 || literal.kind === 'text') return null;
  const bytes = addressBytes(type, { ...literal, text: literal.text.slice(0, slash) }, literal);
  const prefix = literal.text.slice(slash + 1);
  const mask = type === 'ipv4' && prefix.includes('.') ? prefixOfMask(prefix) : null;
  const bits = mask ?? (/^[0-9]{1,3}$/.test(prefix) ? Number(prefix) : -1);
  if (bits < 0 || bits > 8 * bytes.length) throw wrong(literal, `"/${shown(prefix)}" is not a prefix length.`);
  return { bytes, bits };
}

function prefixOfMask(text: string): number | null {
  const bytes = parseIpAddress(text);
  if (bytes === null) return null;
  const digits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(digits) ? digits.lastIndexOf('1') + 1 : -1;
}

/** Bytes of an address. Throws `FilterError`. */
export function addressBytes(type: 'ipv4' | 'ipv6', literal: WordOperand, place: WordOperand = literal): Uint8Array {
  const bytes = parseIpAddress(literal.text);
  if (bytes?.length !== (type === 'ipv4' ? 4 : 16)) {
    const kind = type === 'ipv4' ? 'IPv4' : 'IPv6';
    throw wrong(place, `"${shown(place.text)}" is not an ${kind} address.`);
  }
  return bytes;
}

/** `0d:0a`, `0d-0a`, `0d.0a`, `0d0a` as bytes, a text in quotes as its characters in UTF-8. Throws `FilterError`. */
export function bytesLiteral(literal: WordOperand, orText: boolean): Uint8Array {
  const { text } = literal;
  if (literal.kind === 'text') return utf8(text);
  const digits = text.replace(/^0[xX](?=[0-9a-fA-F]{2}$)/, '');
  if (/^[0-9a-fA-F]{1,2}([:.-][0-9a-fA-F]{1,2})*$/.test(digits) && digits.length !== 1) {
    return Uint8Array.from(digits.split(/[:.-]/), (pair) => parseInt(pair, 16));
  }
  if (/^([0-9a-fA-F]{2})+$/.test(digits)) {
    return Uint8Array.from({ length: digits.length / 2 }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16));
  }
  const number = /^[0-9]{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (number < 256) return Uint8Array.of(number);
  if (orText) return utf8(text);
  throw wrong(literal, `"${shown(text)}" is no sequence of bytes like 0d:0a, and text is written in quotes.`);
}

/** Bytes of a text in UTF-8; escaped bytes as they are. */
export function utf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code >= escapedByteBase + 0x80 && code <= escapedByteBase + 0xff) bytes.push(code - escapedByteBase);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else {
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    }
  }
  return Uint8Array.from(bytes);
}
