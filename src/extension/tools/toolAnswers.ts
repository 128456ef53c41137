import type { PacketRow } from '../../protocol/capture';
import type { Finding } from '../../protocol/finding';
import type { Snapshot } from '../../protocol/snapshot';
import { endpointText } from '../../protocol/tables';
import { techniqueText } from '../../protocol/techniques';
import { evidenceText } from '../views/findingText';
import { untrusted, type Redactor } from './redact';

/** Longest answer in characters: a model's context is not for packets. */
export const maxAnswerLength = 20_000;

/** What the tools say, as text. Figures of our own stand outside the fence, what was on the wire inside. */
export const toolAnswers = {
  overview(snapshot: Snapshot, findings: readonly Finding[], redactor: Redactor): string {
    const { packets, originalBytes, flows, latency, loss, captureLoss, firstUs, clockUs } = snapshot;
    const known = (value: number | null): string => (value === null ? 'unknown' : String(value));
    const serious = findings.filter(({ severity }) => severity === 'high' || severity === 'critical').length;
    const seconds = firstUs === null || clockUs === null ? 'unknown' : ((clockUs - firstUs) / 1e6).toFixed(1);
    return cut(
      [
        `State: ${snapshot.state}. ${packets} packets, ${originalBytes} bytes on the wire, ${seconds} seconds.`,
        `Flows: ${flows.total} (${flows.tcp} TCP, ${flows.udp} UDP, ${flows.other} other).`,
        `TCP handshake p50/p95/p99: ${[latency.tcpHandshakeMs.p50, latency.tcpHandshakeMs.p95, latency.tcpHandshakeMs.p99].map(known).join('/')} ms.`,
        `Retransmitted TCP segments: ${loss.tcpRetransmittedSegments}.`,
        `Lost in our own capture (not on the wire): kernel ${known(captureLoss.droppedByKernel)}, helper ${known(captureLoss.shedByHelper)}.`,
        `Findings: ${findings.length}, of them ${serious} high or critical.`,
        `Protocols (packets): ${snapshot.protocols
          .slice(0, 20)
          .map((row) => `${row.protocol} ${row.packets}`)
          .join(', ')}.`,
      ],
      snapshot.talkers
        .slice(0, 15)
        .map((row) =>
          [
            redactor.address(row.address),
            row.local ? 'this machine' : '',
            row.name === null ? '' : `name seen: ${row.name}`,
            `${row.packets} packets, sent ${row.bytesSent}, received ${row.bytesReceived} bytes`,
          ]
            .filter((part) => part !== '')
            .join(', '),
        ),
    );
  },

  conversations(snapshot: Snapshot, count: number, redactor: Redactor): string {
    const rows = snapshot.conversations.slice(0, count);
    return cut(
      [`${rows.length} of ${snapshot.conversations.length} conversations, most bytes first.`],
      rows.map(
        (row) =>
          `${redactor.address(row.a)} <-> ${redactor.address(row.b)}: ${row.packets} packets, ${row.bytes} bytes`,
      ),
    );
  },

  findings(findings: readonly Finding[], count: number, redactor: Redactor): string {
    const shown = findings.slice(0, count);
    return cut(
      [`${shown.length} of ${findings.length} findings.`],
      shown.flatMap((finding) => [
        `[${finding.severity}] ${finding.rule}: ${redactor.text(finding.title)}`,
        `  ${redactor.text(finding.summary)}`,
        ...finding.evidence.slice(0, 8).map((one) => `  measured: ${one.name}: ${redactor.text(evidenceText(one))}`),
        ...finding.against.map((text) => `  speaks against it: ${redactor.text(text)}`),
        ...finding.mitre.map((id) => `  technique: ${techniqueText(id)}`),
        `  packets: ${finding.packets.slice(0, 10).join(', ')}`,
      ]),
    );
  },

  packets(rows: readonly PacketRow[], matched: number, redactor: Redactor): string {
    return cut(
      [
        `${rows.length} of ${matched} packets that match. Columns: number, time (UTC), source, destination, protocol, length, info.`,
      ],
      rows.map((row) =>
        [
          row.number,
          new Date(row.time * 1000).toISOString(),
          endpointText(redactor.address(row.source), row.sourcePort),
          endpointText(redactor.address(row.destination), row.destinationPort),
          row.protocol,
          row.length,
          redactor.text(row.info),
        ].join(' | '),
      ),
    );
  },
};

/** Our own lines, and those of the wire as far as there is room, with a word on what was left out. */
function cut(own: readonly string[], wire: readonly string[]): string {
  const kept: string[] = [];
  let length = own.join('\n').length;
  for (const line of wire) {
    length += Math.min(line.length, 400) + 1;
    if (length > maxAnswerLength) break;
    kept.push(line);
  }
  const left = wire.length - kept.length;
  const note = left === 0 ? [] : [`${left} lines were left out: ask for less.`];
  return [...own, ...note, ...(kept.length === 0 ? [] : [untrusted(kept)])].join('\n');
}
