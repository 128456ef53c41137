/** How the cells of a capture's tables are written. */
import type { Cell, ColumnKind, TableColumn, TableName, TableRow } from '../../src/protocol/tables';
import { tableColumns } from '../../src/protocol/tables';
import {
  formatBytes,
  formatCount,
  formatDateTime,
  formatMilliseconds,
  formatPacketTime,
  formatPercent,
  formatSpan,
  noValueText,
  safeText,
} from '../common/format';
import type { Column } from '../common/rowTable';
import { t } from '../../src/protocol/l10n';

/** Width of a column in pixels that its cells have at least; columns of text share what is left. */
const kindWidths: Record<ColumnKind, number> = {
  text: 110,
  address: 148,
  count: 84,
  bytes: 80,
  time: 126,
  milliseconds: 80,
  span: 88,
  percent: 72,
};
const ownWidths: Record<string, number> = {
  protocol: 72,
  method: 68,
  transport: 56,
  part: 76,
  type: 100,
  status: 60,
  state: 94,
  application: 100,
  retransmittedSegments: 104,
  path: 130,
  name: 150,
  host: 136,
  serverName: 150,
  answer: 170,
  ja3: 250,
  ja4: 280,
};

export function columnWidthPx({ id, kind }: TableColumn): number {
  return ownWidths[id] ?? kindWidths[kind];
}

/** Columns that a file can fill: which programs talk is known only while a capture runs, and is not in its packets. */
export function editorColumns(table: TableName): TableColumn[] {
  return tableColumns[table].filter(({ id }) => id !== 'program');
}

export function tableWidthPx(table: TableName): number {
  return editorColumns(table).reduce((sum, column) => sum + columnWidthPx(column), 0);
}

export function cellText(cell: Cell, kind: ColumnKind): string {
  if (cell === null || cell === '') return noValueText;
  if (typeof cell === 'string') return safeText(cell);
  switch (kind) {
    case 'bytes':
      return formatBytes(cell);
    case 'time':
      return formatPacketTime(cell);
    case 'milliseconds':
      return formatMilliseconds(cell);
    case 'span':
      return formatSpan(cell);
    case 'percent':
      return formatPercent(cell);
    case 'count':
    case 'text':
    case 'address':
      return formatCount(cell);
  }
}

const numeric: readonly ColumnKind[] = ['count', 'bytes', 'milliseconds', 'span', 'percent'];
const fixedWidth = new Set(['ja3', 'ja4']);

export function columnsOf(table: TableName): Column<TableRow>[] {
  return editorColumns(table).map((column) => {
    const { id, kind, label, about } = column;
    const index = tableColumns[table].indexOf(column);
    const cell = (row: TableRow): Cell => row.cells[index] ?? null;
    const text = (row: TableRow): string => cellText(cell(row), kind);
    const classes = [`table-${id}`];
    if (numeric.includes(kind)) classes.push('number');
    else if (kind !== 'text' || fixedWidth.has(id)) classes.push('mono');
    if (kind === 'text' || kind === 'address') classes.push('stretch');
    return {
      label: t(label),
      kind: classes.join(' '),
      ...(about === undefined ? {} : { about: t(about) }),
      widthPx: columnWidthPx(column),
      text,
      title: (row) => {
        const value = cell(row);
        return kind === 'time' && typeof value === 'number' ? formatDateTime(value * 1000) : text(row);
      },
    };
  });
}
