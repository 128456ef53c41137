import type { Finding, Severity } from '../../../protocol/finding';
import type { PacketView } from '../../decode/packetView';
import { flowEvents } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import type { LimitCounter } from '../../limits';
import type { Detector } from '../detector';
import { packetKinds } from '../packetKinds';
import type { FindingWords } from '../incident';
import type { Rule } from '../rule';
import { count, rounded, span } from '../words';
import { isReflected } from './amplification';
import { plain } from './floodIncident';
import type { FloodIncident } from './floodIncident';
import { floodLimits, floodMitre, floodNext, floodNumbers } from './floodRule';
import type { FloodKey } from './floodRule';
import { FloodWatch } from './floodWatch';
import type { FloodNumbers } from './floodWatch';

const ruleId = 'udp-flood';
const udp = 17;
/** Of the datagrams, so many open a flow of their own when the tool changes ports or sources; a stream keeps its ports. */
const churning = 0.1;
/** One stream of datagrams this size or smaller, this many times as fast as the floor, is no video. */
const smallBytes = 600;
const fastStream = 5;
/** One stream that is refused is a program whose server is not there (metrics, logs), unless it is this many times the floor. */
const refusedStream = 3;

/** UDP flood (CERT CA-1996-01): datagrams to one host that nobody there answers. */
export const udpFlood: Rule<FloodKey> = {
  id: ruleId,
  title: 'UDP flood',
  description:
    'Datagrams to one host that are never answered, more of them in a second than a floor and than what is usual for the ' +
    'host. A single stream on fixed ports is told as low, since video and metrics look the same.',
  threats: ['dos', 'ddos'],
  mitre: [floodMitre.direct],
  sources: ['CERT Advisory CA-1996-01', 'ntopng scripts/lua/modules/check_definitions/host/flow_flood.lua'],
  numbers: floodNumbers({
    label: 'Datagrams to one host in flows that were never answered',
    unit: 'datagrams/s',
    minimum: 10,
    maximum: 1_000_000,
    integer: true,
    presets: { low: 500, medium: 100, high: 50 },
    source:
      'Less than half of the 256 new flows a second of ntopng (flow_flood.lua), which watches whole networks; name lookups of ' +
      'a desktop that are not answered are some ten a second',
  }),
  create: (numbers) => new UdpFloodDetector(floodLimits(numbers)),
};

/** Nobody answers there: syslog, traps, flow records, metrics, logs, tunnels (IANA, and what is usual beside it). */
const sinkPorts = new Set([
  162, 514, 1234, 2055, 4729, 4739, 4789, 5004, 5005, 6081, 6343, 8089, 8125, 8472, 9995, 9996, 12201, 25826,
]);
/** Of a flow that goes on, each so many datagrams its port is noted. */
const portEvery = 64;

class UdpFloodDetector implements Detector {
  readonly packetKinds = packetKinds.udp | packetKinds.icmp;
  readonly limits: readonly LimitCounter[];
  readonly #watch: FloodWatch;

  constructor(numbers: FloodNumbers) {
    this.#watch = new FloodWatch(ruleId, numbers, describe);
    this.limits = this.#watch.limits;
  }

  packet(view: PacketView, table: FlowTable): void {
    if (view.ipProtocol !== udp) {
      if (view.icmpQuotedOffset >= 0) this.#unreachable(view, table);
      return;
    }
    const { flow } = table;
    if (flow === null || view.fragmentHeld) return;
    if (flow.packetsBToA > 0) {
      // What was asked in the last second came to something; a flow that was answered is no flood from then on.
      if ((table.events & flowEvents.answered) === 0) return;
      const second = this.#watch.second(flow.startUs, flow.b, -1);
      if (second !== null) second.settled += Math.min(flow.packetsAToB, second.attempts - second.settled);
      return;
    }
    if (!table.fromA || flow.b.isGroup || isReflected(view)) return;
    const second = this.#watch.attempt(view.timeUs, flow.b, -1, flow.a, view.number, flow);
    if (second === null) return;
    second.bytes += view.payloadWireLength;
    const fresh = (table.events & flowEvents.opened) !== 0;
    if (fresh) second.fresh++;
    if (fresh || second.attempts % portEvery === 0) this.#watch.notePort(flow.b, flow.bPort);
  }

  advance(nowUs: number): void {
    this.#watch.advance(nowUs);
  }

  finish(): void {
    this.#watch.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#watch.collect(put);
  }

  clear(): void {
    this.#watch.clear();
  }

  /** The target says that nobody listens (RFC 792 type 3, RFC 4443 type 1); systems limit how often they say so. */
  #unreachable(view: PacketView, table: FlowTable): void {
    if (view.icmpType !== (view.ipProtocol === 58 ? 1 : 3)) return;
    const quoted = table.quoted(view);
    if (quoted === null || quoted.flow.ipProtocol !== udp || !quoted.fromA) return;
    const second = this.#watch.second(view.timeUs, quoted.flow.b, -1);
    if (second !== null) second.refused++;
  }
}

function describe(incident: FloodIncident): FindingWords {
  const { tally } = incident;
  const churn = incident.share(incident.fresh) >= churning;
  const meanBytes = incident.bytes / Math.max(1, incident.attempts);
  const plainFlood =
    churn || tally.distributed || (incident.refused > 0 && incident.peak >= refusedStream * incident.peakLimit);
  const fast = meanBytes <= smallBytes && incident.peak >= fastStream * incident.peakLimit;
  const sink = !plainFlood && incident.ports.size > 0 && [...incident.ports].every((port) => sinkPorts.has(port));
  const severity: Severity = plainFlood || (fast && !sink) ? incident.size : 'low';
  const against: string[] = [];
  if (!churn) against.push('The datagrams keep to few ports: a stream of video, sound or metrics looks the same.');
  if (sink) against.push('The port is that of a service that takes and never answers: logs, metrics, flows, tunnels.');
  if (incident.refused === 0) against.push('The target did not refuse them, so somebody may want them.');
  const seconds = Math.max(1e-3, incident.seconds);
  return {
    threat: incident.threat,
    severity,
    confidence: severity === 'low' ? 0.4 : incident.confidence,
    title: `UDP flood of ${incident.onTarget} by ${incident.bySources}`,
    summary:
      `${incident.bySources} sent ${count(incident.count, 'datagram')} that were not answered to ${incident.onTarget} in ` +
      `${span(seconds)}, up to ${rounded(incident.peak)} in a second.`,
    evidence: [
      ...incident.rateEvidence('datagrams not answered', 'datagrams/s'),
      plain('mean size', rounded(meanBytes), 'bytes'),
      plain('datagrams that opened a flow of their own', rounded(100 * incident.share(incident.fresh)), '%'),
      plain('answered by ICMP unreachable', incident.refused, 'datagrams'),
    ],
    against,
    next: [
      floodNext.sources,
      'See which port is meant, and close it at the firewall when nothing needs it.',
      floodNext.block,
    ],
    mitre: [floodMitre.direct],
  };
}
