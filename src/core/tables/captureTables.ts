import type { ConversationRow, FlowRow } from '../../protocol/capture';
import { processText, programsText } from '../../protocol/programs';
import type { Cell, TableColumn, TableName, TablePage, TableQuery, TableRow } from '../../protocol/tables';
import { endpointText, maxTableRows, tableColumns } from '../../protocol/tables';
import { dnsResponseCodeName } from '../decode/dnsTypes';
import type { Engine } from '../engine/engine';
import type { EndpointRow, EngineCounts } from '../engine/engineCounts';
import type { NestingRow } from '../engine/protocolCounts';
import type { DnsRow, HttpRow, MessageRow, TlsRow } from './messageRows';
import type { MessageTables } from './messageTables';
import { addressFilter, exactFlowFilter, flowFilter, nestingFilter, pairFilter } from './rowFilters';

/** How the rows of one table are read. */
interface TableReader<Item> {
  items: readonly Item[];
  cells: (item: Item) => Cell[];
  filter: (item: Item) => string;
  packet: (item: Item) => number | null;
  /** Of HTTP requests: how many of the same packet come before. */
  ahead?: (item: Item, index: number) => number;
  leftOut: number;
}

/** Flow rows are asked for in pages. */
const flowPageRows = 5000;

interface Order {
  key: string;
  indexes: Uint32Array;
}

/**
 * The tables of one capture, sorted and searched, a page at a time. Made of what the engine and `MessageTables` keep, which
 * is bounded; the order of a table is made once and again when more packets came.
 */
export class CaptureTables {
  #orders = new Map<TableName, Order>();
  #readers = new Map<TableName, { version: string; reader: TableReader<unknown> }>();

  constructor(
    private readonly engine: Engine,
    private readonly messages: MessageTables,
  ) {}

  /** One page; columns that the table does not have do not sort it. */
  page(query: TableQuery): TablePage {
    const reader = this.#reader(query.table);
    const { indexes } = this.#order(query, reader);
    const from = Math.max(0, Math.floor(query.from));
    const count = Math.min(maxTableRows, Math.max(0, Math.floor(query.count)));
    const rows: TableRow[] = [];
    for (const index of indexes.subarray(from, from + count)) rows.push(rowOf(reader, index));
    return { rows, matched: indexes.length, total: reader.items.length, leftOut: reader.leftOut };
  }

  /** Every row in the order of the table itself. */
  *rows(table: TableName): Generator<TableRow> {
    const reader = this.#reader(table);
    for (let at = 0; at < reader.items.length; at++) yield rowOf(reader, at);
  }

  /** Rows that a limit left out. */
  leftOut(table: TableName): number {
    return this.#reader(table).leftOut;
  }

  #reader(table: TableName): TableReader<unknown> {
    const counts = this.engine.counts();
    const known = this.#readers.get(table);
    // Flows end, and messages are read, after the last packet, too.
    const version = `${counts.packets} ${this.engine.flowRows(0, 0).total}`;
    if (known?.version === version) return known.reader;
    const reader = this.#read(table, counts) as TableReader<unknown>;
    // Only of the table that is looked at: all rows of all tables would be a hundred megabytes.
    this.#readers.clear();
    this.#readers.set(table, { version, reader });
    return reader;
  }

  #read(table: TableName, counts: EngineCounts) {
    switch (table) {
      case 'flows':
        return flowReader(this.engine, counts.leftOut.flows);
      case 'conversations':
        return conversationReader(counts.conversations(), counts.leftOut.conversations);
      case 'endpoints':
        return endpointReader(counts.endpoints(), counts.leftOut.endpoints);
      case 'hierarchy':
        return hierarchyReader(counts.nestings(), counts.packets);
      case 'dns':
        return dnsReader(this.messages);
      case 'http':
        return httpReader(this.messages);
      case 'tls':
        return tlsReader(this.messages);
      case 'objects':
        return objectReader(this.messages);
    }
  }

  #order(query: TableQuery, reader: TableReader<unknown>): Order {
    const { table, sort } = query;
    const words = query.search.toLowerCase().split(/\s+/).filter(Boolean);
    const key = JSON.stringify([sort, words, this.#readers.get(table)?.version, reader.items.length]);
    const known = this.#orders.get(table);
    if (known?.key === key) return known;
    const columns = tableColumns[table];
    let indexes = Uint32Array.from(reader.items.keys());
    if (words.length > 0) indexes = indexes.filter((index) => hasWords(columns, reader, index, words));
    const column = columns.findIndex(({ id }) => id === sort?.column);
    const kind = columns[column]?.kind;
    if (sort !== null && kind !== undefined) indexes = sorted(indexes, reader, column, kind, sort.descending);
    const order = { key, indexes };
    this.#orders.set(table, order);
    return order;
  }
}

