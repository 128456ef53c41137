import type { AnalyzerEvent, FromAnalyzer } from '../protocol/analyzerMessages';

const maxInFlight = 8;

/**
 * What goes to the extension host, without piling up here when that is slow or the channel is: snapshots and progress are left out
 * while others wait, as the next ones replace them; of lists of findings, which can have megabytes, one is on its way, and
 * the newest waits. Order: the findings of a run come before the snapshot that says it has ended.
 */
export class Outbox {
  #inFlight = 0;
  #findingsInFlight = 0;
  #waiting: Extract<AnalyzerEvent, { type: 'findings' }> | null = null;

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
      if (this.#findingsInFlight > 0) this.#waiting = event;
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

  #postFindings(event: Extract<AnalyzerEvent, { type: 'findings' }>): void {
    this.#waiting = null;
    this.#findingsInFlight += 1;
    this.post({ event }, () => {
      this.#findingsInFlight -= 1;
      if (this.#waiting !== null && this.#findingsInFlight === 0) this.#postFindings(this.#waiting);
    });
  }
}
