import type { Finding } from '../../protocol/finding';
import { LimitCounter, engineLimits } from '../limits';
import type { FindingWords, Incident } from './incident';

/**
 * The open incidents of one rule by subject, bounded: at the limit new ones are left out and counted. An incident that was
 * quiet for `quietUs` of packet time has ended, and the next event of its subject begins a new one.
 */
export class IncidentTable<State extends Incident> {
  readonly limit: LimitCounter;
  readonly #quietUs: number;
  readonly #describe: (incident: State) => FindingWords | null;
  readonly #open = new Map<string, State>();
  #ended: Finding[] = [];
  #finished = false;

  /** `describe` gives the words; null while the incident is not worth telling (it may become so). */
  constructor(rule: string, quietUs: number, describe: (incident: State) => FindingWords | null) {
    this.limit = new LimitCounter(`${rule}: open incidents`, engineLimits.incidents);
    this.#quietUs = quietUs;
    this.#describe = describe;
  }

  get size(): number {
    return this.#open.size;
  }

  values(): Iterable<State> {
    return this.#open.values();
  }

  get(subject: string): State | undefined {
    return this.#open.get(subject);
  }

  /** The open incident of a subject at `nowUs`, made by `make` when there is none; null when the table is full. */
  open(subject: string, nowUs: number, make: () => State): State | null {
    const known = this.#open.get(subject);
    if (known !== undefined) {
      // Whether `advance` came in between must make no difference.
      if (nowUs - known.lastUs < this.#quietUs) return known;
      this.#end(subject, known);
    }
    if (this.#open.size >= this.limit.limit) {
      this.limit.hits++;
      return null;
    }
    const made = make();
    this.#open.set(subject, made);
    return made;
  }

  /** Forgets an incident that turned out to be none. */
  drop(subject: string): void {
    this.#open.delete(subject);
  }

  /** Ends what was quiet too long. */
  advance(nowUs: number): void {
    if (this.#open.size === 0) return;
    for (const [subject, incident] of this.#open) {
      if (nowUs - incident.lastUs >= this.#quietUs) this.#end(subject, incident);
    }
  }

  /** The capture is at its end: all incidents end at the next {@link collect}, since flows end, and are read to their end, in between. */
  finish(): void {
    this.#finished = true;
  }

  /** Hands over what ended, and what goes on and has changed. */
  collect(put: (finding: Finding) => void): void {
    if (this.#finished) for (const [subject, incident] of this.#open) this.#end(subject, incident);
    for (const finding of this.#ended) put(finding);
    this.#ended = [];
    for (const incident of this.#open.values()) {
      if (!incident.changed) continue;
      const words = this.#describe(incident);
      if (words === null) continue;
      incident.changed = false;
      put(incident.finding(words));
    }
  }

  clear(): void {
    this.#open.clear();
    this.#ended = [];
    this.#finished = false;
  }

  #end(subject: string, incident: State): void {
    this.#open.delete(subject);
    const words = this.#describe(incident);
    if (words !== null) this.#ended.push(incident.finding(words));
  }
}
