import type { Finding } from '../../protocol/finding';

/** What two witnesses say the same about. */
function subjects({ threat, sources, targets }: Finding): string[] {
  return sources.flatMap((source) => targets.map((target) => `${threat}|${source}|${target}`));
}

/**
 * Joins what a rule and the model tell of one threat, source and target at the same time: the rule's finding stays, told by
 * both, surer, and with the model's evidence. The model's is taken out, unless no rule agrees. Independent witnesses: that
 * both are wrong is the product of each being wrong.
 */
export function joinWitnesses(findings: readonly Finding[]): Finding[] {
  if (!findings.some(({ detector }) => detector === 'model')) return [...findings];
  const byRule = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.detector !== 'rule') continue;
    for (const subject of subjects(finding)) byRule.set(subject, [...(byRule.get(subject) ?? []), finding]);
  }
  const joined = new Map<Finding, Finding[]>();
  const agreed = new Set<Finding>();
  for (const model of findings) {
    if (model.detector !== 'model') continue;
    const rule = subjects(model)
      .flatMap((subject) => byRule.get(subject) ?? [])
      .find(({ firstSeen, lastSeen }) => firstSeen <= model.lastSeen && model.firstSeen <= lastSeen);
    if (rule === undefined) continue;
    joined.set(rule, [...(joined.get(rule) ?? []), model]);
    agreed.add(model);
  }
  return findings
    .filter((finding) => !agreed.has(finding))
    .map((finding) => (joined.get(finding) ?? []).reduce(both, finding));
}

function both(rule: Finding, model: Finding): Finding {
  return {
    ...rule,
    detector: 'both',
    confidence: Math.min(0.99, Math.round((1 - (1 - rule.confidence) * (1 - model.confidence)) * 100) / 100),
    firstSeen: Math.min(rule.firstSeen, model.firstSeen),
    lastSeen: Math.max(rule.lastSeen, model.lastSeen),
    evidence: [...rule.evidence, ...model.evidence],
    against: [...new Set([...rule.against, ...model.against])],
    mitre: [...new Set([...rule.mitre, ...model.mitre])],
  };
}
