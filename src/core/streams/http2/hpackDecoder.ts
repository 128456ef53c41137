import { uint8 } from '../../bytes/integers';
import { latin1Text } from '../../decode/text';
import type { StreamMemory } from '../streamDirection';
import type { HeaderField } from './headerField';
import { staticTable } from './hpackTables';
import { huffmanText } from './huffman';

/** What a table holds unless its reader allows more (RFC 9113 section 6.5.2). */
const defaultTableBytes = 4096;
/** Four times the most that servers and browsers in use allow; with a larger table the connection is given up. */
const maxTableBytes = 262_144;
/** RFC 7541 section 4.1: what an entry counts for beside its two texts. */
const entryOverheadBytes = 32;
/** Fields of one list that are handed on: a table entry of some kilobytes can be named by each byte of a list. */
const maxListBytes = 65_536;
const maxFields = 200;

/**
 * Header lists of one direction of an HTTP/2 connection (HPACK, RFC 7541). What a list means depends on all before it, so after an error, or
 * a list that was not seen, nothing more can be read. Its table counts as memory of streams. Never throws.
 */
export class HpackDecoder {
  /** Newest last. */
  #entries: HeaderField[] = [];
  #bytes = 0;
  #maxBytes = defaultTableBytes;
  #offset = 0;
  #failed = false;

  constructor(private readonly memory: StreamMemory) {}

  /** The fields of a header block; null when it, or one before it, cannot be read. */
  decode(bytes: Uint8Array, start: number, end: number): HeaderField[] | null {
    const fields: HeaderField[] = [];
    let listBytes = 0;
    this.#offset = start;
    while (this.#offset < end && !this.#failed) {
      const field = this.#one(bytes, end);
      if (field === null) continue;
      listBytes += field[0].length + field[1].length + entryOverheadBytes;
      if (listBytes <= maxListBytes && fields.length < maxFields) fields.push(field);
    }
    if (this.#failed) this.release();
    return this.#failed ? null : fields;
  }

  /** Forgets its table, and decodes no more. */
  release(): void {
    this.#failed = true;
    this.memory.bytes -= this.#bytes;
    this.#bytes = 0;
    this.#entries = [];
  }

  /** RFC 7541 section 6; null for what is no field. */
  #one(bytes: Uint8Array, end: number): HeaderField | null {
    const first = uint8(bytes, this.#offset);
    if (first >= 0x80) return this.#entry(this.#integer(bytes, end, 7));
    if (first >= 0x40) return this.#literal(bytes, end, 6, true);
    if (first >= 0x20) this.#resize(this.#integer(bytes, end, 5));
    else return this.#literal(bytes, end, 4, false);
    return null;
  }

  #literal(bytes: Uint8Array, end: number, prefixBits: number, indexed: boolean): HeaderField | null {
    const index = this.#integer(bytes, end, prefixBits);
    const name = index === 0 ? this.#text(bytes, end) : (this.#entry(index)?.[0] ?? null);
    const value = name === null ? null : this.#text(bytes, end);
    if (name === null || value === null) return null;
    const field: HeaderField = [name, value];
    if (indexed) this.#add(field);
    return field;
  }

  /** RFC 7541 section 2.3.3. */
  #entry(index: number): HeaderField | null {
    const field =
      index <= staticTable.length
        ? staticTable[index - 1]
        : this.#entries[this.#entries.length - (index - staticTable.length)];
    if (field === undefined) this.#failed = true;
    return field ?? null;
  }

  /** RFC 7541 section 5.1. */
  #integer(bytes: Uint8Array, end: number, prefixBits: number): number {
    const most = (1 << prefixBits) - 1;
    let value = uint8(bytes, this.#offset++) & most;
    if (value < most) return value;
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.#offset >= end) break;
      const byte = uint8(bytes, this.#offset++);
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    this.#failed = true;
    return 0;
  }

  /** RFC 7541 section 5.2. */
  #text(bytes: Uint8Array, end: number): string | null {
    if (this.#offset >= end) this.#failed = true;
    const coded = uint8(bytes, this.#offset) >= 0x80;
    const length = this.#integer(bytes, end, 7);
    const start = this.#offset;
    if (this.#failed || start + length > end) {
      this.#failed = true;
      return null;
    }
    this.#offset = start + length;
    if (!coded) return latin1Text(bytes, start, start + length);
    const text = huffmanText(bytes, start, start + length);
    if (text === null) this.#failed = true;
    return text;
  }

  #add(field: HeaderField): void {
    const { memory } = this;
    const bytes = sizeOf(field);
    this.#shrink(this.#maxBytes - bytes);
    // RFC 7541 section 4.4: an entry that is larger than the table only empties it.
    if (bytes > this.#maxBytes) return;
    if (memory.bytes + bytes > memory.limit.limit) {
      memory.limit.hits++;
      this.#failed = true;
      return;
    }
    this.#entries.push(field);
    this.#bytes += bytes;
    memory.bytes += bytes;
  }

  #resize(maxBytes: number): void {
    if (maxBytes > maxTableBytes) this.#failed = true;
    else {
      this.#maxBytes = maxBytes;
      this.#shrink(maxBytes);
    }
  }

  /** The oldest entries go. */
  #shrink(toBytes: number): void {
    let gone = 0;
    let bytes = 0;
    for (; this.#bytes - bytes > Math.max(0, toBytes); gone++) {
      const field = this.#entries[gone];
      if (field === undefined) break;
      bytes += sizeOf(field);
    }
    if (gone === 0) return;
    this.#entries.splice(0, gone);
    this.#bytes -= bytes;
    this.memory.bytes -= bytes;
  }
}

function sizeOf([name, value]: HeaderField): number {
  return name.length + value.length + entryOverheadBytes;
}
