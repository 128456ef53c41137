import type { Finding, Severity } from '../../../protocol/finding';
import { tcpFlags } from '../../decode/packetView';
import type { PacketView } from '../../decode/packetView';
import { flowEvents } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import type { LimitCounter } from '../../limits';
import type { Detector } from '../detector';
import { packetKinds } from '../packetKinds';
import type { FindingWords } from '../incident';
import type { Rule } from '../rule';
import { count, rounded, span } from '../words';
import { plain } from './floodIncident';
import type { FloodIncident } from './floodIncident';
import { floodLimits, floodMitre, floodNext, floodNumbers } from './floodRule';
import type { FloodKey } from './floodRule';
import { FloodWatch } from './floodWatch';
import type { FloodNumbers } from './floodWatch';
import { countStray, strayWords } from './strayFlood';

const ruleId = 'syn-flood';
const synAckRst = tcpFlags.syn | tcpFlags.ack | tcpFlags.rst;
const tcpHeaderWithoutOptions = 5;
/** Of the attempts: enough to say what the flood is made of. */
const mostly = 0.5;

/** SYN flood (CERT CA-1996-21, RFC 4987): attempts to connect to one port that are never completed. */
export const synFlood: Rule<FloodKey> = {
  id: ruleId,
  title: 'SYN flood',
  description:
    'Attempts to connect to one port of one host that are never completed, more of them in a second than a floor and than ' +
    'what is usual for that port; from one source or from many, forged ones included. Likewise segments that belong to no ' +
    'connection (ACK, RST and FIN floods).',
  threats: ['dos', 'ddos'],
  mitre: [floodMitre.system],
  sources: [
    'RFC 4987: TCP SYN Flooding Attacks and Common Mitigations',
    'CERT Advisory CA-1996-21',
    'Zeek policy/synflood.bro',
  ],
  numbers: floodNumbers({
    label: 'Connections to one port begun and never completed',
    unit: 'attempts/s',
    minimum: 5,
    maximum: 100_000,
    integer: true,
    presets: { low: 500, medium: 100, high: 50 },
    source:
      'RFC 4987 section 2.2 and net.ipv4.tcp_max_syn_backlog of Linux (128 on small machines): a hundred unfinished ' +
      'attempts a second fill it at once; synflood.bro of Zeek has 15,000 a minute for a data centre',
  }),
  create: (numbers) => new SynFloodDetector(floodLimits(numbers)),
};

class SynFloodDetector implements Detector {
  readonly packetKinds = packetKinds.tcpSyn;
  readonly packetEvents = flowEvents.opened | flowEvents.answered | flowEvents.established | flowEvents.refused;
  readonly limits: readonly LimitCounter[];
  readonly #watch: FloodWatch;
  readonly #strays: FloodWatch;

  constructor(numbers: FloodNumbers) {
    this.#watch = new FloodWatch(ruleId, numbers, describe);
    this.#strays = new FloodWatch(ruleId, numbers, strayWords, 'tcp-flood');
    this.limits = [...this.#watch.limits, ...this.#strays.limits];
  }

  packet(view: PacketView, table: FlowTable): void {
    if (!view.tcpValid) return;
    const { flow, events } = table;
    if (flow === null) return;
    if ((view.tcpFlags & synAckRst) === tcpFlags.syn) {
      if (!table.fromA || flow.b.isGroup) return;
      const second = this.#watch.attempt(view.timeUs, flow.b, flow.bPort, flow.a, view.number, flow);
      if (second === null) return;
      second.bytes += view.originalLength;
      if ((events & flowEvents.opened) !== 0) second.fresh++;
      // Every operating system offers at least a maximum segment size (RFC 9293 section 3.7.1).
      if ((view.bytes[view.transportOffset + 12] ?? 0) >> 4 === tcpHeaderWithoutOptions) second.marked++;
      return;
    }
    if (!flow.synSeen) countStray(this.#strays, view, table);
    if ((events & (flowEvents.established | flowEvents.refused)) === 0 || !flow.synSeen) return;
    const second = this.#watch.second(flow.synTimeUs, flow.b, flow.bPort);
    if (second === null) return;
    // A SYN that was sent again, or that the capture holds twice, was of the same attempt.
    if ((events & flowEvents.established) !== 0) second.settled += Math.max(1, flow.packetsAToB - 1);
    else second.refused++;
  }

  advance(nowUs: number): void {
    this.#watch.advance(nowUs);
    this.#strays.advance(nowUs);
  }

  finish(): void {
    this.#watch.finish();
    this.#strays.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#watch.collect(put);
    this.#strays.collect(put);
  }

  clear(): void {
    this.#watch.clear();
    this.#strays.clear();
  }
}

function describe(incident: FloodIncident): FindingWords {
  const refused = incident.share(incident.refused);
  const crafted = incident.share(incident.marked);
  const { tally } = incident;
  const against: string[] = [];
  // A program that tries again without a pause, on a port where nobody listens.
  const impatient = refused > mostly && crafted < mostly && !tally.distributed;
  if (refused > mostly) {
    against.push('The port is closed: a program that tries again without a pause looks the same.');
  }
  if (crafted < mostly && !tally.looksForged) {
    against.push('The SYNs are those of an operating system: many clients of a server that is down look the same.');
  }
  const severity: Severity = impatient ? 'low' : incident.size;
  const seconds = Math.max(1e-3, incident.seconds);
  return {
    threat: incident.threat,
    severity,
    confidence: impatient ? 0.4 : incident.confidence,
    title: `SYN flood of ${incident.onTarget} by ${incident.bySources}`,
    summary:
      `${incident.bySources} began ${count(incident.attempts, 'connection')} to ${incident.onTarget} in ${span(seconds)} ` +
      `and left ${incident.count} of them unfinished, up to ${rounded(incident.peak)} in a second.`,
    evidence: [
      ...incident.rateEvidence('connections begun and not completed', 'attempts/s'),
      plain('refused by the target (RST)', incident.refused, 'attempts'),
      plain('SYNs without any option, as no operating system sends them', rounded(100 * crafted), '%'),
    ],
    against,
    next: [
      'See whether the server still answers, and switch SYN cookies on (net.ipv4.tcp_syncookies, RFC 4987 section 3.6).',
      tally.looksForged
        ? 'The sources look forged, so blocking them one by one does not help: limit new connections to the port instead.'
        : floodNext.sources,
      floodNext.block,
    ],
    mitre: [floodMitre.system],
  };
}
