import { hexByte } from './addresses';
import { uint32, uint8 } from '../bytes/integers';

export interface QuicPacket {
  kind: 'quic';
  /** 1, 0x6b3343cf (version 2), drafts; 0 in version negotiation. */
  version: number;
  packetType: 'initial' | '0-rtt' | 'handshake' | 'retry' | 'version-negotiation';
  /** Destination connection id in hexadecimal. */
  destinationConnectionId: string;
  sourceConnectionId: string;
}

const version1 = 1;
const version2 = 0x6b3343cf;

const version1Types = ['initial', '0-rtt', 'handshake', 'retry'] as const;
/** RFC 9369 section 3.2. */
const version2Types = ['retry', 'initial', '0-rtt', 'handshake'] as const;

/**
 * Long-header packet (RFC 9000 section 17.2) of a known version. Short headers carry nothing to know them by and are
 * not recognised.
 */
export function decodeQuic(bytes: Uint8Array, start: number, end: number): QuicPacket | null {
  if (end - start < 7) return null;
  const first = uint8(bytes, start);
  if ((first & 0x80) === 0) return null;
  const version = uint32(bytes, start + 1);
  const negotiation = version === 0;
  if (!negotiation && ((first & 0x40) === 0 || !isKnownVersion(version))) return null;
  const destinationLength = uint8(bytes, start + 5);
  const destinationEnd = start + 6 + destinationLength;
  if (destinationLength > 20 || destinationEnd + 1 > end) return null;
  const sourceLength = uint8(bytes, destinationEnd);
  const sourceEnd = destinationEnd + 1 + sourceLength;
  if (sourceLength > 20 || sourceEnd > end) return null;
  // A version negotiation lists versions to the end of the datagram (RFC 9000 section 17.2.1), one of them known.
  if (negotiation && !listsKnownVersion(bytes, sourceEnd, end)) return null;
  const types = version === version2 ? version2Types : version1Types;
  return {
    kind: 'quic',
    version,
    packetType: negotiation ? 'version-negotiation' : (types[(first >> 4) & 3] ?? 'initial'),
    destinationConnectionId: hexText(bytes, start + 6, destinationEnd),
    sourceConnectionId: hexText(bytes, destinationEnd + 1, sourceEnd),
  };
}

/** Versions 1 and 2, IETF drafts, Facebook's mvfst, Google's with the IETF header, and reserved ones (section 15). */
function isKnownVersion(version: number): boolean {
  if (version === version1 || version === version2) return true;
  if (version >>> 8 === 0xff0000 || version >>> 4 === 0xfaceb00) return true;
  if (version === 0x51303530 || version === 0x54303530 || version === 0x54303531) return true;
  return (version & 0x0f0f0f0f) === 0x0a0a0a0a;
}

function listsKnownVersion(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || (end - start) % 4 !== 0) return false;
  for (let offset = start; offset < end && offset < start + 64; offset += 4) {
    if (isKnownVersion(uint32(bytes, offset))) return true;
  }
  return false;
}

function hexText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let offset = start; offset < end; offset++) text += hexByte(uint8(bytes, offset));
  return text;
}
