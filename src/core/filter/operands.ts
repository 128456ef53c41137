import type { ProtocolName } from '../decode/protocols';
import type { BytesTest, FieldNeeds, FieldType, ValueReader } from './filterField';
import { oneNumber } from './filterField';
import { fieldNamed } from './filterFields';
import { FilterError } from './filterError';
import type { Operand, SliceRange } from './filterTree';
import { shown } from './filterTree';
import { numberLiteral, utf8 } from './literals';
import { hasBytes, protocolBytes, protocolNamed, seenInHeaders } from './protocolBytes';
import { formatIpAddress, formatMac } from '../decode/addresses';

/** The left side of a comparison, ready to read. */
export interface Source {
  /** `protocol`: the bytes of a whole protocol; `slice`: some bytes of a field. */
  type: FieldType | 'protocol' | 'slice';
  read: ValueReader;
  /** Bytes as `contains` and `matches` search them, where they are not those of `read`. */
  search: ValueReader | null;
  names: Readonly<Record<string, number>>;
  protocol: ProtocolName | 'frame' | null;
}

/** Gathers what a filter has to know beside the packets themselves. */
export class Needs {
  order = false;
  conversation = false;
  naming = false;
  readonly messages = new Set<ProtocolName>();

  add({ order, conversation, messages }: FieldNeeds): void {
    if (order === true) this.order = true;
    if (conversation === true) this.conversation = true;
    if (messages !== undefined) this.naming = true;
    for (const protocol of messages ?? []) this.messages.add(protocol);
  }

  /** A protocol is asked for, and its bytes where they are `searched`. */
  addProtocol(protocol: ProtocolName | 'frame', searched: boolean): void {
    if (seenInHeaders(protocol)) return;
    this.naming = true;
    if (protocol !== 'frame' && (searched || protocol === 'http')) this.messages.add(protocol);
  }

  /** True when packets have to come from the first on, in order. */
  get ordered(): boolean {
    return this.order || this.tracked;
  }

  get tracked(): boolean {
    return this.conversation || this.naming;
  }
}

/** The field, protocol, slice, mask or function that an operand names; null for a value. Throws `FilterError`. */
export function sourceOf(operand: Operand, needs: Needs, searched = true): Source | null {
  switch (operand.kind) {
    case 'text':
      return null;
    case 'word':
      return namedSource(operand.text, needs, searched);
    case 'slice':
      return sliced(asSource(operand.operand, needs), operand.ranges, operand);
    case 'mask':
      return masked(asSource(operand.operand, needs), operand.mask);
    case 'call':
      return called(operand, needs);
  }
}

/** As `sourceOf`; an operand that is none is an error. */
export function asSource(operand: Operand, needs: Needs, searched = true): Source {
  const source = sourceOf(operand, needs, searched);
  if (source !== null) return source;
  const text = operand.kind === 'word' || operand.kind === 'text' ? operand.text : '';
  throw new FilterError(
    `"${shown(text)}" is not a field or protocol that can be filtered by.`,
    operand.start,
    operand.end,
  );
}

function namedSource(name: string, needs: Needs, searched: boolean): Source | null {
  const field = fieldNamed(name);
  if (field !== null) {
    needs.add(field.needs);
    return { type: field.type, read: field.read, search: null, names: field.values ?? {}, protocol: null };
  }
  const protocol = protocolNamed(name);
  if (protocol === null) return null;
  needs.addProtocol(protocol, searched);
  const own: ValueReader = { of: 'bytes', some: (subject, test) => protocolBytes(subject, protocol, false, test) };
  const whole: ValueReader = { of: 'bytes', some: (subject, test) => protocolBytes(subject, protocol, true, test) };
  return { type: 'protocol', read: own, search: whole, names: {}, protocol };
}

function checkBytes(source: Source, operand: Operand): void {
  if (source.protocol !== null && !hasBytes(source.protocol)) {
    throw new FilterError(`The bytes of "${source.protocol}" cannot be searched.`, operand.start, operand.end);
  }
}

/** The bytes of a value, as slices and `contains` see them. */
function bytesOf(
  source: Source,
  operand: Operand,
): (some: Parameters<ValueReader['some']>[0], test: BytesTest) => boolean {
  checkBytes(source, operand);
  const { read, type } = source;
  if (read.of === 'bytes') return read.some;
  if (read.of === 'text') {
    return (subject, test) =>
      read.some(subject, (text) => {
        const bytes = utf8(text);
        return test(bytes, 0, bytes.length);
      });
  }
  const length = type === 'ipv4' ? 4 : type === 'mac' ? 6 : 0;
  if (length === 0) throw new FilterError('Numbers have no bytes to take from.', operand.start, operand.end);
  return (subject, test) =>
    read.some(subject, (value) => {
      const bytes = new Uint8Array(length);
      for (let index = length - 1, rest = value; index >= 0; index--, rest = Math.floor(rest / 256)) {
        bytes[index] = rest % 256;
      }
      return test(bytes, 0, length);
    });
}

/** As `read`, but of bytes whatever the type. */
export function asBytes(source: Source, operand: Operand): Source {
  if (source.search !== null) checkBytes(source, operand);
  const read: ValueReader = { of: 'bytes', some: bytesOf({ ...source, read: source.search ?? source.read }, operand) };
  return { ...source, read, search: null };
}

