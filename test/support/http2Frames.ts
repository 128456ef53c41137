import { concatBytes, textBytes } from './packets';

/** What a client of HTTP/2 sends first. */
export const preface = textBytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** RFC 9113 section 4.1; body and stream are short. */
export function frame(type: number, flags: number, stream: number, body: Uint8Array): Uint8Array {
  const head = [0, body.length >> 8, body.length & 255, type, flags, 0, 0, 0, stream];
  return concatBytes([Uint8Array.from(head), body]);
}

/** A header list (RFC 7541 section 6.2.2): fields without the Huffman code and without a place in the table. */
export function block(fields: Readonly<Record<string, string>>): Uint8Array {
  return concatBytes(
    Object.entries(fields).flatMap(([name, value]) => [
      Uint8Array.of(0, name.length),
      textBytes(name),
      Uint8Array.of(value.length),
      textBytes(value),
    ]),
  );
}
