import { uint16, uint24, uint8 } from '../bytes/integers';
import { printableText } from './text';
import type { TlsFingerprints } from './tlsFingerprint';

export interface TlsClientHello {
  kind: 'tls-client-hello';
  /** server_name (RFC 6066 section 3); null when absent or behind the end of the packet. */
  serverName: string | null;
  alpn: string[];
  /** Highest version offered: 0x0304 for TLS 1.3. */
  version: number;
  /** Only of hellos that were put together from a stream; null when the lists in it are damaged. */
  fingerprints?: TlsFingerprints | null;
}

export interface TlsServerHello {
  kind: 'tls-server-hello';
  /** Version chosen. */
  version: number;
  cipherSuite: number;
  /** Application protocol chosen (TLS 1.2; encrypted in 1.3). */
  alpn: string | null;
}

export interface TlsRecord {
  kind: 'tls-record';
  /** Content types of the records that start in this packet, 20 to 24, at most `maxRecords`. */
  contentTypes: number[];
  /** For each of them the type of the handshake message that it begins with in clear, else null. */
  handshakeTypes: (number | null)[];
  /** Level and description of the first alert in clear; null otherwise. */
  alert: { level: number; description: number } | null;
  /** Version field of the first record. */
  version: number;
}

const maxRecords = 16;
/** 2^14 plus the most expansion any version allows (RFC 5246 section 6.2.3). */
const maxRecordLength = 16384 + 2048;
const maxExtensions = 64;
const maxProtocols = 16;

const contentTypeAlert = 21;
const contentTypeHandshake = 22;

/** True when a TLS record header (RFC 8446 section 5.1) stands at `offset`. */
export function isTlsRecord(bytes: Uint8Array, offset: number, end: number): boolean {
  if (end - offset < 5) return false;
  const type = uint8(bytes, offset);
  const length = uint16(bytes, offset + 3);
  return (
    type >= 20 &&
    type <= 24 &&
    uint8(bytes, offset + 1) === 3 &&
    uint8(bytes, offset + 2) <= 4 &&
    length > 0 &&
    length <= maxRecordLength
  );
}

/** The records that start in `start` to `end`: a hello when one comes first, else their types. Null when there is none. */
export function decodeTls(
  bytes: Uint8Array,
  start: number,
  end: number,
): TlsClientHello | TlsServerHello | TlsRecord | null {
  if (!isTlsRecord(bytes, start, end)) return null;
  const record: TlsRecord = {
    kind: 'tls-record',
    contentTypes: [],
    handshakeTypes: [],
    alert: null,
    version: uint16(bytes, start + 1),
  };
  let encrypted = false;
  let offset = start;
  while (record.contentTypes.length < maxRecords && isTlsRecord(bytes, offset, end)) {
    const type = uint8(bytes, offset);
    const length = uint16(bytes, offset + 3);
    const bodyEnd = Math.min(end, offset + 5 + length);
    let handshakeType: number | null = null;
    if (type === contentTypeHandshake && !encrypted) {
      const hello = offset === start ? decodeHello(bytes, offset + 5, bodyEnd, length) : null;
      if (hello !== null) return hello;
      handshakeType = clearHandshakeType(bytes, offset + 5, bodyEnd, length);
    }
    // An alert in clear is two bytes with a level of 1 or 2 (RFC 8446 section 6).
    if (type === contentTypeAlert && length === 2 && bodyEnd - offset === 7 && !encrypted) {
      record.alert ??= { level: uint8(bytes, offset + 5), description: uint8(bytes, offset + 6) };
    }
    if (type === 20) encrypted = true;
    record.contentTypes.push(type);
    record.handshakeTypes.push(handshakeType);
    offset += 5 + length;
  }
  return record;
}

/** Handshake type when the message's own length fits the record, which ciphertext rarely does. */
function clearHandshakeType(bytes: Uint8Array, offset: number, end: number, recordLength: number): number | null {
  if (end - offset < 4) return null;
  const type = uint8(bytes, offset);
  const fits = uint24(bytes, offset + 1) + 4 <= recordLength;
  return fits && knownHandshakeTypes.has(type) ? type : null;
}

/** RFC 8446 section 4 and RFC 5246 section 7.4. */
const knownHandshakeTypes = new Set([0, 1, 2, 4, 5, 8, 11, 12, 13, 14, 15, 16, 20, 22, 24]);

