import { latin1Text } from '../decode/text';
import type { BytesTest, NumberTest, TextTest, ValueReader } from './filterField';
import { FilterError } from './filterError';
import type { FilterSubject } from './filterSubject';
import type { Operand, RelationName, WordOperand } from './filterTree';
import { addressBytes, bytesLiteral, networkLiteral, numberLiteral } from './literals';
import type { NumberType } from './literals';
import type { Needs, Source } from './operands';
import { asBytes, sourceOf } from './operands';
import { compilePattern, PatternError } from './safePattern';

/** A part of a filter, ready to ask. */
export type FilterTest = (subject: FilterSubject) => boolean;

/** What has to hold of the values of a field with several: of one of them, or of each (and there is one). */
type Quantifier = 'any' | 'all';

type Order = '==' | '!=' | '>' | '<' | '>=' | '<=';

/** Relations as Wireshark 4 reads them: `!=` holds when no value is equal. */
const orders: Readonly<
  Record<Exclude<RelationName, 'contains' | 'matches'>, { order: Order; quantifier: Quantifier }>
> = {
  '==': { order: '==', quantifier: 'any' },
  '===': { order: '==', quantifier: 'all' },
  '!=': { order: '!=', quantifier: 'all' },
  '!==': { order: '!=', quantifier: 'any' },
  '>': { order: '>', quantifier: 'any' },
  '<': { order: '<', quantifier: 'any' },
  '>=': { order: '>=', quantifier: 'any' },
  '<=': { order: '<=', quantifier: 'any' },
};

/** Characters that a pattern is matched against; the rest of a longer text is left out. */
const maxMatched = 16_384;

/** `left relation right`. Throws `FilterError`. */
export function compileRelation(
  source: Source,
  left: Operand,
  relation: RelationName,
  right: Operand,
  quantifier: Quantifier | null,
  needs: Needs,
): FilterTest {
  if (relation === 'contains') return compileContains(source, left, right, quantifier ?? 'any');
  if (relation === 'matches') return compileMatches(source, left, right, quantifier ?? 'any');
  const { order, quantifier: usual } = orders[relation];
  const how = quantifier ?? usual;
  const other = isValueOf(source, right) ? null : sourceOf(right, needs);
  if (other !== null) return compareFields(source, left, other, right, order, how);
  const literal = asLiteral(right);
  const { read } = source;
  if (source.type === 'protocol') {
    throw new FilterError(
      'A protocol is there or not; contains, matches and slices look at its bytes.',
      literal.start,
      literal.end,
    );
  }
  if (read.of === 'number') return numberRelation(read, numberTest(source, order, literal), how, order);
  if (read.of === 'text') return quantified(read, how, textTest(order, literal.text));
  return quantified(read, how, bytesTest(source, order, literal));
}

/** A name of one of the field's values, even where a protocol is called the same. */
function isValueOf(source: Source, operand: Operand): boolean {
  return (
    operand.kind === 'word' &&
    Object.keys(source.names).some((name) => name.toLowerCase() === operand.text.toLowerCase())
  );
}

function asLiteral(operand: Operand): WordOperand {
  if (operand.kind === 'word' || operand.kind === 'text') return operand;
  throw new FilterError('A value is expected here.', operand.start, operand.end);
}

/** `field in { low, low..high }`. Throws `FilterError`. */
export function compileMembership(
  source: Source,
  members: readonly { low: WordOperand; high: WordOperand | null }[],
  quantifier: Quantifier | null,
): FilterTest {
  const { read } = source;
  const how = quantifier ?? 'any';
  if (source.type === 'protocol' || source.type === 'label') {
    const [first] = members;
    throw new FilterError('This has no values to look for in a set.', first?.low.start ?? 0, first?.low.end ?? 0);
  }
  if (read.of === 'number') return numberMembership(source, read, members, how);
  if (read.of === 'text') {
    const tests = members.map(({ low, high }): TextTest => {
      if (high === null) return textTest('==', low.text);
      return (value) => value >= low.text && value <= high.text;
    });
    return quantified(read, how, (value: string) => tests.some((test) => test(value)));
  }
  const tests = members.map(({ low, high }): BytesTest => {
    if (high === null) return bytesTest(source, '==', low);
    const above = bytesTest(source, '>=', low);
    const below = bytesTest(source, '<=', high);
    return (bytes, start, end) => above(bytes, start, end) && below(bytes, start, end);
  });
  return quantified(read, how, (bytes: Uint8Array, start: number, end: number) =>
    tests.some((test) => test(bytes, start, end)),
  );
}

type NumberReader = Extract<ValueReader, { of: 'number' }>;

