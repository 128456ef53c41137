import { numberLanguage, t } from '../../protocol/l10n';
import type { Percentiles } from '../../protocol/capture';
import type { Finding } from '../../protocol/finding';
import type { Snapshot } from '../../protocol/snapshot';
import { techniqueText } from '../../protocol/techniques';
import { escapeMarkdown, evidenceText, subjectText } from '../views/findingText';

/** Rows of each table of a report. */
const maxRows = 20;

const numbers = (digits: number) => ({
  format: (value: number): string => value.toLocaleString(numberLanguage(), { maximumFractionDigits: digits }),
});
const whole = numbers(0);
const fine = numbers(2);

/** A capture in one Markdown document, with the figures of the dashboard. What is not known is said to be unknown. */
export function captureReport(snapshot: Snapshot, findings: readonly Finding[], title: string): string {
  const { flows, latency, loss } = snapshot;
  const lines = [
    `# ${t('Network capture {0}', escapeMarkdown(title))}`,
    '',
    ...table(
      [t('Figure'), t('Value')],
      [
        [t('Packets'), whole.format(snapshot.packets)],
        [t('Bytes on the wire'), whole.format(snapshot.originalBytes)],
        [t('First packet'), timeText(snapshot.firstUs)],
        [t('Last packet'), timeText(snapshot.clockUs)],
        [t('Flows'), t('{0} ({1} TCP, {2} UDP, {3} other)', flows.total, flows.tcp, flows.udp, flows.other)],
        [t('TCP handshake'), percentilesText(latency.tcpHandshakeMs)],
        ['DNS', percentilesText(latency.dnsMs)],
        ['HTTP', percentilesText(latency.httpMs)],
        [t('Retransmitted TCP segments'), retransmissionText(snapshot)],
        [t('Out of order'), whole.format(loss.outOfOrder)],
        [t('Lost in this capture'), captureLossText(snapshot)],
      ],
    ),
    `## ${t('Findings ({0})', findings.length)}`,
    '',
    ...findingLines(findings),
    `## ${t('Protocols')}`,
    '',
    ...table(
      [t('Protocol'), t('Packets'), t('Bytes')],
      snapshot.protocols
        .slice(0, maxRows)
        .map(({ protocol, packets, bytes }) => [protocol, whole.format(packets), whole.format(bytes)]),
    ),
    `## ${t('Hosts')}`,
    '',
    ...table(
      [t('Address'), t('Name seen'), t('Packets'), t('Sent'), t('Received')],
      snapshot.talkers
        .slice(0, maxRows)
        .map((row) => [
          row.local ? t('{0} (this machine)', row.address) : row.address,
          row.name ?? '',
          whole.format(row.packets),
          whole.format(row.bytesSent),
          whole.format(row.bytesReceived),
        ]),
    ),
    ...programLines(snapshot),
    `## ${t('Conversations')}`,
    '',
    ...table(
      ['A', 'B', t('Packets'), t('Bytes')],
      snapshot.conversations
        .slice(0, maxRows)
        .map(({ a, b, packets, bytes }) => [a, b, whole.format(packets), whole.format(bytes)]),
    ),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Nothing where the system does not tell which programs talk. */
function programLines({ live }: Snapshot): string[] {
  if (live?.programs === undefined) return [];
  const { programs, unknownPackets, unknownBytes } = live.programs;
  const rows = programs
    .slice(0, maxRows)
    .map((row) => [row.name, ...[row.packets, row.bytesSent + row.bytesReceived].map((value) => whole.format(value))]);
  if (unknownPackets > 0) rows.push([t('unknown'), whole.format(unknownPackets), whole.format(unknownBytes)]);
  return [`## ${t('Programs')}`, '', ...table([t('Program'), t('Packets'), t('Bytes')], rows)];
}

/** Findings one after the other, without what differs between two captures of the same thing: times and packet numbers. */
export function findingsText(findings: readonly Finding[]): string {
  const sorted = [...findings].sort((x, y) => (x.id < y.id ? -1 : 1));
  return `# ${t('Findings')}\n\n${findingLines(sorted).join('\n').trimEnd()}\n`;
}

function findingLines(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [t('None.'), ''];
  return findings.flatMap((finding) => [
    `### ${escapeMarkdown(finding.title)}`,
    '',
    `**${t(finding.severity)}**, ${escapeMarkdown(finding.rule)}, ${escapeMarkdown(subjectText(finding))}`,
    '',
    ...finding.evidence.map((one) => `- ${escapeMarkdown(one.name)}: ${escapeMarkdown(evidenceText(one))}`),
    ...finding.against.map((text) => `- ${t('speaks against it: {0}', escapeMarkdown(text))}`),
    ...finding.mitre.map((id) => `- ${escapeMarkdown(techniqueText(id))}`),
    '',
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [t('None.'), ''];
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  return [line(head), `| ${head.map(() => '---').join(' | ')} |`, ...rows.map(line), ''];
}

function percentilesText({ count, p50, p95, p99 }: Percentiles): string {
  if (count === 0) return t('none measured');
  const ms = (value: number | null): string => (value === null ? t('unknown') : `${fine.format(value)} ms`);
  return t('p50 {0}, p95 {1}, p99 {2} of {3}', ms(p50), ms(p95), ms(p99), whole.format(count));
}

function retransmissionText({ loss }: Snapshot): string {
  const { tcpRetransmittedSegments, tcpRetransmissionPercent } = loss;
  const share = tcpRetransmissionPercent === null ? t('no TCP data') : `${fine.format(tcpRetransmissionPercent)} %`;
  return `${whole.format(tcpRetransmittedSegments)} (${share})`;
}

/** A part that is unknown makes the sum unknown, or a lower bound: never 0. */
function captureLossText({ source, captureLoss }: Snapshot): string {
  if (source?.kind === 'file') return t('not known of a file');
  const { droppedByKernel, shedByHelper } = captureLoss;
  if (droppedByKernel === null && shedByHelper === null) return t('unknown');
  const sum = whole.format((droppedByKernel ?? 0) + (shedByHelper ?? 0));
  return droppedByKernel === null || shedByHelper === null ? t('at least {0}', sum) : sum;
}

function timeText(us: number | null): string {
  return us === null ? t('none') : new Date(us / 1000).toISOString();
}