/**
 * The ClientHello or ServerHello (RFC 8446 section 4.1) whose handshake header stands at `offset`; `recordLength` bytes
 * were sent from there on. Null when it is another message or none at all.
 */
export function decodeHello(
  bytes: Uint8Array,
  offset: number,
  end: number,
  recordLength: number,
): TlsClientHello | TlsServerHello | null {
  const type = uint8(bytes, offset);
  if ((type !== 1 && type !== 2) || end - offset < 4 + 2 + 32 + 1 || recordLength < 40) return null;
  // Version 3.x also where the rest was cut: ciphertext has other bytes here.
  if (uint8(bytes, offset + 4) !== 3) return null;
  return type === 1 ? decodeClientHello(bytes, offset, end) : decodeServerHello(bytes, offset, end);
}

/** RFC 8446 section 4.1.2. */
function decodeClientHello(bytes: Uint8Array, offset: number, end: number): TlsClientHello {
  const hello: TlsClientHello = {
    kind: 'tls-client-hello',
    serverName: null,
    alpn: [],
    version: uint16(bytes, offset + 4),
  };
  let at = offset + 4 + 2 + 32;
  at += 1 + uint8(bytes, at);
  if (at + 2 > end) return hello;
  at += 2 + uint16(bytes, at);
  if (at + 1 > end) return hello;
  at += 1 + uint8(bytes, at);
  eachExtension(bytes, at, end, (type, start, length) => {
    const stop = Math.min(end, start + length);
    if (type === 0) hello.serverName ??= readServerName(bytes, start, stop);
    else if (type === 16) hello.alpn = readAlpn(bytes, start, stop);
    else if (type === 43) hello.version = Math.max(hello.version, highestVersion(bytes, start, stop));
  });
  return hello;
}

/** RFC 8446 section 4.1.3. */
function decodeServerHello(bytes: Uint8Array, offset: number, end: number): TlsServerHello {
  let at = offset + 4 + 2 + 32;
  at += 1 + uint8(bytes, at);
  const hello: TlsServerHello = {
    kind: 'tls-server-hello',
    version: uint16(bytes, offset + 4),
    cipherSuite: at + 2 <= end ? uint16(bytes, at) : 0,
    alpn: null,
  };
  eachExtension(bytes, at + 3, end, (type, start, length) => {
    if (type === 43 && length === 2 && start + 2 <= end) hello.version = uint16(bytes, start);
    else if (type === 16) hello.alpn = readAlpn(bytes, start, Math.min(end, start + length))[0] ?? null;
  });
  return hello;
}

/** Calls back for each extension that starts before `end`; the last one may be cut by it. */
function eachExtension(
  bytes: Uint8Array,
  offset: number,
  end: number,
  onExtension: (type: number, start: number, length: number) => void,
): void {
  if (offset + 2 > end) return;
  const stop = Math.min(end, offset + 2 + uint16(bytes, offset));
  let at = offset + 2;
  for (let count = 0; count < maxExtensions && at + 4 <= stop; count++) {
    const length = uint16(bytes, at + 2);
    onExtension(uint16(bytes, at), at + 4, length);
    at += 4 + length;
  }
}

/** First host_name of the list; null when it is cut. */
function readServerName(bytes: Uint8Array, start: number, end: number): string | null {
  if (start + 5 > end || uint8(bytes, start + 2) !== 0) return null;
  const length = uint16(bytes, start + 3);
  if (length === 0 || length > 255 || start + 5 + length > end) return null;
  return printableText(bytes, start + 5, start + 5 + length, 255);
}

/** RFC 7301 section 3.1. */
function readAlpn(bytes: Uint8Array, start: number, end: number): string[] {
  const protocols: string[] = [];
  let at = start + 2;
  while (at < end && protocols.length < maxProtocols) {
    const length = uint8(bytes, at);
    if (length === 0 || at + 1 + length > end) break;
    protocols.push(printableText(bytes, at + 1, at + 1 + length, 255));
    at += 1 + length;
  }
  return protocols;
}

/** supported_versions (RFC 8446 section 4.2.1) without the reserved values of GREASE (RFC 8701). */
function highestVersion(bytes: Uint8Array, start: number, end: number): number {
  let highest = 0;
  const stop = Math.min(end, start + 1 + uint8(bytes, start));
  for (let at = start + 1; at + 2 <= stop; at += 2) {
    const version = uint16(bytes, at);
    if (version >> 8 === 3 && version > highest) highest = version;
  }
  return highest;
}
