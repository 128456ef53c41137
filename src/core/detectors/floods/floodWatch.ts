import type { Finding } from '../../../protocol/finding';
import type { Flow } from '../../flows/flow';
import type { Host } from '../../flows/host';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import { hostPortKey } from '../recordKeys';
import { RateBaseline } from '../rateBaseline';
import type { BaselineOptions } from '../rateBaseline';
import { FloodIncident } from './floodIncident';
import type { FloodSecond } from './floodIncident';

const secondUs = 1e6;
/** An answer gets this many whole seconds before an attempt counts as failed. */
const graceSeconds = 1;
/**
 * A target with fewer attempts in a second is only counted, together with those that share its slot: its first second can say so
 * many too much, and no more.
 */
const warmFrom = 16;
const slots = 4096;
/** Without attempts for so long, what was usual for a target is forgotten. */
const coldAfterSeconds = 120;
/** A flood that paused for longer is another one. */
const quietUs = 120e6;

/** A target that gets many attempts a second. */
interface WarmTarget {
  readonly victim: Host;
  readonly port: number;
  readonly baseline: RateBaseline;
  /** Seconds not judged yet, oldest first; at most `graceSeconds` and two more. */
  readonly seconds: FloodSecond[];
  lastSecond: number;
  /** Collects while a second looks like a flood; becomes the incident if it was one. */
  incident: FloodIncident | null;
  told: boolean;
}

export interface FloodNumbers {
  /** Events of a second that are never a flood. */
  readonly floor: number;
  /** Standard deviations above what is usual. */
  readonly deviations: number;
}

/**
 * Counts attempts on targets by the second and judges each second when its attempts had time to come to something: those that
 * did not are the flood. A flood is more of them than a floor, and more than what is usual for the target by so many standard
 * deviations. What is kept depends on the number of targets, not of sources, so forged sources cost nothing.
 */
export class FloodWatch {
  readonly limits: readonly LimitCounter[];
  readonly #rule: string;
  readonly #floor: number;
  readonly #baseline: BaselineOptions;
  readonly #targets: BoundedTable<number, { warm: WarmTarget | null }>;
  /** Attempts of this second on the targets of each slot that are not warm, and how many are. */
  readonly #attempts = new Uint8Array(slots);
  readonly #warmIn = new Uint16Array(slots);
  readonly #warm = new Set<WarmTarget>();
  readonly #incidents: IncidentTable<FloodIncident>;
  #second = Number.NEGATIVE_INFINITY;

  /** `name` stands in the limits, and is the rule unless a rule has two watches. */
  constructor(
    rule: string,
    numbers: FloodNumbers,
    describe: (incident: FloodIncident) => FindingWords | null,
    name = rule,
  ) {
    this.#rule = rule;
    this.#floor = numbers.floor;
    this.#baseline = { bucketUs: secondUs, floor: numbers.floor, deviations: numbers.deviations, warmUpBuckets: 10 };
    const targetLimit = new LimitCounter(`${name}: targets`, engineLimits.floodTargets);
    this.#targets = new BoundedTable<number, { warm: WarmTarget | null }>(
      targetLimit,
      () => ({ warm: null }),
      (_key, { warm }) => {
        if (warm === null) return;
        this.#cool(warm);
        if (!warm.told) this.#warm.delete(warm);
      },
    );
    this.#incidents = new IncidentTable(name, quietUs, describe);
    this.limits = [targetLimit, this.#incidents.limit];
  }