function sliced(source: Source, ranges: readonly SliceRange[], operand: Operand): Source {
  const of = bytesOf(source, operand);
  for (const { from, to, length } of ranges) {
    const backwards = to !== null && Math.sign(to + 0.5) === Math.sign(from + 0.5) && to < from;
    if (backwards || length === 0 || (length ?? 1) < 0) {
      throw new FilterError('This slice has no bytes.', operand.start, operand.end);
    }
  }
  const [only] = ranges;
  const single = ranges.length === 1 ? only : undefined;
  const read: ValueReader = {
    of: 'bytes',
    some: (subject, test) =>
      of(subject, (bytes, start, end) => {
        if (single !== undefined) {
          const [from, to] = bounds(single, start, end);
          return from >= start && to <= end && from < to && test(bytes, from, to);
        }
        const joined: number[] = [];
        for (const range of ranges) {
          const [from, to] = bounds(range, start, end);
          if (from < start || to > end || from >= to) return false;
          for (let at = from; at < to; at++) joined.push(bytes[at] ?? 0);
        }
        return test(Uint8Array.from(joined), 0, joined.length);
      }),
  };
  return { type: 'slice', read, search: null, names: {}, protocol: null };
}

function bounds({ from, length, to }: SliceRange, start: number, end: number): [number, number] {
  const first = from < 0 ? end + from : start + from;
  if (to !== null) return [first, (to < 0 ? end + to : start + to) + 1];
  return [first, length === null ? end : first + length];
}

function masked(source: Source, mask: Operand): Source {
  const { read } = source;
  if (source.type !== 'number' || read.of !== 'number') {
    throw new FilterError('Only numbers can be masked.', mask.start, mask.end);
  }
  const bits = mask.kind === 'word' ? numberLiteral('number', mask) : Number.NaN;
  if (!Number.isInteger(bits) || bits < 0 || bits > 0xffffffff) {
    throw new FilterError('A mask is a whole number of at most 32 bits.', mask.start, mask.end);
  }
  const { one, some } = read;
  return {
    ...source,
    names: {},
    read: {
      of: 'number',
      one:
        one === null
          ? null
          : (subject) => {
              const value = one(subject);
              return Number.isNaN(value) ? value : (value & bits) >>> 0;
            },
      some: (subject, test) => some(subject, (value) => test((value & bits) >>> 0)),
    },
  };
}

/** Functions and what they give: wireshark-filter(4), section "Functions". */
export const filterFunctions: Readonly<Record<string, string>> = {
  len: 'Characters of a text, bytes of anything else',
  count: 'How often the field stands in the packet',
  lower: 'The text in lower case',
  upper: 'The text in capitals',
  string: 'The value as text',
};

function called(operand: Extract<Operand, { kind: 'call' }>, needs: Needs): Source {
  const { name, args, start, end } = operand;
  if (!Object.hasOwn(filterFunctions, name)) {
    throw new FilterError(
      `There is no function "${shown(name)}", but ${Object.keys(filterFunctions).join(', ')}.`,
      start,
      start + name.length,
    );
  }
  const [argument] = args;
  if (argument === undefined || args.length !== 1) {
    throw new FilterError(`${name} takes one field.`, start, end);
  }
  const source = asSource(argument, needs);
  const { read } = source;
  const result = (type: FieldType, reader: ValueReader): Source => ({
    type,
    read: reader,
    search: null,
    names: {},
    protocol: null,
  });
  if (name === 'count') return result('number', counted(read));
  if (name === 'len') return result('number', lengths(source, argument));
  if (name === 'string') return result('text', texts(source, argument));
  if (read.of !== 'text') throw new FilterError(`${name} takes a text.`, argument.start, argument.end);
  const change = name === 'lower' ? (text: string) => text.toLowerCase() : (text: string) => text.toUpperCase();
  return result('text', { of: 'text', some: (subject, test) => read.some(subject, (text) => test(change(text))) });
}

function counted(read: ValueReader): ValueReader {
  const one = (subject: Parameters<ValueReader['some']>[0]): number => {
    let count = 0;
    const never = (): boolean => {
      count++;
      return false;
    };
    read.some(subject, never);
    return count === 0 ? Number.NaN : count;
  };
  return oneNumber(one);
}

function lengths(source: Source, operand: Operand): ValueReader {
  const { read } = source;
  if (read.of === 'text') {
    return { of: 'number', one: null, some: (subject, test) => read.some(subject, (text) => test(text.length)) };
  }
  const some = bytesOf(source, operand);
  return { of: 'number', one: null, some: (subject, test) => some(subject, (_, start, end) => test(end - start)) };
}

function texts(source: Source, operand: Operand): ValueReader {
  const { read, type } = source;
  if (read.of === 'text') return read;
  if (type === 'number' || type === 'boolean') {
    const { some } = read as Extract<ValueReader, { of: 'number' }>;
    return { of: 'text', some: (subject, test) => some(subject, (value) => test(String(value))) };
  }
  if (type !== 'ipv4' && type !== 'ipv6' && type !== 'mac') {
    throw new FilterError('string takes a number or an address.', operand.start, operand.end);
  }
  const bytes = bytesOf(source, operand);
  return {
    of: 'text',
    some: (subject, test) =>
      bytes(subject, (all, start) =>
        test(type === 'mac' ? formatMac(all, start) : formatIpAddress(all, start, type === 'ipv4' ? 4 : 16)),
      ),
  };
}
