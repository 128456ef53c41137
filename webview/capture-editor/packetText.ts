/** A packet as text of several kinds, and what lies where in it: pure, so that it can be tested without a browser. */
import type { PacketField, PacketTree } from '../../src/protocol/packetTree';

/** Fields from the outermost in; the last one is the field itself. */
export type FieldPath = readonly PacketField[];

/**
 * The innermost field that covers a byte, with the fields around it; null when none does. Of several as deep, the
 * shortest: a flag rather than all flags.
 */
export function fieldAtByte(tree: PacketTree, source: number, offset: number): FieldPath | null {
  let best: PacketField[] | null = null;
  const visit = (fields: readonly PacketField[], path: readonly PacketField[]): void => {
    for (const field of fields) {
      const here = [...path, field];
      const covers = field.source === source && offset >= field.offset && offset < field.offset + field.lengthBytes;
      if (covers && (best === null || better(here, best))) best = here;
      visit(field.children, here);
    }
  };
  visit(tree.fields, []);
  return best;
}

function better(path: readonly PacketField[], than: readonly PacketField[]): boolean {
  const length = path.at(-1)?.lengthBytes ?? 0;
  const best = than.at(-1)?.lengthBytes ?? 0;
  return length < best || (length === best && path.length > than.length);
}

/** `.... ..1.`: the bits of a field among its bytes; empty for whole bytes and for long fields. */
export function bitPattern(field: PacketField, bytes: Uint8Array): string {
  const { mask, offset, lengthBytes } = field;
  if (mask === undefined || lengthBytes === 0 || lengthBytes > 2) return '';
  let value = 0;
  for (let index = 0; index < lengthBytes; index++) value = value * 256 + (bytes[offset + index] ?? 0);
  let text = '';
  for (let bit = lengthBytes * 8 - 1; bit >= 0; bit--) {
    text += (mask >>> bit) & 1 ? String((value >>> bit) & 1) : '.';
    if (bit % 4 === 0 && bit > 0) text += ' ';
  }
  return text;
}

export function fieldLine(field: PacketField): string {
  return field.value === '' ? field.label : `${field.label}: ${field.value}`;
}

/** The tree as indented lines. */
export function treeAsText(fields: readonly PacketField[], depth = 0): string {
  return fields
    .map((field) => {
      const note = field.note === undefined ? '' : ` [${field.note}]`;
      return `${'    '.repeat(depth)}${fieldLine(field)}${note}\n${treeAsText(field.children, depth + 1)}`;
    })
    .join('');
}

interface FieldJson {
  name?: string;
  label: string;
  value: string;
  raw?: PacketField['raw'];
  offset?: number;
  length?: number;
  note?: string;
  fields?: FieldJson[];
}

export function treeAsJson(tree: PacketTree): string {
  const one = (field: PacketField): FieldJson => ({
    ...(field.name === '' ? {} : { name: field.name }),
    label: field.label,
    value: field.value,
    ...(field.raw === null ? {} : { raw: field.raw }),
    ...(field.lengthBytes === 0 ? {} : { offset: field.offset, length: field.lengthBytes }),
    ...(field.note === undefined ? {} : { note: field.note }),
    ...(field.children.length === 0 ? {} : { fields: field.children.map(one) }),
  });
  const bytes = tree.sources[0]?.bytes ?? new Uint8Array(0);
  return JSON.stringify({ number: tree.number, bytes: hexDigits(bytes), fields: tree.fields.map(one) }, null, 2);
}

export function hexDigits(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** Offset, 16 bytes, characters: what `xxd` and `text2pcap` know. */
export function hexDump(bytes: Uint8Array): string {
  let text = '';
  for (let offset = 0; offset < bytes.length; offset += 16) {
    const row = bytes.subarray(offset, offset + 16);
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const characters = [...row].map(byteCharacter).join('');
    text += `${offset.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${characters}\n`;
  }
  return text;
}

/** Printable ASCII, else a dot. */
export function byteCharacter(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
}

/** A string of C or JavaScript: `"\x16\x03\x01"`. */
export function escapedString(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (character === '"' || character === '\\') text += `\\${character}`;
    else text += byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `"${text}"`;
}
