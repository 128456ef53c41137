import { latin1Text } from '../../decode/text';
import { huffmanLengths } from './hpackTables';

/** Of each length of a code: its first code, and where its symbols begin in `symbols`. */
interface Row {
  firstCode: number;
  count: number;
  firstSymbol: number;
}

const longestCode = 30;
const endOfString = 256;
const lengths = [...huffmanLengths, longestCode];
const symbols = [...lengths.keys()].sort((x, y) => (lengths[x] ?? 0) - (lengths[y] ?? 0) || x - y);
const rows = makeRows();

function makeRows(): readonly Row[] {
  const made: Row[] = [];
  let code = 0;
  let symbol = 0;
  for (let length = 0; length <= longestCode; length++) {
    code *= 2;
    const count = lengths.filter((each) => each === length).length;
    made.push({ firstCode: code, count, firstSymbol: symbol });
    code += count;
    symbol += count;
  }
  return made;
}

/** Text behind the Huffman code of HPACK (RFC 7541 section 5.2), one character a byte; null when it is no such code. */
export function huffmanText(bytes: Uint8Array, start: number, end: number): string | null {
  const found: number[] = [];
  let code = 0;
  let length = 0;
  for (let offset = start; offset < end; offset++) {
    const byte = bytes[offset] ?? 0;
    for (let bit = 7; bit >= 0; bit--) {
      code = (code << 1) | ((byte >> bit) & 1);
      const row = rows[++length];
      if (row === undefined) return null;
      const at = code - row.firstCode;
      if (at >= row.count) continue;
      const symbol = symbols[row.firstSymbol + at] ?? endOfString;
      if (symbol === endOfString) return null;
      found.push(symbol);
      code = 0;
      length = 0;
    }
  }
  // Padding is the beginning of the code for the end, which is all ones.
  if (length > 7 || code !== (1 << length) - 1) return null;
  return latin1Text(Uint8Array.from(found), 0, found.length);
}
