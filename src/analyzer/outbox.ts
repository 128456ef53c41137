import type { AnalyzerEvent, FromAnalyzer } from '../protocol/analyzerMessages';

const maxInFlight = 8;

type FindingsEvent = Extract<AnalyzerEvent, { type: 'findings' }>;

/**
 * What goes to the extension host, without piling up here when that is slow or the channel is: snapshots and progress are left out
 * while others wait, as the next ones replace them; of news of findings, which can have megabytes, one is on its way, and
 * what is new since then waits. Order: the findings of a run come before the snapshot that says it has ended.
 */
export class Outbox {
  #inFlight = 0;
  #findingsInFlight = 0;
  #waiting: FindingsEvent | null = null;

  /** @param write calls back when the message is out, or never will be */
  constructor(private readonly write: (message: FromAnalyzer, done: () => void) => void) {}

  post(message: FromAnalyzer, done: () => void = () => undefined): void {
    this.#inFlight += 1;
    this.write(message, () => {
      this.#inFlight -= 1;
      done();
    });
  }

  send(event: AnalyzerEvent): void {
    if (event.type === 'findings') {
      if (this.#findingsInFlight > 0) this.#waiting = this.#waiting === null ? event : together(this.#waiting, event);
      else this.#postFindings(event);
      return;
    }
    const isSnapshot = event.type === 'snapshot';
    const replaceable =
      event.type === 'progress' ||
      event.type === 'sortProgress' ||
      (event.type === 'filterSearch' && event.search.state === 'searching') ||
      (isSnapshot && (event.snapshot.state === 'capturing' || event.snapshot.state === 'reading'));
    if (replaceable && this.#inFlight >= maxInFlight) return;
    if (isSnapshot && !replaceable && this.#waiting !== null) this.#postFindings(this.#waiting);
    this.post({ event });
  }

  #postFindings(event: FindingsEvent): void {
    this.#waiting = null;
    this.#findingsInFlight += 1;
    this.post({ event }, () => {
      this.#findingsInFlight -= 1;
      if (this.#waiting !== null && this.#findingsInFlight === 0) this.#postFindings(this.#waiting);
    });
  }
}

/** News that waited, and those that came meanwhile, as one. */
function together(before: FindingsEvent, now: FindingsEvent): FindingsEvent {
  if (before.run !== now.run) return now;
  const there = new Set(now.ids);
  const newer = new Set(now.findings.map(({ id }) => id));
  return {
    ...now,
    findings: [...before.findings.filter(({ id }) => there.has(id) && !newer.has(id)), ...now.findings],
  };
}
