import type { Finding } from '../../protocol/finding';
import type { FindingDifference } from '../../protocol/whatIf';

/**
 * What came and what went between two analyses of the same packets. An incident may begin earlier or later with other
 * thresholds, so two findings are the same when the rule is, a source or else a target is, and the times touch.
 */
export function findingDifference(before: readonly Finding[], after: readonly Finding[]): FindingDifference {
  const left = new Map<string, Finding[]>();
  for (const finding of before) {
    const key = `${finding.rule}|${finding.threat}`;
    left.set(key, [...(left.get(key) ?? []), finding]);
  }
  const difference: FindingDifference = { added: [], removed: [], changed: [], kept: 0 };
  const matched = new Set<Finding>();
  for (const finding of after) {
    const candidates = left.get(`${finding.rule}|${finding.threat}`) ?? [];
    const free = candidates.filter((candidate) => !matched.has(candidate));
    const same =
      free.find(({ id }) => id === finding.id) ?? free.find((candidate) => isSameIncident(candidate, finding));
    if (same === undefined) {
      difference.added.push(finding);
      continue;
    }
    matched.add(same);
    if (same.severity === finding.severity) difference.kept++;
    else difference.changed.push({ before: same, after: finding });
  }
  difference.removed = before.filter((finding) => !matched.has(finding));
  return difference;
}

function isSameIncident(x: Finding, y: Finding): boolean {
  if (x.firstSeen > y.lastSeen || y.firstSeen > x.lastSeen) return false;
  return x.sources.length > 0 && y.sources.length > 0 ? share(x.sources, y.sources) : share(x.targets, y.targets);
}

function share(x: readonly string[], y: readonly string[]): boolean {
  const known = new Set(x);
  return y.some((address) => known.has(address));
}
