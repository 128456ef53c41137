/** Columns of every table, so that a packet looks the same wherever it is listed. */
import type { ConversationRow, FlowRow, PacketRow } from '../../src/protocol/capture';
import type { TalkerRow } from '../../src/protocol/snapshot';
import {
  formatBytes,
  formatCount,
  formatDateTime,
  formatEndpoint,
  formatMilliseconds,
  formatPacketTime,
  formatSpan,
  noValueText,
  safeText,
} from './format';
import type { Column } from './rowTable';

const endpoint = (address: string, port: number | null): string => safeText(formatEndpoint(address, port), 80);

export const packetColumns: readonly Column<PacketRow>[] = [
  { label: 'No.', kind: 'number packet-number', text: (row) => formatCount(row.number) },
  {
    label: 'Time',
    kind: 'mono packet-time',
    text: (row) => formatPacketTime(row.time),
    title: (row) => formatDateTime(row.time * 1000),
  },
  {
    label: 'Source',
    kind: 'mono packet-address',
    text: (row) => endpoint(row.source, row.sourcePort),
    title: (row) => endpoint(row.source, row.sourcePort),
  },
  {
    label: 'Destination',
    kind: 'mono packet-address',
    text: (row) => endpoint(row.destination, row.destinationPort),
    title: (row) => endpoint(row.destination, row.destinationPort),
  },
  { label: 'Protocol', kind: 'packet-protocol', text: (row) => safeText(row.protocol.toUpperCase(), 20) },
  { label: 'Length', kind: 'number packet-length', text: (row) => formatCount(row.length) },
  { label: 'Info', kind: 'grow packet-info', text: (row) => safeText(row.info), title: (row) => safeText(row.info) },
];

export const talkerColumns: readonly Column<TalkerRow>[] = [
  {
    label: 'Address',
    kind: 'mono grow',
    text: (row) => `${safeText(row.address, 80)}${row.local ? ' (this machine)' : ''}`,
    title: (row) => safeText(row.address, 80),
  },
  {
    label: 'Name',
    kind: 'name',
    text: (row) => (row.name === null ? noValueText : safeText(row.name, 120)),
    title: (row) => (row.name === null ? 'No name seen in the traffic' : safeText(row.name)),
  },
  { label: 'Packets', kind: 'number', text: (row) => formatCount(row.packets) },
  { label: 'Sent', kind: 'number', text: (row) => formatBytes(row.bytesSent) },
  { label: 'Received', kind: 'number', text: (row) => formatBytes(row.bytesReceived) },
];

export const conversationColumns: readonly Column<ConversationRow>[] = [
  { label: 'Address A', kind: 'mono', text: (row) => safeText(row.a, 80) },
  { label: 'Address B', kind: 'mono grow', text: (row) => safeText(row.b, 80) },
  { label: 'Packets', kind: 'number', text: (row) => formatCount(row.packets) },
  { label: 'Bytes', kind: 'number', text: (row) => formatBytes(row.bytes) },
];

const flowName = (row: FlowRow): string => (row.serverName === null ? noValueText : safeText(row.serverName, 120));

export const flowColumns: readonly Column<FlowRow>[] = [
  { label: 'Protocol', kind: 'flow-protocol', text: (row) => safeText(row.protocol.toUpperCase(), 20) },
  {
    label: 'Opened by',
    kind: 'mono flow-address',
    text: (row) => endpoint(row.a, row.aPort),
    title: (row) => endpoint(row.a, row.aPort),
  },
  {
    label: 'Towards',
    kind: 'mono flow-address',
    text: (row) => endpoint(row.b, row.bPort),
    title: (row) => endpoint(row.b, row.bPort),
  },
  {
    label: 'Application',
    kind: 'flow-application',
    text: (row) =>
      row.application === null
        ? noValueText
        : safeText(row.application.toUpperCase(), 24) + (row.applicationBy === 'port' ? ' (port)' : ''),
  },
  { label: 'Server name', kind: 'flow-name', text: flowName, title: flowName },
  { label: 'State', kind: 'flow-state', text: (row) => safeText(row.state, 24) },
  {
    label: 'Start',
    kind: 'mono flow-time',
    text: (row) => formatPacketTime(row.start),
    title: (row) => formatDateTime(row.start * 1000),
  },
  { label: 'Duration', kind: 'number flow-duration', text: (row) => formatSpan(row.durationUs / 1000) },
  {
    label: 'Packets → ←',
    kind: 'number flow-packets',
    text: (row) => `${formatCount(row.packetsAToB)} / ${formatCount(row.packetsBToA)}`,
  },
  {
    label: 'Bytes → ←',
    kind: 'number flow-bytes',
    text: (row) => `${formatBytes(row.bytesAToB)} / ${formatBytes(row.bytesBToA)}`,
  },
  { label: 'Handshake', kind: 'number flow-handshake', text: (row) => formatMilliseconds(row.tcpHandshakeMs) },
  { label: 'Retransmitted', kind: 'number flow-retransmitted', text: (row) => formatCount(row.retransmittedSegments) },
];
