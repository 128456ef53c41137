/** Columns of the packet list as a person chose them: pure, so that they can be tested without a browser. */
import type { PacketRow } from '../../src/protocol/capture';
import type { PacketLayout, TimeFormat } from '../../src/protocol/packetLayout';
import { fieldColumns } from '../../src/protocol/packetLayout';
import { packetColumns } from '../common/columns';
import { formatDateTime, formatPacketTime, noValueText, safeText } from '../common/format';
import type { Column } from '../common/rowTable';
import { t } from '../../src/protocol/l10n';

export interface PacketListContext {
  /** Time of the first packet, seconds since 1970; null before there is one. */
  firstSeconds: () => number | null;
  isMarked: (number: number) => boolean;
}

export const timeFormatLabels: Record<TimeFormat, string> = {
  clock: t('Time of day'),
  date: t('Date and time'),
  utc: t('Date and time in UTC'),
  relative: t('Since the first packet'),
  delta: t('Since the row above'),
  epoch: t('Seconds since 1970'),
};

export const columnLabels: Record<string, string> = {
  number: t('No.'),
  time: t('Time'),
  source: t('Source'),
  destination: t('Destination'),
  sourcePort: t('Source port'),
  destinationPort: t('Destination port'),
  protocol: t('Protocol'),
  length: t('Length'),
  label: t('Label'),
  info: t('Info'),
  comment: t('Comment'),
};

/** `before` is the row above, where it is there. */
export function packetTimeText(
  row: PacketRow,
  before: PacketRow | undefined,
  format: TimeFormat,
  firstSeconds: number | null,
): string {
  if (!Number.isFinite(row.time)) return noValueText;
  switch (format) {
    case 'clock':
      return formatPacketTime(row.time);
    case 'date':
      return `${formatDateTime(row.time * 1000)}${fraction(row.time)}`;
    case 'utc': {
      const date = new Date(Math.floor(row.time) * 1000);
      return Number.isNaN(date.getTime())
        ? noValueText
        : date.toISOString().replace('T', ' ').slice(0, 19) + fraction(row.time);
    }
    case 'relative':
      return firstSeconds === null ? noValueText : (row.time - firstSeconds).toFixed(6);
    case 'delta':
      return before === undefined ? noValueText : (row.time - before.time).toFixed(6);
    case 'epoch':
      return row.time.toFixed(6);
  }
}

function fraction(seconds: number): string {
  return `.${String(Math.round(seconds * 1e6) % 1_000_000).padStart(6, '0')}`;
}

const own = new Map<string, Column<PacketRow>>(
  ['number', 'time', 'source', 'destination', 'protocol', 'length', 'info'].map((name, index) => [
    name,
    packetColumns[index] as Column<PacketRow>,
  ]),
);

export function columnsOf(layout: PacketLayout, context: PacketListContext): Column<PacketRow>[] {
  const fields = fieldColumns(layout);
  return layout.columns.map(({ name, widthPx }) => {
    const column = columnOf(name, fields.indexOf(name), layout, context);
    return widthPx === null ? column : { ...column, kind: `${column.kind} sized`, widthPx };
  });
}

function columnOf(name: string, field: number, layout: PacketLayout, context: PacketListContext): Column<PacketRow> {
  const known = own.get(name);
  switch (name) {
    case 'number':
      return {
        ...(known as Column<PacketRow>),
        text: (row) => `${context.isMarked(row.number) ? '● ' : ''}${(known as Column<PacketRow>).text(row)}`,
        title: (row) => (context.isMarked(row.number) ? t('Marked') : ''),
      };
    case 'time':
      return {
        ...(known as Column<PacketRow>),
        about: timeFormatLabels[layout.time],
        kind: layout.time === 'date' || layout.time === 'utc' ? 'mono packet-date' : 'mono packet-time',
        text: (row, before) => packetTimeText(row, before, layout.time, context.firstSeconds()),
      };
    case 'sourcePort':
    case 'destinationPort':
      return {
        label: columnLabels[name] ?? '',
        kind: 'number packet-port',
        text: (row) => String(row[name] ?? ''),
      };
    case 'label':
      return { label: t('Label'), kind: 'packet-label', text: (row) => row.label ?? '' };
    case 'comment': {
      const text = (row: PacketRow): string => safeText(row.comment ?? '', 200);
      return { label: t('Comment'), kind: 'packet-field', text, title: text };
    }
    default: {
      if (known) return known;
      const text = (row: PacketRow): string => safeText(row.fields?.[field] ?? '', 200);
      return { label: name, kind: 'packet-field', text, title: text };
    }
  }
}
