/** What a person looks at: a stretch of time, a host, or both. No document: pure, for tests too. */
import type { Finding } from '../../src/protocol/finding';
import type { TimeRange } from '../../src/protocol/timeRange';
import { overlapsTimeRange, withinTimeRange } from '../../src/protocol/timeRange';
import { addressFilter } from '../../src/protocol/trafficFilters';
import type { TimeBrush } from './timeBrush';
import { timeRangeWords } from './timeBrush';
import { t } from '../../src/protocol/l10n';

/** One choice for charts, flows, packets, findings and exports. */
export class Selection {
  private chosenHost: string | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(readonly brush: TimeBrush) {
    brush.listen({ changed: () => this.fire() });
  }

  get range(): TimeRange | null {
    return this.brush.range;
  }

  /** An address; null for all. */
  get host(): string | null {
    return this.chosenHost;
  }

  get isEmpty(): boolean {
    return this.host === null && this.range === null;
  }

  listen(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Choosing the host that is chosen takes it away. What is no address cannot be chosen. */
  chooseHost(address: string | null): void {
    const next = address === this.chosenHost || address === null || addressFilter(address) === null ? null : address;
    if (next === this.chosenHost) return;
    this.chosenHost = next;
    this.fire();
  }

  /** True when there was something. */
  clear(): boolean {
    const had = !this.isEmpty;
    this.chooseHost(null);
    this.brush.clear();
    return had;
  }

  /** Display filter for the packets of the host alone; empty for all. */
  get hostFilter(): string {
    return this.host === null ? '' : (addressFilter(this.host) ?? '');
  }

  /** Display filter for the packets of it, of those that `filter` takes; empty for all. */
  filter(filter = ''): string {
    const { hostFilter } = this;
    const both = filter === '' || hostFilter === '' ? filter + hostFilter : `(${filter}) && ${hostFilter}`;
    return withinTimeRange(both, this.range);
  }

  /** Findings that have a part in it. */
  findings(all: readonly Finding[]): readonly Finding[] {
    const { host, range } = this;
    return all.filter(
      ({ firstSeen, lastSeen, sources, targets }) =>
        overlapsTimeRange(range, firstSeen, lastSeen) &&
        (host === null || sources.includes(host) || targets.includes(host)),
    );
  }

  /** "10:03:20 to 10:03:22 (2 s), only 10.0.0.7". */
  words(): string {
    const parts = [
      ...(this.range === null ? [] : [timeRangeWords(this.range)]),
      ...(this.host === null ? [] : [t('only {0}', this.host)]),
    ];
    return parts.join(', ');
  }

  /** " in the chosen time, of 10.0.0.7", behind a count; empty when nothing is chosen. */
  get suffix(): string {
    const time = this.range === null ? '' : t(' in the chosen time');
    return time + (this.host === null ? '' : t(' of {0}', this.host));
  }

  private fire(): void {
    for (const listener of this.listeners) listener();
  }
}
