import { severities } from '../../protocol/finding';
import type { Finding } from '../../protocol/finding';
import { LimitCounter, engineLimits } from '../limits';

/** All findings of a run by identity, bounded: the least severe and, among those, the oldest goes first. */
export class FindingStore {
  readonly limit: LimitCounter;
  readonly #findings = new Map<string, Finding>();

  constructor(maxFindings: number = engineLimits.findings) {
    this.limit = new LimitCounter('findings', maxFindings);
  }

  get size(): number {
    return this.#findings.size;
  }

  /** Adds a finding or replaces the earlier state of the same incident. */
  put(finding: Finding): void {
    if (!this.#findings.has(finding.id) && this.#findings.size >= this.limit.limit) {
      this.limit.hits++;
      const least = this.#least();
      if (least === undefined || rank(finding) < rank(least)) return;
      this.#findings.delete(least.id);
    }
    this.#findings.set(finding.id, finding);
  }

  clear(): void {
    this.#findings.clear();
  }

  /** Worst first, then by time. */
  all(): Finding[] {
    return [...this.#findings.values()].sort(worstFirst);
  }

  #least(): Finding | undefined {
    let least: Finding | undefined;
    for (const finding of this.#findings.values()) {
      if (
        least === undefined ||
        rank(finding) < rank(least) ||
        (rank(finding) === rank(least) && finding.lastSeen < least.lastSeen)
      ) {
        least = finding;
      }
    }
    return least;
  }
}

function rank(finding: Finding): number {
  return severities.indexOf(finding.severity);
}

/** Order of findings: worst first, then by time. */
export function worstFirst(x: Finding, y: Finding): number {
  return rank(y) - rank(x) || x.firstSeen - y.firstSeen || (x.id < y.id ? -1 : x.id > y.id ? 1 : 0);
}
