import { concatBytes } from '../../bytes/concatBytes';
import { uint24, uint32, uint8 } from '../../bytes/integers';
import { startsWithAscii } from '../../decode/text';
import type { StreamMemory } from '../streamDirection';
import type { HeaderField } from './headerField';
import { HpackDecoder } from './hpackDecoder';

/** What a client sends first (RFC 9113 section 3.4). */
export const http2Preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
export const frameHeaderLength = 9;

/** Names of frames by their type: RFC 9113 section 6 and RFC 7838, RFC 9218. */
export const http2FrameNames: Readonly<Record<number, string>> = {
  0: 'DATA',
  1: 'HEADERS',
  2: 'PRIORITY',
  3: 'RST_STREAM',
  4: 'SETTINGS',
  5: 'PUSH_PROMISE',
  6: 'PING',
  7: 'GOAWAY',
  8: 'WINDOW_UPDATE',
  9: 'CONTINUATION',
  10: 'ALTSVC',
  16: 'PRIORITY_UPDATE',
};
const dataFrame = 0;
const headersFrame = 1;
const resetFrame = 3;
const settingsFrame = 4;
const pushPromiseFrame = 5;
const continuationFrame = 9;

const endStreamFlag = 0x1;
const endHeadersFlag = 0x4;
const paddedFlag = 0x8;
const priorityFlag = 0x20;

const settingLength = 6;
/** Stream and weight in front of a header block with the priority flag. */
const priorityLength = 5;
const promisedLength = 4;
/** Header blocks, and frames of them, that are waited for. */
const maxBlockBytes = 65_536;

/** What the frames of one direction say. Offsets are of the bytes that `read` was given. */
export interface Http2Listener {
  /**
   * Every frame, and the preface, behind what else it says, with the header list that it ends. Who asks for it gets frames whole, where they
   * are not too long: of others `end` may lie behind the bytes that are there.
   */
  frame?(bytes: Uint8Array, start: number, end: number, fields: readonly HeaderField[] | null): void;
  /** A whole list of header fields: of a message, or its trailers. */
  headers?(stream: number, fields: readonly HeaderField[], endStream: boolean): void;
  /** Of streams whose data are wanted, without padding. */
  data?(stream: number, bytes: Uint8Array, start: number, end: number, endStream: boolean): void;
  /** Whether the data of a stream are waited for; they are passed over otherwise. */
  wantsData?(stream: number): boolean;
  reset?(stream: number): void;
}

/** Takes the frames of one direction of an HTTP/2 connection apart (RFC 9113 sections 4, 6). Never throws. */
export class Http2Reader {
  /** Bytes from the first unread one on that `read` needs to get further. */
  needed = 1;
  /** The bytes are no frames. */
  failed = false;
  /** Header lists cannot be read any more; frames go on. */
  blind = false;
  readonly #decoder: HpackDecoder;
  #begun = false;
  /** Of a header block that goes on in the next frame. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #stream = 0;
  #endStream = false;
  /** What the frame that is read has ended. */
  #fields: readonly HeaderField[] | null = null;

  /** @param maxFrameBytes longest frame whose data are handed on */
  constructor(
    private readonly listener: Http2Listener,
    memory: StreamMemory,
    private readonly maxFrameBytes: number = maxBlockBytes,
  ) {
    this.#decoder = new HpackDecoder(memory);
  }

  /** As `StreamReader.read`. */
  read(bytes: Uint8Array, start: number, end: number): number {
    let offset = start;
    while (offset < end && !this.failed) {
      const next = this.#one(bytes, offset, end);
      if (next < 0) return offset;
      offset = next;
    }
    this.needed = frameHeaderLength;
    return offset;
  }

  /** Forgets everything; reads no more. */
  release(): void {
    this.failed = true;
    this.#parts = [];
    this.#decoder.release();
  }

