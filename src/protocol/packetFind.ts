/** Looking for a packet in the list. */
import type { PacketSort } from './packetSort';

/** `info`: text of the Info column; `text` and `hex`: anywhere in the bytes; `number`: the packet with it, or the next. */
export const findKinds = ['info', 'text', 'hex', 'number'] as const;
export type FindKind = (typeof findKinds)[number];

export interface FindQuery {
  kind: FindKind;
  text: string;
  /** Number of the packet to begin behind, or before; 0 for the beginning. */
  from: number;
  backwards: boolean;
  /** Display filter of the list. */
  filter: string;
  /** The order of the list; absent for that of the capture. */
  sort?: PacketSort;
}

/** `position`: 0-based, among the packets that match the filter, in the order of the list. Null: there is none. */
export type FoundPacket = { number: number; position: number } | null;

export const maxFindLength = 1000;

/** Bytes of hexadecimal digits, with or without spaces, colons and `0x`; null when the text is something else. */
export function hexPattern(text: string): Uint8Array | null {
  const digits = text.replace(/0x/gi, '').replace(/[\s:.-]/g, '');
  if (digits === '' || digits.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(digits)) return null;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
