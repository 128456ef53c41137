import type { ProtocolName } from '../decode/protocols';
import type { FilterSubject } from './filterSubject';

/** Types of Wireshark's fields. `ipv4`, `mac` are numbers of 32 and 48 bits, `time` seconds since 1970, `duration` seconds. */
export const fieldTypes = [
  'number',
  'boolean',
  'ipv4',
  'mac',
  'time',
  'duration',
  'text',
  'ipv6',
  'bytes',
  'label',
] as const;
export type FieldType = (typeof fieldTypes)[number];

export type NumberTest = (value: number) => boolean;
export type TextTest = (value: string) => boolean;
export type BytesTest = (bytes: Uint8Array, start: number, end: number) => boolean;

/** Where values come from. Each `some` is true when the test holds for one of the values; false when there are none. */
export type ValueReader =
  | {
      of: 'number';
      /** The only value, NaN when there is none; null for fields that can have several. */
      one: ((subject: FilterSubject) => number) | null;
      some: (subject: FilterSubject, test: NumberTest) => boolean;
    }
  | { of: 'text'; some: (subject: FilterSubject, test: TextTest) => boolean }
  | { of: 'bytes'; some: (subject: FilterSubject, test: BytesTest) => boolean };

/** What has to be known beside the packet itself. */
export interface FieldNeeds {
  /** Packets have to come from the first on, in order. */
  order?: true;
  /** The TCP connection or UDP exchange of the packet. */
  conversation?: true;
  /** Messages of these protocols, put together from segments. */
  messages?: readonly ProtocolName[];
}

export interface FilterField {
  /** Wireshark's. */
  name: string;
  type: FieldType;
  description: string;
  /** Numbers that have names, which filters can use as well. */
  values?: Readonly<Record<string, number>>;
  needs: FieldNeeds;
  read: ValueReader;
}

type One = (subject: FilterSubject) => number;

/** At most one number; NaN when the packet has none. */
export function oneNumber(one: One): ValueReader {
  return {
    of: 'number',
    one,
    some: (subject, test) => {
      const value = one(subject);
      return !Number.isNaN(value) && test(value);
    },
  };
}

/** Numbers of two readers, as an address or port of either side. */
export function eitherNumber(first: One, second: One): ValueReader {
  return {
    of: 'number',
    one: null,
    some: (subject, test) => {
      const value = first(subject);
      if (!Number.isNaN(value) && test(value)) return true;
      const other = second(subject);
      return !Number.isNaN(other) && test(other);
    },
  };
}

export function numbers(read: (subject: FilterSubject) => readonly number[]): ValueReader {
  return { of: 'number', one: null, some: (subject, test) => read(subject).some(test) };
}

export function texts(read: (subject: FilterSubject) => readonly string[]): ValueReader {
  return { of: 'text', some: (subject, test) => read(subject).some(test) };
}

export function oneText(read: (subject: FilterSubject) => string | null): ValueReader {
  return {
    of: 'text',
    some: (subject, test) => {
      const value = read(subject);
      return value !== null && test(value);
    },
  };
}

/** Bytes of the packet; `range` calls back with each stretch. */
export function someBytes(range: (subject: FilterSubject, test: BytesTest) => boolean): ValueReader {
  return { of: 'bytes', some: range };
}

export const bit = (value: boolean): number => (value ? 1 : 0);
