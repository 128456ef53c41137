import type { Finding } from '../../src/protocol/finding';
import { severities } from '../../src/protocol/finding';
import { formatCount } from './format';
import { t } from '../../src/protocol/l10n';

/** Worst first, then the one that was active last. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      severities.indexOf(b.severity) - severities.indexOf(a.severity) ||
      b.lastSeen - a.lastSeen ||
      (a.id < b.id ? -1 : 1),
  );
}

/** Counts by severity, worst first: `1 high · 2 low`. */
export function severitySummary(findings: readonly Finding[]): string {
  return [...severities]
    .reverse()
    .map((severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${formatCount(count)} ${t(severity)}`)
    .join(' · ');
}
