import { concatBytes } from '../bytes/concatBytes';
import { uint32, uint8 } from '../bytes/integers';
import type { ProtocolName } from '../decode/protocols';
import { indexOfByte, startsWithAscii } from '../decode/text';
import { headerValue, namePart } from './bodyNames';
import type { ConversationNames } from './conversationNames';
import { expectFtpData } from './ftpNames';
import { oneMoreSegment, rejected, whole } from './payload';
import type { Namer, Payload } from './payload';
import { nameTls } from './tlsNames';

/** A protocol of which each segment counts by itself. */
export function segmentNamer(...names: ProtocolName[]): Namer {
  return (payload) => {
    payload.addAll(names);
    return payload.wireEnd - payload.start;
  };
}

const maxMail = 60_000;

/**
 * SMTP (RFC 5321) with STARTTLS (RFC 3207) and CHUNKING (RFC 3030); a mail is `imf` in the packet that ends it, and lines of text before.
 * The beginning of a line waits for its end.
 */
export const nameSmtp: Namer = (payload, conversation) => {
  const { bytes, start, end, wireEnd } = payload;
  if (conversation.mailChunkLeft > 0 && payload.toServer) {
    payload.addAll(['smtp', 'data-text-lines']);
    const taken = Math.min(conversation.mailChunkLeft, wireEnd - start);
    conversation.mailChunkLeft -= taken;
    return taken;
  }
  let stop = wireEnd;
  if (payload.canWait && bytes[end - 1] !== 0x0a && end - start < 1000) {
    const feed = bytes.subarray(start, end).lastIndexOf(0x0a);
    if (feed < 0) return oneMoreSegment;
    stop = start + feed + 1;
  }
  if (conversation.mail !== null && payload.toServer) {
    payload.add('smtp');
    readMail(payload, conversation, start, Math.min(stop, end));
    return stop - start;
  }
  if (payload.toServer) {
    if (startsWithLetters(bytes, start, end, 'STARTTLS')) conversation.tlsAsked = true;
    const chunk = /^BDAT (\d{1,9})( LAST)?\r?\n/i.exec(firstLine(bytes, start, end));
    if (chunk !== null) {
      payload.add('smtp');
      conversation.mailChunkLeft = Number(chunk[1]);
      return chunk[0].length;
    }
  } else {
    if (conversation.tlsAsked && startsWithAscii(bytes, start, end, '220')) conversation.upgradedTo = nameTls;
    conversation.tlsAsked = false;
  }
  payload.add('smtp');
  if (payload.toServer) {
    const mailStart = afterData(bytes, start, Math.min(stop, end));
    // The mail follows, whatever the answer: tshark does not wait for it either.
    if (mailStart >= 0) conversation.mail = nothing;
    if (mailStart >= 0 && mailStart < Math.min(stop, end))
      readMail(payload, conversation, mailStart, Math.min(stop, end));
  }
  return stop - start;
};

/** Offset behind the point on a line of its own that ends a mail and that commands follow; -1 without one. */
function commandsAfterMail(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at + 5 < end; at++) {
    const ends = bytes[at] === 0x0a && bytes[at + 1] === 0x2e && bytes[at + 2] === 0x0d && bytes[at + 3] === 0x0a;
    if (ends) return at + 4;
  }
  return -1;
}

const nothing = new Uint8Array(0);

/** Offset behind the line DATA, which others may stand before (RFC 2920); -1 without one. */
function afterData(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end;) {
    const feed = indexOfByte(bytes, 0x0a, at, end);
    if (feed < 0) return -1;
    if (feed - at <= 5 && startsWithLetters(bytes, at, end, 'DATA')) return feed + 1;
    at = feed + 1;
  }
  return -1;
}

function readMail(payload: Payload, conversation: ConversationNames, start: number, end: number): void {
  let mail = conversation.mail ?? nothing;
  const before = mail.length;
  if (mail.length < maxMail) mail = concatBytes([mail, payload.bytes.subarray(start, end)]);
  conversation.mail = mail;
  // RFC 2920: the next commands may come in the same segment.
  const rest = commandsAfterMail(mail, Math.max(0, before - 4), mail.length);
  if (rest >= 0) {
    nameMail(payload, mail.subarray(0, rest));
    conversation.mail = null;
    return;
  }
  if (!endsMail(mail, 0, mail.length)) return payload.add('data-text-lines');
  nameMail(payload, mail);
  conversation.mail = null;
}

