import type { Evidence, Finding } from '../../../protocol/finding';
import { uint32 } from '../../bytes/integers';
import type { PacketView } from '../../decode/packetView';
import type { Flow } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import { LimitCounter, engineLimits } from '../../limits';
import type { Detector } from '../detector';
import { flowMarks } from '../flowMarks';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import { packetKinds } from '../packetKinds';
import type { Rule } from '../rule';
import { count, rounded, span } from '../words';
import { EchoExchange } from './echoExchange';

const ruleId = 'icmp-tunnel';
const quietUs = 3600e6;
/** Further packets of an exchange tell nothing new. */
const lookedAt = 5000;
const tunnelLengths = 5;
const tunnelBytes = 10_000;
/** More than anybody pings a line with for a while, all of it different. */
const manyBytes = 50_000;

type Numbers = Readonly<Record<'changed' | 'points', number>>;

class EchoIncident extends Incident {
  constructor(
    subject: string,
    firstUs: number,
    readonly exchange: EchoExchange,
  ) {
    super(ruleId, subject, firstUs);
  }
}

/**
 * Data in ICMP echo: whoever answers a ping has to send the same data back (RFC 792, RFC 4443 section 4.2), and ping programs
 * fill their packets with a pattern. A tunnel does neither.
 */
class IcmpTunnelDetector implements Detector {
  readonly packetKinds = packetKinds.icmp;
  readonly flowMark = flowMarks.icmpTunnel;
  readonly endsOfKept = true;
  readonly limits: readonly LimitCounter[];
  readonly #numbers: Numbers;
  readonly #exchanges = new Map<number, EchoExchange>();
  readonly #limit = new LimitCounter(`${ruleId}: pairs`, engineLimits.echoPairs);
  readonly #table: IncidentTable<EchoIncident>;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
    this.#table = new IncidentTable(ruleId, quietUs, (incident) => this.#words(incident));
    this.limits = [this.#limit, this.#table.limit];
  }

  packet(view: PacketView, table: FlowTable): void {
    const { icmpType } = view;
    if (icmpType < 0) return;
    const reply = view.addressLength === 4 ? icmpType === 0 : icmpType === 129;
    if (!reply && icmpType !== (view.addressLength === 4 ? 8 : 128)) return;
    const { flow } = table;
    if (flow === null || view.fragment || view.payloadLength === 0 || view.transportOffset < 0) return;
    let exchange = this.#exchanges.get(flow.serial);
    if (exchange === undefined) {
      if (this.#exchanges.size >= this.#limit.limit) {
        this.#limit.hits++;
        return;
      }
      // Whichever side asks, it is one tunnel.
      exchange = this.#table.get(subjectOf(flow))?.exchange ?? new EchoExchange();
      this.#exchanges.set(flow.serial, exchange);
      flow.kept |= this.flowMark;
    }
    if (exchange.requests + exchange.replies >= lookedAt) return;
    const { payloadOffset, payloadLength } = view;
    const key = uint32(view.bytes, view.transportOffset + 4);
    const whole = payloadLength === view.payloadWireLength;
    exchange.note(reply, key, view.bytes, payloadOffset, payloadOffset + payloadLength, whole);
    this.#judge(view, flow, exchange);
  }

  flowEnded(flow: Flow): void {
    this.#exchanges.delete(flow.serial);
  }

  advance(nowUs: number): void {
    this.#table.advance(nowUs);
  }

  finish(): void {
    this.#table.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#table.collect(put);
  }

  clear(): void {
    this.#exchanges.clear();
    this.#table.clear();
  }

