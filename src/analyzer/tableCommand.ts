import { tableColumns } from '../protocol/tables';
import type { Cell, TableColumn, TableName } from '../protocol/tables';
import { csvCell } from '../core/export/csv';
import type { RawPacket } from '../core/pcap/rawPacket';
import type { KeyLog } from '../core/streams/keyLog';
import { CaptureTables } from '../core/tables/captureTables';
import { MessageTables } from '../core/tables/messageTables';
import { Stdout } from './stdout';
import { tableEngine } from './tableService';

/**
 * Writes a table of a capture to standard output, in the order of the table itself. `read` hands over its packets. Returns how
 * many rows a limit left out.
 */
export async function writeTable(
  table: TableName,
  format: 'csv' | 'ndjson' | 'text',
  read: (onPacket: (packet: RawPacket) => void) => Promise<unknown>,
  keyLog: KeyLog,
): Promise<number> {
  const messages = new MessageTables();
  const engine = tableEngine(messages, { keyLog });
  await read((packet) => engine.push(packet));
  engine.finish();
  const tables = new CaptureTables(engine, messages);
  const columns = tableColumns[table];
  const out = new Stdout();
  if (format === 'csv') out.write(`${columns.map(({ id }) => id).join(',')}\r\n`);
  if (format === 'text') out.write(`${columns.map(({ label }) => label).join('\t')}\n`);
  for (const { cells } of tables.rows(table)) {
    if (format === 'csv') out.write(`${cells.map(csvCell).join(',')}\r\n`);
    else if (format === 'ndjson') out.write(`${JSON.stringify(asObject(columns, cells))}\n`);
    else out.write(`${cells.map((cell, at) => plain(cell, columns[at])).join('\t')}\n`);
  }
  out.flush();
  return tables.leftOut(table);
}

function asObject(columns: readonly TableColumn[], cells: readonly Cell[]): Record<string, Cell> {
  return Object.fromEntries(columns.map(({ id }, at) => [id, cells[at] ?? null]));
}

/** One line a row, whatever the traffic says: what would move the terminal's cursor is not shown. */
function plain(cell: Cell, column: TableColumn | undefined): string {
  if (cell === null) return '-';
  if (typeof cell === 'string') return cell.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '·');
  return column?.kind === 'time' ? cell.toFixed(6) : String(Math.round(cell * 1000) / 1000);
}
