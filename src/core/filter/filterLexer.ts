export type TokenKind = 'word' | 'string' | 'symbol' | 'end';

export interface Token {
  kind: TokenKind;
  /** Words and symbols as written; strings with their escapes undone. */
  text: string;
  /** Index of its first character in the filter. */
  position: number;
}

/** What is wrong with a filter and where; caught by `compileFilter`. */
export class FilterError extends Error {
  override readonly name = 'FilterError';

  constructor(
    message: string,
    readonly position: number,
  ) {
    super(message);
  }
}

const symbols = [
  '===',
  '!==',
  '==',
  '!=',
  '>=',
  '<=',
  '&&',
  '||',
  '..',
  '>',
  '<',
  '!',
  '~',
  '&',
  '(',
  ')',
  '{',
  '}',
  ',',
];
/** Field names, numbers, addresses with prefix length, MAC addresses, bare values. */
const wordPattern = /[A-Za-z0-9_:./*+%-]+/y;

/** Splits a filter into tokens, an `end` token last. Throws `FilterError`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (/\s/.test(character)) {
      at += 1;
    } else if (character === '"' || ((character === 'r' || character === 'R') && text[at + 1] === '"')) {
      const raw = character !== '"';
      const string = readString(text, at + (raw ? 2 : 1), raw);
      tokens.push({ kind: 'string', text: string.value, position: at });
      at = string.next;
    } else {
      const token = readSymbol(text, at) ?? readWord(text, at);
      tokens.push(token);
      at += token.text.length;
    }
  }
  tokens.push({ kind: 'end', text: '', position: text.length });
  return tokens;
}

function readSymbol(text: string, at: number): Token | null {
  for (const symbol of symbols) {
    if (text.startsWith(symbol, at)) return { kind: 'symbol', text: symbol, position: at };
  }
  return null;
}

function readWord(text: string, at: number): Token {
  wordPattern.lastIndex = at;
  let word = wordPattern.exec(text)?.[0];
  if (word === undefined) throw new FilterError(`Unexpected character "${text[at] ?? ''}".`, at);
  // `8000..8100` in a set is a range, not one word.
  const range = word.indexOf('..');
  if (range > 0) word = word.slice(0, range);
  return { kind: 'word', text: word, position: at };
}

/** \xhh above 0x7f means a byte, not a character: it is kept as a lone surrogate, as Python's surrogateescape does. */
export const escapedByteBase = 0xdc00;

/** Escapes of Wireshark strings: \" \\ \n \r \t \xhh; a raw string keeps all but \". */
function readString(text: string, start: number, raw: boolean): { value: string; next: number } {
  let value = '';
  let at = start;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (character === '"') return { value, next: at + 1 };
    if (character !== '\\') {
      value += character;
      at += 1;
      continue;
    }
    const escape = text[at + 1] ?? '';
    if (raw) {
      value += escape === '"' ? '"' : `\\${escape}`;
      at += 2;
    } else if (escape === 'x' && /^[0-9a-fA-F]{2}$/.test(text.slice(at + 2, at + 4))) {
      const byte = parseInt(text.slice(at + 2, at + 4), 16);
      value += String.fromCharCode(byte < 0x80 ? byte : escapedByteBase + byte);
      at += 4;
    } else {
      value += simpleEscapes.get(escape) ?? `\\${escape}`;
      at += 2;
    }
  }
  throw new FilterError('The string has no closing quote.', start - 1);
}

const simpleEscapes = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);
