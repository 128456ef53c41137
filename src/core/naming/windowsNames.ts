import { uint16, uint16LittleEndian, uint24, uint32, uint32LittleEndian, uint8 } from '../bytes/integers';
import { startsWithAscii } from '../decode/text';
import { rejected, whole } from './payload';
import type { Namer, Payload } from './payload';
import { nameSecurityToken } from './securityTokens';

/** NetBIOS session service (RFC 1002 section 4.3) and the direct transport of SMB ([MS-SMB2] 2.1): four bytes, then a message. */
export const nameSession: Namer = (payload) => {
  const { bytes, start, end } = payload;
  if (payload.length < 4) return takeAll(payload, 'nbss');
  const type = uint8(bytes, start);
  const known = type === 0 || (type >= 0x81 && type <= 0x85);
  const length = payload.hasPort(139)
    ? ((uint8(bytes, start + 1) & 1) << 16) | uint16(bytes, start + 2)
    : uint24(bytes, start + 1);
  if (!known) return takeAll(payload, 'nbss');
  const taken = whole(payload, 4 + length);
  if (taken < 0) return taken;
  payload.add('nbss');
  if (type === 0) nameServerMessage(payload, bytes, start + 4, Math.min(end, start + 4 + length), start + 4 + length);
  return taken;
};

function takeAll(payload: Payload, name: 'nbss'): number {
  payload.add(name);
  return payload.wireEnd - payload.start;
}

/** An SMB message ([MS-CIFS] 2.2.3.1, [MS-SMB2] 2.2.1) and what it carries; `wireEnd` where its bytes go on beyond `end`. */
export function nameServerMessage(
  payload: Payload,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireEnd: number,
): void {
  const magic = uint32(bytes, start);
  if (end - start < 4) return;
  if (magic === 0xff534d42) {
    payload.add('smb');
    nameOldCommand(payload, bytes, start, end);
  } else if (magic === 0xfe534d42) {
    payload.add('smb2');
    nameCommands(payload, bytes, start, end, wireEnd);
  } else if (magic === 0xfd534d42 || magic === 0xfc534d42) {
    payload.add('smb2');
  }
}

function nameOldCommand(payload: Payload, bytes: Uint8Array, start: number, end: number): void {
  const command = uint8(bytes, start + 4);
  if (command === 0x72 || command === 0x73) nameSecurityToken(payload, bytes, start + 32, end);
  else if (command === 0x25 || command === 0x2e || command === 0x2f)
    nameRemoteCallAtEnd(payload, bytes, start + 32, end);
}

/** A DCE/RPC fragment whose length reaches to the end of the message. */
function nameRemoteCallAtEnd(payload: Payload, bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at + 16 <= end && at < start + 160; at++) {
    if (!isRemoteCall(bytes, at, end)) continue;
    const length = uint16LittleEndian(bytes, at + 8);
    if (at + length !== end) continue;
    nameRemoteCall(payload, bytes, at, end);
    return;
  }
}

/** The commands of a compound message. */
function nameCommands(payload: Payload, bytes: Uint8Array, start: number, end: number, wireEnd: number): void {
  let at = start;
  for (let count = 0; count < 16 && at + 64 <= end; count++) {
    const command = uint16LittleEndian(bytes, at + 12);
    const response = (uint8(bytes, at + 16) & 1) === 1;
    const next = uint32LittleEndian(bytes, at + 20);
    const stop = next === 0 ? end : Math.min(end, at + next);
    nameCommand(payload, bytes, at, stop, next === 0 ? wireEnd : at + next, command, response);
    if (next === 0) return;
    at += next;
  }
}

