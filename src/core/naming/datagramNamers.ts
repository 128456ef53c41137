import { uint16, uint24, uint32, uint8 } from '../bytes/integers';
import { decodeQuic } from '../decode/quic';
import { looksLikeDns } from '../decode/dns';
import { startsWithAscii } from '../decode/text';
import type { ProtocolName } from '../decode/protocols';
import type { ConversationNames } from './conversationNames';
import { guessDtls, nameDtls } from './dtlsNames';
import { nameRelayed } from './framedStreams';
import { moreDatagramGuessers, morePickyDatagrams } from './moreDatagrams';
import { rejected } from './payload';
import { pickyDatagrams } from './pickyDatagrams';
import type { Namer, Payload } from './payload';
import { nameSip } from './sipNames';
import { oldStunTypes } from './streamNamers';
import { isCall, nameRpc } from './textStreams';
import { isServerMessage } from './windowsNames';

function taken(payload: Payload, ...names: ProtocolName[]): number {
  payload.addAll(names);
  return payload.wireEnd - payload.start;
}

/** A datagram of the protocol, whatever is in it. */
const always =
  (...names: ProtocolName[]): Namer =>
  (payload) =>
    taken(payload, ...names);

/** NetBIOS datagrams (RFC 1002 section 4.4) with SMB in them, of which mail slots tell the browser and logon protocols. */
const nameNetbiosDatagram: Namer = (payload) => {
  const { bytes, start, end } = payload;
  payload.add('nbdgm');
  for (let at = start + 14; at + 4 < end && at < start + 120; at++) {
    if (!isServerMessage(bytes, at, end) || uint8(bytes, at) !== 0xff) continue;
    payload.add('smb');
    const text = String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 200))).toUpperCase();
    if (text.includes('\\MAILSLOT\\BROWSE') || text.includes('\\MAILSLOT\\LANMAN')) payload.add('browser');
    else if (text.includes('\\MAILSLOT\\NET')) payload.add('netlogon');
    break;
  }
  return payload.wireEnd - start;
};

/** BACnet (ASHRAE 135 annex J): virtual link, network, application layer. */
const nameBacnet: Namer = (payload) => {
  const { bytes, start, end } = payload;
  if (uint8(bytes, start) !== 0x81) return rejected;
  payload.add('bvlc');
  const kind = uint8(bytes, start + 1);
  const at = start + (kind === 4 ? 10 : 4);
  if ((kind === 4 || kind >= 9) && at + 2 <= end) {
    payload.add('bacnet');
    if ((uint8(bytes, at + 1) & 0x80) === 0) payload.add('bacapp');
  }
  return payload.wireEnd - start;
};

/** RFC 8489 section 5. The channels of TURN (RFC 8656 section 12.4) have numbers from 0x4000 on. */
const nameStun: Namer = (payload) => {
  const { bytes, start, end } = payload;
  if (payload.length < 4) return rejected;
  const type = uint16(bytes, start);
  if (type >= 0x4000 && type <= 0x4fff) {
    const length = uint16(bytes, start + 2);
    if (payload.wireEnd - start < 4 + length || payload.wireEnd - start > 4 + length + 3) return rejected;
    return taken(payload, 'stun', ...(length > 0 ? (['data'] as const) : []));
  }
  // Methods from 0x100 on are not assigned (RFC 8489 section 18.2).
  if ((type & 0xfe00) !== 0 || payload.length < 20 || uint32(bytes, start + 4) !== 0x2112_a442) return rejected;
  if (uint16(bytes, start + 2) + 20 > payload.wireEnd - start) return rejected;
  payload.add('stun');
  nameRelayed(payload, end);
  return payload.wireEnd - start;
};

const guessStun: Namer = (payload, conversation) => {
  if (uint16(payload.bytes, payload.start) >= 0x4000) return rejected;
  const length = nameStun(payload, conversation);
  if (length !== rejected) conversation.namer ??= nameStun;
  return length;
};

const nameOldStun: Namer = (payload) => {
  const { bytes, start } = payload;
  if (payload.length < 20 || !oldStunTypes.has(uint16(bytes, start))) return rejected;
  return uint16(bytes, start + 2) + 20 === payload.wireEnd - start ? taken(payload, 'classicstun') : rejected;
};