  #judge(view: PacketView, flow: Flow, exchange: EchoExchange): void {
    const subject = subjectOf(flow);
    if (this.#table.get(subject) === undefined && this.#score(exchange).points < this.#numbers.points - 1) return;
    const incident = this.#table.open(subject, view.timeUs, () => {
      const made = new EchoIncident(subject, flow.startUs, exchange);
      made.addSource(flow.a.text);
      made.addTarget(flow.b.text);
      made.note(view.timeUs, flow.firstPacket, null, exchange.requests + exchange.replies - 1);
      return made;
    });
    incident?.note(view.timeUs, view.number, flow);
  }

  #score(exchange: EchoExchange): { points: number; signs: string[] } {
    const { changed, unasked, patternless, requests, replies, lengths, bytes } = exchange;
    const signs: string[] = [];
    let points = 0;
    const add = (by: number, sign: string): void => {
      points += by;
      signs.push(sign);
    };
    if (changed >= this.#numbers.changed) add(3, 'replies with other data than their requests');
    else if (changed > 0) add(1, 'a reply with other data than its request');
    const odd = patternless >= 0.5 * (requests + replies);
    if (odd) add(2, 'data without a pattern');
    if (unasked >= 10 && unasked > requests) add(1, 'replies without requests');
    if (odd && lengths.size >= tunnelLengths) add(1, 'many lengths');
    if (odd && bytes >= tunnelBytes) add(1, 'much data');
    if (odd && bytes >= manyBytes) add(1, 'very much data');
    return { points, signs };
  }

  #words(incident: EchoIncident): FindingWords | null {
    const { exchange } = incident;
    const { points, signs } = this.#score(exchange);
    if (points < this.#numbers.points - 1) return null;
    const plainly = points >= this.#numbers.points + 2 && exchange.changed >= 10 * this.#numbers.changed;
    const severity = plainly ? 'high' : points >= this.#numbers.points ? 'medium' : 'low';
    const source = [...incident.sources].join(', ');
    const target = [...incident.targets].join(', ');
    const against: string[] = [];
    if (exchange.changed === 0) against.push('Every reply that was seen brought its request back, as it should.');
    if (exchange.lengths.size === 1) against.push('All packets have one length, as those of a ping program have.');
    return {
      threat: 'exfiltration',
      severity,
      confidence: Math.round(Math.min(0.97, 0.3 + 0.1 * points) * 100) / 100,
      title: `ICMP tunnel between ${source} and ${target}`,
      summary: `${count(exchange.requests, 'echo request')} and ${exchange.replies} replies in ${span(incident.seconds)} held ${rounded(exchange.bytes / 1000)} kB: ${signs.join(', ')}.`,
      evidence: this.#evidence(exchange, points, signs),
      against,
      next: [
        `Find the program on ${source} that sends the echo requests: ping does not send such data.`,
        'Let echo requests out to known hosts only, or limit their length in the firewall.',
      ],
      // Non-Application Layer Protocol; Protocol Tunneling; Exfiltration Over Alternative Protocol.
      mitre: ['T1095', 'T1572', 'T1048'],
    };
  }

  #evidence(exchange: EchoExchange, points: number, signs: string[]): Evidence[] {
    const plain = (name: string, observed: number | string, unit: string): Evidence => ({
      name,
      observed,
      threshold: null,
      unit,
      window: null,
    });
    return [
      {
        name: 'signs',
        observed: points,
        threshold: this.#numbers.points,
        unit: 'points',
        window: 'until quiet for 3600 s',
      },
      {
        name: 'replies with other data',
        observed: exchange.changed,
        threshold: this.#numbers.changed,
        unit: 'replies',
        window: null,
      },
      plain('signs in words', signs.join(', '), ''),
      plain('packets without a pattern', exchange.patternless, 'packets'),
      plain('different lengths', exchange.lengths.size, 'lengths'),
      plain('replies without a request', exchange.unasked, 'replies'),
      plain('data', exchange.bytes, 'bytes'),
    ];
  }
}

function subjectOf({ a, b }: Flow): string {
  return a.text < b.text ? `${a.text}>${b.text}` : `${b.text}>${a.text}`;
}

export const icmpTunnelRule: Rule<keyof Numbers> = {
  id: ruleId,
  title: 'ICMP tunnel',
  description:
    'Data carried in ICMP echo: replies that do not bring the data of their request back, data without the pattern of a ping program, many lengths.',
  threats: ['exfiltration'],
  mitre: ['T1095', 'T1572', 'T1048'],
  sources: [
    'RFC 792, RFC 4443 section 4.2: the data received in an echo request must be returned',
    'daemon9: Project Loki, Phrack 49-6, 1996; ptunnel, icmptunnel: how such tunnels work',
    'Sayadi, Abbes, Bouhoula: Detection of Covert Channels Over ICMP Protocol, AICCSA 2017: sizes, and data that differ',
  ],
  numbers: {
    changed: {
      label: 'Replies with other data than their requests',
      unit: 'replies',
      minimum: 1,
      maximum: 10_000,
      integer: true,
      presets: { low: 20, medium: 3, high: 1 },
      source: 'RFC 792: there should be none; a damaged packet or two are let off',
    },
    points: {
      label: 'Points of the signs from which on a finding is of medium severity',
      unit: 'points',
      minimum: 2,
      maximum: 8,
      integer: true,
      presets: { low: 5, medium: 4, high: 3 },
      source: 'own choice: two kinds of signs',
    },
  },
  create: (numbers) => new IcmpTunnelDetector(numbers),
};
