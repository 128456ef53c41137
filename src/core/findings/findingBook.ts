import type { SilencedCount } from '../../protocol/exclusions';
import type { Finding } from '../../protocol/finding';
import type { Flow } from '../flows/flow';
import type { LimitCounter } from '../limits';
import { awaitsSession, correlate } from './correlation';
import { withDoubt } from './doubts';
import { silence } from './exclusions';
import type { Exclusion } from './exclusions';
import { FindingStore, worstFirst } from './findingStore';
import { LongSessions, longSession } from './longSessions';
import { isNews } from './news';
import { joinFloods } from './sameFlood';
import { joinWitnesses } from './witnesses';

/** All findings of a run, and what is told of them: without the silenced ones, one for each incident. */
export class FindingBook {
  readonly limits: readonly LimitCounter[];
  readonly #store = new FindingStore();
  readonly #sessions = new LongSessions();
  #exclusions: readonly Exclusion[] = [];
  #nowMs = 0;
  /** What was told of each incident, by identity. */
  #told = new Map<string, Finding>();
  #final = false;

  constructor() {
    this.limits = [this.#store.limit, this.#sessions.limit];
  }

  put(finding: Finding): void {
    this.#store.put(finding);
  }

  flowEnded(flow: Flow): void {
    this.#sessions.flowEnded(flow);
  }

  /** What is silenced from now on. `nowMs`: time of the day, by which entries end. */
  exclude(exclusions: readonly Exclusion[], nowMs: number): void {
    this.#exclusions = exclusions;
    this.#nowMs = nowMs;
  }

  /** No more packets come: from now on, everything is told as it is. */
  finish(): void {
    this.#final = true;
  }

  /** The findings to tell at packet time `clock` (seconds), worst first. Silenced ones are taken out before stages are joined: they are none. */
  tell(clock: number, openFlows: () => Iterable<Flow>): { findings: Finding[]; silenced: SilencedCount[] } {
    // What a rule and the model agree on is one finding, so what silences the rule silences both.
    const agreed = joinWitnesses(this.#newsOf(this.#store.all(), clock));
    const { told, silenced } = silence(agreed, this.#exclusions, this.#nowMs);
    const witnessed = joinFloods(told);
    const sessions = this.#sessions.all();
    if (awaitsSession(witnessed)) {
      for (const flow of openFlows()) {
        const session = longSession(flow);
        if (session !== null) sessions.push(session);
      }
    }
    return { findings: correlate(witnessed, sessions).map(withDoubt).sort(worstFirst), silenced };
  }

  /** Of each incident the state that was told last, as long as the newest is no news. */
  #newsOf(findings: readonly Finding[], clock: number): readonly Finding[] {
    if (this.#final) return findings;
    const told = new Map<string, Finding>();
    for (const finding of findings) {
      const before = this.#told.get(finding.id);
      told.set(finding.id, before === undefined || isNews(before, finding, clock) ? finding : before);
    }
    this.#told = told;
    return [...told.values()];
  }

  clear(): void {
    this.#told.clear();
    this.#store.clear();
    this.#sessions.clear();
  }
}
