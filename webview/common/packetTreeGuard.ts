import type { PacketField, PacketTree } from '../../src/protocol/packetTree';

/** Deeper than any packet nests: two protocols a level at most. */
const maxDepth = 64;

/** True for a tree that can be drawn without throwing. */
export function isPacketTree(value: unknown): value is PacketTree {
  if (typeof value !== 'object' || value === null) return false;
  const tree = value as Partial<PacketTree>;
  return (
    typeof tree.number === 'number' &&
    Array.isArray(tree.sources) &&
    tree.sources.every(({ name, bytes }) => typeof name === 'string' && bytes instanceof Uint8Array) &&
    Array.isArray(tree.fields) &&
    tree.fields.every((field) => isField(field, 0)) &&
    Array.isArray(tree.comments) &&
    tree.comments.every((comment) => typeof comment === 'string') &&
    typeof tree.complete === 'boolean' &&
    (tree.by === 'own' || tree.by === 'tshark')
  );
}

function isField(value: unknown, depth: number): value is PacketField {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return false;
  const field = value as Partial<PacketField>;
  return (
    typeof field.name === 'string' &&
    typeof field.label === 'string' &&
    typeof field.value === 'string' &&
    typeof field.source === 'number' &&
    typeof field.offset === 'number' &&
    typeof field.lengthBytes === 'number' &&
    (field.mask === undefined || typeof field.mask === 'number') &&
    (field.note === undefined || typeof field.note === 'string') &&
    Array.isArray(field.children) &&
    field.children.every((child) => isField(child, depth + 1))
  );
}
