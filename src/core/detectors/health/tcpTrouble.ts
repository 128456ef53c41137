import type { Evidence, Finding, Severity } from '../../../protocol/finding';
import { tcpFlags } from '../../decode/packetView';
import type { PacketView } from '../../decode/packetView';
import { flowEvents } from '../../flows/flow';
import type { Flow } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import type { Detector } from '../detector';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import { pairKey } from '../recordKeys';
import type { Rule } from '../rule';
import { SlidingCount } from '../slidingCount';
import { count, rounded, span } from '../words';

export type TcpTroubleNumber = 'sentAgain' | 'sentAgainPercent' | 'zeroWindows';

const ruleId = 'tcp-trouble';
const windowUs = 10e6;
const quietUs = 60e6;
/** This share sent again makes a connection useless. */
const uselessPercent = 30;
/**
 * Nobody sends a segment again before it can be missed, which takes a round trip from wherever one looks. What comes sooner is
 * the same packet once more: a mirror port or a bridge shows it twice. Half of the round trip leaves room for jitter; no sender
 * answers to anything in less than the shortest time.
 */
const copyShare = 0.5;
const shortestCopyUs = 50;
const longestCopyUs = 1000;

/** Storms of retransmissions and of closed windows: no attack, but somebody waits. */
export const tcpTrouble: Rule<TcpTroubleNumber> = {
  id: ruleId,
  title: 'TCP trouble',
  description:
    'Many segments between two hosts that were sent again, a large part of all of them, or a receiver that closes its window ' +
    'over and over.',
  threats: ['health'],
  mitre: [],
  sources: [
    'RFC 9293 sections 3.8.1 and 3.8.6: retransmission and zero windows',
    'Wireshark User’s Guide, TCP Analysis',
  ],
  numbers: {
    sentAgain: {
      label: 'Segments between two hosts sent again within 10 s',
      unit: 'segments',
      minimum: 5,
      maximum: 1_000_000,
      integer: true,
      presets: { low: 500, medium: 100, high: 50 },
      source: 'own choice: at less nobody notices; a lossy line with 2 % loss in the tests has some 10 in 10 s',
    },
    sentAgainPercent: {
      label: 'Part of the segments with data of a connection that were sent again',
      unit: '%',
      minimum: 1,
      maximum: 100,
      integer: false,
      presets: { low: 20, medium: 10, high: 5 },
      source: 'Zeek, misc/capture-loss.zeek takes 10 % for too much; Mathis et al. 1997: at 10 % loss TCP hardly moves',
    },
    zeroWindows: {
      label: 'Closed windows announced between two hosts within 10 s',
      unit: 'segments',
      minimum: 5,
      maximum: 1_000_000,
      integer: true,
      presets: { low: 200, medium: 50, high: 20 },
      source: 'own choice: one a probe is usual for a receiver that waits, five a second are not',
    },
  },
  create: (numbers) => new TcpTroubleDetector(numbers),
};

interface Pair {
  /** Of what looks sent again: packets that the capture holds twice, and the rest. */
  copies: number;
  late: number;
  /** Null until there is one. */
  sentAgain: SlidingCount | null;
  zeroWindows: SlidingCount | null;
}

class TroubleIncident extends Incident {
  mostSentAgain = 0;
  worstPercent = 0;
  mostZeroWindows = 0;
}

class TcpTroubleDetector implements Detector {
  readonly packetKinds = 0;
  readonly packetEvents = flowEvents.retransmission | flowEvents.zeroWindow;
  readonly limits: readonly LimitCounter[];
  readonly #numbers: Readonly<Record<TcpTroubleNumber, number>>;
  readonly #pairs: BoundedTable<number, Pair>;
  readonly #incidents: IncidentTable<TroubleIncident>;

