import type { AnalysisReport } from '../../protocol/capture';
import { silencedTotal } from '../../protocol/exclusions';
import type { FlowReference } from '../../protocol/finding';
import { evidenceText, limitText, percentilesText, timeText } from './reportText';

/** Escapes text from the wire so that Markdown shows it and does not run it. */
export function markdownText(text: string): string {
  return text
    .replace(/[\\`*_{}[\]()#+\-!|<>&~]/g, (c) => (c === '<' ? '&lt;' : c === '&' ? '&amp;' : `\\${c}`))
    .replace(/\s+/g, ' ');
}

/** The analysis as a Markdown document. */
export function reportMarkdown(report: AnalysisReport): string {
  const { capture } = report;
  const row = (...cells: (string | number)[]): string =>
    `| ${cells.map((c) => (typeof c === 'number' ? String(c) : markdownText(c))).join(' | ')} |`;
  const lines = [
    `# Network capture ${markdownText(report.file)}`,
    '',
    '| | |',
    '| --- | --- |',
    row('Format', `${capture.format}, ${capture.linkTypes.join(', ')}`),
    row('Packets', capture.packets),
    row('Bytes on the wire', capture.originalBytes),
    row('From', timeText(capture.firstSeen)),
    row('To', timeText(capture.lastSeen)),
    ...(capture.damage === null ? [] : [row('Damaged', `at byte ${capture.damage.offset}: ${capture.damage.reason}`)]),
    row(
      'Flows',
      `${report.flows.total} (${report.flows.tcp} TCP, ${report.flows.udp} UDP, ${report.flows.other} other)`,
    ),
    row('TCP handshake', percentilesText(report.latency.tcpHandshakeMs)),
    row('DNS', percentilesText(report.latency.dnsMs)),
    row('HTTP', percentilesText(report.latency.httpMs)),
    row('Retransmitted TCP segments', report.loss.tcpRetransmittedSegments),
    '',
    `## Findings (${report.findings.length})`,
    '',
  ];
  if (report.findings.length === 0) lines.push('None.', '');
  const silenced = silencedTotal(report.silenced);
  if (silenced > 0) {
    lines.push(`${silenced} silenced by exclusions:`, '');
    lines.push(...report.silenced.map((s) => `- line ${s.line}: ${s.findings}, ${markdownText(s.reason)}`), '');
  }
  for (const f of report.findings) {
    lines.push(
      `### ${markdownText(f.title)}`,
      '',
      `**${f.severity}**, confidence ${Math.round(f.confidence * 100)} %, rule \`${f.rule}\`, ${timeText(f.firstSeen)} to ${timeText(f.lastSeen)}`,
      '',
      markdownText(f.summary),
      '',
      ...f.evidence.map((e) => `- ${markdownText(evidenceText(e))}`),
      ...f.against.map((a) => `- speaks against it: ${markdownText(a)}`),
      '',
      ...section(
        'Stages:',
        f.stages.map((s) => `${timeText(s.firstSeen)} ${s.title}`),
      ),
      ...section('What to do next:', f.next),
      ...section('Flows:', f.flows.map(flowText)),
      `MITRE ATT&CK: ${f.mitre.join(', ') || 'none'}. About the rule: \`${f.help}\`.`,
      '',
    );
  }
  lines.push('## Protocols', '', '| Protocol | Packets | Bytes |', '| --- | ---: | ---: |');
  lines.push(...report.protocols.map((p) => row(p.protocol, p.packets, p.bytes)), '');
  lines.push('## Conversations', '', '| A | B | Packets | Bytes |', '| --- | --- | ---: | ---: |');
  lines.push(...report.conversations.slice(0, 20).map((c) => row(c.a, c.b, c.packets, c.bytes)), '');
  if (report.limits) {
    lines.push('## Limits reached, so that some was left out', '');
    lines.push(...report.limits.map((l) => `- ${markdownText(limitText(l))}`), '');
  }
  return lines.join('\n');
}

/** A numbered list under a line; nothing when it is empty. */
function section(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  return [title, '', ...items.slice(0, 20).map((item, i) => `${i + 1}. ${markdownText(item)}`), ''];
}

function flowText({ transport, a, aPort, b, bPort, start }: FlowReference): string {
  const end = (address: string, port: number | null): string => (port === null ? address : `${address} port ${port}`);
  return `${transport} ${end(a, aPort)} to ${end(b, bPort)}, from ${timeText(start)}`;
}