function rowOf(reader: TableReader<unknown>, index: number): TableRow {
  const item = reader.items[index];
  const ahead = reader.ahead?.(item, index) ?? 0;
  return {
    cells: reader.cells(item),
    filter: reader.filter(item),
    packet: reader.packet(item),
    ...(ahead === 0 ? {} : { ahead }),
  };
}

function hasWords(
  columns: readonly TableColumn[],
  reader: TableReader<unknown>,
  index: number,
  words: readonly string[],
): boolean {
  const cells = reader.cells(reader.items[index]);
  let text = '';
  for (let at = 0; at < cells.length; at++) {
    const cell = cells[at];
    if (typeof cell === 'string') text += `${cell}\n`;
    // A status code is a number, and looked for as a text.
    else if (typeof cell === 'number' && columns[at]?.kind === 'count') text += `${cell}\n`;
  }
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}

/** Rows without a value come last, whichever way. */
function sorted(
  indexes: Uint32Array<ArrayBuffer>,
  reader: TableReader<unknown>,
  column: number,
  kind: TableColumn['kind'],
  descending: boolean,
): Uint32Array<ArrayBuffer> {
  const keys = new Map<number, string | number>();
  const without: number[] = [];
  const withValue: number[] = [];
  for (const index of indexes) {
    const cell = reader.cells(reader.items[index])[column] ?? null;
    if (cell === null || cell === '') without.push(index);
    else {
      keys.set(index, typeof cell === 'number' ? cell : kind === 'address' ? addressKey(cell) : cell.toLowerCase());
      withValue.push(index);
    }
  }
  const sign = descending ? -1 : 1;
  withValue.sort((x, y) => {
    const one = keys.get(x) ?? 0;
    const other = keys.get(y) ?? 0;
    return one < other ? -sign : one > other ? sign : x - y;
  });
  return Uint32Array.from([...withValue, ...without]);
}

/** Orders addresses by their numbers: 10.0.0.9 before 10.0.0.10. */
function addressKey(text: string): string {
  return text.replace(/\d+/g, (digits) => digits.padStart(5, '0'));
}

const none = (): null => null;

function flowReader(engine: Engine, leftOut: number): TableReader<FlowRow> {
  const items: FlowRow[] = [];
  for (let from = 0; ; from += flowPageRows) {
    const { rows } = engine.flowRows(from, flowPageRows);
    for (const row of rows) items.push(row);
    if (rows.length < flowPageRows) break;
  }
  const seen = new Set<string>();
  const repeated = new Set<string>();
  let counted = false;
  const count = (): void => {
    counted = true;
    for (const row of items) {
      const key = sameEnds(row);
      if (seen.has(key)) repeated.add(key);
      else seen.add(key);
    }
  };
  return {
    items,
    cells: flowCells,
    filter: (row) => {
      if (!counted) count();
      return repeated.has(sameEnds(row)) ? exactFlowFilter(row, row) : flowFilter(row);
    },
    packet: none,
    leftOut,
  };
}

/** The same for flows whose packets one plain filter takes. */
function sameEnds({ protocol, a, b, aPort, bPort }: FlowRow): string {
  const addresses = a < b ? `${a} ${b}` : `${b} ${a}`;
  const ports = (aPort ?? -1) < (bPort ?? -1) ? `${aPort} ${bPort}` : `${bPort} ${aPort}`;
  return `${protocol} ${addresses} ${ports}`;
}

function flowCells(row: FlowRow): Cell[] {
  const { application } = row;
  return [
    row.protocol,
    endpointText(row.a, row.aPort),
    endpointText(row.b, row.bPort),
    application !== null && row.applicationBy === 'port' ? `${application} (port)` : application,
    row.serverName,
    flowPrograms(row),
    row.state,
    row.start,
    row.durationUs / 1000,
    row.packetsAToB,
    row.packetsBToA,
    row.bytesAToB,
    row.bytesBToA,
    row.tcpHandshakeMs,
    row.retransmittedSegments,
    row.tcpAnalysis?.duplicateAcks ?? null,
    row.tcpAnalysis?.outOfOrder ?? null,
    row.tcpAnalysis?.zeroWindows ?? null,
    row.tcpAnalysis?.lostSegments ?? null,
    row.rtpJitterMs ?? null,
  ];
}

function flowPrograms({ programA, processA, programB, processB }: FlowRow): string | null {
  const end = (name: string | null | undefined, pid: number | null | undefined): string | null =>
    name === null || name === undefined ? null : processText(name, pid ?? null);
  return programsText(end(programA, processA), end(programB, processB));
}

function conversationReader(items: readonly ConversationRow[], leftOut: number): TableReader<ConversationRow> {
  return {
    items,
    cells: ({ a, b, packets, bytes }) => [a, b, packets, bytes],
    filter: ({ a, b }) => pairFilter(a, b),
    packet: none,
    leftOut,
  };
}

