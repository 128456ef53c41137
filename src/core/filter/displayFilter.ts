import type { ApplicationMessage } from '../decode/application';
import type { PacketView } from '../decode/packetView';
import { packetTimeSeconds, type RawPacket } from '../pcap/rawPacket';
import { type FilterContext, type FilterField, filterFields } from './filterFields';
import { escapedByteBase, FilterError, type Token, tokenize } from './filterLexer';
import { compileMembership, compileRelation, type FilterTest, parseNumber, relationOf, shown } from './filterRelations';
import { containsBytes, protocolOf, startOfProtocol } from './protocolBytes';

/**
 * True when the packet matches. `view` and `application` are those of the packet, decoded; nothing of them is kept.
 * Never throws.
 */
export type CompiledFilter = (view: PacketView, application: ApplicationMessage | null, packet: RawPacket) => boolean;

export interface FilterOptions {
  /** Time that `frame.time_relative` counts from, seconds since 1970; when not given, that of the first packet asked about. */
  firstTimeSeconds?: number;
}

const maxFilterLength = 4096;
const maxDepth = 64;
const maxTests = 512;
const maxSetMembers = 256;

/**
 * Compiles a display filter in a subset of Wireshark's syntax (wireshark-filter(4)): protocol names, the fields of
 * `filterFields`, `== != > < >= <= === !== contains matches in { }`, `field & mask`, `and or not` with parentheses,
 * and their spellings in words and symbols. An empty filter matches every packet. `position` is the index of the
 * character that the message is about.
 */
export function compileFilter(
  text: string,
  options: FilterOptions = {},
): { ok: true; matches: CompiledFilter } | { ok: false; message: string; position: number } {
  if (text.length > maxFilterLength) {
    return {
      ok: false,
      message: `The filter is longer than ${maxFilterLength} characters.`,
      position: maxFilterLength,
    };
  }
  try {
    const tokens = tokenize(text);
    const test: FilterTest = tokens.length === 1 ? () => true : new FilterParser(tokens).parse();
    return { ok: true, matches: bind(test, options.firstTimeSeconds ?? null) };
  } catch (error) {
    if (error instanceof FilterError) return { ok: false, message: error.message, position: error.position };
    throw error;
  }
}

function bind(test: FilterTest, givenFirstTimeSeconds: number | null): CompiledFilter {
  let context: FilterContext | null = null;
  return (view, application, packet) => {
    context ??= { view, application, packet, firstTimeSeconds: givenFirstTimeSeconds };
    context.view = view;
    context.application = application;
    context.packet = packet;
    context.firstTimeSeconds ??= packetTimeSeconds(packet);
    return test(context);
  };
}