function nameCommand(
  payload: Payload,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireEnd: number,
  command: number,
  response: boolean,
): void {
  const body = start + 64;
  switch (command) {
    case 0:
      if (response)
        nameBuffer(
          payload,
          bytes,
          start,
          end,
          uint16LittleEndian(bytes, body + 56),
          uint16LittleEndian(bytes, body + 58),
        );
      return;
    case 1: {
      const field = response ? body + 4 : body + 12;
      nameBuffer(payload, bytes, start, end, uint16LittleEndian(bytes, field), uint16LittleEndian(bytes, field + 2));
      return;
    }
    case 8: {
      if (!response) return;
      const length = uint32LittleEndian(bytes, body + 4);
      return nameFileBytes(payload, bytes, start + uint8(bytes, body + 2), end, wireEnd, length);
    }
    case 9: {
      if (response) return;
      const length = uint32LittleEndian(bytes, body + 4);
      return nameFileBytes(payload, bytes, start + uint16LittleEndian(bytes, body + 2), end, wireEnd, length);
    }
    case 11:
      return nameRemoteCallAtEnd(payload, bytes, body + 40, end);
    default:
      return;
  }
}

function nameBuffer(
  payload: Payload,
  bytes: Uint8Array,
  start: number,
  end: number,
  offset: number,
  length: number,
): void {
  if (length > 0 && offset >= 64)
    nameSecurityToken(payload, bytes, start + offset, Math.min(end, start + offset + length));
}

/** What is read from or written to a file is data, of a pipe remote calls. */
function nameFileBytes(
  payload: Payload,
  bytes: Uint8Array,
  at: number,
  end: number,
  wireEnd: number,
  length: number,
): void {
  if (length === 0 || at >= end) return;
  if (isRemoteCall(bytes, at, end)) nameRemoteCall(payload, bytes, at, Math.min(end, at + length));
  else if (at < wireEnd) payload.add('data');
}

function isRemoteCall(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < 16 || uint8(bytes, at) !== 5 || uint8(bytes, at + 1) > 1 || uint8(bytes, at + 2) > 19) return false;
  const order = uint8(bytes, at + 4);
  return (order & 0xee) === 0 && uint8(bytes, at + 5) <= 3;
}

/** Connection-oriented DCE/RPC (C706 chapter 12.6) with its authentication verifier ([MS-RPCE] 2.2.2.11). */
function nameRemoteCall(payload: Payload, bytes: Uint8Array, at: number, end: number): void {
  payload.add('dcerpc');
  const little = uint8(bytes, at + 4) !== 0;
  const read = little ? uint16LittleEndian : uint16;
  const length = read(bytes, at + 8);
  const verifier = read(bytes, at + 10);
  if (verifier === 0 || at + length > end || verifier + 8 > length) return;
  const trailer = at + length - verifier - 8;
  const kind = uint8(bytes, trailer);
  const level = uint8(bytes, trailer + 1);
  const type = uint8(bytes, at + 2);
  // Verifiers of NTLM without SPNEGO around them are no tokens to tshark.
  if (kind === 16) payload.add('spnego-krb5');
  // [MS-RPCE] 2.2.1.1.8: connect, integrity and privacy; the others are rare and not read.
  if (kind !== 9 || level < 2 || level === 4 || level === 3) return;
  if (type === 0 || type === 2 || type === 3) return nameCallVerifier(payload, bytes, trailer + 8);
  payload.add('spnego');
  nameSecurityToken(payload, bytes, trailer + 8, at + length, true);
}

/** What protects one call: a token of Kerberos (RFC 4121 section 4.2.6) or a signature of NTLM ([MS-NLMP] 2.2.2.9). */
function nameCallVerifier(payload: Payload, bytes: Uint8Array, at: number): void {
  const identifier = uint16(bytes, at);
  if (identifier === 0x0504 || identifier === 0x0404 || uint8(bytes, at) === 0x60) payload.add('spnego-krb5');
  else if (uint32LittleEndian(bytes, at) === 1) payload.add('ntlmssp');
}

export const guessRemoteCall: Namer = (payload, conversation) => {
  const { bytes, start, end } = payload;
  if (!isRemoteCall(bytes, start, end)) return rejected;
  const length = uint8(bytes, start + 4) !== 0 ? uint16LittleEndian(bytes, start + 8) : uint16(bytes, start + 8);
  if (length < 16) return rejected;
  conversation.namer = nameRemoteCalls;
  return nameRemoteCalls(payload, conversation);
};