function endpointReader(items: readonly EndpointRow[], leftOut: number): TableReader<EndpointRow> {
  return {
    items,
    cells: ({ address, name, packets, bytesSent, bytesReceived }) => [address, name, packets, bytesSent, bytesReceived],
    filter: ({ address }) => addressFilter(address),
    packet: none,
    leftOut,
  };
}

function hierarchyReader(items: readonly NestingRow[], allPackets: number): TableReader<NestingRow> {
  return {
    items,
    cells: ({ path, packets, bytes, endPackets }) => [
      path.join(' / '),
      packets,
      allPackets === 0 ? null : (100 * packets) / allPackets,
      bytes,
      endPackets,
    ],
    filter: ({ path }) => nestingFilter(path),
    packet: none,
    leftOut: 0,
  };
}

const seconds = ({ timeUs }: MessageRow): number => timeUs / 1e6;
const known = (value: number): number | null => (Number.isNaN(value) ? null : value);
const client = (row: MessageRow): string => endpointText(row.client.text, row.clientPort);
const server = (row: MessageRow): string => endpointText(row.server.text, row.serverPort);
const firstPacket = ({ packet }: MessageRow): number => packet;

function messageFilter(row: MessageRow): string {
  return flowFilter({
    protocol: row.ipProtocol === 6 ? 'tcp' : 'udp',
    a: row.client.text,
    aPort: row.clientPort,
    b: row.server.text,
    bPort: row.serverPort,
  });
}

function dnsReader({ dns, dnsLimit }: MessageTables): TableReader<DnsRow> {
  return {
    items: dns,
    cells: (row) => [
      seconds(row),
      row.transport,
      client(row),
      server(row),
      row.name,
      row.type,
      row.answer,
      known(row.latencyMs),
      row.code === null ? null : dnsResponseCodeName(row.code),
    ],
    filter: (row) => `${messageFilter(row)} && dns.id == ${row.id}`,
    packet: firstPacket,
    leftOut: dnsLimit.hits,
  };
}

function httpReader({ http, httpLimit }: MessageTables): TableReader<HttpRow> {
  return {
    items: http,
    cells: (row) => [
      seconds(row),
      client(row),
      server(row),
      row.method,
      row.host,
      row.path,
      row.status === 0 ? null : row.status,
      known(row.latencyMs),
      row.sizeBytes,
      row.type,
    ],
    filter: messageFilter,
    packet: firstPacket,
    ahead: (_, index) => requestsAhead(http, index),
    leftOut: httpLimit.hits,
  };
}

/** One packet holds few: a loop over them is as good as a number kept for each row. */
function requestsAhead(rows: readonly HttpRow[], index: number): number {
  let first = index;
  while (first > 0 && rows[first - 1]?.packet === rows[index]?.packet) first--;
  return index - first;
}

interface TransferredBody {
  row: HttpRow;
  index: number;
  part: 'request' | 'response';
}

function objectReader({ http, httpLimit }: MessageTables): TableReader<TransferredBody> {
  const items = http.flatMap((row, index): TransferredBody[] => [
    ...(row.requestHasBody ? [{ row, index, part: 'request' as const }] : []),
    ...(row.hasBody ? [{ row, index, part: 'response' as const }] : []),
  ]);
  return {
    items,
    cells: ({ row, part }) => [
      seconds(row),
      part === 'request' ? client(row) : server(row),
      part,
      row.host,
      (row.path.split(/[?#]/)[0] ?? '').split('/').filter(Boolean).at(-1) ?? '/',
      part === 'request' ? row.requestType : row.type,
      part === 'request' ? row.requestBytes : row.sizeBytes,
    ],
    filter: ({ row }) => messageFilter(row),
    packet: ({ row }) => row.packet,
    ahead: ({ index }) => requestsAhead(http, index),
    leftOut: httpLimit.hits,
  };
}

function tlsReader({ tls, tlsLimit }: MessageTables): TableReader<TlsRow> {
  return {
    items: tls,
    cells: (row) => [
      seconds(row),
      client(row),
      server(row),
      row.ipProtocol === 17 ? 'QUIC' : 'TCP',
      row.serverName,
      row.version === 0 ? `(${tlsVersionName(row.offeredVersion)})` : tlsVersionName(row.version),
      row.alpn ?? (row.offeredAlpn === '' ? null : `(${row.offeredAlpn})`),
      row.ja3,
      row.ja4,
    ],
    filter: messageFilter,
    packet: firstPacket,
    leftOut: tlsLimit.hits,
  };
}

function tlsVersionName(version: number): string {
  const names: Record<number, string> = {
    0x0300: 'SSL 3.0',
    0x0301: 'TLS 1.0',
    0x0302: 'TLS 1.1',
    0x0303: 'TLS 1.2',
    0x0304: 'TLS 1.3',
  };
  return names[version] ?? `0x${version.toString(16).padStart(4, '0')}`;
}