  constructor(numbers: Readonly<Record<TcpTroubleNumber, number>>) {
    this.#numbers = numbers;
    const limit = new LimitCounter(`${ruleId}: pairs of hosts`, engineLimits.guessLogins);
    this.#pairs = new BoundedTable<number, Pair>(limit, () => ({
      copies: 0,
      late: 0,
      sentAgain: null,
      zeroWindows: null,
    }));
    this.#incidents = new IncidentTable(ruleId, quietUs, (incident) => describe(incident, numbers));
    this.limits = [limit, this.#incidents.limit];
  }

  packet(view: PacketView, table: FlowTable): void {
    const trouble = table.events & (flowEvents.retransmission | flowEvents.zeroWindow);
    const { flow } = table;
    if (trouble === 0 || flow === null) return;
    const pair = this.#pairs.use(pairKey(flow.a, flow.b));
    // A SYN that is sent again has nobody to answer it; that is a matter of reaching a host, not of the line.
    if ((trouble & flowEvents.retransmission) !== 0 && view.payloadWireLength > 0) {
      if (isCopy(view, flow, table.fromA)) pair.copies++;
      else this.#sentAgain(pair, view, flow);
    }
    if ((trouble & flowEvents.zeroWindow) !== 0) this.#zeroWindow(pair, view, flow);
  }

  advance(nowUs: number): void {
    this.#incidents.advance(nowUs);
  }

  finish(): void {
    this.#incidents.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#incidents.collect(put);
  }

  clear(): void {
    this.#pairs.clear();
    this.#incidents.clear();
  }

  #sentAgain(pair: Pair, view: PacketView, flow: Flow): void {
    const recent = (pair.sentAgain ??= new SlidingCount(windowUs)).add(view.timeUs);
    pair.late++;
    const share = pair.late / (pair.late + pair.copies);
    const percent = (100 * share * flow.retransmittedSegments) / Math.max(1, flow.payloadPackets);
    if (recent < this.#numbers.sentAgain || percent < this.#numbers.sentAgainPercent) return;
    const incident = this.#note(view, flow, recent);
    if (incident === null) return;
    incident.mostSentAgain = Math.max(incident.mostSentAgain, recent);
    incident.worstPercent = Math.min(100, Math.max(incident.worstPercent, percent));
  }

  #zeroWindow(pair: Pair, view: PacketView, flow: Flow): void {
    const recent = (pair.zeroWindows ??= new SlidingCount(windowUs)).add(view.timeUs);
    if (recent < this.#numbers.zeroWindows) return;
    const incident = this.#note(view, flow, recent);
    if (incident !== null) incident.mostZeroWindows = Math.max(incident.mostZeroWindows, recent);
  }

  /** The incident of the pair; the first event counts those that led to it. */
  #note(view: PacketView, flow: Flow, recent: number): TroubleIncident | null {
    const { timeUs, number } = view;
    const subject = `${flow.a.text}>${flow.b.text}`;
    const incident = this.#incidents.open(subject, timeUs, () => new TroubleIncident(ruleId, subject, timeUs));
    if (incident === null) return null;
    incident.note(timeUs, number, flow, incident.count === 0 ? recent : 1);
    incident.addSource(flow.a.text);
    incident.addTarget(flow.b.text);
    incident.addPort(flow.bPort);
    return incident;
  }
}

/** Whether the segment was seen a moment ago: by when it was sent first, which the flow knows until it is acknowledged. */
function isCopy(view: PacketView, flow: Flow, fromA: boolean): boolean {
  const direction = fromA ? flow.aToB : flow.bToA;
  if (direction === null) return false;
  const fin = (view.tcpFlags & tcpFlags.fin) === 0 ? 0 : 1;
  const end = (view.tcpSequence + view.payloadWireLength + fin) | 0;
  const firstUs = direction.nextSequence === end ? direction.nextSequenceTimeUs : direction.unacknowledged.sentUs(end);
  const partUs = copyShare * 1000 * flow.tcpHandshakeMs;
  const withinUs = partUs > 0 ? Math.min(longestCopyUs, Math.max(shortestCopyUs, partUs)) : longestCopyUs;
  return view.timeUs - firstUs < withinUs;
}

function describe(incident: TroubleIncident, numbers: Readonly<Record<TcpTroubleNumber, number>>): FindingWords {
  const [a = ''] = incident.sources;
  const [b = ''] = incident.targets;
  const lines = incident.mostSentAgain > 0;
  const severity: Severity = incident.worstPercent >= uselessPercent ? 'medium' : 'low';
  const evidence: Evidence[] = [];
  if (lines) {
    evidence.push(
      {
        name: 'segments sent again',
        observed: incident.mostSentAgain,
        threshold: numbers.sentAgain,
        unit: 'segments',
        window: '10 s',
      },
      {
        name: 'part of the segments with data that were sent again',
        observed: rounded(incident.worstPercent),
        threshold: numbers.sentAgainPercent,
        unit: '%',
        window: null,
      },
    );
  }
  if (incident.mostZeroWindows > 0) {
    evidence.push({
      name: 'closed windows announced',
      observed: incident.mostZeroWindows,
      threshold: numbers.zeroWindows,
      unit: 'segments',
      window: '10 s',
    });
  }
  return {
    threat: 'health',
    severity,
    confidence: 0.8,
    title: lines ? `Much is sent again between ${a} and ${b}` : `A receiver between ${a} and ${b} does not keep up`,
    summary: `${count(incident.count, 'segment')} in ${span(Math.max(1e-3, incident.seconds))} that tell of trouble.`,
    evidence,
    against: lines ? ['A capture that sees packets twice (a mirror port, a bridge) shows them as sent again.'] : [],
    next: lines
      ? [
          'Look at the loss on the way: cable, wireless, a full line or a queue that drops.',
          'Compare with a capture at the other end, to see on which way the segments are lost.',
        ]
      : ['Look at the program that receives: it reads too slowly, or not at all.'],
    mitre: [],
  };
}
