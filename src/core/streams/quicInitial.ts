import { uint24, uint32, uint8 } from '../bytes/integers';
import { decodeHello } from '../decode/tls';
import type { TlsClientHello } from '../decode/tls';
import { tlsFingerprints } from '../decode/tlsFingerprint';
import { engineLimits } from '../limits';
import { initialKeys, openInitial, readVarint, varintLength } from './quicKeys';
import type { InitialKeys } from './quicKeys';

const frameAck = 2;
const frameAckEcn = 3;
const frameCrypto = 6;
/** CRYPTO in Google's versions; a STREAM frame otherwise, which no Initial packet holds. */
const frameCryptoGoogle = 8;
const version2 = 0x6b3343cf;
/** T050, T051. */
const googleVersions = 0x543035;

/** Frames looked at in one packet. */
const maxFrames = 256;
/** Packets in one datagram (RFC 9000 section 12.2): Initial, 0-RTT, Handshake, 1-RTT. */
const maxCoalesced = 4;

/**
 * The ClientHello of one QUIC connection, out of the CRYPTO frames of its client's Initial packets (RFC 9001 section 4.3),
 * in whatever order and pieces they come.
 */
export class QuicInitial {
  /** True when nothing more is tried. */
  done = false;
  /** The newest datagram held some of the handshake (CRYPTO frames), of either side. */
  crypto = false;
  /** The ClientHello that the newest datagram made whole, as a message of TLS; only when asked for. */
  helloBytes: Uint8Array | null = null;
  readonly #keepsBytes: boolean;
  #keys: InitialKeys | null = null;
  #serverKeys: InitialKeys | null = null;
  /** Where the client wants to be answered: by it packets of the server are told. */
  #clientId: Uint8Array | null = null;
  #attempts = 0;
  /** End of what was seen without a gap of the handshake of client and server. */
  readonly #seen = [0, 0];
  /** Where in the client's handshake `#hello` begins; a second one follows a HelloRetryRequest (RFC 8446 section 4.1.4). */
  #helloStart = 0;
  #hello: Uint8Array | null = null;
  /** Which bytes of `#hello` are there. */
  #present: Uint8Array | null = null;
  /** All before it are there. */
  #whole = 0;

  constructor(keepsBytes = false) {
    this.#keepsBytes = keepsBytes;
  }

  /** Reads one UDP payload of either side; the ClientHello when that makes it whole, else null. */
  read(bytes: Uint8Array, start: number, end: number): TlsClientHello | null {
    let offset = start;
    this.crypto = false;
    this.helloBytes = null;
    for (let count = 0; count < maxCoalesced && !this.done; count++) {
      const next = this.#readPacket(bytes, offset, end);
      const hello = this.#takeHello();
      if (hello !== null) {
        this.crypto = true;
        return hello;
      }
      if (next < 0) return null;
      offset = next;
    }
    return null;
  }

