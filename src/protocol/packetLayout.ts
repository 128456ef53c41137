/** How a person wants the packet list; kept for all capture files. */

export const packetColumnNames = [
  'number',
  'time',
  'source',
  'destination',
  'sourcePort',
  'destinationPort',
  'protocol',
  'length',
  'label',
  'info',
  'comment',
] as const;
export type PacketColumnName = (typeof packetColumnNames)[number];

export const timeFormats = ['clock', 'date', 'utc', 'relative', 'delta', 'epoch'] as const;
export type TimeFormat = (typeof timeFormats)[number];

export interface PacketColumn {
  /** One of {@link packetColumnNames}, or the name of a field (`ip.ttl`). */
  name: string;
  /** Null for the usual width. */
  widthPx: number | null;
}

export interface PacketLayout {
  /** Those shown, in order. */
  columns: PacketColumn[];
  time: TimeFormat;
  /** Rows in the colours of what they are. */
  colours: boolean;
}

export const maxPacketColumns = 24;
/** Fields that rows of one request are asked for. */
export const maxFieldColumns = 8;
const minWidthPx = 40;
const maxWidthPx = 1200;

export const usualLayout: PacketLayout = {
  columns: ['number', 'time', 'source', 'destination', 'protocol', 'length', 'label', 'info'].map((name) => ({
    name,
    widthPx: null,
  })),
  time: 'clock',
  colours: true,
};

/** True for a name that a field can have. */
export function isFieldName(name: string): boolean {
  return name.length <= 80 && /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/i.test(name);
}

/** The fields among the columns. */
export function fieldColumns(layout: PacketLayout): string[] {
  return layout.columns
    .map(({ name }) => name)
    .filter((name) => !isOwn(name))
    .slice(0, maxFieldColumns);
}

/** A layout that came from outside; what is wrong in it is left out, and the usual one stands for none at all. */
export function parsePacketLayout(value: unknown): PacketLayout {
  if (typeof value !== 'object' || value === null) return usualLayout;
  const stored = value as Record<string, unknown>;
  const columns: PacketColumn[] = [];
  for (const item of Array.isArray(stored['columns']) ? stored['columns'].slice(0, maxPacketColumns) : []) {
    const { name, widthPx } = (item ?? {}) as Partial<Record<string, unknown>>;
    if (typeof name !== 'string' || !(isOwn(name) || isFieldName(name))) continue;
    if (columns.some((column) => column.name === name)) continue;
    columns.push({ name, widthPx: typeof widthPx === 'number' ? clampWidth(widthPx) : null });
  }
  return {
    columns: columns.length > 0 ? columns : usualLayout.columns,
    time: timeFormats.find((format) => format === stored['time']) ?? usualLayout.time,
    colours: typeof stored['colours'] === 'boolean' ? stored['colours'] : usualLayout.colours,
  };
}

export function clampWidth(widthPx: number): number {
  return Math.round(Math.min(maxWidthPx, Math.max(minWidthPx, widthPx)));
}

function isOwn(name: string): boolean {
  return (packetColumnNames as readonly string[]).includes(name);
}
