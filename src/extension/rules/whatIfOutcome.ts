import type { Finding, Severity } from '../../protocol/finding';
import type { FindingMark } from '../../protocol/findingPage';
import type { Sensitivity } from '../../protocol/ruleSettings';
import { sentence } from '../../protocol/sentences';
import type { WhatIfResult } from '../../protocol/whatIf';
import type { MarkEffect, WhatIfOutcome, WhatIfRow } from '../../protocol/whatIfPage';

/** Rows of each list that a page gets. */
const maxRows = 500;

/** As `npm run rules` writes it, in any language: "Rule: label (unit). When empty, …: low 1, medium 2, high 3." */
const described = /^(.*?): (.*?)(?: \(([^()]*)\))?\. [^.]*`[^`]+`[^.`]*: \S+ ([\d.]+), \S+ ([\d.]+), \S+ ([\d.]+)\.$/s;

/** What the description of a number's setting says of it; null when it says something else. */
export function presetsOf(
  description: string,
): { title: string; label: string; unit: string; presets: Record<Sensitivity, number> } | null {
  const found = described.exec(description);
  if (found === null) return null;
  const [, title = '', label = '', unit = '', low, medium, high] = found;
  return { title, label, unit, presets: { low: Number(low), medium: Number(medium), high: Number(high) } };
}

/**
 * A comparison with what the person has said of findings. Marks count for the findings as they are told now: a replay
 * finds the same ones, but may begin an incident a little earlier or later.
 *
 * @param now findings as they are told now
 */
export function whatIfOutcome(
  change: string,
  result: WhatIfResult,
  now: readonly Finding[],
  markOf: (finding: Finding) => FindingMark | null,
): WhatIfOutcome {
  const byId = new Map(now.map((finding) => [finding.id, finding]));
  const verdictOf = (finding: Finding) => markOf(byId.get(finding.id) ?? finding)?.verdict ?? null;
  const row = (finding: Finding, severityAfter: Severity | null = null): WhatIfRow => ({
    rule: finding.rule,
    title: sentence(finding.title),
    severity: finding.severity,
    severityAfter,
    mark: verdictOf(finding),
  });
  const count = (verdict: 'right' | 'wrong', findings: readonly Finding[]): number =>
    findings.filter((finding) => verdictOf(finding) === verdict).length;
  const marks: MarkEffect = {
    right: count('right', now),
    rightGone: count('right', result.removed),
    wrong: count('wrong', now),
    wrongGone: count('wrong', result.removed),
  };
  return {
    change,
    added: result.added.slice(0, maxRows).map((finding) => row(finding)),
    removed: result.removed.slice(0, maxRows).map((finding) => row(finding)),
    changed: result.changed.slice(0, maxRows).map(({ before, after }) => row(before, after.severity)),
    kept: result.kept,
    packets: result.packets,
    complete: result.complete,
    marks,
  };
}