function endsMail(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 3 || bytes[end - 1] !== 0x0a || bytes[end - 2] !== 0x0d || bytes[end - 3] !== 0x2e) return false;
  return end - start === 3 || bytes[end - 4] === 0x0a;
}

/** RFC 5322, and the part of MIME in it. */
function nameMail(payload: Payload, bytes: Uint8Array): void {
  payload.add('imf');
  const end = bytes.length;
  for (let at = 0; at < end && at < maxMail;) {
    const feed = indexOfByte(bytes, 0x0a, at, end);
    if (feed < 0) return;
    if (feed - at <= 1) {
      const type = headerValue(bytes.subarray(0, at), 'content-type');
      if (feed + 4 < end && type !== '') namePart(payload, type, true, bytes, feed + 1, end - 3, 1);
      return;
    }
    at = feed + 1;
  }
}

/** POP3 and IMAP with STLS and STARTTLS (RFC 2595), FTP with AUTH TLS (RFC 4217) and the ports that it names. */
export function mailboxNamer(name: ProtocolName): Namer {
  return (payload, conversation) => {
    const { bytes, start, end } = payload;
    if (payload.toServer) {
      if (name === 'pop') conversation.mailAsked = /^(RETR|TOP) /i.test(firstLine(bytes, start, end));
      conversation.tlsAsked = /^(STLS|AUTH TLS|AUTH SSL|\S+ STARTTLS)\r?\n?$/i.test(firstLine(bytes, start, end));
    } else if (conversation.tlsAsked) {
      conversation.tlsAsked = false;
      if (/^(\+OK|234|\S+ OK)/i.test(firstLine(bytes, start, end))) conversation.upgradedTo = nameTls;
    }
    payload.add(name);
    if (name === 'ftp') expectFtpData(payload, conversation);
    if (name === 'pop' && !payload.toServer) readMailbox(payload, conversation);
    if (name === 'imap' && !payload.toServer && holdsMail(bytes, start, end)) payload.add('imf');
    return payload.wireEnd - start;
  };
}

/**
 * The answer to RETR and TOP (RFC 1939 section 5): a line that may tell the length, then a mail. tshark takes whatever follows the
 * segment of that line for mail: all segments up to the length for one, without a length and behind it each for one of its own.
 */
function readMailbox(payload: Payload, conversation: ConversationNames): void {
  const { bytes, start, end, wireEnd } = payload;
  if (startsWithAscii(bytes, start, end, '+OK') || startsWithAscii(bytes, start, end, '-ERR')) {
    if (conversation.mailAsked)
      conversation.mailChunkLeft = Number(/^\+OK (\d{1,9})/.exec(firstLine(bytes, start, end))?.[1] ?? 0);
    conversation.mailAsked = false;
    conversation.mail = null;
    return;
  }
  const before = conversation.mail ?? nothing;
  const mail = before.length < maxMail ? concatBytes([before, bytes.subarray(start, end)]) : before;
  conversation.mailChunkLeft -= wireEnd - start;
  if (conversation.mailChunkLeft > 0) {
    conversation.mail = mail;
    return;
  }
  nameMail(payload, mail);
  conversation.mail = null;
}

/** A message in an answer to FETCH (RFC 9051 section 7.5.2). */
function holdsMail(bytes: Uint8Array, start: number, end: number): boolean {
  const line = firstLine(bytes, start, end);
  if (!line.startsWith('* ') || !/ FETCH /i.test(line)) return false;
  const feed = indexOfByte(bytes, 0x0a, start, end);
  if (feed < 0 || feed - start > 400) return false;
  const length = /(?:BODY\[\]|RFC822) ?\{(\d{1,7})\}\r?$/i.exec(
    String.fromCharCode(...bytes.subarray(start, feed)),
  )?.[1];
  return length !== undefined && feed + 1 + Number(length) <= end;
}

/** RFC 3912: the query, and an answer that the end of the connection ends. */
export const nameWhois: Namer = (payload, conversation) => {
  if (payload.toServer) payload.add('whois');
  else conversation.atEnd = whois;
  return payload.wireEnd - payload.start;
};
const whois = ['whois'] as const;

function firstLine(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < Math.min(end, start + 60); at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

function startsWithLetters(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start < word.length) return false;
  for (let index = 0; index < word.length; index++) {
    if (String.fromCharCode(bytes[start + index] ?? 0).toUpperCase() !== word[index]) return false;
  }
  return true;
}

