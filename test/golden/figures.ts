import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { protocolNames } from '../../src/core/decode/protocols';
import { Engine } from '../../src/core/engine/engine';
import { CaptureFileReader } from '../../src/core/pcap/captureFileReader';
import { sniffGzip } from '../../src/core/pcap/captureMagic';
import type { AnalysisReport, NameCount, TcpAnalysisSummary } from '../../src/protocol/capture';

interface TopFacts {
  different: number;
  top: Record<string, number>;
}
interface RttFacts {
  count: number;
  microseconds: number;
}

/** One line of a facts file: what tshark says about one capture (written by record.mjs). */
export interface CaptureFacts {
  file: string;
  packets: number;
  bytes: number;
  protocols: Record<string, number>;
  tcpConversations: number;
  udpConversations: number;
  dns?: { queries: number; responses: number; names: TopFacts };
  http?: { requests: number; hosts: TopFacts };
  tls?: { clientHellos: number; serverNames: TopFacts };
  analysis?: Record<string, number | RttFacts> & { initial_rtt: RttFacts; ack_rtt: RttFacts };
  /** Why tshark ended with an error: a cut or damaged file. What it read before is in the facts. */
  complaint?: string;
}

/** One figure of one capture; equal or not. Zero on both sides is no figure. */
export interface Figure {
  kind: string;
  name: string;
  tshark: string;
  ours: string;
  equal: boolean;
}

const decoded: ReadonlySet<string> = new Set(protocolNames);
/** Round trips are sums of differences of times; half a microsecond each may be lost in rounding. */
const roundingUs = 1;

const analysisNames = {
  retransmission: 'retransmissions',
  fast_retransmission: 'fastRetransmissions',
  spurious_retransmission: 'spuriousRetransmissions',
  out_of_order: 'outOfOrder',
  duplicate_ack: 'duplicateAcks',
  zero_window: 'zeroWindows',
  zero_window_probe: 'zeroWindowProbes',
  zero_window_probe_ack: 'zeroWindowProbeAcks',
  window_full: 'windowFull',
  window_update: 'windowUpdates',
  keep_alive: 'keepAlives',
  keep_alive_ack: 'keepAliveAcks',
  lost_segment: 'lostSegments',
  ack_lost_segment: 'ackedUnseenSegments',
  reused_ports: 'reusedPorts',
} as const satisfies Record<string, keyof TcpAnalysisSummary>;

/** All facts below `folder`, in the order of the files. */
export function readFacts(folder: string): CaptureFacts[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CaptureFacts);
}

/** What our engine says about a capture file. Flows never time out, as tshark's conversations do not. */
export function analyzeFile(path: string): AnalysisReport {
  const stored = readFileSync(path);
  const file = sniffGzip(stored) ? gunzipSync(stored) : stored;
  const never = Number.POSITIVE_INFINITY;
  const engine = new Engine({
    localAddresses: [],
    flowTimeouts: { establishedIdleMs: never, handshakeIdleMs: never, datagramIdleMs: never, activeMs: never },
  });
  const reader = new CaptureFileReader((packet) => engine.push(packet));
  try {
    reader.push(file);
    reader.end();
  } catch {
    // No capture: nothing was pushed, and the figures say so.
  }
  engine.finish();
  return engine.report(path, { format: reader.format ?? 'none', linkTypes: [], damage: reader.damage });
}

