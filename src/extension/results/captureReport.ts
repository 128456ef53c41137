import type { Percentiles } from '../../protocol/capture';
import type { Finding } from '../../protocol/finding';
import type { Snapshot } from '../../protocol/snapshot';
import { techniqueText } from '../../protocol/techniques';
import { escapeMarkdown, evidenceText, subjectText } from '../views/findingText';

/** Rows of each table of a report. */
const maxRows = 20;

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });

/** A capture in one Markdown document, with the figures of the dashboard. What is not known is said to be unknown. */
export function captureReport(snapshot: Snapshot, findings: readonly Finding[], title: string): string {
  const { flows, latency, loss } = snapshot;
  const lines = [
    `# Network capture ${escapeMarkdown(title)}`,
    '',
    ...table(
      ['Figure', 'Value'],
      [
        ['Packets', whole.format(snapshot.packets)],
        ['Bytes on the wire', whole.format(snapshot.originalBytes)],
        ['First packet', timeText(snapshot.firstUs)],
        ['Last packet', timeText(snapshot.clockUs)],
        ['Flows', `${flows.total} (${flows.tcp} TCP, ${flows.udp} UDP, ${flows.other} other)`],
        ['TCP handshake', percentilesText(latency.tcpHandshakeMs)],
        ['DNS', percentilesText(latency.dnsMs)],
        ['HTTP', percentilesText(latency.httpMs)],
        ['Retransmitted TCP segments', retransmissionText(snapshot)],
        ['Out of order', whole.format(loss.outOfOrder)],
        ['Lost in this capture', captureLossText(snapshot)],
      ],
    ),
    `## Findings (${findings.length})`,
    '',
    ...findingLines(findings),
    '## Protocols',
    '',
    ...table(
      ['Protocol', 'Packets', 'Bytes'],
      snapshot.protocols
        .slice(0, maxRows)
        .map(({ protocol, packets, bytes }) => [protocol, whole.format(packets), whole.format(bytes)]),
    ),
    '## Hosts',
    '',
    ...table(
      ['Address', 'Name seen', 'Packets', 'Sent', 'Received'],
      snapshot.talkers
        .slice(0, maxRows)
        .map((row) => [
          `${row.address}${row.local ? ' (this machine)' : ''}`,
          row.name ?? '',
          whole.format(row.packets),
          whole.format(row.bytesSent),
          whole.format(row.bytesReceived),
        ]),
    ),
    ...programLines(snapshot),
    '## Conversations',
    '',
    ...table(
      ['A', 'B', 'Packets', 'Bytes'],
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
  if (unknownPackets > 0) rows.push(['unknown', whole.format(unknownPackets), whole.format(unknownBytes)]);
  return ['## Programs', '', ...table(['Program', 'Packets', 'Bytes'], rows)];
}

/** Findings one after the other, without what differs between two captures of the same thing: times and packet numbers. */
export function findingsText(findings: readonly Finding[]): string {
  const sorted = [...findings].sort((x, y) => (x.id < y.id ? -1 : 1));
  return `# Findings\n\n${findingLines(sorted).join('\n').trimEnd()}\n`;
}

function findingLines(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return ['None.', ''];
  return findings.flatMap((finding) => [
    `### ${escapeMarkdown(finding.title)}`,
    '',
    `**${finding.severity}**, ${escapeMarkdown(finding.rule)}, ${escapeMarkdown(subjectText(finding))}`,
    '',
    ...finding.evidence.map((one) => `- ${escapeMarkdown(one.name)}: ${escapeMarkdown(evidenceText(one))}`),
    ...finding.against.map((text) => `- speaks against it: ${escapeMarkdown(text)}`),
    ...finding.mitre.map((id) => `- ${escapeMarkdown(techniqueText(id))}`),
    '',
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return ['None.', ''];
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  return [line(head), `| ${head.map(() => '---').join(' | ')} |`, ...rows.map(line), ''];
}

function percentilesText({ count, p50, p95, p99 }: Percentiles): string {
  if (count === 0) return 'none measured';
  const ms = (value: number | null): string => (value === null ? 'unknown' : `${fine.format(value)} ms`);
  return `p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)} of ${whole.format(count)}`;
}

function retransmissionText({ loss }: Snapshot): string {
  const { tcpRetransmittedSegments, tcpRetransmissionPercent } = loss;
  const share = tcpRetransmissionPercent === null ? 'no TCP data' : `${fine.format(tcpRetransmissionPercent)} %`;
  return `${whole.format(tcpRetransmittedSegments)} (${share})`;
}

/** A part that is unknown makes the sum unknown, or a lower bound: never 0. */
function captureLossText({ source, captureLoss }: Snapshot): string {
  if (source?.kind === 'file') return 'not known of a file';
  const { droppedByKernel, shedByHelper } = captureLoss;
  if (droppedByKernel === null && shedByHelper === null) return 'unknown';
  const sum = whole.format((droppedByKernel ?? 0) + (shedByHelper ?? 0));
  return droppedByKernel === null || shedByHelper === null ? `at least ${sum}` : sum;
}

function timeText(us: number | null): string {
  return us === null ? 'none' : new Date(us / 1000).toISOString();
}