function numberMembership(
  source: Source,
  read: NumberReader,
  members: readonly { low: WordOperand; high: WordOperand | null }[],
  how: Quantifier,
): FilterTest {
  const single = new Set<number>();
  const tests: NumberTest[] = [];
  for (const { low, high } of members) {
    if (high === null && (source.type !== 'ipv4' || !low.text.includes('/'))) {
      single.add(numberLiteral(source.type as NumberType, low, source.names));
    } else if (high === null) tests.push(numberTest(source, '==', low));
    else {
      const above = numberTest(source, '>=', low);
      const below = numberTest(source, '<=', high);
      tests.push((value) => above(value) && below(value));
    }
  }
  if (tests.length === 0) return numberRelation(read, (value) => single.has(value), how, '==');
  return numberRelation(read, (value) => single.has(value) || tests.some((test) => test(value)), how, '==');
}

function numberRelation(read: NumberReader, test: NumberTest, how: Quantifier, order: Order): FilterTest {
  const { one, some } = read;
  if (one !== null) {
    // NaN stands for no value: only != holds for it.
    if (order !== '!=') return (subject) => test(one(subject));
    return (subject) => {
      const value = one(subject);
      return !Number.isNaN(value) && test(value);
    };
  }
  return how === 'any' ? (subject) => some(subject, test) : everyOf(some, test);
}

function everyOf(some: NumberReader['some'], test: NumberTest): FilterTest {
  const fails: NumberTest = (value) => !test(value);
  return (subject) => some(subject, isThere) && !some(subject, fails);
}

const isThere = (): boolean => true;

function quantified<Test extends TextTest | BytesTest>(
  read: { some: (subject: FilterSubject, test: Test) => boolean },
  how: Quantifier,
  test: Test,
): FilterTest {
  const { some } = read;
  if (how === 'any') return (subject) => some(subject, test);
  const ask = test as (...values: unknown[]) => boolean;
  const fails = ((...values: unknown[]) => !ask(...values)) as Test;
  const there = isThere as unknown as Test;
  return (subject) => some(subject, there) && !some(subject, fails);
}

function numberTest(source: Source, order: Order, literal: WordOperand): NumberTest {
  const network = source.type === 'ipv4' ? networkLiteral('ipv4', literal) : null;
  if (network !== null) {
    const size = 2 ** (32 - network.bits);
    const wanted = Math.floor(network.bytes.reduce((sum, byte) => sum * 256 + byte, 0) / size);
    // As Wireshark has it: a network is compared by the bits of its prefix.
    return orderTest(order, wanted, (value) => Math.floor(value / size));
  }
  return orderTest(order, numberLiteral(source.type as NumberType, literal, source.names), null);
}

function orderTest(order: Order, wanted: number, change: ((value: number) => number) | null): NumberTest {
  const test = plainOrderTest(order, wanted);
  return change === null ? test : (value) => test(change(value));
}

function plainOrderTest(order: Order, wanted: number): NumberTest {
  switch (order) {
    case '==':
      return (value) => value === wanted;
    case '!=':
      return (value) => value !== wanted;
    case '>':
      return (value) => value > wanted;
    case '<':
      return (value) => value < wanted;
    case '>=':
      return (value) => value >= wanted;
    case '<=':
      return (value) => value <= wanted;
  }
}

/** Whether the sign of a difference is what the order wants. */
function holds(order: Order, sign: number): boolean {
  return plainOrderTest(order, 0)(sign);
}

function textTest(order: Order, wanted: string): TextTest {
  if (order === '==') return (value) => value === wanted;
  if (order === '!=') return (value) => value !== wanted;
  return (value) => holds(order, value === wanted ? 0 : value < wanted ? -1 : 1);
}

function bytesTest(source: Source, order: Order, literal: WordOperand): BytesTest {
  if (source.type === 'ipv6') {
    const network = networkLiteral('ipv6', literal);
    const wanted = network?.bytes ?? addressBytes('ipv6', literal);
    const bits = network?.bits ?? 128;
    return (bytes, start) => holds(order, compareBits(bytes, start, wanted, bits));
  }
  const wanted = bytesLiteral(literal, false);
  return (bytes, start, end) => holds(order, compareBytes(bytes, start, end, wanted, 0, wanted.length));
}