/** Recursive descent; `or` binds loosest, then `and`, then `not`. */
class FilterParser {
  private at = 0;
  private tests = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): FilterTest {
    const test = this.disjunction(0);
    const rest = this.peek();
    if (rest.kind !== 'end') throw new FilterError(`"${shown(rest.text)}" is not expected here.`, rest.position);
    return test;
  }

  private disjunction(depth: number): FilterTest {
    const parts = [this.conjunction(depth)];
    while (this.take('or', '||')) parts.push(this.conjunction(depth));
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    return (context) => parts.some((part) => part(context));
  }

  private conjunction(depth: number): FilterTest {
    const parts = [this.negation(depth)];
    while (this.take('and', '&&')) parts.push(this.negation(depth));
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    return (context) => parts.every((part) => part(context));
  }

  private negation(depth: number): FilterTest {
    const token = this.peek();
    if (depth > maxDepth) throw new FilterError('The filter is nested too deep.', token.position);
    if (this.take('not', '!')) {
      const part = this.negation(depth + 1);
      return (context) => !part(context);
    }
    if (this.take('(', '(')) {
      const part = this.disjunction(depth + 1);
      this.expect(')');
      return part;
    }
    return this.test();
  }

  private test(): FilterTest {
    const token = this.next();
    this.tests += 1;
    if (this.tests > maxTests) throw new FilterError('The filter has too many tests.', token.position);
    if (token.kind === 'end') throw new FilterError('The filter ends where a test is expected.', token.position);
    const field = token.kind === 'word' ? filterFields.get(token.text) : undefined;
    if (field !== undefined) return this.fieldTest(field);
    const protocol = token.kind === 'word' ? protocolOf(token.text) : null;
    if (protocol === null) {
      throw new FilterError(
        `"${shown(token.text)}" is not a field or protocol that can be filtered by.`,
        token.position,
      );
    }
    if (this.take('contains', 'contains')) return this.protocolContains(protocol, token);
    const relation = this.peek();
    if (relationOf(relation) !== null) {
      throw new FilterError(`"${shown(token.text)}" is a protocol; only contains can follow.`, relation.position);
    }
    if (protocol === 'frame') return () => true;
    return ({ view }) => view.layers.includes(protocol) || view.quotedLayers.includes(protocol);
  }

  private protocolContains(protocol: Exclude<ReturnType<typeof protocolOf>, null>, token: Token): FilterTest {
    const start = startOfProtocol(protocol);
    if (start === null) throw new FilterError(`The bytes of "${token.text}" cannot be searched.`, token.position);
    const wanted = bytesOf(this.literal());
    return ({ view }) => {
      if (protocol !== 'frame' && !view.layers.includes(protocol)) return false;
      const offset = start(view);
      return offset >= 0 && containsBytes(view, offset, wanted);
    };
  }

  private fieldTest(field: FilterField): FilterTest {
    const mask = this.mask(field);
    const token = this.peek();
    const negated = token.text === 'not' && this.tokens[this.at + 1]?.text === 'in';
    if (negated) this.at += 1;
    const relation = relationOf(this.peek());
    if (relation === null) {
      if (mask === null) return (context) => field.some(context, () => true);
      return (context) => field.some(context, (value) => (Number(value) & mask) !== 0);
    }
    this.at += 1;
    if (relation !== 'in') return compileRelation(field, mask, relation, this.literal());
    const member = compileMembership(field, mask, this.setMembers());
    return negated ? (context) => !member(context) : member;
  }

  private mask(field: FilterField): number | null {
    const operator = this.peek();
    if (!this.take('bitand', '&')) return null;
    if (field.type !== 'number') throw new FilterError('Only numbers can be masked.', operator.position);
    const literal = this.literal();
    const mask = parseNumber(literal);
    if (!Number.isInteger(mask) || mask < 0 || mask > 0xffffffff) {
      throw new FilterError('A mask is a whole number of at most 32 bits.', literal.position);
    }
    return mask;
  }

  private setMembers(): { low: Token; high: Token | null }[] {
    const open = this.expect('{');
    const members: { low: Token; high: Token | null }[] = [];
    while (!this.take('}', '}')) {
      if (members.length >= maxSetMembers) throw new FilterError('The set is too large.', open.position);
      const low = this.literal();
      members.push({ low, high: this.take('..', '..') ? this.literal() : null });
      this.take(',', ',');
    }
    if (members.length === 0) throw new FilterError('The set is empty.', open.position);
    return members;
  }

  private literal(): Token {
    const token = this.next();
    if (token.kind === 'word' || token.kind === 'string') return token;
    throw new FilterError('A value is expected here.', token.position);
  }

  private peek(): Token {
    return this.tokens[this.at] ?? { kind: 'end', text: '', position: 0 };
  }

  private next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.at += 1;
    return token;
  }

  /** Takes the next token when it is the word or the symbol. */
  private take(word: string, symbol: string): boolean {
    const token = this.peek();
    const taken = (token.kind === 'word' && token.text === word) || (token.kind === 'symbol' && token.text === symbol);
    if (taken) this.at += 1;
    return taken;
  }

  private expect(symbol: string): Token {
    const token = this.peek();
    if (!this.take(symbol, symbol)) throw new FilterError(`"${symbol}" is expected here.`, token.position);
    return token;
  }
}

/** Bytes to search for: `0d:0a` as bytes, anything else as its characters in UTF-8. */
function bytesOf(literal: Token): Uint8Array {
  const { text } = literal;
  if (literal.kind === 'word' && /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2})+$/.test(text)) {
    return Uint8Array.from(text.split(':'), (digits) => parseInt(digits, 16));
  }
  return utf8(text);
}

function utf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code >= escapedByteBase + 0x80 && code <= escapedByteBase + 0xff) bytes.push(code - escapedByteBase);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else {
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    }
  }
  return Uint8Array.from(bytes);
}
