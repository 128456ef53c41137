import type { PacketField } from '../../protocol/packetTree';
import { uint8 } from '../bytes/integers';
import { formatIpAddress, formatMac, hexByte } from '../decode/addresses';
import { printableText } from '../decode/text';
import { engineLimits, LimitCounter } from '../limits';

/** Longest text of one value; a cut is shown by an ellipsis. */
const maxTextLength = 1024;
/** Bytes of a field whose hexadecimal digits are kept: enough to compare with, short enough to show. */
const maxHexBytes = 64;

export interface NumberOptions {
  /** Bits of the field among its bytes. */
  mask?: number;
  /** Name of a value, shown before the number. */
  names?: Readonly<Record<number, string>> | readonly string[];
  /** Written in hexadecimal. */
  hex?: boolean;
  unit?: string;
  /** Number in the bytes to number of the field: a header length counted in words. */
  scale?: number;
  /** The whole text, in place of the number. */
  text?: (value: number) => string;
}

/** Field budget of one packet, shared by everything that writes fields of it. */
export class FieldBudget {
  readonly counter = new LimitCounter('dissectedFields', engineLimits.dissectedFields);
  private left: number = engineLimits.dissectedFields;

  take(): boolean {
    if (this.left <= 0) {
      this.counter.hits += 1;
      return false;
    }
    this.left -= 1;
    return true;
  }
}

/**
 * Writes the fields of one stretch of bytes. Offsets outside the bytes read as 0; the places of fields are cut to what
 * is there. Past the budget, fields are written to nowhere.
 */
export class FieldScribe {
  constructor(
    readonly bytes: Uint8Array,
    readonly source: number,
    readonly roots: PacketField[],
    readonly budget: FieldBudget,
  ) {}

  /** A protocol, or any field with a value of the caller's. `parent` null makes it a root of the tree. */
  add(
    parent: PacketField | null,
    name: string,
    label: string,
    offset: number,
    lengthBytes: number,
    value = '',
    raw: PacketField['raw'] = null,
  ): PacketField {
    const start = Math.min(Math.max(0, offset), this.bytes.length);
    const field: PacketField = {
      name,
      label,
      value: value.length > maxTextLength ? `${value.slice(0, maxTextLength)}…` : value,
      raw,
      source: this.source,
      offset: start,
      lengthBytes: Math.max(0, Math.min(lengthBytes, this.bytes.length - start)),
      children: [],
    };
    if (this.budget.take()) (parent === null ? this.roots : parent.children).push(field);
    return field;
  }

  /** Unsigned, network byte order, at most 6 bytes. */
  number(
    parent: PacketField,
    name: string,
    label: string,
    offset: number,
    lengthBytes: number,
    options: NumberOptions = {},
  ): PacketField {
    const { mask } = options;
    let value = this.unsigned(offset, lengthBytes);
    if (mask !== undefined) value = maskedBits(value, mask);
    value *= options.scale ?? 1;
    const field = this.add(parent, name, label, offset, lengthBytes, numberText(value, lengthBytes, options), value);
    if (mask !== undefined) field.mask = mask;
    return field;
  }

  flag(
    parent: PacketField,
    name: string,
    label: string,
    offset: number,
    lengthBytes: number,
    mask: number,
  ): PacketField {
    const set = maskedBits(this.unsigned(offset, lengthBytes), mask) !== 0;
    const field = this.add(parent, name, label, offset, lengthBytes, set ? 'Set' : 'Not set', set);
    field.mask = mask;
    return field;
  }

  mac(parent: PacketField, name: string, label: string, offset: number): PacketField {
    const text = formatMac(this.bytes, offset);
    return this.add(parent, name, label, offset, 6, text, text);
  }

  address(parent: PacketField, name: string, label: string, offset: number, lengthBytes: 4 | 16): PacketField {
    const text = formatIpAddress(this.bytes, offset, lengthBytes);
    return this.add(parent, name, label, offset, lengthBytes, text, text);
  }

  /** Bytes without a meaning of their own: their first hexadecimal digits. */
  octets(parent: PacketField | null, name: string, label: string, offset: number, lengthBytes: number): PacketField {
    const length = Math.max(0, Math.min(lengthBytes, this.bytes.length - offset));
    const shown = this.hex(offset, Math.min(length, maxHexBytes));
    return this.add(
      parent,
      name,
      label,
      offset,
      length,
      length > maxHexBytes ? `${shown}… (${length} bytes)` : shown,
      length > 0 && length <= maxHexBytes ? this.hex(offset, length, ':') : null,
    );
  }

  text(parent: PacketField, name: string, label: string, offset: number, lengthBytes: number): PacketField {
    const text = printableText(this.bytes, offset, offset + lengthBytes, maxTextLength);
    return this.add(parent, name, label, offset, lengthBytes, text, text);
  }

  unsigned(offset: number, lengthBytes: number): number {
    let value = 0;
    for (let index = 0; index < lengthBytes; index++) value = value * 256 + uint8(this.bytes, offset + index);
    return value;
  }

  hex(offset: number, lengthBytes: number, separator = ''): string {
    const parts: string[] = [];
    for (let at = offset; at < offset + lengthBytes; at++) parts.push(hexByte(uint8(this.bytes, at)));
    return parts.join(separator);
  }
}

/** Adds what is wrong with a field. */
export function note(field: PacketField, text: string): void {
  field.note = field.note === undefined ? text : `${field.note}; ${text}`;
}

/** The bits of `mask` in `value`, shifted to the right; both below 2^32. */
export function maskedBits(value: number, mask: number): number {
  let shift = 0;
  while (shift < 32 && ((mask >>> shift) & 1) === 0) shift += 1;
  return ((value & mask) >>> 0) >>> shift;
}

function numberText(value: number, lengthBytes: number, options: NumberOptions): string {
  if (options.text) return options.text(value);
  const digits = options.hex === true ? `0x${value.toString(16).padStart(lengthBytes * 2, '0')}` : String(value);
  const name = (options.names as Readonly<Record<number, string>> | undefined)?.[value];
  if (name !== undefined) return `${name} (${digits})`;
  return options.unit === undefined ? digits : `${digits} ${value === 1 ? options.unit : `${options.unit}s`}`;
}