function compareBits(bytes: Uint8Array, start: number, wanted: Uint8Array, bits: number): number {
  for (let index = 0; 8 * index < bits; index++) {
    const mask = bits - 8 * index >= 8 ? 0xff : (0xff00 >> (bits - 8 * index)) & 0xff;
    const difference = ((bytes[start + index] ?? 0) & mask) - ((wanted[index] ?? 0) & mask);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareBytes(
  one: Uint8Array,
  oneStart: number,
  oneEnd: number,
  other: Uint8Array,
  otherStart: number,
  otherEnd: number,
): number {
  const length = Math.min(oneEnd - oneStart, otherEnd - otherStart);
  for (let index = 0; index < length; index++) {
    const difference = (one[oneStart + index] ?? 0) - (other[otherStart + index] ?? 0);
    if (difference !== 0) return difference;
  }
  return oneEnd - oneStart - (otherEnd - otherStart);
}

/** `field == field`: the values of one side against those of the other. */
function compareFields(
  source: Source,
  left: Operand,
  other: Source,
  right: Operand,
  order: Order,
  how: Quantifier,
): FilterTest {
  const one = source.type === 'protocol' || source.type === 'slice' ? asBytes(source, left).read : source.read;
  const two = one.of === 'bytes' ? asBytes(other, right).read : other.read;
  const kinds = new Set([source.type, other.type]);
  const alike = kinds.size === 1 || one.of === 'bytes' || (kinds.has('number') && kinds.has('boolean'));
  const every = how === 'all';
  if (one.of === 'number' && two.of === 'number' && alike) {
    return pairwise(every, (subject, test) =>
      one.some(subject, (value) => two.some(subject, (wanted) => test(holds(order, value - wanted)))),
    );
  }
  if (one.of === 'text' && two.of === 'text') {
    return pairwise(every, (subject, test) =>
      one.some(subject, (value) => two.some(subject, (wanted) => test(textTest(order, wanted)(value)))),
    );
  }
  if (one.of === 'bytes' && two.of === 'bytes') {
    return pairwise(every, (subject, test) =>
      one.some(subject, (bytes, start, end) =>
        two.some(subject, (wanted, from, to) => test(holds(order, compareBytes(bytes, start, end, wanted, from, to)))),
      ),
    );
  }
  throw new FilterError('The two fields have values of different kinds.', right.start, right.end);
}

/** `some` calls back with the verdict on each pair of values. */
function pairwise(
  every: boolean,
  some: (subject: FilterSubject, test: (fits: boolean) => boolean) => boolean,
): FilterTest {
  if (!every) return (subject) => some(subject, (fits) => fits);
  return (subject) => some(subject, isThere) && !some(subject, (fits) => !fits);
}

function compileContains(source: Source, left: Operand, right: Operand, how: Quantifier): FilterTest {
  const literal = asLiteral(right);
  const { read } = source;
  if (read.of === 'text') {
    const wanted = literal.text;
    return quantified(read, how, (value: string) => value.includes(wanted));
  }
  if (read.of === 'number' && source.type !== 'mac' && source.type !== 'ipv4') {
    throw new FilterError('Only text and bytes can contain something.', left.start, left.end);
  }
  const wanted = bytesLiteral(literal, true);
  const bytes = asBytes(source, left).read as Extract<ValueReader, { of: 'bytes' }>;
  return quantified(bytes, how, (all: Uint8Array, start: number, end: number) =>
    containsBytes(all, start, end, wanted),
  );
}

/** True when `wanted` stands in the bytes from `start` to `end`. */
function containsBytes(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  const first = wanted[0];
  if (first === undefined) return true;
  let at = bytes.indexOf(first, start);
  while (at >= 0 && at + wanted.length <= end) {
    let index = 1;
    while (index < wanted.length && bytes[at + index] === wanted[index]) index += 1;
    if (index === wanted.length) return true;
    at = bytes.indexOf(first, at + 1);
  }
  return false;
}

/** Patterns are matched without backtracking (see `compilePattern`), against at most `maxMatched` characters. */
function compileMatches(source: Source, left: Operand, right: Operand, how: Quantifier): FilterTest {
  const literal = asLiteral(right);
  const { read } = source;
  if (read.of === 'number') throw new FilterError('Only text and bytes can match a pattern.', left.start, left.end);
  const pattern = compiledPattern(literal);
  if (read.of === 'text') return quantified(read, how, (value: string) => pattern(value.slice(0, maxMatched)));
  const bytes = asBytes(source, left).read as Extract<ValueReader, { of: 'bytes' }>;
  return quantified(bytes, how, (all: Uint8Array, start: number, end: number) =>
    pattern(latin1Text(all, start, Math.min(end, start + maxMatched))),
  );
}

function compiledPattern(literal: WordOperand): (text: string) => boolean {
  try {
    return compilePattern(literal.text);
  } catch (error) {
    if (error instanceof PatternError) throw new FilterError(error.message, literal.start, literal.end);
    throw error;
  }
}
