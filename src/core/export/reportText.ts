import type { AnalysisReport, Percentiles } from '../../protocol/capture';
import { silencedTotal } from '../../protocol/exclusions';
import type { Evidence } from '../../protocol/finding';
import type { LimitCount } from '../../protocol/snapshot';

/** One line for a piece of evidence: "failed ports 204 ports (threshold 15, within 300 s)". */
export function evidenceText(evidence: Evidence): string {
  const limits = [
    ...(evidence.threshold === null ? [] : [`threshold ${evidence.threshold}`]),
    ...(evidence.window === null ? [] : [`within ${evidence.window}`]),
  ];
  const unit = evidence.unit === '' ? '' : ` ${evidence.unit}`;
  return `${evidence.name}: ${evidence.observed}${unit}${limits.length === 0 ? '' : ` (${limits.join(', ')})`}`;
}

/** "12 measured, p50 1.2 ms, p95 3.4 ms, p99 5.0 ms" or "none measured". */
export function percentilesText(p: Percentiles): string {
  if (p.count === 0) return 'none measured';
  const ms = (value: number | null): string => (value === null ? 'unknown' : `${value.toFixed(value < 10 ? 2 : 0)} ms`);
  return `${p.count} measured, p50 ${ms(p.p50)}, p95 ${ms(p.p95)}, p99 ${ms(p.p99)}`;
}

/** ISO 8601 in UTC of a packet time in seconds since 1970; "unknown" for null. */
export function timeText(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds) || Math.abs(seconds) > 8.64e12) return 'unknown';
  return new Date(seconds * 1000).toISOString();
}

/** ", 3 silenced by exclusions", or nothing. */
export function silencedText({ silenced }: AnalysisReport): string {
  const total = silencedTotal(silenced);
  return total === 0 ? '' : `, ${total} silenced by exclusions`;
}

/** "open flows: 12 beyond 100000": a limit that was hit. */
export function limitText({ name, limit, hits }: LimitCount): string {
  return `${name}: ${hits} beyond ${limit}`;
}

/** The analysis for a terminal: plain lines, nothing wider than the names in the capture. */
export function reportText(report: AnalysisReport): string {
  const { capture } = report;
  const lines = [
    `${report.file}: ${capture.format}, ${capture.linkTypes.join(', ')}`,
    `${capture.packets} packets, ${capture.originalBytes} bytes on the wire, ${timeText(capture.firstSeen)} to ${timeText(capture.lastSeen)}`,
    ...(capture.damage === null ? [] : [`DAMAGED at byte ${capture.damage.offset}: ${capture.damage.reason}`]),
    '',
    'Protocols',
    ...report.protocols.map(
      (p) =>
        `  ${p.protocol.padEnd(16)} ${String(p.packets).padStart(10)} packets ${String(p.bytes).padStart(14)} bytes`,
    ),
    '',
    `Flows: ${report.flows.total} (${report.flows.tcp} TCP, ${report.flows.udp} UDP, ${report.flows.other} other)`,
    `TCP handshake: ${percentilesText(report.latency.tcpHandshakeMs)}`,
    `DNS: ${percentilesText(report.latency.dnsMs)}`,
    `HTTP: ${percentilesText(report.latency.httpMs)}`,
    `Loss on the wire: ${report.loss.tcpRetransmittedSegments} retransmitted segments` +
      (report.loss.tcpRetransmissionPercent === null ? '' : ` (${report.loss.tcpRetransmissionPercent.toFixed(2)} %)`),
    '',
    `${report.findings.length === 0 ? 'Findings: none' : `Findings: ${report.findings.length}`}${silencedText(report)}`,
  ];
  for (const finding of report.findings) {
    lines.push(
      `  [${finding.severity}] ${finding.title}`,
      `    ${finding.summary}`,
      ...finding.evidence.map((e) => `    ${evidenceText(e)}`),
      ...finding.stages.map((s, i) => `    stage ${i + 1}: ${timeText(s.firstSeen)} ${s.title}`),
      ...finding.against.map((a) => `    against: ${a}`),
      ...finding.next.map((n, i) => `    next ${i + 1}: ${n}`),
      `    about this rule: ${finding.help}`,
    );
  }
  if (report.limits)
    lines.push('', 'Limits reached, so that some was left out', ...report.limits.map((l) => `  ${limitText(l)}`));
  return lines.join('\n') + '\n';
}
