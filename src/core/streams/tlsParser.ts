import { concatBytes } from '../bytes/concatBytes';
import { uint16, uint24, uint8 } from '../bytes/integers';
import { decodeHello, isTlsRecord } from '../decode/tls';
import { tlsFingerprints } from '../decode/tlsFingerprint';
import type { MessageParser, OnMessage, ParserState } from './messageParser';

const recordHeaderLength = 5;
const handshakeHeaderLength = 4;
/** Longest hello that is put together from several records; with post-quantum keys they have about 2 KB. */
const maxHelloLength = 65_536;

const changeCipherSpec = 20;
const handshake = 22;
const applicationData = 23;

/**
 * The hellos of one direction of a TLS connection (RFC 8446 section 4.1), whole when they span records too. Reads up to the
 * first application data: everything of interest comes before.
 */
export class TlsParser implements MessageParser {
  state: ParserState = 'going';
  needed = recordHeaderLength;
  #told = false;
  #encrypted = false;
  /** Beginning of a hello that goes on in the next record. */
  #hello: Uint8Array | null = null;
  /** Bytes of another handshake message that go on in the next record. */
  #skip = 0;

  constructor(readonly onMessage: OnMessage) {}

  read(bytes: Uint8Array, start: number, end: number): number {
    let offset = start;
    while (offset < end && this.state === 'going') {
      const available = end - offset;
      if (available < recordHeaderLength) {
        this.needed = recordHeaderLength;
        return offset;
      }
      if (!isTlsRecord(bytes, offset, end)) {
        this.state = 'lost';
        return offset;
      }
      const type = uint8(bytes, offset);
      const length = uint16(bytes, offset + 3);
      if (type === handshake && available < recordHeaderLength + length) {
        this.needed = recordHeaderLength + length;
        return offset;
      }
      const body = offset + recordHeaderLength;
      if (type === handshake) this.#readHandshake(bytes, body, body + length);
      else if (type === changeCipherSpec) this.#encrypted = true;
      else if (type === applicationData) this.state = 'done';
      this.#tellRecord(bytes, offset, type);
      offset = body + length;
    }
    this.needed = recordHeaderLength;
    return offset;
  }

  cut(bytes: Uint8Array, start: number, end: number): void {
    if (!isTlsRecord(bytes, start, end) || uint8(bytes, start) !== handshake) return;
    const message = decodeHello(bytes, start + recordHeaderLength, end, uint16(bytes, start + 3));
    if (message === null || this.#hello !== null) this.#tellRecord(bytes, start, handshake);
    else this.onMessage(message, 'tls');
  }

  /** The handshake messages in the record body `start` to `end`. */
  #readHandshake(record: Uint8Array, start: number, end: number): void {
    let bytes = record;
    let offset = start;
    let stop = end;
    if (this.#hello !== null) {
      bytes = concatBytes([this.#hello, record.subarray(start, end)]);
      offset = 0;
      stop = bytes.length;
      this.#hello = null;
    }
    const skipped = Math.min(this.#skip, stop - offset);
    this.#skip -= skipped;
    offset += skipped;
    while (offset < stop) {
      const header = stop - offset >= handshakeHeaderLength;
      const type = uint8(bytes, offset);
      const isHello = type === 1 || type === 2;
      const length = header ? handshakeHeaderLength + uint24(bytes, offset + 1) : 0;
      // Ciphertext has any length here; a hello behind a ChangeCipherSpec has exactly that of its record.
      if (this.#encrypted && (!isHello || length !== stop - offset)) return;
      if (!header || (isHello && length > stop - offset)) {
        if (length <= maxHelloLength) this.#hello = bytes.slice(offset, stop);
        return;
      }
      if (isHello) {
        const message = decodeHello(bytes, offset, offset + length, length);
        if (message !== null) {
          this.#told = true;
          if (message.kind === 'tls-client-hello') {
            message.fingerprints = tlsFingerprints(bytes, offset, offset + length, 't');
          }
          this.onMessage(message, 'tls');
        }
      }
      offset += length;
    }
    this.#skip = offset - stop;
  }

  /** A stream without any hello, one that was captured from its middle on, is TLS all the same. */
  #tellRecord(bytes: Uint8Array, offset: number, type: number): void {
    if (this.#told || this.#hello !== null) return;
    this.#told = true;
    const version = uint16(bytes, offset + 1);
    this.onMessage({ kind: 'tls-record', contentTypes: [type], handshakeTypes: [null], alert: null, version }, 'tls');
  }
}
