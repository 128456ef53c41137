import { concatBytes } from '../bytes/concatBytes';
import { uint16, uint24, uint8 } from '../bytes/integers';
import type { ConnectionSecrets, KeyLog } from './keyLog';
import { masterKeys, nextTrafficSecret, tlsSuite, trafficKeys } from './tlsRecordKeys';
import type { RecordKeys, TlsSuite } from './tlsRecordKeys';

/** Content types (RFC 8446 section 5.1). */
const changeCipherSpec = 20;
const handshake = 22;
export const applicationDataType = 23;

/** Handshake types (RFC 8446 section 4). */
const clientHello = 1;
const serverHello = 2;
const finished = 20;
const keyUpdate = 24;

const recordHeaderLength = 5;
const handshakeHeaderLength = 4;
const randomLength = 32;
/** Handshake messages are put together up to here: certificates of some kilobytes are passed over without being kept. */
const maxMessageBytes = 65_536;
/** RFC 8446 section 4.1.3: a ServerHello with this random asks for another ClientHello. */
const retryRandomStart = [0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11];
const supportedVersions = 43;
const tls13 = 0x0304;
/** Records of early data, which are not decrypted, that one direction may begin with. */
const maxForeignRecords = 1024;

type Phase = 'clear' | 'handshake' | 'application';

/** What one side of the connection has said so far. */
class Side {
  phase: Phase = 'clear';
  keys: RecordKeys | null = null;
  /** TLS 1.3: what `keys` were made of. */
  secret: Uint8Array | null = null;
  /** Beginning of a handshake message that goes on in the next record. */
  rest = new Uint8Array(0);
  /** Bytes of a handshake message too long to be kept. */
  skip = 0;
  /** Records before the first that its keys open. */
  foreign = 0;
  opened = false;
  /** Nothing more of this side can be read. */
  over = false;
}

/**
 * Decrypts the records of one TLS connection with secrets of a key log: TLS 1.3 (RFC 8446) and the AEAD suites of TLS 1.2 (RFC 5246,
 * 5288, 5289, 7905). Takes whole records of both sides in the order in which they came. Never throws.
 */
export class TlsSession {
  readonly #client = new Side();
  readonly #server = new Side();
  #clientIsA: boolean | null = null;
  #clientRandom: Uint8Array | null = null;
  #serverRandom: Uint8Array | null = null;
  #suite: TlsSuite | null = null;
  #version = 0;

  constructor(readonly keyLog: KeyLog) {}

  /** Some record was decrypted. */
  get decrypts(): boolean {
    return this.#client.opened || this.#server.opened;
  }

  /** Something was encrypted for which there is no key, or bytes of it are missing. */
  isOver(fromA: boolean): boolean {
    return this.#side(fromA).over;
  }

  /** Bytes of this side are missing: its records cannot be told apart any more, nor counted. */
  lose(fromA: boolean): void {
    this.#side(fromA).over = true;
  }

  /** Application data in the record, header included, that stands from `start` to `end`; null when there is none, or no key. */
  record(fromA: boolean, bytes: Uint8Array, start: number, end: number): Uint8Array | null {
    const type = uint8(bytes, start);
    const bodyStart = start + recordHeaderLength;
    if (type === handshake && this.#clientIsA === null && uint8(bytes, bodyStart) === clientHello) {
      this.#clientIsA = fromA;
    }
    const side = this.#side(fromA);
    if (side.over) return null;
    if (this.#version === tls13) return this.#record13(side, bytes, start, end, type);
    const header = bytes.subarray(start, bodyStart);
    const body = bytes.subarray(bodyStart, end);
    if (side.phase === 'clear') {
      if (type === handshake) this.#handshake(side, body);
      else if (type === changeCipherSpec) this.#useMasterSecret(side);
      else if (type === applicationDataType && this.#version !== 0) side.over = true;
      return null;
    }
    const plain = side.keys?.open12(header, body) ?? null;
    if (plain === null) {
      side.over = true;
      return null;
    }
    side.opened = true;
    if (type === handshake) this.#handshake(side, plain);
    // Renegotiation (RFC 5246 section 7.4.1.1): the same side changes its keys again.
    else if (type === changeCipherSpec) this.#useMasterSecret(side);
    return type === applicationDataType ? plain : null;
  }

  #side(fromA: boolean): Side {
    return fromA === (this.#clientIsA ?? true) ? this.#client : this.#server;
  }

  #record13(side: Side, bytes: Uint8Array, start: number, end: number, outerType: number): Uint8Array | null {
    if (outerType === changeCipherSpec) return null;
    const bodyStart = start + recordHeaderLength;
    if (outerType !== applicationDataType) {
      // Another ClientHello, or an alert, in clear.
      if (outerType === handshake && side.phase === 'clear') this.#handshake(side, bytes.subarray(bodyStart, end));
      return null;
    }
    if (side.phase === 'clear') this.#enter(side, 'handshake');
    const padded = side.keys?.open13(bytes.subarray(start, bodyStart), bytes.subarray(bodyStart, end)) ?? null;
    if (padded === null) {
      // Early data of the client has a key of its own.
      if (side.keys === null || side.opened || ++side.foreign > maxForeignRecords) side.over = true;
      return null;
    }
    side.opened = true;
    let length = padded.length;
    while (length > 0 && padded[length - 1] === 0) length--;
    const type = padded[length - 1] ?? 0;
    const plain = padded.subarray(0, Math.max(0, length - 1));
    if (type === handshake) this.#handshake(side, plain);
    return type === applicationDataType ? plain : null;
  }

