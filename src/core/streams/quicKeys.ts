import { ecb, gcm } from '@noble/ciphers/aes.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { uint16, uint32 } from '../bytes/integers';

/** What protects the Initial packets of one side (RFC 9001 section 5.2): everybody who sees them can read them. */
export interface InitialKeys {
  key: Uint8Array;
  iv: Uint8Array;
  headerKey: Uint8Array;
}

const saltVersion1 = hexBytes('38762cf7f55934b34d179ae6a4c80cadccbb7f0a');
/** RFC 9369 section 3.3.1. */
const saltVersion2 = hexBytes('0dede3def700a6db819381be6e269dcbf9bd2ed9');
/** draft-ietf-quic-tls-29 to -32, -23 to -28. */
const saltDraft29 = hexBytes('afbfec289993d24c9e9786f19c6111e04390a899');
const saltDraft23 = hexBytes('c3eef712c72ebb5a11a7d2432bb46365bef9f502');
/** Google's versions with TLS, as deployed. */
const saltT050 = hexBytes('7ff579e5acd072915580304c43a2367c60488310');
const saltT051 = hexBytes('7a4edef4e7ccee5fa4506c19124fc8ccda6e033d');

const version2 = 0x6b3343cf;

function saltOf(version: number): Uint8Array | null {
  if (version === 1) return saltVersion1;
  if (version === version2) return saltVersion2;
  if (version === 0x54303530) return saltT050;
  if (version === 0x54303531) return saltT051;
  // Facebook's mvfst.
  if (version >>> 4 === 0xfaceb00) return saltDraft23;
  if (version >>> 8 !== 0xff0000) return null;
  const draft = version & 0xff;
  if (draft >= 33) return saltVersion1;
  if (draft >= 29) return saltDraft29;
  return draft >= 23 ? saltDraft23 : null;
}

/**
 * Keys of either side of the connection whose client's first Initial packet has this destination connection id; null for versions that
 * are not known or do not protect their packets so.
 */
export function initialKeys(
  side: 'client' | 'server',
  version: number,
  destinationConnectionId: Uint8Array,
): InitialKeys | null {
  const salt = saltOf(version);
  if (salt === null) return null;
  const prefix = version === version2 ? 'quicv2' : 'quic';
  const secret = expandLabel(extract(sha256, destinationConnectionId, salt), `${side} in`, 32);
  return {
    key: expandLabel(secret, `${prefix} key`, 16),
    iv: expandLabel(secret, `${prefix} iv`, 12),
    headerKey: expandLabel(secret, `${prefix} hp`, 16),
  };
}

/** HKDF-Expand-Label without a context (RFC 8446 section 7.1). */
function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  const text = `tls13 ${label}`;
  const info = new Uint8Array(4 + text.length);
  info[1] = length;
  info[2] = text.length;
  for (let index = 0; index < text.length; index++) info[3 + index] = text.charCodeAt(index);
  return expand(sha256, secret, info, length);
}

const sampleLength = 16;
const tagLength = 16;

/**
 * Frames of the Initial packet at `start` (RFC 9001 sections 5.3, 5.4); its packet number stands at `numberOffset`. Null
 * when the keys are others, or the packet was changed or cut.
 */
export function openInitial(
  keys: InitialKeys,
  bytes: Uint8Array,
  start: number,
  numberOffset: number,
  end: number,
): Uint8Array | null {
  const sample = numberOffset + 4;
  if (sample + sampleLength > end) return null;
  const mask = ecb(keys.headerKey, { disablePadding: true }).encrypt(bytes.slice(sample, sample + sampleLength));
  const first = (bytes[start] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  const numberLength = (first & 3) + 1;
  const headerEnd = numberOffset + numberLength;
  if (headerEnd + tagLength > end) return null;
  const header = bytes.slice(start, headerEnd);
  header[0] = first;
  const nonce = keys.iv.slice();
  for (let index = 0; index < numberLength; index++) {
    const at = numberOffset - start + index;
    header[at] = (header[at] ?? 0) ^ (mask[1 + index] ?? 0);
    const byte = nonce.length - numberLength + index;
    nonce[byte] = (nonce[byte] ?? 0) ^ (header[at] ?? 0);
  }
  try {
    return gcm(keys.key, nonce, header).decrypt(bytes.slice(headerEnd, end));
  } catch {
    return null;
  }
}

/** Variable-length integer (RFC 9000 section 16) at `offset`: its value, -1 when it is cut; see `varintLength`. */
export function readVarint(bytes: Uint8Array, offset: number, end: number): number {
  if (offset >= end || offset + varintLength(bytes, offset) > end) return -1;
  const first = (bytes[offset] ?? 0) & 0x3f;
  switch (varintLength(bytes, offset)) {
    case 1:
      return first;
    case 2:
      return uint16(bytes, offset) & 0x3fff;
    case 4:
      return uint32(bytes, offset) & 0x3fffffff;
    default:
      return (uint32(bytes, offset) & 0x3fffffff) * 2 ** 32 + uint32(bytes, offset + 4);
  }
}

export function varintLength(bytes: Uint8Array, offset: number): number {
  return 1 << ((bytes[offset] ?? 0) >> 6);
}

function hexBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) bytes[index] = parseInt(text.slice(2 * index, 2 * index + 2), 16);
  return bytes;
}
