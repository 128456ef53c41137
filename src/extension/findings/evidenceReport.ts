import { t } from '../../protocol/l10n';
import type { PacketRow } from '../../protocol/capture';
import type { Finding } from '../../protocol/finding';
import type { FindingMark } from '../../protocol/findingPage';
import { escapeMarkdown, findingDocument, plain } from '../views/findingText';

export interface EvidenceReport {
  finding: Finding;
  /** The interface or the file. */
  source: string;
  helpUri: string;
  mark: FindingMark | null;
  /** Of the packets that show it, the first ones. */
  packets: readonly PacketRow[];
  /** What was written beside the report; null when nothing was. */
  file: { name: string; packets: number } | null;
}

/** A finding with its packets as a Markdown document to hand on. */
export function evidenceReport({ finding, source, helpUri, mark, packets, file }: EvidenceReport): string {
  const lines = [findingDocument(finding, source, helpUri)];
  if (mark !== null) {
    const verdict = mark.verdict === 'right' ? t('As right.') : t('As wrong.');
    lines.push(`## ${t('Marked')}`, '', mark.note === '' ? verdict : `${verdict} ${escapeMarkdown(mark.note)}`, '');
  }
  if (packets.length > 0) {
    const head = [t('Number'), t('Time (UTC)'), t('Source'), t('Destination'), t('Protocol'), 'Info'];
    lines.push(`## ${t('First packets')}`, '', `| ${head.join(' | ')} |`);
    lines.push('| ---: | --- | --- | --- | --- | --- |', ...packets.map(packetRow), '');
  }
  if (file !== null) {
    const count = file.packets === 1 ? t('1 packet') : t('{0} packets', file.packets);
    lines.push(`## ${t('Capture of the evidence')}`, '', `${escapeMarkdown(file.name)}: ${count}.`, '');
  }
  return lines.join('\n');
}

/** What the pcapng file of the evidence says of itself. */
export function evidenceComment(finding: Finding, source: string): string {
  return plain(
    [
      `${finding.severity}: ${finding.title}`,
      finding.summary,
      `Rule ${finding.rule}, seen in ${source}.`,
      ...finding.against.map((text) => `Speaks against it: ${text}`),
    ].join(' | '),
  ).slice(0, 20_000);
}

function packetRow(row: PacketRow): string {
  const time = new Date(row.time * 1000);
  const cells = [
    String(row.number),
    Number.isNaN(time.getTime()) ? '' : time.toISOString().slice(11, 23),
    end(row.source, row.sourcePort),
    end(row.destination, row.destinationPort),
    row.protocol,
    row.info.slice(0, 120),
  ];
  return `| ${cells.map(escapeMarkdown).join(' | ')} |`;
}

function end(address: string, port: number | null): string {
  if (port === null) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
