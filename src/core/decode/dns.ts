import { formatIpAddress } from './addresses';
import { uint16, uint32, uint8 } from '../bytes/integers';
import { dnsTypeName, isKnownDnsType } from './dnsTypes';
import { printableText } from './text';

export interface DnsQuestion {
  /** Without the final dot; `<Root>` for the root, as tshark shows it. */
  name: string;
  type: number;
  typeName: string;
}

export interface DnsAnswer {
  name: string;
  type: number;
  typeName: string;
  /** Presentation of the data where the type is known, else `<n bytes>`. */
  data: string;
  ttlSeconds: number;
}

export interface DnsMessage {
  kind: 'dns';
  transport: 'dns' | 'mdns' | 'llmnr';
  id: number;
  response: boolean;
  opcode: number;
  /** Low four bits only (RFC 1035); extended codes of EDNS are not joined. */
  responseCode: number;
  questions: DnsQuestion[];
  answers: DnsAnswer[];
  /** The TC bit. */
  truncated: boolean;
}

/** Records kept of one message; more are left out. */
const maxRecords = 64;
/** RFC 1035 section 2.3.4: a name has at most 255 bytes, so at most 127 labels, and no more pointers are followed. */
const maxNameBytes = 255;
const maxPointers = 32;

const headerLength = 12;
const rootName = '<Root>';

/** Reads one message at a time; a name reader that remembers where the name ended. */
export class NameReader {
  /** Offset behind the name, -1 when the name was bad or cut. */
  next = -1;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly start: number,
    private readonly end: number,
  ) {}

  /** Name at `offset` with compression (RFC 1035 section 4.1.4); null when it is cut, loops or is too long. */
  read(offset: number): string | null {
    const { bytes, start, end } = this;
    this.next = -1;
    let next = -1;
    let at = offset;
    let length = 0;
    let pointers = 0;
    let name = '';
    while (at < end) {
      const label = uint8(bytes, at);
      if (label === 0) {
        this.next = next >= 0 ? next : at + 1;
        return name === '' ? rootName : name;
      }
      if (label >= 0xc0) {
        if (at + 2 > end || ++pointers > maxPointers) return null;
        if (next < 0) next = at + 2;
        at = start + (uint16(bytes, at) & 0x3fff);
        continue;
      }
      length += label + 1;
      if (label >= 0x40 || length > maxNameBytes || at + 1 + label > end) return null;
      const text = printableText(bytes, at + 1, at + 1 + label, label);
      name = name === '' ? text : `${name}.${text}`;
      at += 1 + label;
    }
    return null;
  }
}

/**
 * DNS message (RFC 1035 section 4.1) in `start` to `end`; the same layout for mDNS (RFC 6762) and LLMNR (RFC 4795).
 * Null when the bytes are no message at all; records after a cut or bad one are left out.
 */
export function decodeDns(
  bytes: Uint8Array,
  start: number,
  end: number,
  transport: DnsMessage['transport'],
): DnsMessage | null {
  if (end - start < headerLength) return null;
  const flags = uint16(bytes, start + 2);
  const message: DnsMessage = {
    kind: 'dns',
    transport,
    id: uint16(bytes, start),
    response: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 0x0f,
    responseCode: flags & 0x0f,
    questions: [],
    answers: [],
    truncated: (flags & 0x0200) !== 0,
  };
  const names = new NameReader(bytes, start, end);
  const questionCount = Math.min(uint16(bytes, start + 4), maxRecords);
  const answerCount = Math.min(uint16(bytes, start + 6), maxRecords);
  let offset = start + headerLength;
  for (let index = 0; index < questionCount; index++) {
    const name = names.read(offset);
    if (name === null || names.next + 4 > end) return message;
    const type = uint16(bytes, names.next);
    message.questions.push({ name, type, typeName: dnsTypeName(type) });
    offset = names.next + 4;
  }
  for (let index = 0; index < answerCount; index++) {
    const name = names.read(offset);
    if (name === null || names.next + 10 > end) return message;
    const type = uint16(bytes, names.next);
    const ttlSeconds = uint32(bytes, names.next + 4);
    const dataLength = uint16(bytes, names.next + 8);
    const dataOffset = names.next + 10;
    if (dataOffset + dataLength > end) return message;
    const data = recordData(bytes, names, type, dataOffset, dataLength);
    message.answers.push({ name, type, typeName: dnsTypeName(type), data, ttlSeconds });
    offset = dataOffset + dataLength;
  }
  return message;
}

