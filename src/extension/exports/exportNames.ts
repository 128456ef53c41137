import path from 'node:path';
import type { ExportKind } from '../../protocol/analyzerMessages';
import { t } from '../../protocol/l10n';

/** Larger exports do not become untitled documents: they would be held in memory several times over. */
export const maxDocumentBytes = 5 * 1024 * 1024;

/** Bytes that a row of each export takes, roughly: decides whether to ask for a file before writing. */
const rowBytes = 110;

export interface ExportFacts {
  /** Ending of the file, without a dot. */
  extension: string;
  /** Language of the document; null for what is no text. */
  language: string | null;
  /** What a save dialog calls it. */
  label: string;
}

export const exportFacts: Record<ExportKind, ExportFacts> = {
  'packets.csv': { extension: 'csv', language: 'csv', label: 'CSV' },
  'packets.json': { extension: 'json', language: 'json', label: 'JSON' },
  'packets.pcapng': { extension: 'pcapng', language: null, label: t('Network Capture') },
  'share.pcap': { extension: 'pcap', language: null, label: t('Network Capture') },
  'flows.csv': { extension: 'csv', language: 'csv', label: 'CSV' },
  'analysis.json': { extension: 'json', language: 'json', label: 'JSON' },
  'packets.pcap': { extension: 'pcap', language: null, label: t('Network Capture') },
};

/** Whether an export is surely too large for a document. */
export function isLargeExport(kind: ExportKind, counts: { packets: number; flows: number }): boolean {
  const rows =
    kind === 'packets.csv' || kind === 'packets.json' ? counts.packets : kind === 'flows.csv' ? counts.flows : 0;
  return rows * rowBytes > maxDocumentBytes;
}

/** A readable file name: what was captured, when it was exported, what it holds. */
export function exportName(kind: ExportKind, title: string, now: Date): string {
  const base = path.basename(title).replace(/\.(pcap|pcapng|cap)(\.gz)?$/i, '');
  const safe =
    base
      .replace(/[^\p{L}\p{N}._-]+/gu, '-')
      .replace(/^[.-]+/, '')
      .slice(0, 60) || 'capture';
  const time = now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  const part =
    kind === 'flows.csv'
      ? '-flows'
      : kind === 'packets.csv' || kind === 'packets.json'
        ? '-packets'
        : kind === 'share.pcap'
          ? '-share-safe'
          : '';
  return `${safe}-${time}${part}.${exportFacts[kind].extension}`;
}
