import { concatBytes } from '../bytes/concatBytes';
import type { HeaderField } from '../streams/http2/headerField';
import { frameHeaderLength, http2FrameNames, Http2Reader } from '../streams/http2/http2Reader';
import { StreamMemory } from '../streams/streamDirection';
import { uint32, uint8 } from '../bytes/integers';
import type { StreamPiece } from './followedStream';

const maxFrameBytes = 0xffffff + frameHeaderLength;
const dataFrame = 0;

/** One side of an HTTP/2 connection as it can be read. */
class Side {
  readonly #reader: Http2Reader;
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #said: Uint8Array[] = [];

  constructor() {
    const frame = (bytes: Uint8Array, start: number, end: number, fields: readonly HeaderField[] | null): void => {
      this.#said.push(...textOf(bytes, start, end, fields));
    };
    this.#reader = new Http2Reader({ frame }, new StreamMemory(), maxFrameBytes);
  }

  /** What the frames that a piece completes say. */
  read(piece: StreamPiece): Uint8Array {
    if (piece.afterGap) this.#reader.release();
    if (this.#reader.failed) return piece.bytes;
    this.#rest.push(piece.bytes);
    this.#restBytes += piece.bytes.length;
    if (this.#restBytes < this.#reader.needed) return new Uint8Array(0);
    const bytes = concatBytes(this.#rest);
    const left = bytes.subarray(this.#reader.read(bytes, 0, bytes.length));
    this.#rest = [left];
    this.#restBytes = left.length;
    const said = this.#reader.failed ? [...this.#said, left] : this.#said;
    this.#said = [];
    return concatBytes(said);
  }
}

/**
 * What both sides of an HTTP/2 connection say, to be read as text: a line for each frame, below it the header fields or the data. Bytes
 * behind a gap, or that are no frames, stay as they are.
 */
export function http2Text(pieces: readonly StreamPiece[]): StreamPiece[] {
  const sides = { a: new Side(), b: new Side() };
  return pieces
    .map((piece) => ({ ...piece, bytes: sides[piece.fromA ? 'a' : 'b'].read(piece) }))
    .filter(({ bytes }) => bytes.length > 0);
}

function textOf(bytes: Uint8Array, start: number, end: number, fields: readonly HeaderField[] | null): Uint8Array[] {
  // The preface is text itself.
  if (bytes[start] === 0x50 && bytes[start + 1] === 0x52) return [bytes.slice(start, end)];
  const type = uint8(bytes, start + 3);
  const stream = uint32(bytes, start + 5) & 0x7fff_ffff;
  const length = end - start - frameHeaderLength;
  const head = latin1Bytes(`[${http2FrameNames[type] ?? `frame ${type}`}, stream ${stream}, ${length} bytes]\n`);
  if (type === dataFrame && length > 0) return [head, bytes.slice(start + frameHeaderLength, end), latin1Bytes('\n')];
  const lines = (fields ?? []).map(([name, value]) => `${oneLine(name)}: ${oneLine(value)}\n`);
  return [head, latin1Bytes(lines.join(''))];
}

/** A value that would begin a line of its own, which HTTP/2 forbids, does not look like another field. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f]/g, ' ');
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
