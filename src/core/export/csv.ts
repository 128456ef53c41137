import type { FlowRow, PacketRow } from '../../protocol/capture';

/** What a spreadsheet takes for a formula at the start of a cell (OWASP, "CSV Injection"). */
const formulaStart = /^[=+\-@\t\r]/;
const plainNumber = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * One cell by RFC 4180: quoted when it holds a comma, a quote or a line break. Text that a spreadsheet would run gets a
 * leading `'`; numbers stay numbers, negative ones too. Null is an empty cell.
 */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const text = formulaStart.test(value) && !plainNumber.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

export const packetCsvHeader = csvLine([
  'number',
  'time',
  'source',
  'destination',
  'sourcePort',
  'destinationPort',
  'protocol',
  'length',
  'info',
]);

/** A packet as one line with its line end; time in seconds since 1970. */
export function packetCsvLine(row: PacketRow): string {
  return csvLine([
    row.number,
    row.time,
    row.source,
    row.destination,
    row.sourcePort,
    row.destinationPort,
    row.protocol,
    row.length,
    row.info,
  ]);
}

export const flowCsvHeader = csvLine([
  'protocol',
  'a',
  'aPort',
  'b',
  'bPort',
  'start',
  'end',
  'durationUs',
  'packetsAToB',
  'packetsBToA',
  'bytesAToB',
  'bytesBToA',
  'state',
  'application',
  'serverName',
  'tcpHandshakeMs',
  'retransmittedSegments',
  'fastRetransmissions',
  'spuriousRetransmissions',
  'outOfOrder',
  'duplicateAcks',
  'zeroWindows',
  'lostSegments',
  'rtpJitterMs',
]);

/** A flow as one line with its line end; times in seconds since 1970. */
export function flowCsvLine(row: FlowRow): string {
  const { tcpAnalysis } = row;
  return csvLine([
    row.protocol,
    row.a,
    row.aPort,
    row.b,
    row.bPort,
    row.start,
    row.end,
    row.durationUs,
    row.packetsAToB,
    row.packetsBToA,
    row.bytesAToB,
    row.bytesBToA,
    row.state,
    row.application,
    row.serverName,
    row.tcpHandshakeMs,
    row.retransmittedSegments,
    tcpAnalysis?.fastRetransmissions ?? null,
    tcpAnalysis?.spuriousRetransmissions ?? null,
    tcpAnalysis?.outOfOrder ?? null,
    tcpAnalysis?.duplicateAcks ?? null,
    tcpAnalysis?.zeroWindows ?? null,
    tcpAnalysis?.lostSegments ?? null,
    row.rtpJitterMs ?? null,
  ]);
}

/** Columns that flows of a live capture have besides, where the system tells which programs talk. */
export const programCsvHeader = csvLine(['programA', 'processA', 'programB', 'processB']);

/** Cells under `programCsvHeader`, with a line end; unknown ones are empty. */
export function programCsvLine({ programA, processA, programB, processB }: FlowRow): string {
  return csvLine([programA ?? null, processA ?? null, programB ?? null, processB ?? null]);
}

/** Two lines as one. */
export function joinCsvLines(line: string, more: string): string {
  return `${line.slice(0, -2)},${more}`;
}
