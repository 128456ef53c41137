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
import { t } from '../../src/protocol/l10n';

const endpoint = (address: string, port: number | null): string => safeText(formatEndpoint(address, port), 80);

export const packetColumns: readonly Column<PacketRow>[] = [
  { label: t('No.'), kind: 'number packet-number', text: (row) => formatCount(row.number) },
  {
    label: t('Time'),
    kind: 'mono packet-time',
    text: (row) => formatPacketTime(row.time),
    title: (row) => formatDateTime(row.time * 1000),
  },
  {
    label: t('Source'),
    kind: 'mono packet-address',
    text: (row) => endpoint(row.source, row.sourcePort),
    title: (row) => endpoint(row.source, row.sourcePort),
  },
  {
    label: t('Destination'),
    kind: 'mono packet-address',
    text: (row) => endpoint(row.destination, row.destinationPort),
    title: (row) => endpoint(row.destination, row.destinationPort),
  },
  { label: t('Protocol'), kind: 'packet-protocol', text: (row) => safeText(row.protocol.toUpperCase(), 20) },
  { label: t('Length'), kind: 'number packet-length', text: (row) => formatCount(row.length) },
  { label: t('Info'), kind: 'grow packet-info', text: (row) => safeText(row.info), title: (row) => safeText(row.info) },
];

export const talkerColumns: readonly Column<TalkerRow>[] = [
  {
    label: t('Address'),
    kind: 'mono grow',
    text: (row) => `${safeText(row.address, 80)}${row.local ? t(' (this machine)') : ''}`,
    title: (row) => safeText(row.address, 80),
  },
  {
    label: t('Name'),
    kind: 'name',
    text: (row) => (row.name === null ? noValueText : safeText(row.name, 120)),
    title: (row) => (row.name === null ? t('No name seen in the traffic') : safeText(row.name)),
  },
  { label: t('Packets'), kind: 'number', text: (row) => formatCount(row.packets) },
  { label: t('Sent'), kind: 'number', text: (row) => formatBytes(row.bytesSent) },
  { label: t('Received'), kind: 'number', text: (row) => formatBytes(row.bytesReceived) },
];

export const conversationColumns: readonly Column<ConversationRow>[] = [
  { label: t('Address A'), kind: 'mono', text: (row) => safeText(row.a, 80) },
  { label: t('Address B'), kind: 'mono grow', text: (row) => safeText(row.b, 80) },
  { label: t('Packets'), kind: 'number', text: (row) => formatCount(row.packets) },
  { label: t('Bytes'), kind: 'number', text: (row) => formatBytes(row.bytes) },
];
