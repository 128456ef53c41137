import { uint16, uint24, uint8 } from '../bytes/integers';
import { rejected } from './payload';
import type { ConversationNames } from './conversationNames';
import type { Namer, Payload } from './payload';
import { nameHandshake } from './tlsNames';

const recordHeader = 13;
const handshakeHeader = 12;
/** Longest handshake message that is put together, as for TLS. */
const maxHandshake = 65_536;

/** A handshake message in fragments (RFC 6347 section 4.2.3): what has come of it from its beginning on. */
export class HandshakeFragments {
  sequence = -1;
  bytes: Uint8Array = new Uint8Array(0);
  length = 0;
}

/** DTLS (RFC 6347 section 4.1) on any port: a record type, a version that exists, a length within the datagram. */
export const guessDtls: Namer = (payload, conversation) => {
  if (!isRecord(payload)) return rejected;
  conversation.namer = nameDtls;
  return nameDtls(payload, conversation);
};

export const nameDtls: Namer = (payload, conversation) => {
  if (!isRecord(payload)) return rejected;
  const { bytes, start, end } = payload;
  payload.add('dtls');
  for (let at = start; at + recordHeader <= end;) {
    const length = uint16(bytes, at + 11);
    const body = at + recordHeader;
    // Epoch 0 is in clear.
    if (uint8(bytes, at) === 22 && uint16(bytes, at + 3) === 0)
      nameMessages(payload, conversation, body, Math.min(end, body + length));
    at = body + length;
  }
  return payload.wireEnd - start;
};

function isRecord({ bytes, start, end, wireEnd }: Payload): boolean {
  if (end - start < recordHeader) return false;
  const type = uint8(bytes, start);
  const version = uint16(bytes, start + 1);
  if (type < 20 || type > 25 || (version !== 0xfeff && version !== 0xfefd && version !== 0x0100)) return false;
  return start + recordHeader + uint16(bytes, start + 11) <= wireEnd;
}

/** The handshake messages and fragments of one record. */
function nameMessages(payload: Payload, conversation: ConversationNames, start: number, end: number): void {
  const { bytes } = payload;
  for (let at = start; at + handshakeHeader <= end;) {
    const type = uint8(bytes, at);
    const length = uint24(bytes, at + 1);
    const offset = uint24(bytes, at + 6);
    const part = uint24(bytes, at + 9);
    const body = at + handshakeHeader;
    const stop = Math.min(end, body + part);
    if (offset === 0 && part === length) nameHandshake(payload, bytes, type, body, stop);
    else if (length <= maxHandshake && body + part <= end)
      addFragment(payload, conversation, type, uint16(bytes, at + 4), length, offset, bytes.subarray(body, stop));
    at = body + part;
  }
}

/** Fragments that come out of order are left out: their message is then not read. */
function addFragment(
  payload: Payload,
  conversation: ConversationNames,
  type: number,
  sequence: number,
  length: number,
  offset: number,
  part: Uint8Array,
): void {
  const fragments = payload.fromA
    ? (conversation.dtlsA ??= new HandshakeFragments())
    : (conversation.dtlsB ??= new HandshakeFragments());
  if (offset === 0) {
    if (fragments.sequence === sequence && fragments.length > 0) return;
    fragments.sequence = sequence;
    fragments.bytes = new Uint8Array(length);
    fragments.length = 0;
  }
  if (fragments.sequence !== sequence || offset > fragments.length || fragments.bytes.length !== length) return;
  if (offset + part.length > length || offset + part.length <= fragments.length) return;
  fragments.bytes.set(part, offset);
  fragments.length = offset + part.length;
  if (fragments.length < length) return;
  nameHandshake(payload, fragments.bytes, type, 0, length);
  fragments.bytes = nothing;
}

const nothing = new Uint8Array(0);
