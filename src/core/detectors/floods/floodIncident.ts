import type { Evidence, Severity, Threat } from '../../../protocol/finding';
import type { Host } from '../../flows/host';
import { Incident } from '../incident';
import { count, rounded } from '../words';
import { SourceTally } from './sourceTally';

/** What one second of a flood held. */
export interface FloodSecond {
  /** Start of the second, microseconds. */
  readonly startUs: number;
  /** First attempt that was counted one by one. */
  readonly firstUs: number;
  lastUs: number;
  attempts: number;
  /** Attempts that came to something: a handshake completed, a datagram answered. */
  settled: number;
  /** Attempts refused by the target: RST, ICMP unreachable. */
  refused: number;
  /** Attempts of a new kind within the second: datagrams that opened a flow, paths not asked for before. */
  fresh: number;
  /** Attempts with a sign of an attack: SYNs without options, requests beside many that wait. */
  marked: number;
  /** Requests that waited for an answer when each attempt came, added up; of HTTP only. */
  waiting: number;
  /** Requests by GET that were the first of a connection; of HTTP only. */
  firstGets: number;
  bytes: number;
}

/** One flood of one target: what it adds up to and its worst second. */
export class FloodIncident extends Incident {
  readonly tally = new SourceTally();
  attempts = 0;
  refused = 0;
  fresh = 0;
  marked = 0;
  waiting = 0;
  firstGets = 0;
  bytes = 0;
  /** Seconds above the limit. */
  secondsAbove = 0;
  peak = 0;
  /** The limit in the worst second, and how many standard deviations it was above what is usual; 0 when that is unknown. */
  peakLimit = 0;
  peakDeviations = 0;

  constructor(
    rule: string,
    readonly victim: Host,
    /** -1 when the flood is of the host. */
    readonly port: number,
    timeUs: number,
  ) {
    super(rule, port < 0 ? victim.text : `${victim.text}:${port}`, timeUs);
    this.addTarget(victim.text);
    this.addPort(port);
  }

  /** `events` of the second counted as flood. */
  addSecond(second: FloodSecond, events: number, limit: number, deviations: number): void {
    this.count += events;
    this.attempts += second.attempts;
    this.refused += second.refused;
    this.fresh += second.fresh;
    this.marked += second.marked;
    this.waiting += second.waiting;
    this.firstGets += second.firstGets;
    this.bytes += second.bytes;
    this.secondsAbove++;
    this.lastUs = Math.max(this.lastUs, second.lastUs);
    if (events > this.peak) {
      this.peak = events;
      this.peakLimit = limit;
      this.peakDeviations = deviations;
    }
    for (const host of this.tally.named()) this.addSource(host.text);
    this.touch();
  }

  get threat(): Threat {
    return this.tally.distributed ? 'ddos' : 'dos';
  }

  /** Share of the attempts, 0 to 1. */
  share(part: number): number {
    return this.attempts === 0 ? 0 : part / this.attempts;
  }

  /** Much above the limit, or for long, it is high. */
  get size(): Severity {
    return this.peak >= 5 * this.peakLimit || this.secondsAbove >= 10 ? 'high' : 'medium';
  }

  get confidence(): number {
    const above = Math.log10(Math.max(1, this.peak / Math.max(1, this.peakLimit)));
    return Math.round(Math.min(0.97, 0.6 + 0.25 * above + 0.01 * this.secondsAbove) * 100) / 100;
  }

  get onTarget(): string {
    return this.port < 0 ? this.victim.text : `${this.victim.text} port ${this.port}`;
  }

  /** "10.0.0.7", "3 sources", "some 9800 sources that look forged". */
  get bySources(): string {
    const { tally } = this;
    if (tally.looksForged) return `some ${rounded(tally.sources)} sources that look forged`;
    const named = tally.named();
    return tally.distributed || named.length > 1 ? count(tally.sources, 'source') : (named[0]?.text ?? 'nobody');
  }

  /** The rate against its limit, and who sent it. */
  rateEvidence(name: string, unit: string): Evidence[] {
    const evidence: Evidence[] = [
      { name, observed: rounded(this.peak), threshold: rounded(this.peakLimit), unit, window: '1 s' },
    ];
    if (this.peakDeviations > 0) {
      evidence.push(plain('above what is usual for this target', rounded(this.peakDeviations), 'standard deviations'));
    }
    evidence.push(
      plain('seconds above the limit', this.secondsAbove, 's'),
      plain('sources', this.tally.sources, 'addresses'),
      plain(
        'share of the heaviest source',
        rounded((100 * (this.tally.heaviest()[0]?.[1] ?? 0)) / this.tally.total),
        '%',
      ),
    );
    return evidence;
  }
}

export function plain(name: string, observed: number | string, unit: string): Evidence {
  return { name, observed, threshold: null, unit, window: null };
}
