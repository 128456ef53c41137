import { concatBytes } from '../bytes/concatBytes';
import { uint16, uint24, uint8 } from '../bytes/integers';
import { nameCertificate, nameOcspResponse } from './certificateNames';
import type { ConversationNames } from './conversationNames';
import { rejected, whole } from './payload';
import type { Namer, Payload } from './payload';

const recordHeader = 5;
const maxRecord = 16_384 + 2048;
const maxHandshake = 65_536;

/** What is known of one direction of a TLS connection. */
export class TlsNames {
  encrypted = false;
  /** Beginning of a handshake message that goes on in the next record. */
  handshake: Uint8Array | null = null;
  /** Version 1.3: what follows the hello is encrypted. */
  thirteen = false;
}

/** TLS on its ports: each record counts for the packet that ends it, and what is no record is a continuation. */
export const nameTls: Namer = (payload, conversation) => {
  const { bytes, start, end, wireEnd } = payload;
  if (payload.length < recordHeader) {
    payload.add('tls');
    return payload.canWait ? -recordHeader : wireEnd - start;
  }
  if (!isRecord(bytes, start)) {
    if (payload.fresh && isText(bytes, start)) return rejected;
    payload.add('tls');
    return wireEnd - start;
  }
  const type = uint8(bytes, start);
  const length = recordHeader + uint16(bytes, start + 3);
  if (type !== 22) payload.keepBytes = recordHeader;
  const taken = whole(payload, length);
  // tshark's dissector keeps the packets with the beginning of a record for itself as well.
  payload.add('tls');
  if (taken < 0) return taken;
  nameRecord(payload, conversation, type, start + recordHeader, Math.min(end, start + length));
  return taken;
};

/** TLS on any port: a record of a version that exists, or the hello of SSL 2. */
export const guessTls: Namer = (payload, conversation) => {
  const { bytes, start } = payload;
  if (payload.length < recordHeader || !isRecord(bytes, start) || uint16(bytes, start + 3) === 0) return rejected;
  conversation.namer = nameTls;
  return nameTls(payload, conversation);
};

function isRecord(bytes: Uint8Array, start: number): boolean {
  const type = uint8(bytes, start);
  const minor = uint8(bytes, start + 2);
  return (
    type >= 20 && type <= 24 && uint8(bytes, start + 1) === 3 && minor <= 4 && uint16(bytes, start + 3) <= maxRecord
  );
}

/** Five characters of text, the end of a line among them, are no TLS. */
function isText(bytes: Uint8Array, start: number): boolean {
  for (let at = start; at < start + 5; at++) {
    const byte = uint8(bytes, at);
    if ((byte < 0x20 && byte !== 0x0d && byte !== 0x0a) || byte > 0x7e) return false;
  }
  return true;
}

function nameRecord(payload: Payload, conversation: ConversationNames, type: number, start: number, end: number): void {
  const side = payload.fromA ? (conversation.tlsA ??= new TlsNames()) : (conversation.tlsB ??= new TlsNames());
  if (type === 20) side.encrypted = true;
  if (type !== 22 || side.encrypted) return;
  let { bytes } = payload;
  let at = start;
  let stop = end;
  if (side.handshake !== null) {
    bytes = concatBytes([side.handshake, bytes.subarray(start, end)]);
    at = 0;
    stop = bytes.length;
    side.handshake = null;
  }
  while (at + 4 <= stop) {
    const length = uint24(bytes, at + 1);
    if (at + 4 + length > stop) {
      if (length <= maxHandshake && isHandshake(uint8(bytes, at))) side.handshake = bytes.slice(at, stop);
      return;
    }
    nameHandshake(payload, bytes, uint8(bytes, at), at + 4, at + 4 + length);
    at += 4 + length;
  }
}

function isHandshake(type: number): boolean {
  return type <= 24;
}

/** Of the messages of a handshake (RFC 5246 section 7.4, RFC 6066 section 8): certificates and OCSP responses. */
export function nameHandshake(payload: Payload, bytes: Uint8Array, type: number, start: number, end: number): void {
  if (type === 11) {
    const stop = Math.min(end, start + 3 + uint24(bytes, start));
    let at = start + 3;
    for (let count = 0; count < 16 && at + 3 < stop; count++) {
      const length = uint24(bytes, at);
      nameCertificate(payload, bytes, at + 3, Math.min(stop, at + 3 + length));
      at += 3 + length;
    }
  } else if (type === 22 && uint8(bytes, start) === 1) {
    nameOcspResponse(payload, bytes, start + 4, end);
  } else if (type === 13) {
    nameAuthorities(payload, bytes, start, end);
  }
}

/** Distinguished names of a CertificateRequest (RFC 5246 section 7.4.4). */
function nameAuthorities(payload: Payload, bytes: Uint8Array, start: number, end: number): void {
  let at = start + 1 + uint8(bytes, start);
  if (at + 2 > end) return;
  // Signature algorithms came with version 1.2; a distinguished name is a sequence and cannot be told apart by less.
  const algorithms = uint16(bytes, at);
  if (uint8(bytes, at + 4) !== 0x30 || algorithms < 4) at += 2 + algorithms;
  if (at + 6 <= end && uint8(bytes, at + 4) === 0x30) payload.add('x509sat');
}