  /** Handshake messages, whole or in parts. */
  #handshake(side: Side, part: Uint8Array): void {
    const skipped = Math.min(side.skip, part.length);
    side.skip -= skipped;
    const fresh = part.subarray(skipped);
    const bytes = side.rest.length === 0 ? fresh : concatBytes([side.rest, fresh]);
    side.rest = new Uint8Array(0);
    let offset = 0;
    while (offset < bytes.length) {
      const available = bytes.length - offset;
      const length = available < handshakeHeaderLength ? 0 : handshakeHeaderLength + uint24(bytes, offset + 1);
      if (length > maxMessageBytes) {
        side.skip = Math.max(0, length - available);
        return;
      }
      if (length === 0 || length > available) {
        side.rest = bytes.slice(offset);
        return;
      }
      this.#message(side, uint8(bytes, offset), bytes.subarray(offset + handshakeHeaderLength, offset + length));
      offset += length;
    }
  }

  #message(side: Side, type: number, body: Uint8Array): void {
    if (type === clientHello && side === this.#client && body.length >= 2 + randomLength) {
      this.#clientRandom = body.slice(2, 2 + randomLength);
    } else if (type === serverHello && side === this.#server) {
      this.#readServerHello(body);
    } else if (this.#version === tls13 && type === finished && side.phase === 'handshake') {
      this.#enter(side, 'application');
    } else if (this.#version === tls13 && type === keyUpdate && side.phase === 'application') {
      this.#update(side);
    }
  }

  #readServerHello(body: Uint8Array): void {
    const sessionIdAt = 2 + randomLength;
    const suiteAt = sessionIdAt + 1 + uint8(body, sessionIdAt);
    if (body.length < suiteAt + 3) return;
    const version = chosenVersion(body, suiteAt + 3) ?? uint16(body, 0);
    if (retryRandomStart.every((byte, index) => body[2 + index] === byte)) {
      // The ChangeCipherSpec that may follow means nothing in this version.
      this.#version = version;
      return;
    }
    this.#serverRandom = body.slice(2, sessionIdAt);
    this.#suite = tlsSuite(uint16(body, suiteAt));
    this.#version = version;
    if (this.#version === tls13) this.#enter(this.#server, 'handshake');
  }

  #secrets(): ConnectionSecrets | null {
    return this.#clientRandom === null ? null : this.keyLog.of(this.#clientRandom);
  }

  /** TLS 1.3: the keys of the next part of the connection. */
  #enter(side: Side, phase: 'handshake' | 'application'): void {
    side.phase = phase;
    side.keys = null;
    const secrets = this.#secrets();
    const ofClient = side === this.#client;
    const secret =
      phase === 'handshake'
        ? secrets?.[ofClient ? 'CLIENT_HANDSHAKE_TRAFFIC_SECRET' : 'SERVER_HANDSHAKE_TRAFFIC_SECRET']
        : secrets?.[ofClient ? 'CLIENT_TRAFFIC_SECRET_0' : 'SERVER_TRAFFIC_SECRET_0'];
    side.secret = secret ?? null;
    if (secret !== undefined && this.#suite !== null) side.keys = trafficKeys(this.#suite, secret);
  }

  #update(side: Side): void {
    if (side.secret === null || this.#suite === null) return;
    side.secret = nextTrafficSecret(this.#suite, side.secret);
    side.keys = trafficKeys(this.#suite, side.secret);
  }

  /** TLS 1.2: from now on this side encrypts. */
  #useMasterSecret(side: Side): void {
    side.phase = 'application';
    side.keys = null;
    const master = this.#secrets()?.CLIENT_RANDOM;
    if (master === undefined || this.#suite === null || this.#version !== 0x0303) return;
    if (this.#clientRandom === null || this.#serverRandom === null) return;
    const { client, server } = masterKeys(this.#suite, master, this.#clientRandom, this.#serverRandom);
    side.keys = side === this.#client ? client : server;
  }
}

/** What the extension supported_versions of a ServerHello chose (RFC 8446 section 4.2.1); null without it. */
function chosenVersion(body: Uint8Array, start: number): number | null {
  const end = Math.min(body.length, start + 2 + uint16(body, start));
  for (let offset = start + 2; offset + 4 <= end;) {
    const length = uint16(body, offset + 2);
    if (uint16(body, offset) === supportedVersions && length === 2 && offset + 6 <= end)
      return uint16(body, offset + 4);
    offset += 4 + length;
  }
  return null;
}
