import type { Finding } from '../../protocol/finding';
import { severities } from '../../protocol/finding';

/** Findings of a run that are high or critical and that nobody was told of yet. One that becomes so counts as new. */
export class NewSerious {
  private run = '';
  private readonly told = new Set<string>();
  private waiting: Finding[] = [];

  update(run: string, findings: readonly Finding[]): void {
    if (run !== this.run) {
      this.run = run;
      this.told.clear();
    }
    this.waiting = findings.filter(
      ({ id, severity }) => (severity === 'high' || severity === 'critical') && !this.told.has(id),
    );
  }

  /** The worst of those that wait, and how many wait beside it; none of them waits any more. Null for none. */
  take(): { finding: Finding; others: number } | null {
    const [finding] = [...this.waiting].sort(
      (x, y) => severities.indexOf(y.severity) - severities.indexOf(x.severity) || y.firstSeen - x.firstSeen,
    );
    if (finding === undefined) return null;
    const others = this.waiting.length - 1;
    for (const { id } of this.waiting) this.told.add(id);
    this.waiting = [];
    return { finding, others };
  }
}
