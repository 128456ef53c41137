import { filterFor } from '../../protocol/displayFilter';
import type { PacketField } from '../../protocol/packetTree';

/** Values of one field that are shown of a packet. */
const maxValues = 8;

/** Every value of the field `name` in the tree, as a column shows them. */
export function valuesOf(fields: readonly PacketField[], name: string): string {
  const values: string[] = [];
  const visit = (list: readonly PacketField[]): void => {
    for (const field of list) {
      if (values.length >= maxValues) return;
      if (field.name === name) values.push(field.value === '' ? field.label : field.value);
      visit(field.children);
    }
  };
  visit(fields);
  return values.join(', ');
}

/** The display filter that the first value of the field stands for; empty when the packet has none. */
export function filterOf(fields: readonly PacketField[], name: string): string {
  for (const field of fields) {
    if (field.name === name) return filterFor(name, field.raw);
    const inside = filterOf(field.children, name);
    if (inside !== '') return inside;
  }
  return '';
}
