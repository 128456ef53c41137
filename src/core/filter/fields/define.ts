import type { ProtocolName } from '../../decode/protocols';
import type { FieldNeeds, FieldType, FilterField, ValueReader } from '../filterField';
import { numbers, oneNumber, texts } from '../filterField';
import type { FilterSubject, Message } from '../filterSubject';
import { ofMessages } from '../filterSubject';

type Values = Readonly<Record<string, number>>;

export function field(
  name: string,
  type: FieldType,
  description: string,
  read: ValueReader,
  more: { values?: Values; needs?: FieldNeeds } = {},
): FilterField {
  const { values, needs = {} } = more;
  return { name, type, description, read, needs, ...(values === undefined ? {} : { values }) };
}

/** A field with at most one number, NaN for none. */
export function numberField(
  name: string,
  description: string,
  one: (subject: FilterSubject) => number,
  more: { values?: Values; needs?: FieldNeeds; type?: FieldType } = {},
): FilterField {
  return field(name, more.type ?? 'number', description, oneNumber(one), more);
}

export function flagField(name: string, description: string, one: (subject: FilterSubject) => number): FilterField {
  return field(name, 'boolean', description, oneNumber(one));
}

/** Makes fields of the messages of some protocols, which `read` takes apart once. */
export class MessageFields<Content> {
  readonly #protocols: readonly ProtocolName[];
  readonly #read: (message: Message) => Content | null;

  constructor(protocols: readonly ProtocolName[], read: (message: Message) => Content | null) {
    this.#protocols = protocols;
    this.#read = read;
  }

  numbers(
    name: string,
    description: string,
    values: (content: Content) => readonly (number | null)[] | number | null,
    more: { names?: Values; type?: FieldType } = {},
  ): FilterField {
    const read = ofMessages(this.#protocols, this.#read, (content) => present(values(content)));
    return field(name, more.type ?? 'number', description, numbers(read), {
      needs: { messages: this.#protocols },
      ...(more.names === undefined ? {} : { values: more.names }),
    });
  }

  flag(name: string, description: string, value: (content: Content) => boolean | null): FilterField {
    return this.numbers(name, description, (content) => asNumber(value(content)), { type: 'boolean' });
  }

  texts(
    name: string,
    description: string,
    values: (content: Content) => readonly (string | null)[] | string | null,
  ): FilterField {
    const read = ofMessages(this.#protocols, this.#read, (content) => present(values(content)));
    return field(name, 'text', description, texts(read), { needs: { messages: this.#protocols } });
  }

  /** Stretches of bytes, as an address or a hash. */
  bytes(
    name: string,
    type: 'ipv6' | 'bytes',
    description: string,
    values: (content: Content) => readonly Uint8Array[],
  ): FilterField {
    const read = ofMessages(this.#protocols, this.#read, values);
    const reader: ValueReader = {
      of: 'bytes',
      some: (subject, test) => read(subject).some((value) => test(value, 0, value.length)),
    };
    return field(name, type, description, reader, { needs: { messages: this.#protocols } });
  }
}

function asNumber(value: boolean | null): number | null {
  return value === null ? null : value ? 1 : 0;
}

function present<Value extends number | string>(values: readonly (Value | null)[] | Value | null): readonly Value[] {
  if (values === null) return [];
  if (!Array.isArray(values)) return [values as Value];
  return (values as readonly (Value | null)[]).filter((value) => value !== null);
}