/** RFC 9000 section 17; the version tells drafts and version 2 as well. Google's older ones had a public header. */
const nameQuic: Namer = (payload, conversation) => {
  const { bytes, start, end } = payload;
  const message = decodeQuic(bytes, start, end);
  if (message !== null) {
    conversation.namer = nameQuic;
    payload.add('quic');
    return payload.wireEnd - start;
  }
  return conversation.namer === nameQuic ? taken(payload, 'quic') : rejected;
};

const nameOldQuic: Namer = (payload, conversation) => {
  const { bytes, start, end } = payload;
  if (conversation.namer !== nameOldQuic) {
    const flags = uint8(bytes, start);
    const versionAt = start + 1 + ((flags & 0x08) !== 0 ? 8 : 0);
    const version = uint32(bytes, versionAt);
    if ((flags & 0x01) === 0 || version >>> 16 !== 0x5130 || end - start < 13) return rejected;
    conversation.namer = nameOldQuic;
  }
  return taken(payload, 'gquic');
};

/** RFC 3550 section 6.4: version 2, a packet type, and lengths that add up to the datagram. */
const guessControl: Namer = (payload) => {
  const { bytes, start, end } = payload;
  const type = uint8(bytes, start + 1);
  // Reports come first, and what else is sent alone: BYE, APP, payload-specific feedback (RFC 4585).
  if (payload.length < 8 || uint8(bytes, start) >> 6 !== 2 || type < 200 || type > 206) return rejected;
  if (type === 202 || type === 205 || (payload.wireEnd - start) % 4 !== 0) return rejected;
  if ((uint16(bytes, start + 2) + 1) * 4 > payload.wireEnd - start || start + 4 > end) return rejected;
  return taken(payload, 'rtcp');
};

/** WireGuard: type 1 to 4 with three zero bytes, and the length that each has. */
const guessWireGuard: Namer = (payload) => {
  const type = uint32(payload.bytes, payload.start);
  const length = payload.wireEnd - payload.start;
  const fits =
    (type === 0x0100_0000 && length === 148) ||
    (type === 0x0200_0000 && length === 92) ||
    (type === 0x0300_0000 && length === 64) ||
    (type === 0x0400_0000 && length >= 32);
  return fits ? taken(payload, 'wg') : rejected;
};

/** BEP 5: a bencoded dictionary. */
const guessTorrentTable: Namer = (payload) => {
  const { bytes, start, end } = payload;
  const known = ['d1:ad', 'd1:rd', 'd2:ip', 'd1:el'].some((word) => startsWithAscii(bytes, start, end, word));
  return known ? taken(payload, 'bt-dht') : rejected;
};

/** RakNet's offline messages carry these 16 bytes. */
const rakNetMagic = 0x00ff_ff00;
const nameRakNet: Namer = (payload, conversation) => {
  const { bytes, start } = payload;
  if (conversation.namer === nameRakNet) return taken(payload, 'raknet');
  const type = uint8(bytes, start);
  const at = type === 1 || type === 2 ? start + 9 : type === 0x1c ? start + 17 : start + 1;
  if (payload.length < 17 || uint32(bytes, at) !== rakNetMagic || uint32(bytes, at + 4) !== 0xfefe_fefe)
    return rejected;
  conversation.namer = nameRakNet;
  return taken(payload, 'raknet');
};

const guessRpc: Namer = (payload, conversation) => {
  const { bytes, start } = payload;
  const reply = uint32(bytes, start + 4) === 1 && conversation.rpcProgram !== 0 && payload.length >= 12;
  if (!reply && (payload.length < 24 || !isCall(bytes, start))) return rejected;
  nameRpc(payload, start, conversation);
  return payload.wireEnd - start;
};

const guessDns: Namer = (payload) => {
  const { bytes, start, end } = payload;
  return looksLikeDns(bytes, start, end) ? taken(payload, 'dns') : rejected;
};

/** OMG DDSI-RTPS section 9.4. */
const guessRtps: Namer = (payload) => {
  const { bytes, start, end } = payload;
  return startsWithAscii(bytes, start, end, 'RTPS') || startsWithAscii(bytes, start, end, 'RTPX')
    ? taken(payload, 'rtps')
    : rejected;
};

