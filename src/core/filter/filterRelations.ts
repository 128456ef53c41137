import { parseIpAddress } from '../decode/addresses';
import type { FieldType, FilterContext, FilterField, ValueTest } from './filterFields';
import { FilterError, type Token } from './filterLexer';
import { compilePattern, PatternError } from './safePattern';

/** A part of a filter, ready to ask. */
export type FilterTest = (context: FilterContext) => boolean;

/** A test of one value; built for each packet's view where the value is an offset into it. */
type BoundTest = (context: FilterContext) => ValueTest;

/**
 * Relations as Wireshark 4 reads them for fields with several values: `any` holds when one value does, `all` when the
 * field is there and every value does.
 */
interface Relation {
  order: (sign: number) => boolean;
  quantifier: 'any' | 'all';
}

const relations = new Map<string, Relation>([
  ['==', { order: (sign) => sign === 0, quantifier: 'any' }],
  ['===', { order: (sign) => sign === 0, quantifier: 'all' }],
  ['!=', { order: (sign) => sign !== 0, quantifier: 'all' }],
  ['!==', { order: (sign) => sign !== 0, quantifier: 'any' }],
  ['>', { order: (sign) => sign > 0, quantifier: 'any' }],
  ['<', { order: (sign) => sign < 0, quantifier: 'any' }],
  ['>=', { order: (sign) => sign >= 0, quantifier: 'any' }],
  ['<=', { order: (sign) => sign <= 0, quantifier: 'any' }],
]);

const relationWords = new Map([
  ['eq', '=='],
  ['any_eq', '=='],
  ['all_eq', '==='],
  ['ne', '!='],
  ['all_ne', '!='],
  ['any_ne', '!=='],
  ['gt', '>'],
  ['lt', '<'],
  ['ge', '>='],
  ['le', '<='],
  ['contains', 'contains'],
  ['matches', 'matches'],
  ['~', 'matches'],
  ['in', 'in'],
]);

/** The relation that a token names (`eq` is `==`), null when it names none. */
export function relationOf(token: Token): string | null {
  if (token.kind !== 'word' && token.kind !== 'symbol') return null;
  return relationWords.get(token.text) ?? (relations.has(token.text) ? token.text : null);
}

/** `field relation literal`; `mask` is the right side of `field & mask`, null without one. */
export function compileRelation(field: FilterField, mask: number | null, relation: string, literal: Token): FilterTest {
  if (relation === 'contains') return compileContains(field, literal);
  if (relation === 'matches') return compileMatches(field, literal);
  const { order, quantifier } = relations.get(relation) ?? { order: () => false, quantifier: 'any' };
  const compare = comparer(field.type, literal, relation);
  const bound: BoundTest = (context) => {
    const signOf = compare(context);
    return (value) => order(signOf(masked(value, mask)));
  };
  if (quantifier === 'any') return (context) => field.some(context, bound(context));
  return (context) => {
    const test = bound(context);
    return field.some(context, () => true) && !field.some(context, (value) => !test(value));
  };
}

/** `field in { literal, low..high }`. */
export function compileMembership(
  field: FilterField,
  mask: number | null,
  members: readonly { low: Token; high: Token | null }[],
): FilterTest {
  const bounds = members.map(({ low, high }) => {
    if (high !== null && (field.type === 'boolean' || isCidr(low.text) || isCidr(high.text))) {
      throw new FilterError('This kind of value has no ranges.', low.position);
    }
    const aboveLow = comparer(field.type, low, '==');
    return { aboveLow, belowHigh: high === null ? null : comparer(field.type, high, '==') };
  });
  return (context) =>
    field.some(context, (value) =>
      bounds.some(({ aboveLow, belowHigh }) => {
        const sign = aboveLow(context)(masked(value, mask));
        return belowHigh === null ? sign === 0 : sign >= 0 && belowHigh(context)(masked(value, mask)) <= 0;
      }),
    );
}

function masked(value: number | string, mask: number | null): number | string {
  return mask === null || typeof value === 'string' ? value : (value & mask) >>> 0;
}

/** How a field value stands to the literal: negative, 0 or positive. */
type SignOf = (value: number | string) => number;

