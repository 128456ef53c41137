/** Columns of every table, so that a packet looks the same wherever it is listed. */
import type { ConversationRow, PacketRow } from '../../src/protocol/capture';
import type { TalkerRow } from '../../src/protocol/snapshot';
import {
  formatBytes,
  formatCount,
  formatDateTime,
  formatEndpoint,
  formatPacketTime,
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