/** Connectionless DCE/RPC (C706 chapter 12.5): version 4, a type, and flags that exist. */
const guessRemoteCall: Namer = (payload) => {
  const { bytes, start } = payload;
  if (payload.length < 80 || uint8(bytes, start) !== 4 || uint8(bytes, start + 1) > 19) return rejected;
  if ((uint8(bytes, start + 3) & 0xfc) !== 0 || (uint8(bytes, start + 4) & 0xee) !== 0) return rejected;
  return uint8(bytes, start + 5) <= 3 ? taken(payload, 'dcerpc') : rejected;
};

/** A magic packet: six bytes of ones, then an address sixteen times. */
const guessWakeOnLan: Namer = (payload) => {
  const { bytes, start } = payload;
  if (payload.length < 102 || uint24(bytes, start) !== 0xff_ffff || uint24(bytes, start + 3) !== 0xff_ffff)
    return rejected;
  for (let at = start + 12; at < start + 102; at++) if (bytes[at] !== bytes[at - 6]) return rejected;
  return taken(payload, 'wol');
};

/** RFC 7159 text that begins an object; the BitTorrent client's local search begins like HTTP. */
const guessText: Namer = (payload) => {
  const { bytes, start, end } = payload;
  if (startsWithAscii(bytes, start, end, 'BT-SEARCH * HTTP/1.1')) return taken(payload, 'lsd');
  if (uint8(bytes, start) !== 0x7b || uint8(bytes, end - 1) !== 0x7d || payload.length < 4) return rejected;
  return taken(payload, 'json');
};

/** SIP on its port; anything else there is not. */
const netbiosName = always('nbns');

/** Who reads a datagram of a port, where a look at it decides or it holds something else; others are in `portNames.ts`. */
export const datagramNamers: ReadonlyMap<number, Namer> = new Map<number, Namer>([
  [53, always('dns')],
  [5353, always('mdns')],
  [5355, always('llmnr')],
  [137, netbiosName],
  [138, nameNetbiosDatagram],
  [1645, nameRadius],
  [1646, nameRadius],
  [1700, nameRadius],
  [1812, nameRadius],
  [1813, nameRadius],
  [3799, nameRadius],
  [853, guessDtls],
  // Whatever is on these ports is DTLS: EtherNet/IP, CoAP, Diameter.
  ...[2221, 5684, 5868].map((port): [number, Namer] => [
    port,
    (payload, conversation) => guessDtls(payload, conversation) || taken(payload, 'dtls'),
  ]),
  [
    17500,
    (payload) =>
      taken(payload, 'db-lsp-disc', ...(uint8(payload.bytes, payload.start) === 0x7b ? (['json'] as const) : [])),
  ],
  [47808, nameBacnet],
  [3478, nameStun],
  [5060, nameSip],
  [88, nameKerberos],
  [623, nameManagement],
  [5246, nameAccessPointControl],
  [111, guessRpc],
  [319, always('ptp')],
  [320, always('ptp')],
  // Anything else on the port is taken without a name.
  [1900, nameDiscovery],
  ...[...pickyDatagrams, ...morePickyDatagrams].map(({ port, names, fits, minimum }): [number, Namer] => [
    port,
    (payload) =>
      payload.length >= minimum && fits(payload.bytes, payload.start, payload.wireEnd - payload.start)
        ? taken(payload, ...names)
        : rejected,
  ]),
]);

/** RFC 4120 section 5.10: application tags of the messages; version 4 before had its number in the first byte. */
function nameKerberos(payload: Payload): number {
  const first = uint8(payload.bytes, payload.start);
  if (first === 4) return taken(payload, 'kerberos', 'krb4');
  return (first & 0xe0) === 0x60 ? taken(payload, 'kerberos') : rejected;
}

/** RMCP (IPMI 2.0 section 13.1.3): the class tells ASF and IPMI apart. */
function nameManagement(payload: Payload): number {
  const { bytes, start } = payload;
  if (payload.length < 4 || uint8(bytes, start) !== 6 || uint8(bytes, start + 1) !== 0) return rejected;
  const kind = uint8(bytes, start + 3) & 0x1f;
  const acknowledgment = uint8(bytes, start + 3) >= 0x80;
  if (kind === 6 && !acknowledgment) return taken(payload, 'rmcp', 'asf');
  return kind === 7 ? taken(payload, 'rmcp', 'ipmi_session', 'data') : taken(payload, 'rmcp');
}