function comparer(type: FieldType, literal: Token, relation: string): (context: FilterContext) => SignOf {
  switch (type) {
    case 'number':
    case 'boolean': {
      const wanted = type === 'number' ? parseNumber(literal) : parseBoolean(literal);
      const signOf: SignOf = (value) => Number(value) - wanted;
      return () => signOf;
    }
    case 'string': {
      const wanted = literal.text;
      const signOf: SignOf = (value) => (value === wanted ? 0 : value < wanted ? -1 : 1);
      return () => signOf;
    }
    case 'ipv4':
    case 'ipv6':
      return addressComparer(type, literal, relation);
    case 'mac': {
      const wanted = parseMac(literal);
      return (context) => (value) => compareBytes(context.view.bytes, Number(value), wanted, 48);
    }
  }
}

/** Decimal, 0x hexadecimal, or a decimal fraction. */
export function parseNumber(literal: Token): number {
  const { text } = literal;
  if (/^0[xX][0-9a-fA-F]{1,12}$/.test(text)) return parseInt(text, 16);
  if (/^-?[0-9]{1,15}(\.[0-9]{1,12})?$/.test(text)) return Number(text);
  throw new FilterError(`"${shown(text)}" is not a number.`, literal.position);
}

function parseBoolean(literal: Token): number {
  if (literal.text === '1' || /^true$/i.test(literal.text)) return 1;
  if (literal.text === '0' || /^false$/i.test(literal.text)) return 0;
  throw new FilterError(`"${shown(literal.text)}" is neither true nor false (1 or 0).`, literal.position);
}

function isCidr(text: string): boolean {
  return text.includes('/');
}

function addressComparer(type: 'ipv4' | 'ipv6', literal: Token, relation: string): (context: FilterContext) => SignOf {
  const [addressText = '', prefixText, ...rest] = literal.text.split('/');
  const wanted = parseIpAddress(addressText);
  const length = type === 'ipv4' ? 4 : 16;
  if (wanted === null || wanted.length !== length || rest.length > 0) {
    throw new FilterError(
      `"${shown(literal.text)}" is not an ${type === 'ipv4' ? 'IPv4' : 'IPv6'} address.`,
      literal.position,
    );
  }
  if (prefixText === undefined) {
    return (context) => (value) => compareBytes(context.view.bytes, Number(value), wanted, 8 * length);
  }
  const prefix = /^[0-9]{1,3}$/.test(prefixText) ? Number(prefixText) : -1;
  if (prefix < 0 || prefix > 8 * length) {
    throw new FilterError(`"/${shown(prefixText)}" is not a prefix length.`, literal.position);
  }
  if (!/^[!=]==?$/.test(relation)) {
    throw new FilterError('A network can only be compared with == and !=.', literal.position);
  }
  return (context) => (value) => compareBytes(context.view.bytes, Number(value), wanted, prefix);
}

function parseMac(literal: Token): Uint8Array {
  const digits = literal.text.split(/[:.-]/).join('');
  if (!/^([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}$|^([0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}$/.test(literal.text)) {
    throw new FilterError(`"${shown(literal.text)}" is not a MAC address.`, literal.position);
  }
  return Uint8Array.from({ length: 6 }, (_, index) => parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}

/** Compares the first `bits` bits at `offset` with `wanted`. */
function compareBytes(bytes: Uint8Array, offset: number, wanted: Uint8Array, bits: number): number {
  for (let index = 0; 8 * index < bits; index++) {
    const mask = bits - 8 * index >= 8 ? 0xff : (0xff00 >> (bits - 8 * index)) & 0xff;
    const difference = ((bytes[offset + index] ?? 0) & mask) - ((wanted[index] ?? 0) & mask);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compileContains(field: FilterField, literal: Token): FilterTest {
  if (field.type !== 'string') throw new FilterError('Only text can be asked for with contains.', literal.position);
  const wanted = literal.text;
  return (context) => field.some(context, (value) => String(value).includes(wanted));
}

function compileMatches(field: FilterField, literal: Token): FilterTest {
  if (field.type !== 'string') throw new FilterError('Only text can be asked for with matches.', literal.position);
  try {
    const matches = compilePattern(literal.text);
    return (context) => field.some(context, (value) => matches(String(value)));
  } catch (error) {
    if (error instanceof PatternError) throw new FilterError(error.message, literal.position);
    throw error;
  }
}

/** A literal as error messages show it: bounded. */
export function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