  /**
   * One attempt of `source` on a target; `port` is -1 for a whole host. Returns the second that it is counted in, for its
   * marks; null as long as there were few.
   */
  attempt(timeUs: number, victim: Host, port: number, source: Host, packet: number, flow: Flow): FloodSecond | null {
    this.advance(timeUs);
    const slot = slotOf(victim, port);
    const key = hostPortKey(victim, port);
    let warm = this.#warmIn[slot] === 0 ? null : (this.#targets.get(key)?.warm ?? null);
    const second = Math.max(Math.floor(timeUs / secondUs), this.#second - graceSeconds);
    let before = 0;
    if (warm === null) {
      const attempts = (this.#attempts[slot] ?? 0) + 1;
      this.#attempts[slot] = attempts;
      if (attempts < warmFrom) return null;
      before = attempts - 1;
      warm = this.#warmUp(victim, port, timeUs, slot);
    }
    this.#targets.use(key).warm = warm;
    const held = secondOf(warm, second, timeUs);
    held.attempts += 1 + before;
    warm.lastSecond = second;
    if (held.attempts * 2 >= this.#floor) this.#note(warm, held, timeUs, source, packet, flow);
    return held;
  }

  /** The second that an attempt of `attemptUs` was counted in; null when it is judged already or was never counted. */
  second(attemptUs: number, victim: Host, port: number): FloodSecond | null {
    if (this.#warmIn[slotOf(victim, port)] === 0) return null;
    const warm = this.#targets.get(hostPortKey(victim, port))?.warm ?? null;
    if (warm === null) return null;
    const startUs = Math.floor(attemptUs / secondUs) * secondUs;
    for (const held of warm.seconds) if (held.startUs === startUs) return held;
    return null;
  }

  /** A port that the finding of a whole host names. */
  notePort(victim: Host, port: number): void {
    this.#targets.get(hostPortKey(victim, -1))?.warm?.incident?.addPort(port);
  }

  advance(nowUs: number): void {
    const second = Math.floor(nowUs / secondUs);
    // The second test is for a clock that was set back.
    if (second <= this.#second && second > this.#second - 10) return;
    this.#second = second;
    this.#attempts.fill(0);
    for (const warm of this.#warm) {
      this.#judge(warm, second - graceSeconds);
      if (warm.seconds.length === 0 && second - warm.lastSecond > coldAfterSeconds) this.#forget(warm);
    }
    this.#incidents.advance(nowUs);
  }

  finish(): void {
    for (const warm of this.#warm) this.#judge(warm, Number.POSITIVE_INFINITY);
    this.#incidents.finish();
    this.clearTargets();
  }

  collect(put: (finding: Finding) => void): void {
    this.#incidents.collect(put);
  }

  clear(): void {
    this.clearTargets();
    this.#incidents.clear();
  }

  clearTargets(): void {
    this.#targets.clear();
    this.#warm.clear();
    this.#warmIn.fill(0);
    this.#attempts.fill(0);
  }

  /** What may be part of a flood; the second will tell. */
  #note(warm: WarmTarget, held: FloodSecond, timeUs: number, source: Host, packet: number, flow: Flow): void {
    if (warm.incident !== null && timeUs - warm.incident.lastUs >= quietUs) warm.incident = null;
    if (warm.incident === null) {
      warm.incident = new FloodIncident(this.#rule, warm.victim, warm.port, held.firstUs);
      warm.told = false;
    }
    const { incident } = warm;
    const { lastUs } = incident;
    incident.note(timeUs, packet, flow, 0);
    // A busy second after the flood is none of it unless it turns out to be too busy.
    if (warm.told) incident.lastUs = lastUs;
    held.lastUs = timeUs;
    incident.tally.add(source);
  }

  #warmUp(victim: Host, port: number, timeUs: number, slot: number): WarmTarget {
    const baseline = new RateBaseline(this.#baseline, timeUs);
    const warm = { victim, port, baseline, seconds: [], lastSecond: 0, incident: null, told: false };
    this.#warm.add(warm);
    this.#attempts[slot] = 0;
    this.#warmIn[slot] = (this.#warmIn[slot] ?? 0) + 1;
    return warm;
  }

  #cool({ victim, port }: WarmTarget): void {
    const slot = slotOf(victim, port);
    this.#warmIn[slot] = (this.#warmIn[slot] ?? 1) - 1;
  }

  #forget(warm: WarmTarget): void {
    this.#warm.delete(warm);
    const key = hostPortKey(warm.victim, warm.port);
    // A target that was pushed out may have a new record.
    if (this.#targets.get(key)?.warm !== warm) return;
    this.#targets.delete(key);
    this.#cool(warm);
  }

  /** Judges the seconds before `before`. */
  #judge(warm: WarmTarget, before: number): void {
    for (let held = warm.seconds[0]; held !== undefined && held.startUs < before * secondUs; held = warm.seconds[0]) {
      warm.seconds.shift();
      const events = Math.max(0, held.attempts - held.settled);
      const { baseline } = warm;
      baseline.advance(held.startUs);
      const { limit } = baseline;
      const high = baseline.add(held.startUs, events);
      if (high) this.#tell(warm, held, events, limit);
    }
    // A second that looked like a flood and was none.
    if (warm.seconds.length === 0 && !warm.told) warm.incident = null;
  }

  #tell(warm: WarmTarget, held: FloodSecond, events: number, limit: number): void {
    const { incident } = warm;
    if (incident === null) return;
    if (!warm.told) {
      // Another record of the target was pushed out, but its incident goes on.
      const open = this.#incidents.open(incident.subject, incident.lastUs, () => incident);
      if (open === null) return;
      warm.incident = open;
      warm.told = true;
    }
    warm.incident?.addSecond(held, events, limit, warm.baseline.warm ? warm.baseline.zScore : 0);
  }
}

function slotOf(victim: Host, port: number): number {
  return (Math.imul(victim.id, 0x9e3779b1) ^ Math.imul(port + 2, 0x85ebca6b)) >>> 20;
}

function secondOf(warm: WarmTarget, second: number, firstUs: number): FloodSecond {
  const startUs = second * secondUs;
  for (const held of warm.seconds) if (held.startUs === startUs) return held;
  const made = {
    startUs,
    firstUs,
    lastUs: firstUs,
    attempts: 0,
    settled: 0,
    refused: 0,
    fresh: 0,
    marked: 0,
    waiting: 0,
    firstGets: 0,
    bytes: 0,
  };
  warm.seconds.push(made);
  warm.seconds.sort((x, y) => x.startUs - y.startUs);
  return made;
}