  /** Offset behind the packet, -1 when it has no length or is cut. */
  #readPacket(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < 7 || (uint8(bytes, start) & 0x80) === 0) return -1;
    const version = uint32(bytes, start + 1);
    const type = (uint8(bytes, start) >> 4) & 3;
    const isVersion2 = version === version2;
    if (type === (isVersion2 ? 0 : 3)) return -1;
    const destinationEnd = start + 6 + uint8(bytes, start + 5);
    let offset = destinationEnd + 1 + uint8(bytes, destinationEnd);
    const initial = type === (isVersion2 ? 1 : 0);
    if (initial) {
      const tokenLength = readVarint(bytes, offset, end);
      if (tokenLength < 0) return -1;
      offset += varintLength(bytes, offset) + tokenLength;
    }
    const length = readVarint(bytes, offset, end);
    if (length < 0) return -1;
    const numberOffset = offset + varintLength(bytes, offset);
    const packetEnd = numberOffset + length;
    if (packetEnd > end) return -1;
    if (initial) {
      const sourceId = bytes.slice(destinationEnd + 1, destinationEnd + 1 + uint8(bytes, destinationEnd));
      this.#open(bytes, version, start, numberOffset, packetEnd, bytes.slice(start + 6, destinationEnd), sourceId);
    }
    return packetEnd;
  }

  /** Tries the keys of the side, then those that this packet's own connection id gives (after a Retry too). */
  #open(
    bytes: Uint8Array,
    version: number,
    start: number,
    numberOffset: number,
    end: number,
    connectionId: Uint8Array,
    sourceId: Uint8Array,
  ): void {
    if (++this.#attempts > engineLimits.quicInitialsPerFlow) {
      this.done = true;
      return;
    }
    if (this.#serverKeys !== null && this.#clientId !== null && sameBytes(connectionId, this.#clientId)) {
      const answer = openInitial(this.#serverKeys, bytes, start, numberOffset, end);
      if (answer !== null) return this.#readFrames(answer, false);
      // Google's servers protect theirs in another way; the first one has the ServerHello all the same.
      if (version >>> 8 === googleVersions && this.#seen[1] === 0) {
        this.crypto = true;
        this.#seen[1] = 1;
      }
    }
    let frames = this.#keys === null ? null : openInitial(this.#keys, bytes, start, numberOffset, end);
    if (frames === null) {
      const keys = initialKeys('client', version, connectionId);
      if (keys === null) return;
      frames = openInitial(keys, bytes, start, numberOffset, end);
      if (frames === null) return;
      this.#keys = keys;
      this.#serverKeys = initialKeys('server', version, connectionId);
    }
    this.#clientId = sourceId;
    this.#readFrames(frames, true);
  }

  /** RFC 9000 section 12.4 lists what an Initial packet may hold. */
  #readFrames(frames: Uint8Array, fromClient: boolean): void {
    const end = frames.length;
    let offset = 0;
    for (let count = 0; offset < end && count < maxFrames;) {
      const type = uint8(frames, offset);
      // PADDING and PING.
      if (type < 2) {
        offset++;
        continue;
      }
      count++;
      offset++;
      if (type === frameAck || type === frameAckEcn) offset = skipAck(frames, offset, type === frameAckEcn);
      else if (type === frameCrypto || type === frameCryptoGoogle)
        offset = this.#readCrypto(frames, offset, fromClient);
      else return;
      if (offset < 0) return;
    }
  }

  /** RFC 9000 section 19.6; -1 when the frame is cut. */
  #readCrypto(frames: Uint8Array, offset: number, fromClient: boolean): number {
    const end = frames.length;
    const at = readVarint(frames, offset, end);
    if (at < 0) return -1;
    const lengthOffset = offset + varintLength(frames, offset);
    const length = readVarint(frames, lengthOffset, end);
    if (length < 0) return -1;
    const start = lengthOffset + varintLength(frames, lengthOffset);
    if (start + length > end) return -1;
    const side = fromClient ? 0 : 1;
    const seen = this.#seen[side] ?? 0;
    // What is sent again, or comes early, brings nothing to read.
    if (at <= seen && at + length > seen) {
      this.crypto = true;
      this.#seen[side] = at + length;
    }
    const place = at - this.#helloStart;
    if (fromClient && place >= 0 && place + length <= engineLimits.quicHelloBytes)
      this.#store(frames, start, place, length);
    return start + length;
  }

  #store(frames: Uint8Array, start: number, at: number, length: number): void {
    this.#hello = grown(this.#hello, at + length);
    this.#present = grown(this.#present, at + length);
    for (let index = 0; index < length; index++) {
      if (this.#present[at + index] !== 0) continue;
      this.#present[at + index] = 1;
      this.#hello[at + index] = frames[start + index] ?? 0;
    }
    while (this.#whole < this.#present.length && this.#present[this.#whole] === 1) this.#whole++;
  }

  #takeHello(): TlsClientHello | null {
    const hello = this.#hello;
    if (hello === null || this.#whole < 4) return null;
    const length = 4 + uint24(hello, 1);
    const isHello = uint8(hello, 0) === 1 && length <= engineLimits.quicHelloBytes;
    if (isHello && this.#whole < length) return null;
    this.#helloStart += isHello ? length : this.#whole;
    const message = decodeHello(hello, 0, length, length);
    if (message?.kind === 'tls-client-hello') message.fingerprints = tlsFingerprints(hello, 0, length, 'q');
    if (this.#keepsBytes && isHello) this.helloBytes = hello.subarray(0, length);
    this.#forgetHello();
    return isHello && message?.kind === 'tls-client-hello' ? message : null;
  }

  #forgetHello(): void {
    this.#hello = null;
    this.#present = null;
    this.#whole = 0;
  }
}

function sameBytes(x: Uint8Array, y: Uint8Array): boolean {
  return x.length === y.length && x.every((byte, index) => byte === y[index]);
}

function grown(bytes: Uint8Array | null, length: number): Uint8Array {
  if (bytes !== null && bytes.length >= length) return bytes;
  const larger = new Uint8Array(Math.max(length, 2 * (bytes?.length ?? 0)));
  if (bytes !== null) larger.set(bytes);
  return larger;
}

/** Offset behind an ACK frame (RFC 9000 section 19.3) whose type was read, -1 when it is cut. */
function skipAck(frames: Uint8Array, offset: number, withCounts: boolean): number {
  const end = frames.length;
  let at = offset;
  let fields = 4;
  for (let field = 0; field < fields; field++) {
    const value = readVarint(frames, at, end);
    if (value < 0) return -1;
    at += varintLength(frames, at);
    // Largest acknowledged, delay, number of further ranges, first range; two for each further range.
    if (field === 2) fields += Math.min(value, end) * 2 + (withCounts ? 3 : 0);
  }
  return at;
}