/** Every figure that tshark or we have about a capture. */
export function compare(facts: CaptureFacts, report: AnalysisReport): Figure[] {
  const figures: Figure[] = [];
  const count = (kind: string, name: string, tshark: number, ours: number): void => {
    if (tshark !== 0 || ours !== 0) {
      figures.push({ kind, name, tshark: String(tshark), ours: String(ours), equal: tshark === ours });
    }
  };
  count('packets', 'packets', facts.packets, report.capture.packets);
  count('bytes', 'bytes', facts.bytes, report.capture.originalBytes);
  const ours = new Map(report.protocols.map(({ protocol, packets }) => [protocol, packets]));
  for (const protocol of new Set([...Object.keys(facts.protocols), ...ours.keys()])) {
    const kind = decoded.has(protocol) ? 'protocol' : 'protocol that we do not decode';
    count(kind, protocol, facts.protocols[protocol] ?? 0, ours.get(protocol) ?? 0);
  }
  count('conversations', 'tcp', facts.tcpConversations, report.flows.tcp);
  // Tshark counts the conversation around a tunnel like those in it.
  count('conversations', 'udp', facts.udpConversations, report.flows.udp + (report.flows.tunnels ?? 0));
  count('dns', 'queries', facts.dns?.queries ?? 0, report.dns.queries);
  count('dns', 'responses', facts.dns?.responses ?? 0, report.dns.responses);
  figures.push(...compareNames('dns', 'names', facts.dns?.names, report.dns.names));
  count('http', 'requests', facts.http?.requests ?? 0, report.http.requests);
  figures.push(...compareNames('http', 'hosts', facts.http?.hosts, report.http.hosts));
  count('tls', 'client hellos', facts.tls?.clientHellos ?? 0, report.tls.handshakes);
  figures.push(...compareNames('tls', 'server names', facts.tls?.serverNames, report.tls.serverNames));
  figures.push(...compareAnalysis(facts, report.tcpAnalysis));
  return figures;
}

function compareAnalysis(facts: CaptureFacts, ours: TcpAnalysisSummary | undefined): Figure[] {
  const figures: Figure[] = [];
  for (const [flag, name] of Object.entries(analysisNames)) {
    const tshark = Number(facts.analysis?.[flag] ?? 0);
    const mine = ours?.[name] ?? 0;
    if (tshark !== 0 || mine !== 0) {
      figures.push({
        kind: 'tcp.analysis',
        name: flag,
        tshark: String(tshark),
        ours: String(mine),
        equal: tshark === mine,
      });
    }
  }
  const rtts = [
    ['initial_rtt', facts.analysis?.initial_rtt, ours?.initialRtt],
    ['ack_rtt', facts.analysis?.ack_rtt, ours?.ackRtt],
  ] as const;
  for (const [name, theirs, mine] of rtts) {
    const tshark = theirs ?? { count: 0, microseconds: 0 };
    const my = { count: mine?.count ?? 0, microseconds: Math.round(mine?.sumUs ?? 0) };
    if (tshark.count === 0 && my.count === 0) continue;
    figures.push({
      kind: 'tcp.analysis',
      name,
      tshark: `${tshark.count} in ${tshark.microseconds} us`,
      ours: `${my.count} in ${my.microseconds} us`,
      equal:
        tshark.count === my.count && Math.abs(tshark.microseconds - my.microseconds) <= roundingUs * (tshark.count + 1),
    });
  }
  return figures;
}

/** One figure for a whole list: equal when every name has the same count. */
function compareNames(kind: string, name: string, facts: TopFacts | undefined, rows: readonly NameCount[]): Figure[] {
  const theirs = Object.entries(facts?.top ?? {});
  if (theirs.length === 0 && rows.length === 0) return [];
  const ours = new Map(rows.map((row) => [row.name, row.count]));
  // Of a list that was cut, the least counts were cut at random.
  const cut = (facts?.different ?? 0) > theirs.length;
  const least = cut ? Math.min(...theirs.map(([, count]) => count)) : 0;
  const wrong = theirs.filter(([their, count]) => count > least && ours.get(their) !== count).map(([their]) => their);
  if (!cut) wrong.push(...rows.filter((row) => facts?.top[row.name] === undefined).map((row) => row.name));
  const some = wrong.slice(0, 2);
  const show = (of: (name: string) => number | undefined): string =>
    some.length === 0 ? 'all' : some.map((which) => `${which.slice(0, 60)}: ${of(which) ?? 0}`).join(', ');
  return [
    { kind, name, tshark: show((n) => facts?.top[n]), ours: show((n) => ours.get(n)), equal: wrong.length === 0 },
  ];
}
