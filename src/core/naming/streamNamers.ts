import { framedNamer, framedStreams } from './framedStreams';
import { guessHttp, nameHttp } from './httpNames';
import { uint16, uint24, uint32, uint8 } from '../bytes/integers';
import { startsWithAscii } from '../decode/text';
import { moreGuessers } from './moreStreams';
import { oneMoreSegment, rejected, whole } from './payload';
import type { Namer } from './payload';
import { namesOfTcpPorts } from '../decode/portProtocols';
import { nameSip, nameStreaming } from './sipNames';
import { guessRpcStream, mailboxNamer, namePostgres, nameSmtp, nameSsh, nameWhois, segmentNamer } from './textStreams';
import { guessTls, nameTls } from './tlsNames';
import { guessRemoteCall, nameDirectory, nameKerberosStream, nameSession } from './windowsNames';

/** RFC 1035 section 4.2.2. */
const nameDnsStream: Namer = (payload) => {
  const { bytes, start } = payload;
  if (payload.length < 2) return payload.canWait ? -2 : rejected;
  const taken = whole(payload, 2 + uint16(bytes, start));
  if (taken > 0) payload.add('dns');
  return taken;
};

/** RFC 1928; after the answer to a request the connection belongs to whoever was asked for. */
const nameSocks: Namer = (payload, conversation) => {
  payload.add('socks');
  const { namer } = conversation;
  const taken = guessHttp(payload, conversation) || guessTls(payload, conversation);
  conversation.namer = namer;
  return taken === rejected ? payload.wireEnd - payload.start : taken;
};

/** RFC 6120: XML, which is waited for until a tag ends. */
const nameXmpp: Namer = (payload, conversation) => {
  const { bytes, start, end, wireEnd } = payload;
  const tags = uint8(bytes, start) === 0x3c && uint8(bytes, end - 1) === 0x3e;
  if (!tags && payload.canWait) return oneMoreSegment;
  payload.addAll(['xmpp', 'xml']);
  // RFC 6120 section 5.4.2.3.
  if (!payload.toServer && startsWithAscii(bytes, start, end, '<proceed')) conversation.upgradedTo = nameTls;
  return wireEnd - start;
};

const tlsPorts = [
  324, 443, 465, 636, 802, 853, 993, 995, 1300, 2221, 2443, 3249, 3250, 3251, 3252, 3496, 5061, 5671, 5684, 5868, 8883,
  11207, 19999, 27017,
];
const httpPorts = [80, 631, 1900, 2710, 2869, 3128, 3132, 3689, 5985, 8080, 8088, 11371];

const byPort = new Map<number, Namer>();
for (const [port, names] of namesOfTcpPorts) byPort.set(port, segmentNamer(...names));
for (const framed of framedStreams) for (const port of framed.ports) byPort.set(port, framedNamer(framed));
for (const port of tlsPorts) byPort.set(port, nameTls);
for (const port of httpPorts) byPort.set(port, nameHttp);
for (const [ports, namer] of [
  [[53], nameDnsStream],
  [[22, 29418], nameSsh],
  [[25, 587], nameSmtp],
  [[110], mailboxNamer('pop')],
  [[143], mailboxNamer('imap')],
  [[21], mailboxNamer('ftp')],
  [[6667, 57000], segmentNamer('irc')],
  [[139, 445], nameSession],
  [[88], nameKerberosStream],
  [[389, 3268], nameDirectory],
  [[5432], namePostgres],
  [[5060], nameSip],
  [[554, 7236, 8554], nameStreaming],
  [[43], nameWhois],
  [[1080], nameSocks],
  [[5222], nameXmpp],
] as const) {
  for (const port of ports) byPort.set(port, namer);
}

/** Who reads what a well-known port carries; null when nobody does. */
export function streamNamerOfPort(port: number): Namer | null {
  return byPort.get(port) ?? null;
}

function guessing(namer: Namer, signature: (bytes: Uint8Array, at: number, end: number) => boolean): Namer {
  return (payload, conversation) => {
    const { bytes, start, end } = payload;
    if (payload.length < 8 || !signature(bytes, start, end)) return rejected;
    conversation.namer = namer;
    return namer(payload, conversation);
  };
}

/** [RFB] "RFB 003.008". */
const guessVnc: Namer = (payload, conversation) => {
  if (!startsWithAscii(payload.bytes, payload.start, payload.end, 'RFB 00')) return rejected;
  conversation.namer = segmentNamer('vnc');
  return conversation.namer(payload, conversation);
};

/** RFC 3489 without the magic cookie: a length that fits the segment exactly. */
const guessOldStun: Namer = (payload) => {
  const { bytes, start } = payload;
  const type = uint16(bytes, start);
  if (payload.length < 20 || uint16(bytes, start + 2) !== payload.length - 20) return rejected;
  if (!oldStunTypes.has(type) || uint32(bytes, start + 4) === 0x2112_a442) return rejected;
  payload.add('classicstun');
  return payload.length;
};
export const oldStunTypes: ReadonlySet<number> = new Set([1, 2, 0x101, 0x102, 0x111, 0x112]);

/** STUN with a length before it, as ICE has it over TCP (RFC 4571 section 2, RFC 6544). */
const guessFramedStun: Namer = (payload) => {
  const { bytes, start } = payload;
  if (payload.length < 22 || uint32(bytes, start + 6) !== 0x2112_a442 || uint8(bytes, start + 2) >= 0x40)
    return rejected;
  const taken = whole(payload, 2 + uint16(bytes, start));
  if (taken > 0) payload.add('stun');
  return taken;
};

/** Apache Thrift's binary protocol, strict encoding: version 1, a type of message, then the name of the call with its length. */
const guessThrift: Namer = (payload, conversation) => {
  const { bytes, start, end } = payload;
  const type = uint8(bytes, start + 3);
  if (payload.length < 12 || uint24(bytes, start) !== 0x800100 || type < 1 || type > 4) return rejected;
  const length = uint32(bytes, start + 4);
  if (length < 1 || length > 128) return rejected;
  for (let at = start + 8; at < Math.min(end, start + 8 + length); at++)
    if (uint8(bytes, at) < 0x20 || uint8(bytes, at) > 0x7e) return rejected;
  conversation.namer ??= segmentNamer('thrift');
  payload.add('thrift');
  return payload.wireEnd - start;
};

/** HL7 in MLLP (HL7 Transport Specification): a vertical tab, the message, a file separator and a carriage return. */
const guessHealth: Namer = (payload, conversation) => {
  const { bytes, start, end, wireEnd } = payload;
  if (!startsWithAscii(bytes, start, end, '\x0bMSH|')) return rejected;
  conversation.namer ??= guessHealth;
  for (let at = start + 5; at + 1 < end; at++) {
    if (bytes[at] !== 0x1c || bytes[at + 1] !== 0x0d) continue;
    payload.add('hl7');
    return at + 2 - start;
  }
  if (payload.canWait) return oneMoreSegment;
  payload.add('hl7');
  return wireEnd - start;
};

/** Signatures that are tried where no port is known. */
export const guessStreamNamers: readonly Namer[] = [
  guessTls,
  guessHttp,
  ...framedStreams.flatMap((framed) =>
    framed.signature === undefined ? [] : [guessing(framedNamer(framed), framed.signature)],
  ),
  guessRemoteCall,
  guessRpcStream,
  guessVnc,
  guessOldStun,
  guessFramedStun,
  guessThrift,
  guessHealth,
  ...moreGuessers,
  (payload, conversation) => (uint8(payload.bytes, payload.start) > 0x40 ? nameSip(payload, conversation) : rejected),
];
