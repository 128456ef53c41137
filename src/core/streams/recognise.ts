import { uint16, uint24, uint32, uint8 } from '../bytes/integers';
import { looksLikeDns } from '../decode/dns';
import { httpMethods } from '../decode/http';
import type { ProtocolName } from '../decode/protocols';
import { startsWithAscii } from '../decode/text';
import { isTlsRecord } from '../decode/tls';

/** `more`: so far the bytes begin as a known protocol does, and only more of them can tell. */
export type Recognised = ProtocolName | 'more' | null;

const dnsPort = 53;
const smtpPorts = new Set([25, 465, 587, 2525]);
const modbusPort = 502;

/** Longest text that a protocol is known by. */
const longestWord = 24;
/** Longest greeting line that is waited for (RFC 5321 section 4.5.3.1.5). */
const maxLine = 512;

/**
 * The protocol that a direction of a TCP connection begins with, by its bytes; the port decides only between protocols that
 * begin alike. Null when it is none of those known here.
 */
export function recogniseStream(
  bytes: Uint8Array,
  start: number,
  end: number,
  sourcePort: number,
  destinationPort: number,
): Recognised {
  const first = uint8(bytes, start);
  if (first >= 0x20 && first < 0x7f) return recogniseText(bytes, start, end, sourcePort, destinationPort);
  return recogniseBinary(bytes, start, end, sourcePort, destinationPort);
}

const http2Preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** First words in clear, with what they begin. */
const words: readonly (readonly [word: string, protocol: ProtocolName])[] = [
  ['HTTP/1.', 'http'],
  ...httpMethods.map((method) => [`${method} `, 'http'] as const),
  [http2Preface, 'http2'],
  ['PROXY TCP', 'proxy'],
  ['SSH-', 'ssh'],
  ['EHLO ', 'smtp'],
  ['HELO ', 'smtp'],
  ['+OK ', 'pop'],
  ['+OK\r\n', 'pop'],
  ['CAPA\r\n', 'pop'],
  ['* OK ', 'imap'],
  ['* OK\r\n', 'imap'],
  ['* PREAUTH ', 'imap'],
];

/** The same by their first byte. */
const wordsOf = Array.from({ length: 128 }, (_, first) => words.filter(([word]) => word.charCodeAt(0) === first));

function recogniseText(
  bytes: Uint8Array,
  start: number,
  end: number,
  sourcePort: number,
  destinationPort: number,
): Recognised {
  let more = false;
  const possible = wordsOf[uint8(bytes, start)] ?? [];
  for (let at = 0; at < possible.length; at++) {
    const [word = '', protocol = null] = possible[at] ?? [];
    if (startsWithAscii(bytes, start, end, word)) return protocol;
    if (end - start < word.length && beginsWord(bytes, start, end, word)) more = true;
  }
  if (more && end - start < longestWord) return 'more';
  const greeting = recogniseGreeting(bytes, start, end, sourcePort, destinationPort);
  if (greeting !== null) return greeting;
  return sourcePort === dnsPort || destinationPort === dnsPort ? recogniseDns(bytes, start, end, true) : null;
}

function beginsWord(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  for (let index = 0; index < end - start; index++) {
    if (bytes[start + index] !== word.charCodeAt(index)) return false;
  }
  return true;
}

/** `220 …`: FTP (RFC 959 section 5.4) and SMTP (RFC 5321 section 3.1) greet alike; the line or the port tells. */
function recogniseGreeting(
  bytes: Uint8Array,
  start: number,
  end: number,
  sourcePort: number,
  destinationPort: number,
): Recognised {
  const prefix = Math.min(end - start, 4);
  if (!beginsWord(bytes, start, start + prefix, '220 ') && !beginsWord(bytes, start, start + prefix, '220-'))
    return null;
  if (prefix < 4) return 'more';
  let line = '';
  for (let offset = start; offset < end && line.length < maxLine; offset++) {
    const byte = uint8(bytes, offset);
    if (byte === 0x0a) break;
    line += String.fromCharCode(byte);
  }
  if (line.length === end - start && line.length < maxLine) return 'more';
  if (/\bE?SMTP\b/i.test(line) || smtpPorts.has(sourcePort) || smtpPorts.has(destinationPort)) return 'smtp';
  return sourcePort === 21 || destinationPort === 21 || /ftp/i.test(line) ? 'ftp' : null;
}

