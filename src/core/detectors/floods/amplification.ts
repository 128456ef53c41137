import type { Finding, Severity } from '../../../protocol/finding';
import type { PacketView } from '../../decode/packetView';
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

const ruleId = 'amplification';
const udp = 17;

/** UDP services whose answers are larger than the questions (CISA Alert TA14-017A and what came after it), by port. */
export const reflectors: ReadonlyMap<number, string> = new Map([
  [17, 'QOTD'],
  [19, 'CharGen'],
  [53, 'DNS'],
  [69, 'TFTP'],
  [111, 'portmap'],
  [123, 'NTP'],
  [137, 'NetBIOS'],
  [161, 'SNMP'],
  [389, 'CLDAP'],
  [520, 'RIP'],
  [1900, 'SSDP'],
  [3283, 'Apple Remote Desktop'],
  [3702, 'WS-Discovery'],
  [5683, 'CoAP'],
  [10_001, 'Ubiquiti discovery'],
  [11_211, 'memcached'],
  [27_015, 'Source engine'],
  [37_810, 'DVR discovery'],
]);
/** Larger than any question: amplified NTP has 440 bytes, DNS some 500 to 4000. */
const largeBytes = 200;
const lowPort = 1024;

/** A large datagram from a service that answers more than it is asked, to a port that clients use. */
export function isReflected(view: PacketView): boolean {
  return (
    view.payloadWireLength >= largeBytes &&
    view.destinationPort >= lowPort &&
    reflectors.has(view.sourcePort) &&
    !isNoAnswer(view)
  );
}

/** Tools send from such ports, too, what no such service says: a DNS message that is no response, an NTP packet of a client. */
function isNoAnswer({ bytes, payloadOffset, payloadLength, sourcePort }: PacketView): boolean {
  if (payloadLength < 4) return false;
  // RFC 1035 section 4.1.1, QR; RFC 5905 section 7.3, mode: 4 server, 5 broadcast, 6 control, 7 private.
  if (sourcePort === 53) return ((bytes[payloadOffset + 2] ?? 0) & 0x80) === 0;
  if (sourcePort === 123) return ((bytes[payloadOffset] ?? 0) & 7) < 4;
  return false;
}

/** Reflected and amplified floods (Rossow, Amplification Hell, NDSS 2014): large answers that nobody asked for. */
export const amplification: Rule<FloodKey> = {
  id: ruleId,
  title: 'Amplified flood',
  description:
    'Large datagrams from services that answer more than they are asked (DNS, NTP, SSDP, memcached and others) to a host that ' +
    'did not ask them, more of them in a second than a floor and than what is usual for the host.',
  threats: ['ddos'],
  mitre: [floodMitre.reflection],
  sources: ['C. Rossow, Amplification Hell, NDSS 2014', 'CISA Alert TA14-017A'],
  numbers: floodNumbers({
    label: 'Large answers to one host that it did not ask for',
    unit: 'datagrams/s',
    minimum: 5,
    maximum: 1_000_000,
    integer: true,
    presets: { low: 500, medium: 50, high: 20 },
    source: 'Answers nobody asked for are next to none on a healthy network; 50 of them are at least 80 kbit/s',
  }),
  create: (numbers) => new AmplificationDetector(floodLimits(numbers)),
};

class AmplificationDetector implements Detector {
  readonly packetKinds = packetKinds.udp;
  readonly limits: readonly LimitCounter[];
  readonly #watch: FloodWatch;

  constructor(numbers: FloodNumbers) {
    this.#watch = new FloodWatch(ruleId, numbers, describe);
    this.limits = this.#watch.limits;
  }

  packet(view: PacketView, table: FlowTable): void {
    if (view.ipProtocol !== udp) return;
    const { flow } = table;
    // The service opened the flow: nobody asked it.
    if (flow === null || flow.packetsBToA > 0 || !table.fromA || flow.b.isGroup || !isReflected(view)) return;
    const second = this.#watch.attempt(view.timeUs, flow.b, -1, flow.a, view.number, flow);
    if (second === null) return;
    second.bytes += view.payloadWireLength;
    this.#watch.notePort(flow.b, view.sourcePort);
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

function describe(incident: FloodIncident): FindingWords {
  const { tally } = incident;
  const severity: Severity = tally.sources >= 3 ? incident.size : 'low';
  const services = [...incident.ports].map((port) => reflectors.get(port) ?? `port ${port}`);
  const what = services.length === 0 ? '' : ` (${services.join(', ')})`;
  const seconds = Math.max(1e-3, incident.seconds);
  return {
    threat: 'ddos',
    severity,
    confidence: severity === 'low' ? 0.4 : incident.confidence,
    title: `Amplified flood${what} of ${incident.onTarget} by ${count(tally.sources, 'server')}`,
    summary:
      `${count(tally.sources, 'server')} sent ${count(incident.count, 'large answer')}${what} that nobody asked for to ` +
      `${incident.onTarget} in ${span(seconds)}, up to ${rounded(incident.peak)} in a second.`,
    evidence: [
      ...incident.rateEvidence('large answers that nobody asked for', 'datagrams/s'),
      plain('mean size', rounded(incident.bytes / Math.max(1, incident.attempts)), 'bytes'),
    ],
    against: [
      'A capture of one direction alone shows answers without their questions.',
      ...(severity === 'low' ? ['One or two servers are too few for an attack by reflection.'] : []),
    ],
    next: [
      'The servers are not the attackers: somebody forged the address of the target in questions to them.',
      'Ask the provider to filter the source ports; close these services to the outside where they are yours.',
      floodNext.sources,
    ],
    mitre: [floodMitre.reflection],
  };
}