function recordData(bytes: Uint8Array, names: NameReader, type: number, offset: number, length: number): string {
  switch (type) {
    case 1:
      return length === 4 ? formatIpAddress(bytes, offset, 4) : opaqueText(length);
    case 28:
      return length === 16 ? formatIpAddress(bytes, offset, 16) : opaqueText(length);
    case 2:
    case 5:
    case 12:
    case 39:
      return names.read(offset) ?? opaqueText(length);
    case 15:
      return length > 2
        ? `${uint16(bytes, offset)} ${names.read(offset + 2) ?? opaqueText(length)}`
        : opaqueText(length);
    case 33:
      return length > 6
        ? `${uint16(bytes, offset)} ${uint16(bytes, offset + 2)} ${uint16(bytes, offset + 4)} ${names.read(offset + 6) ?? opaqueText(length)}`
        : opaqueText(length);
    case 16:
    case 99:
      return characterStrings(bytes, offset, offset + length);
    default:
      return opaqueText(length);
  }
}

function opaqueText(length: number): string {
  return `<${length} bytes>`;
}

/** Text of TXT records, their strings joined (RFC 1035 section 3.3.14). */
function characterStrings(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let offset = start;
  while (offset < end && text.length < 1024) {
    const length = uint8(bytes, offset);
    text += printableText(bytes, offset + 1, Math.min(end, offset + 1 + length), 255);
    offset += 1 + length;
  }
  return text;
}

/**
 * True when bytes on a port that says nothing are surely DNS: a standard query or its response with one question of
 * a known type in class IN or ANY, no unused bit set, and few records.
 */
export function looksLikeDns(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < headerLength + 5) return false;
  const flags = uint16(bytes, start + 2);
  const response = (flags & 0x8000) !== 0;
  const answerCount = uint16(bytes, start + 6);
  if (((flags >> 11) & 0x0f) !== 0 || (flags & 0x0040) !== 0 || (flags & 0x0f) > 5) return false;
  if (!response && ((flags & 0x0f) !== 0 || answerCount !== 0)) return false;
  if (answerCount > 64 || uint16(bytes, start + 8) > 32 || uint16(bytes, start + 10) > 32) return false;
  const question = readFirstQuestion(bytes, start, end);
  return (
    uint16(bytes, start + 4) === 1 &&
    question !== null &&
    isKnownDnsType(question.type) &&
    (question.class === 1 || question.class === 255)
  );
}

/**
 * True when a message on a DNS port over TCP can be one, rather than another protocol on that port or the middle of a
 * longer message: known operation, no unused bit set, and a well-formed first question.
 */
export function couldBeDns(bytes: Uint8Array, start: number, end: number): boolean {
  const flags = uint16(bytes, start + 2);
  if (((flags >> 11) & 0x0f) > 6 || (flags & 0x0040) !== 0) return false;
  const questionCount = uint16(bytes, start + 4);
  if (questionCount === 0) return (flags & 0x8000) !== 0;
  const question = readFirstQuestion(bytes, start, end);
  return questionCount === 1 && question !== null && knownClasses.has(question.class);
}

/** IN, CH, HS, NONE, ANY (IANA DNS Parameters). */
const knownClasses = new Set([1, 3, 4, 254, 255]);

function readFirstQuestion(bytes: Uint8Array, start: number, end: number): { type: number; class: number } | null {
  const names = new NameReader(bytes, start, end);
  if (names.read(start + headerLength) === null || names.next + 4 > end) return null;
  return { type: uint16(bytes, names.next), class: uint16(bytes, names.next + 2) };
}