/** CAPWAP control (RFC 5415 section 4.1): preamble type 1 says that DTLS follows behind four bytes. */
function nameAccessPointControl(payload: Payload, conversation: ConversationNames): number {
  const { bytes, start, wireEnd } = payload;
  payload.add('capwap');
  if (payload.length > 4 && (uint8(bytes, start) & 0x0f) === 1) {
    payload.start += 4;
    nameDtls(payload, conversation);
    payload.start = start;
  }
  return wireEnd - start;
}

/** ISO/IEC 13818-1 section 2.4.3.2: packets of 188 bytes, each with its synchronization byte. */
const guessTransportStream: Namer = (payload) => {
  const { bytes, start, end, wireEnd } = payload;
  if (uint8(bytes, start) !== 0x47 || (wireEnd - start) % 188 !== 0) return rejected;
  for (let at = start; at < end; at += 188) if (uint8(bytes, at) !== 0x47) return rejected;
  return taken(payload, 'mp2t');
};

/** Apache Thrift's compact protocol: its number, version 1 and type, sequence, then the name of the call with its length. */
const guessCompactThrift: Namer = (payload) => {
  const { bytes, start, end } = payload;
  const kind = uint8(bytes, start + 1);
  if (payload.length < 6 || uint8(bytes, start) !== 0x82 || (kind & 0x1f) !== 1) return rejected;
  let at = start + 2;
  while (at < start + 7 && uint8(bytes, at) >= 0x80) at++;
  const nameEnd = at + 2 + uint8(bytes, at + 1);
  if (nameEnd === at + 2 || nameEnd > end || kind >> 5 < 1 || kind >> 5 > 4) return rejected;
  for (let index = at + 2; index < nameEnd; index++)
    if (uint8(bytes, index) < 0x21 || uint8(bytes, index) > 0x7e) return rejected;
  return taken(payload, 'thrift');
};

/** Protocols that begin with a word of their own: CAN over Ethernet, Ethernet-S-I/O, OMG's MIOP. */
const guessWord: Namer = (payload) => {
  const { bytes, start, end } = payload;
  if (startsWithAscii(bytes, start, end, 'ISO11898')) return taken(payload, 'caneth', 'data');
  if (startsWithAscii(bytes, start, end, 'ESIO')) return taken(payload, 'esio');
  return startsWithAscii(bytes, start, end, 'MIOP') ? taken(payload, 'miop') : rejected;
};

/** UPnP Device Architecture section 1: HTTP in datagrams. */
function nameDiscovery(payload: Payload): number {
  const { bytes, start, end } = payload;
  const http = ['M-SEARCH ', 'NOTIFY ', 'HTTP/1.', 'GET ', 'SUBSCRIBE '].some((word) =>
    startsWithAscii(bytes, start, end, word),
  );
  if (http) payload.add('ssdp');
  return payload.wireEnd - start;
}

/** RFC 2865 section 3: an EAP message (RFC 3579) counts as such. */
function nameRadius(payload: Payload): number {
  const { bytes, start, end } = payload;
  const code = uint8(bytes, start);
  const known = (code >= 1 && code <= 5) || (code >= 11 && code <= 13) || (code >= 40 && code <= 45);
  if (!known || uint16(bytes, start + 2) < 20) return rejected;
  payload.add('radius');
  for (let at = start + 20; at + 2 <= end; at += Math.max(2, uint8(bytes, at + 1))) {
    if (uint8(bytes, at) === 79) payload.add('eap');
  }
  return payload.wireEnd - start;
}

/**
 * Signatures of a few bytes that are looked for in every datagram nobody took: control messages between media that are encrypted, or
 * a tunnel that begins late. The others are asked at the beginning of a conversation only.
 */
export const persistentDatagramNamers: readonly Namer[] = [guessStun, guessControl, guessWireGuard];

/** Signatures in the order in which they are tried. */
export const guessDatagramNamers: readonly Namer[] = [
  nameQuic,
  nameOldQuic,
  guessStun,
  guessControl,
  nameOldStun,
  guessDtls,
  guessRpc,
  nameSip,
  guessTorrentTable,
  nameRakNet,
  guessRtps,
  guessWireGuard,
  guessRemoteCall,
  guessWakeOnLan,
  guessTransportStream,
  guessWord,
  guessCompactThrift,
  ...moreDatagramGuessers,
  guessText,
  guessDns,
];