/** SSH (RFC 4253): the banner, then packets with their length until keys are taken into use, then each segment. */
export const nameSsh: Namer = (payload, conversation) => {
  const { bytes, start, end, wireEnd } = payload;
  const encrypted = payload.fromA ? conversation.sshKeysA : conversation.sshKeysB;
  if (encrypted) {
    payload.add('ssh');
    return wireEnd - start;
  }
  if (startsWithAscii(bytes, start, end, 'SSH-')) {
    const feed = indexOfByte(bytes, 0x0a, start, end);
    if (feed < 0 && payload.canWait && end - start < 256) return oneMoreSegment;
    payload.add('ssh');
    return feed < 0 ? wireEnd - start : feed + 1 - start;
  }
  if (payload.length < 6) return payload.canWait ? -6 : rejected;
  const length = uint32(bytes, start);
  if (length > 35_000 || length < 2) {
    payload.add('ssh');
    return wireEnd - start;
  }
  const taken = whole(payload, 4 + length);
  if (payload.fresh) payload.add('ssh');
  if (taken < 0) return taken;
  if (uint8(bytes, start + 5) === 21) {
    if (payload.fromA) conversation.sshKeysA = true;
    else conversation.sshKeysB = true;
  }
  payload.add('ssh');
  return taken;
};

/** PostgreSQL (frontend/backend protocol, "Message Formats"), with the request for TLS before it. */
export const namePostgres: Namer = (payload, conversation) => {
  const { bytes, start } = payload;
  if (conversation.tlsAsked && !payload.toServer && payload.length === 1) {
    conversation.tlsAsked = false;
    if (uint8(bytes, start) === 0x53) conversation.upgradedTo = nameTls;
    return 1;
  }
  if (payload.length < 5) return payload.canWait ? -5 : rejected;
  const startup = uint8(bytes, start) === 0;
  const length = startup ? uint32(bytes, start) : 1 + uint32(bytes, start + 1);
  if (length < 4 || length > 0x0100_0000) return rejected;
  const taken = whole(payload, length);
  if (taken < 0) return taken;
  if (startup && length === 8 && uint32(bytes, start + 4) === 80_877_103) conversation.tlsAsked = true;
  payload.add('pgsql');
  return taken;
};

/** RFC 5531 section 11: fragments behind a mark of four bytes; programs with a dissector of their own. */
export const guessRpcStream: Namer = (payload, conversation) => {
  const { bytes, start } = payload;
  if (payload.length < 28 || !isCall(bytes, start + 4)) return rejected;
  conversation.namer = nameRpcStream;
  return nameRpcStream(payload, conversation);
};

const nameRpcStream: Namer = (payload, conversation) => {
  const { bytes, start } = payload;
  if (payload.length < 4) return payload.canWait ? -4 : rejected;
  const length = uint32(bytes, start) & 0x7fff_ffff;
  if (length > 0x20_0000 || length < 8) return rejected;
  const taken = whole(payload, 4 + length);
  if (taken < 0) return taken;
  nameRpc(payload, start + 4, conversation);
  return taken;
};

/** A call of version 2. */
export function isCall(bytes: Uint8Array, at: number): boolean {
  return (
    uint32(bytes, at + 4) === 0 &&
    uint32(bytes, at + 8) === 2 &&
    uint32(bytes, at + 12) >= 100_000 &&
    uint32(bytes, at + 12) < 100_300
  );
}

const rpcPrograms = new Map<number, ProtocolName>([
  [100_000, 'portmap'],
  [100_003, 'nfs'],
  [100_005, 'mount'],
  [100_021, 'nlm'],
  [100_024, 'stat'],
  [100_227, 'nfsacl'],
  [100_004, 'ypserv'],
]);

/** A call names its program; the answer has that of the newest call. The null procedure has no body to dissect. */
export function nameRpc(payload: Payload, at: number, conversation: { rpcProgram: number }): void {
  const { bytes } = payload;
  payload.add('rpc');
  if (isCall(bytes, at)) conversation.rpcProgram = uint32(bytes, at + 20) === 0 ? 1 : uint32(bytes, at + 12);
  const name = rpcPrograms.get(conversation.rpcProgram);
  if (name !== undefined) payload.add(name);
}
