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
/** A target with fewer attempts in a second costs one small object. */
const warmFrom = 16;
/** Without attempts for so long, what was usual for a target is forgotten. */
const coldAfterSeconds = 120;
/** A flood that paused for longer is another one. */
const quietUs = 120e6;

interface Target {
  second: number;
  attempts: number;
  warm: WarmTarget | null;
}

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
  readonly #targets: BoundedTable<number, Target>;
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
    this.#targets = new BoundedTable<number, Target>(
      targetLimit,
      () => ({ second: 0, attempts: 0, warm: null }),
      (_key, { warm }) => {
        if (warm !== null && !warm.told) this.#warm.delete(warm);
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
    const target = this.#targets.use(hostPortKey(victim, port));
    const second = Math.max(Math.floor(timeUs / secondUs), this.#second - graceSeconds);
    if (target.warm === null) {
      if (target.second !== second) {
        target.second = second;
        target.attempts = 0;
      }
      if (++target.attempts < warmFrom) return null;
      target.warm = this.#warmUp(victim, port, timeUs);
    }
    const { warm } = target;
    this.#warm.add(warm);
    const held = secondOf(warm, second, timeUs);
    if (held.attempts === 0 && target.second === second) held.attempts = target.attempts - 1;
    held.attempts++;
    target.second = Number.NEGATIVE_INFINITY;
    warm.lastSecond = second;
    if (held.attempts * 2 >= this.#floor) this.#note(warm, held, timeUs, source, packet, flow);
    return held;
  }

  /** The second that an attempt of `attemptUs` was counted in; null when it is judged already or was never counted. */
  second(attemptUs: number, victim: Host, port: number): FloodSecond | null {
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

  #warmUp(victim: Host, port: number, timeUs: number): WarmTarget {
    const baseline = new RateBaseline(this.#baseline, timeUs);
    return { victim, port, baseline, seconds: [], lastSecond: 0, incident: null, told: false };
  }

  #forget(warm: WarmTarget): void {
    this.#warm.delete(warm);
    this.#targets.delete(hostPortKey(warm.victim, warm.port));
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
    bytes: 0,
  };
  warm.seconds.push(made);
  warm.seconds.sort((x, y) => x.startUs - y.startUs);
  return made;
}
