import { uint8 } from '../bytes/integers';
import type { Payload } from './payload';

/** Object identifiers with tag and length: SPNEGO (RFC 4178) and Kerberos (RFC 4121 section 4.1, and Microsoft's). */
const spnego = [0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];
const kerberos = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];
const ntlm = [0x4e, 0x54, 0x4c, 0x4d, 0x53, 0x53, 0x50, 0x00];

const ntlmSignature = [0xa3, 0x12, 0x04, 0x10, 0x01, 0x00, 0x00, 0x00];

/** Bytes searched for a token and its mechanism. */
const maxSearched = 4096;

/**
 * Names the security mechanisms of a token somewhere between `start` and `end`: GSS-API (RFC 2743 section 3.1) around
 * SPNEGO around NTLM or Kerberos. `inner` when the token begins with SPNEGO itself.
 */
export function nameSecurityToken(
  payload: Payload,
  bytes: Uint8Array,
  start: number,
  end: number,
  inner = false,
): void {
  const stop = Math.min(end, start + maxSearched);
  for (let at = start; at < stop; at++) {
    const byte = uint8(bytes, at);
    if (byte === 0x4e && matches(bytes, at, stop, ntlm)) {
      payload.add('ntlmssp');
      return;
    }
    const initial = byte === 0x60 && matches(bytes, afterLength(bytes, at + 1), stop, spnego);
    const bare = byte === 0x60 && matches(bytes, afterLength(bytes, at + 1), stop, kerberos);
    if (!initial && !bare && !isResponseToken(bytes, at, end)) continue;
    if (!inner) payload.add('gss-api');
    if (bare) payload.add('spnego-krb5');
    else {
      payload.add('spnego');
      nameMechanism(payload, bytes, at + 4, stop);
    }
    return;
  }
}

/** negTokenResp [1] with a sequence whose length reaches as far. */
function isResponseToken(bytes: Uint8Array, at: number, end: number): boolean {
  if (uint8(bytes, at) !== 0xa1) return false;
  const body = afterLength(bytes, at + 1);
  return body < end && uint8(bytes, body) === 0x30 && (uint8(bytes, afterLength(bytes, body + 1)) & 0xfc) === 0xa0;
}

function nameMechanism(payload: Payload, bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    const byte = uint8(bytes, at);
    if (byte === 0x4e && matches(bytes, at, end, ntlm)) return payload.add('ntlmssp');
    // mechListMIC of 16 bytes, with the version of NTLM's signatures.
    if (byte === 0xa3 && matches(bytes, at, end, ntlmSignature)) return payload.add('ntlmssp');
    // Bare AP-REQ, AP-REP and KRB-ERROR (RFC 4120 section 5.10) as the token, as DCE style has it.
    if (byte === 0x04 && holdsKerberosMessage(bytes, at, end)) return payload.add('spnego-krb5');
    if (byte === 0x06 && matches(bytes, at, end, kerberos) && uint8(bytes, at + 12) === 0) {
      const kind = uint8(bytes, at + 11);
      if (kind >= 1 && kind <= 3) return payload.add('spnego-krb5');
    }
  }
}

function holdsKerberosMessage(bytes: Uint8Array, at: number, end: number): boolean {
  const body = afterLength(bytes, at + 1);
  const tag = uint8(bytes, body);
  // A signature over the list of mechanisms (RFC 4121 section 4.2.6.1).
  if (body + 4 <= end && tag === 0x04 && uint8(bytes, body + 1) === 0x04 && uint8(bytes, body + 3) === 0xff)
    return true;
  if (body + 4 > end || (tag !== 0x6e && tag !== 0x6f && tag !== 0x7e)) return false;
  const inner = afterLength(bytes, body + 1);
  // Both lengths end at the same byte, and a sequence follows.
  return uint8(bytes, inner) === 0x30 && body + lengthAt(bytes, at + 1) === inner + lengthAt(bytes, body + 1);
}

function lengthAt(bytes: Uint8Array, at: number): number {
  const first = uint8(bytes, at);
  if (first < 0x80) return first;
  let length = 0;
  for (let index = 1; index <= (first & 0x07); index++) length = length * 256 + uint8(bytes, at + index);
  return length;
}

function afterLength(bytes: Uint8Array, at: number): number {
  const first = uint8(bytes, at);
  return first < 0x80 ? at + 1 : at + 1 + (first & 0x07);
}

function matches(bytes: Uint8Array, at: number, end: number, wanted: readonly number[]): boolean {
  if (at + wanted.length > end) return false;
  for (let index = 0; index < wanted.length; index++) if (bytes[at + index] !== wanted[index]) return false;
  return true;
}
