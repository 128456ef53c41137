/** As much of Protocol Buffers as ONNX files need (developers.google.com/protocol-buffers/docs/encoding). */

/** The bytes are no message, or one that is cut. */
export class ProtobufError extends Error {}

/** Writes one message field by field. */
export class ProtobufWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  /** A whole number from -2^53 to 2^53. */
  integer(field: number, value: number): this {
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#varint(field * 8 + 5);
    this.#floats(Float32Array.of(value));
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, utf8Bytes(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    this.#put(value);
    return this;
  }

  message(field: number, fill: (writer: ProtobufWriter) => void): this {
    const inner = new ProtobufWriter();
    fill(inner);
    return this.bytes(field, inner.finish());
  }

  /** Packed. */
  integers(field: number, values: ArrayLike<number>): this {
    const inner = new ProtobufWriter();
    for (let i = 0; i < values.length; i++) inner.#varint(values[i] ?? 0);
    return this.bytes(field, inner.finish());
  }

  /** Packed. */
  floats(field: number, values: Float32Array): this {
    this.#varint(field * 8 + 2);
    this.#varint(values.length * 4);
    this.#floats(values);
    return this;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #floats(values: Float32Array): void {
    this.#room(values.length * 4);
    const view = new DataView(this.#bytes.buffer);
    for (const value of values) {
      view.setFloat32(this.#length, value, true);
      this.#length += 4;
    }
  }

  #varint(value: number): void {
    this.#room(10);
    if (value < 0) {
      // Ten bytes, as 64-bit two's complement.
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      this.#bytes[this.#length++] = Number(rest);
      return;
    }
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  #put(value: Uint8Array): void {
    this.#room(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    wider.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = wider;
  }
}

/** One field of a message: a number (varint or fixed), or bytes. */
export interface ProtobufField {
  readonly field: number;
  readonly number: number;
  readonly bytes: Uint8Array;
}

const none = new Uint8Array(0);

/** The fields of a message in order. @throws ProtobufError */
export function* protobufFields(bytes: Uint8Array): Generator<ProtobufField> {
  const reader = new VarintReader(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  while (reader.at < bytes.length) {
    const tag = reader.next();
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === 0) yield { field, number: reader.next(), bytes: none };
    else if (wire === 2) {
      const length = reader.next();
      if (length < 0 || reader.at + length > bytes.length)
        throw new ProtobufError('a field is longer than its message');
      const from = reader.at;
      reader.at += length;
      yield { field, number: 0, bytes: bytes.subarray(from, from + length) };
    } else if (wire === 5 || wire === 1) {
      const from = reader.at;
      reader.at += wire === 5 ? 4 : 8;
      if (reader.at > bytes.length) throw new ProtobufError('a number is cut');
      yield {
        field,
        number: wire === 5 ? view.getFloat32(from, true) : view.getFloat64(from, true),
        bytes: bytes.subarray(from, reader.at),
      };
    } else throw new ProtobufError(`unknown wire type ${wire}`);
  }
}

/** Packed integers. @throws ProtobufError */
export function unpackIntegers(bytes: Uint8Array): number[] {
  const reader = new VarintReader(bytes);
  const values: number[] = [];
  while (reader.at < bytes.length) values.push(reader.next());
  return values;
}

/** Packed floats. @throws ProtobufError */
export function unpackFloats(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) throw new ProtobufError('numbers are cut');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
}

/** @throws ProtobufError for what is no UTF-8 */
export function textOf(bytes: Uint8Array): string {
  let escaped = '';
  for (const byte of bytes) escaped += byte < 0x80 && byte !== 0x25 ? String.fromCharCode(byte) : percent(byte);
  try {
    return decodeURIComponent(escaped);
  } catch {
    throw new ProtobufError('a text is no UTF-8');
  }
}

const percent = (byte: number): string => `%${byte.toString(16).padStart(2, '0')}`;

function utf8Bytes(text: string): Uint8Array {
  const bytes = encodeURIComponent(text).replace(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Uint8Array.from(bytes, (char) => char.charCodeAt(0));
}

class VarintReader {
  at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  next(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new ProtobufError('a number is cut');
      value += (byte & 0x7f) * scale;
      // The tenth byte of a negative number is its sign.
      if (byte < 0x80) return i === 9 ? value - 2 ** 64 : value;
      scale *= 128;
    }
    throw new ProtobufError('a number has more than 64 bits');
  }
}