const nameRemoteCalls: Namer = (payload) => {
  const { bytes, start, end } = payload;
  if (payload.length < 10 && payload.canWait) return -10;
  if (payload.length >= 16 && !isRemoteCall(bytes, start, end)) return rejected;
  const length = uint8(bytes, start + 4) !== 0 ? uint16LittleEndian(bytes, start + 8) : uint16(bytes, start + 8);
  if (length < 16) return rejected;
  const taken = whole(payload, length);
  if (taken < 0) return taken;
  nameRemoteCall(payload, bytes, start, Math.min(end, start + length));
  return taken;
};

/** Kerberos over TCP: a length, then a message (RFC 4120 section 7.2.2). */
export const nameKerberosStream: Namer = (payload) => {
  const { bytes, start } = payload;
  if (payload.length < 4) return payload.canWait ? -4 : rejected;
  const length = uint32(bytes, start) & 0x7fff_ffff;
  const first = uint8(bytes, start + 4);
  if (length > 65_536 * 4 || (payload.length > 4 && (first & 0xe0) !== 0x60)) return rejected;
  const taken = whole(payload, 4 + length);
  if (taken > 0) payload.add('kerberos');
  return taken;
};

/** LDAP (RFC 4511 section 5.1), plain or as the buffers of a SASL layer (RFC 4422 section 3.7). */
export const nameDirectory: Namer = (payload) => {
  const { bytes, start, end } = payload;
  if (payload.length < 6) return payload.canWait ? -6 : rejected;
  if (uint8(bytes, start) !== 0x30) {
    const length = uint32(bytes, start);
    if (length > 0x20_0000) return rejected;
    const buffer = whole(payload, 4 + length);
    if (buffer < 0) return buffer;
    payload.add('ldap');
    const kerberos = uint8(bytes, start + 4);
    if (kerberos === 0x60 || kerberos === 5) payload.addAll(['gss-api', 'spnego-krb5']);
    else if (uint32LittleEndian(bytes, start + 4) === 1) payload.add('ntlmssp');
    return buffer;
  }
  const first = uint8(bytes, start + 1);
  let length = first;
  let header = 2;
  if (first >= 0x80) {
    const size = first & 0x7f;
    if (size === 0 || size > 4) return rejected;
    length = 0;
    for (let index = 0; index < size; index++) length = length * 256 + uint8(bytes, start + 2 + index);
    header += size;
  }
  const taken = whole(payload, header + length);
  if (taken < 0) return taken;
  payload.add('ldap');
  const stop = Math.min(end, start + header + length);
  // bindRequest and bindResponse stand behind the number of the message.
  const operation = uint8(bytes, start + header + 2 + uint8(bytes, start + header + 1));
  if (operation === 0x60 || operation === 0x61) {
    nameSecurityToken(payload, bytes, start + header + 8, stop, operation === 0x61);
    if (operation === 0x60 && payload.layers.includes('ntlmssp') && asksForSasl(bytes, start + header, stop))
      payload.add('gss-api');
  }
  return taken;
};

/** The authentication choice of a bindRequest (RFC 4511 section 4.2) is `sasl [3]`, behind message id, version and name. */
function asksForSasl(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start + 2 + uint8(bytes, start + 1);
  const length = uint8(bytes, at + 1);
  at += length < 0x80 ? 2 : 2 + (length & 0x7f);
  at += 2 + uint8(bytes, at + 1);
  at += 2 + uint8(bytes, at + 1);
  return at < end && uint8(bytes, at) === 0xa3;
}

export function isServerMessage(bytes: Uint8Array, start: number, end: number): boolean {
  return startsWithAscii(bytes, start + 1, end, 'SMB') && uint8(bytes, start) >= 0xfc;
}
