import type { PacketColumnName } from './packetLayout';
import { isFieldName, packetColumnNames } from './packetLayout';

/** Another order of the packet list than that of the capture. */
export interface PacketSort {
  /** One of `packetColumnNames`, or the name of a field. Packets without a value come last, whichever way. */
  column: string;
  descending: boolean;
  /** How many packets there are to sort: when a capture has grown, it is sorted anew. */
  version: number;
}

/** True for what packets can be sorted by. */
export function isSortColumn(name: string): boolean {
  return packetColumnNames.includes(name as PacketColumnName) || isFieldName(name);
}

/** A sort that was kept; null for none, and for what is none. */
export function parsePacketSort(value: unknown): PacketSort | null {
  if (typeof value !== 'object' || value === null) return null;
  const { column, descending } = value as Partial<Record<string, unknown>>;
  if (typeof column !== 'string' || !isSortColumn(column) || typeof descending !== 'boolean') return null;
  return { column, descending, version: 0 };
}

/** The next of: rising, falling, the order of the capture (null). */
export function nextSort(before: PacketSort | null, column: string, version: number): PacketSort | null {
  if (before?.column !== column) return { column, descending: false, version };
  return before.descending ? null : { column, descending: true, version };
}