function recogniseBinary(
  bytes: Uint8Array,
  start: number,
  end: number,
  sourcePort: number,
  destinationPort: number,
): Recognised {
  const first = uint8(bytes, start);
  const length = end - start;
  if (first >= 20 && first <= 24) {
    if (length >= 5) {
      if (isTlsRecord(bytes, start, end)) return 'tls';
    } else if (length === 1 || uint8(bytes, start + 1) === 3) {
      return 'more';
    }
  }
  if (first === 0x10) return recogniseMqtt(bytes, start, end);
  if (first === 3) return recogniseRdp(bytes, start, end);
  const onDnsPort = sourcePort === dnsPort || destinationPort === dnsPort;
  if (onDnsPort) return recogniseDns(bytes, start, end, true);
  if (first === 0) {
    const smb = recogniseSmb(bytes, start, end);
    if (smb !== null) return smb;
  }
  if (sourcePort === modbusPort || destinationPort === modbusPort) return recogniseModbus(bytes, start, end);
  return first < 2 ? recogniseDns(bytes, start, end, false) : null;
}

/** CONNECT with the protocol's name (MQTT 3.1.1 and 5 section 3.1; `MQIsdp` before). */
function recogniseMqtt(bytes: Uint8Array, start: number, end: number): Recognised {
  let offset = start + 1;
  while (offset < end && offset < start + 5 && uint8(bytes, offset) >= 0x80) offset++;
  const name = offset + 1;
  if (end - name < 8) return end - start < 14 ? 'more' : null;
  return startsWithAscii(bytes, name + 2, end, 'MQTT') || startsWithAscii(bytes, name + 2, end, 'MQIsdp')
    ? 'mqtt'
    : null;
}

/** A connection request or confirm in a TPKT ([MS-RDPBCGR] 2.2.1.1, RFC 1006, ISO 8073). */
function recogniseRdp(bytes: Uint8Array, start: number, end: number): Recognised {
  if (end - start >= 2 && uint8(bytes, start + 1) !== 0) return null;
  if (end - start < 12) return 'more';
  const length = uint16(bytes, start + 2);
  const type = uint8(bytes, start + 5);
  if (length > 512 || uint8(bytes, start + 4) !== length - 5 || (type !== 0xe0 && type !== 0xd0)) return null;
  // Negotiation request or response, or the cookie of older clients; S7 and others share the rest.
  const body = start + 11;
  if (startsWithAscii(bytes, body, end, 'Cookie:')) return 'rdp';
  if (end - start < length && end - body < 8) return 'more';
  const kind = uint8(bytes, body);
  const negotiation = length >= 19 && kind >= 1 && kind <= 3 && uint8(bytes, body + 2) === 8;
  return negotiation && uint8(bytes, body + 3) === 0 ? 'rdp' : null;
}

/** A NetBIOS session message (RFC 1002 section 4.3.1) that holds an SMB header ([MS-SMB2] 2.2.1). */
function recogniseSmb(bytes: Uint8Array, start: number, end: number): Recognised {
  if (end - start < 4) return 'more';
  if (uint24(bytes, start + 1) < 32) return null;
  if (end - start < 8) {
    const next = end - start > 4 ? uint8(bytes, start + 4) : 0xfe;
    return next === 0xfe || next === 0xff ? 'more' : null;
  }
  const magic = uint32(bytes, start + 4);
  if (magic === 0xfe534d42) return 'smb2';
  return magic === 0xff534d42 ? 'smb' : null;
}

/** Protocol identifier 0 and a length that a unit can have (Modbus Messaging on TCP/IP 1.0b section 3.1.3). */
function recogniseModbus(bytes: Uint8Array, start: number, end: number): Recognised {
  if (end - start < 8) return 'more';
  const length = uint16(bytes, start + 4);
  return uint16(bytes, start + 2) === 0 && length >= 2 && length <= 254 ? 'modbus' : null;
}

/** On its port the header is enough; elsewhere a whole message has to look like one. */
function recogniseDns(bytes: Uint8Array, start: number, end: number, onPort: boolean): Recognised {
  const length = end - start >= 2 ? uint16(bytes, start) : 512;
  if (length < 17) return null;
  if (end - start < 14) return 'more';
  const flags = uint16(bytes, start + 4);
  const questions = uint16(bytes, start + 6);
  if (((flags >> 11) & 0x0f) > 6 || (flags & 0x0040) !== 0 || questions > 1) return null;
  if (onPort) return questions === 1 || (flags & 0x8000) !== 0 ? 'dns' : null;
  if (questions !== 1) return null;
  if (end - start < 2 + length) return 'more';
  return looksLikeDns(bytes, start + 2, start + 2 + length) ? 'dns' : null;
}