  /** Offset behind a frame; negative when more bytes are needed. */
  #one(bytes: Uint8Array, start: number, end: number): number {
    if (!this.#begun && bytes[start] === 0x50) {
      if (end - start < http2Preface.length) return this.#wait(http2Preface.length);
      if (startsWithAscii(bytes, start, end, http2Preface)) {
        this.#begun = true;
        this.listener.frame?.(bytes, start, start + http2Preface.length, null);
        return start + http2Preface.length;
      }
    }
    if (end - start < frameHeaderLength) return this.#wait(frameHeaderLength);
    this.#begun = true;
    const length = uint24(bytes, start);
    const type = uint8(bytes, start + 3);
    const flags = uint8(bytes, start + 4);
    const stream = uint32(bytes, start + 5) & 0x7fff_ffff;
    const stop = start + frameHeaderLength + length;
    const ofBlock = type === headersFrame || type === pushPromiseFrame || type === continuationFrame;
    const isWanted =
      ofBlock ||
      this.listener.frame !== undefined ||
      (type === dataFrame && this.listener.wantsData?.(stream) === true);
    if (ofBlock && length > maxBlockBytes) return this.#fail(start);
    if (isWanted && stop > end && length <= this.maxFrameBytes) return this.#wait(frameHeaderLength + length);
    if ((type === continuationFrame) !== this.#parts.length > 0) return this.#fail(start);
    this.#fields = null;
    const padding = (flags & paddedFlag) !== 0 && (ofBlock || type === dataFrame) ? 1 : 0;
    const body = start + frameHeaderLength + padding;
    const bodyEnd = Math.min(stop, end) - (padding === 0 ? 0 : uint8(bytes, start + frameHeaderLength));
    if (type === continuationFrame) this.#continue(bytes, start + frameHeaderLength, stop, flags, stream);
    else if (type === pushPromiseFrame) this.#begin(bytes, body + promisedLength, bodyEnd, flags & ~endStreamFlag, 0);
    else if (type === headersFrame)
      this.#begin(bytes, body + ((flags & priorityFlag) === 0 ? 0 : priorityLength), bodyEnd, flags, stream);
    else if (type === dataFrame && isWanted && stop <= end)
      this.listener.data?.(stream, bytes, body, Math.max(body, bodyEnd), (flags & endStreamFlag) !== 0);
    else if (type === resetFrame) this.listener.reset?.(stream);
    if (this.failed) return start;
    this.listener.frame?.(bytes, start, stop, this.#fields);
    return stop;
  }

  #begin(bytes: Uint8Array, start: number, end: number, flags: number, stream: number): void {
    if (start > end) {
      this.#fail(start);
      return;
    }
    this.#stream = stream;
    this.#endStream = (flags & endStreamFlag) !== 0;
    if ((flags & endHeadersFlag) !== 0) this.#decode(bytes, start, end);
    else {
      this.#parts = [bytes.slice(start, end)];
      this.#partBytes = end - start;
    }
  }

  /** RFC 9113 section 6.10. */
  #continue(bytes: Uint8Array, start: number, end: number, flags: number, stream: number): void {
    this.#partBytes += end - start;
    if (stream !== this.#stream && this.#stream !== 0) this.failed = true;
    if (this.#partBytes > maxBlockBytes || this.#parts.length >= maxBlockBytes / 64) this.failed = true;
    if (this.failed) return;
    this.#parts.push(bytes.slice(start, end));
    if ((flags & endHeadersFlag) === 0) return;
    const whole = concatBytes(this.#parts);
    this.#parts = [];
    this.#decode(whole, 0, whole.length);
  }

  #decode(bytes: Uint8Array, start: number, end: number): void {
    this.#fields = this.blind ? null : this.#decoder.decode(bytes, start, end);
    if (this.#fields === null) this.blind = true;
    // What a server promises is asked for by nobody; its list has to be read all the same.
    else if (this.#stream !== 0) this.listener.headers?.(this.#stream, this.#fields, this.#endStream);
  }

  #wait(neededBytes: number): number {
    this.needed = neededBytes;
    return -1;
  }

  #fail(offset: number): number {
    this.failed = true;
    return offset;
  }
}

/** The settings that a side begins with (RFC 9113 section 3.4), as far as a frame's header tells. */
export function beginsWithSettings(bytes: Uint8Array, offset: number, end: number): boolean {
  if (end - offset < frameHeaderLength || uint8(bytes, offset + 3) !== settingsFrame) return false;
  const length = uint24(bytes, offset);
  return (
    uint8(bytes, offset + 4) === 0 &&
    uint32(bytes, offset + 5) === 0 &&
    length % settingLength === 0 &&
    length <= 100 * settingLength
  );
}
