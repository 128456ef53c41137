import type { Finding } from '../../../protocol/finding';
import type { PacketView } from '../../decode/packetView';
import { flowEvents } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import type { LimitCounter } from '../../limits';
import type { Detector } from '../detector';
import type { FindingWords } from '../incident';
import type { Rule } from '../rule';
import { count, rounded, span } from '../words';
import { plain } from './floodIncident';
import type { FloodIncident } from './floodIncident';
import { floodLimits, floodMitre, floodNext, floodNumbers } from './floodRule';
import type { FloodKey } from './floodRule';
import { FloodWatch } from './floodWatch';
import type { FloodNumbers } from './floodWatch';

const ruleId = 'icmp-flood';

/** ICMP flood, smurf included (CERT CA-1998-01): messages to one host that answer nothing it sent. */
export const icmpFlood: Rule<FloodKey> = {
  id: ruleId,
  title: 'ICMP flood',
  description:
    'ICMP messages to one host that answer nothing it sent, echo requests above all, more of them in a second than a floor ' +
    'and than what is usual for the host. Errors that quote a packet do not count.',
  threats: ['dos', 'ddos'],
  mitre: [floodMitre.direct],
  sources: ['CERT Advisory CA-1998-01', 'ntopng scripts/lua/modules/check_definitions/host/icmp_flood.lua'],
  numbers: floodNumbers({
    label: 'ICMP messages to one host that answer nothing',
    unit: 'messages/s',
    minimum: 5,
    maximum: 1_000_000,
    integer: true,
    presets: { low: 250, medium: 100, high: 50 },
    source: 'ntopng has 250 a second (icmp_flood.lua); ping sends one, and users may not ask for more than 500',
  }),
  create: (numbers) => new IcmpFloodDetector(floodLimits(numbers)),
};

class IcmpFloodDetector implements Detector {
  readonly limits: readonly LimitCounter[];
  readonly #watch: FloodWatch;

  constructor(numbers: FloodNumbers) {
    this.#watch = new FloodWatch(ruleId, numbers, describe);
    this.limits = this.#watch.limits;
  }

  packet(view: PacketView, table: FlowTable): void {
    if (view.icmpType < 0 || view.icmpQuotedOffset >= 0) return;
    const { flow, source, destination } = table;
    if (flow === null || source === null || destination === null || destination.isGroup) return;
    const asked = table.fromA ? flow.packetsBToA > 0 : flow.packetsAToB > 0;
    if (isAnswer(view) && asked) return;
    const second = this.#watch.attempt(view.timeUs, destination, -1, source, view.number, flow);
    if (second === null) return;
    second.bytes += view.payloadWireLength;
    if ((table.events & flowEvents.opened) !== 0) second.fresh++;
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
}

/** Echo replies (RFC 792, RFC 4443), and neighbour discovery, which answers and repeats itself (RFC 4861). */
function isAnswer(view: PacketView): boolean {
  const { icmpType } = view;
  return view.ipProtocol === 58 ? icmpType === 129 || (icmpType >= 133 && icmpType <= 137) : icmpType === 0;
}

function describe(incident: FloodIncident): FindingWords {
  const seconds = Math.max(1e-3, incident.seconds);
  return {
    threat: incident.threat,
    severity: incident.size,
    confidence: incident.confidence,
    title: `ICMP flood of ${incident.onTarget} by ${incident.bySources}`,
    summary:
      `${incident.bySources} sent ${count(incident.count, 'ICMP message')} to ${incident.onTarget} in ${span(seconds)}, ` +
      `up to ${rounded(incident.peak)} in a second.`,
    evidence: [
      ...incident.rateEvidence('ICMP messages that answer nothing', 'messages/s'),
      plain('mean size', rounded(incident.bytes / Math.max(1, incident.attempts)), 'bytes'),
    ],
    against: incident.tally.distributed ? [] : ['An administrator who measures a line with ping -f sends as many.'],
    next: [floodNext.sources, 'Limit ICMP echo at the firewall; do not block all of ICMP.', floodNext.block],
    mitre: [floodMitre.direct],
  };
}
