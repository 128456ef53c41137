import type { PacketRow } from '../protocol/capture';
import { packetColumnNames } from '../protocol/packetLayout';
import { isSortColumn } from '../protocol/packetSort';
import type { PacketSort } from '../protocol/packetSort';
import { CommandError } from './commandError';
import type { PacketStore } from './packetStore';

/** Rows that are held at once, some 30 MB: each further batch is one more pass over the file. */
const batchRows = 50_000;

/** `COLUMN`, or `COLUMN:desc` for the largest first. @throws CommandError */
export function parseSort(text: string): PacketSort {
  const [, column = '', order = 'asc'] = /^(.*?)(?::(asc|desc))?$/.exec(text) ?? [];
  if (!isSortColumn(column))
    throw new CommandError(
      `--sort takes ${packetColumnNames.join(', ')} or the name of a field such as ip.ttl, with :desc behind it for the largest first; not "${text}".`,
    );
  return { column, descending: order === 'desc', version: 0 };
}

/** Hands over the rows of the packets that match in the order of the packet list. @throws FilterError, FileError */
export async function writeSorted(
  store: PacketStore,
  filter: string,
  sort: PacketSort,
  write: (row: PacketRow) => void,
): Promise<void> {
  const { numbers, complete } = await store.orders.of(filter, sort);
  for (let from = 0; from < numbers.length; from += batchRows)
    for (const row of await store.rowsInOrder(numbers.subarray(from, from + batchRows))) {
      // Of the editor's colours; rows in the order of the capture have none.
      delete row.label;
      write(row);
    }
  if (!complete)
    process.stderr.write(`There are more packets than can be sorted: these are the first ${numbers.length}.\n`);
}
