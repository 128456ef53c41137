import type { TimeRange } from './timeRange';

/** Tables of a capture, with the columns that the capture editor and the command line share. */
export const tableNames = [
  'flows',
  'conversations',
  'endpoints',
  'hierarchy',
  'dns',
  'http',
  'tls',
  'objects',
] as const;
export type TableName = (typeof tableNames)[number];

/** A cell; null is unknown, or not there. */
export type Cell = string | number | null;

/**
 * What a column holds: `text`; `address` (also with a port); `count`; `bytes`; `time` in seconds since 1970; `milliseconds`;
 * `span` in milliseconds; `percent`.
 */
export type ColumnKind = 'text' | 'address' | 'count' | 'bytes' | 'time' | 'milliseconds' | 'span' | 'percent';

export interface TableColumn {
  /** Name in CSV and JSON. */
  id: string;
  label: string;
  kind: ColumnKind;
  /** What the label leaves out. */
  about?: string;
}

const column = (id: string, label: string, kind: ColumnKind = 'text', about?: string): TableColumn => ({
  id,
  label,
  kind,
  ...(about === undefined ? {} : { about }),
});

const ends = [column('client', 'Client', 'address'), column('server', 'Server', 'address')];

export const tableColumns: Readonly<Record<TableName, readonly TableColumn[]>> = {
  flows: [
    column('protocol', 'Protocol'),
    column('a', 'Opened by', 'address'),
    column('b', 'Towards', 'address'),
    column('application', 'Application', 'text', 'What was spoken; "(port)" where only the port says so'),
    column('serverName', 'Server name'),
    column('program', 'Program', 'text', 'At each end, of a live capture on Linux; nothing where it is unknown'),
    column('state', 'State'),
    column('start', 'Start', 'time'),
    column('durationMs', 'Duration', 'span'),
    column('packetsAToB', 'Packets →', 'count'),
    column('packetsBToA', 'Packets ←', 'count'),
    column('bytesAToB', 'Bytes →', 'bytes'),
    column('bytesBToA', 'Bytes ←', 'bytes'),
    column('tcpHandshakeMs', 'Handshake', 'milliseconds'),
    column('retransmittedSegments', 'Retransmitted', 'count'),
    column('duplicateAcks', 'Duplicate ACKs', 'count', 'As tcp.analysis of Wireshark counts them'),
    column('outOfOrder', 'Out of order', 'count', 'As tcp.analysis of Wireshark counts them'),
    column('zeroWindows', 'Zero windows', 'count', 'Segments that say the receiver has no room left'),
    column('lostSegments', 'Not captured', 'count', 'Segments before which others are missing'),
    column('rtpJitterMs', 'Jitter', 'milliseconds', 'Of RTP, RFC 3550; the worse direction'),
  ],
  conversations: [
    column('a', 'Address A', 'address'),
    column('b', 'Address B', 'address'),
    column('packets', 'Packets', 'count'),
    column('bytes', 'Bytes', 'bytes'),
  ],
  endpoints: [
    column('address', 'Address', 'address'),
    column('name', 'Name', 'text', 'As DNS answers and TLS handshakes of the capture call it'),
    column('packets', 'Packets', 'count'),
    column('bytesSent', 'Sent', 'bytes'),
    column('bytesReceived', 'Received', 'bytes'),
  ],
  hierarchy: [
    column('path', 'Protocols', 'text', 'From the outermost to the innermost'),
    column('packets', 'Packets', 'count', 'With what is inside'),
    column('percent', 'Share', 'percent', 'Of all packets'),
    column('bytes', 'Bytes', 'bytes', 'With what is inside'),
    column('endPackets', 'Ending here', 'count', 'Packets with nothing inside that is known'),
  ],
  dns: [
    column('time', 'Time', 'time'),
    column('protocol', 'Protocol'),
    ...ends,
    column('name', 'Name'),
    column('type', 'Type'),
    column('answer', 'Answer'),
    column('latencyMs', 'Latency', 'milliseconds', 'From the first query to its answer'),
    column('code', 'Code', 'text', 'Of the answer; nothing when none was seen'),
  ],
  http: [
    column('time', 'Time', 'time'),
    ...ends,
    column('method', 'Method'),
    column('host', 'Host'),
    column('path', 'Path'),
    column('status', 'Status', 'count'),
    column('latencyMs', 'Latency', 'milliseconds', 'From the request to the head of its response'),
    column('size', 'Size', 'bytes', 'Content-Length of the response; nothing where it does not say'),
    column('type', 'Content type'),
  ],
  objects: [
    column('time', 'Time', 'time'),
    column('sender', 'Sender', 'address'),
    column('part', 'Part', 'text', 'Of the request (sent to the server) or of the response'),
    column('host', 'Host'),
    column('name', 'Name', 'text', 'Last part of the path'),
    column('type', 'Content type'),
    column('size', 'Size', 'bytes', 'As announced, before anything is unpacked; nothing where it came in chunks'),
  ],
  tls: [
    column('time', 'Time', 'time'),
    ...ends,
    column('transport', 'Over'),
    column('serverName', 'Server name'),
    column('version', 'Version', 'text', 'What the server chose; in brackets what the client offers at most'),
    column('alpn', 'ALPN', 'text', 'What the server chose in clear; in brackets what the client offers'),
    column('ja3', 'JA3'),
    column('ja4', 'JA4'),
  ],
};

export interface TableRow {
  /** In the order of `tableColumns`. */
  cells: Cell[];
  /** Display filter for the packets of the row; empty where there is none. */
  filter: string;
  /** Number of the packet that it begins with; null where it is not kept. */
  packet: number | null;
  /** Of HTTP requests: how many the same packet completes before this one; none when left out. */
  ahead?: number;
}

export interface TableQuery {
  table: TableName;
  from: number;
  count: number;
  /** Null: the order of the table itself. */
  sort: { column: string; descending: boolean } | null;
  /** Words that a row has to contain, in any of its texts. */
  search: string;
  /** The table is made of the packets within; null for all. */
  range: TimeRange | null;
}

export interface TablePage {
  rows: TableRow[];
  /** Rows that the search finds. */
  matched: number;
  total: number;
  /** Rows that a limit of the engine left out. */
  leftOut: number;
}

/** Rows that one page has at most. */
export const maxTableRows = 1000;
export const maxSearchLength = 256;

/** Words that find a flow in the table of flows: both of its ends. */
export function flowSearch(ends: {
  source: string;
  sourcePort: number | null;
  destination: string;
  destinationPort: number | null;
}): string {
  return `${endpointText(ends.source, ends.sourcePort)} ${endpointText(ends.destination, ends.destinationPort)}`;
}

/** Address and port as one text, IPv6 in brackets (RFC 3986 section 3.2.2). */
export function endpointText(address: string, port: number | null): string {
  if (port === null) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
