import { uint16 } from '../bytes/integers';
import { isTlsRecord } from '../decode/tls';
import type { MessageParser, OnMessage, ParserState } from './messageParser';
import type { StreamDirection } from './streamDirection';
import { TlsParser } from './tlsParser';
import type { TlsSession } from './tlsSession';

const recordHeaderLength = 5;

/** What one direction of a connection decrypts with, and where the plaintext goes. */
export class TlsDecryption {
  /** Bytes of plaintext so far, as a sequence number. */
  #next = 0;

  constructor(
    readonly session: TlsSession,
    readonly fromA: boolean,
    private readonly plain: StreamDirection,
  ) {}

  /** False when nothing more can be decrypted, or is of interest. */
  get reading(): boolean {
    return !this.session.isOver(this.fromA) && this.plain.reader.reading;
  }

  record(bytes: Uint8Array, start: number, end: number): void {
    const data = this.session.record(this.fromA, bytes, start, end);
    if (data === null) return;
    this.plain.push(0, this.#next, data, 0, data.length, data.length);
    this.#next = (this.#next + data.length) | 0;
  }

  /** Bytes are missing. */
  lose(): void {
    this.session.lose(this.fromA);
    this.plain.finish();
  }
}

/** The hellos of one direction of a TLS connection, and the messages of what it encrypts, where there are keys. */
export class TlsDecryptingParser implements MessageParser {
  state: ParserState = 'going';
  needed = recordHeaderLength;
  readonly #hellos: TlsParser;

  constructor(
    onMessage: OnMessage,
    private readonly decryption: TlsDecryption,
  ) {
    this.#hellos = new TlsParser(onMessage);
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    let offset = start;
    while (offset < end && this.state === 'going') {
      this.needed = recordHeaderLength;
      if (end - offset < recordHeaderLength) return offset;
      if (!isTlsRecord(bytes, offset, end)) {
        this.state = 'lost';
        return offset;
      }
      const next = offset + recordHeaderLength + uint16(bytes, offset + 3);
      if (next > end) {
        this.needed = next - offset;
        return offset;
      }
      if (this.#hellos.state === 'going') this.#hellos.read(bytes, offset, next);
      this.decryption.record(bytes, offset, next);
      if (this.#hellos.state === 'done' && !this.decryption.reading) this.state = 'done';
      offset = next;
    }
    return offset;
  }

  cut(bytes: Uint8Array, start: number, end: number): void {
    this.#hellos.cut(bytes, start, end);
  }
}
