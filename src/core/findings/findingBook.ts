import type { SilencedCount } from '../../protocol/exclusions';
import type { Finding } from '../../protocol/finding';
import type { Flow } from '../flows/flow';
import type { LimitCounter } from '../limits';
import { awaitsSession, correlate } from './correlation';
import { silence } from './exclusions';
import type { Exclusion } from './exclusions';
import { FindingStore, worstFirst } from './findingStore';
import { LongSessions, longSession } from './longSessions';
import { joinWitnesses } from './witnesses';

/** All findings of a run, and what is told of them: without the silenced ones, one for each incident. */
export class FindingBook {
  readonly limits: readonly LimitCounter[];
  readonly #store = new FindingStore();
  readonly #sessions = new LongSessions();
  #exclusions: readonly Exclusion[] = [];
  #nowMs = 0;

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

  /** The findings to tell, worst first. Silenced ones are taken out before stages are joined: they are none. */
  tell(openFlows: () => Iterable<Flow>): { findings: Finding[]; silenced: SilencedCount[] } {
    // What a rule and the model agree on is one finding, so what silences the rule silences both.
    const agreed = joinWitnesses(this.#store.all());
    const { told: witnessed, silenced } = silence(agreed, this.#exclusions, this.#nowMs);
    const sessions = this.#sessions.all();
    if (awaitsSession(witnessed)) {
      for (const flow of openFlows()) {
        const session = longSession(flow);
        if (session !== null) sessions.push(session);
      }
    }
    return { findings: correlate(witnessed, sessions).sort(worstFirst), silenced };
  }

  clear(): void {
    this.#store.clear();
    this.#sessions.clear();
  }
}
