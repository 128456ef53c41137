import type { AnalysisReport } from '../../protocol/capture';
import type { Finding, Severity } from '../../protocol/finding';
import { rules as knownRules } from '../detectors/registry';
import { evidenceText } from './reportText';

const levels: Record<Severity, 'error' | 'warning' | 'note'> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

/** Scores that code-scanning services sort by (0 to 10). */
const securitySeverity: Record<Severity, string> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '3.0',
  info: '0.0',
};

/**
 * The findings as SARIF 2.1.0 (OASIS), so that a build server can show them. `uri` is relative or a file URI; `helpBase` is the
 * absolute URI, with a slash at its end, of the folder that `help` of the findings is below; null for no links.
 */
export function reportSarif(
  report: AnalysisReport,
  toolVersion: string,
  uri: string,
  helpBase: string | null = null,
): string {
  const rules = [...new Map(report.findings.map((f) => [f.rule, f])).values()];
  const sarif = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Network Traffic Analyzer',
            version: toolVersion,
            rules: rules.map((f) => ({
              id: f.rule,
              ...ruleTexts(f),
              ...(helpBase === null ? {} : { helpUri: helpBase + f.help }),
              properties: { tags: [f.threat, ...f.mitre], 'security-severity': securitySeverity[f.severity] },
            })),
          },
        },
        results: report.findings.map((f) => result(f, uri)),
      },
    ],
  };
  return JSON.stringify(sarif, null, 2) + '\n';
}

/** What a rule is, for lists of rules; nothing for one that this version does not know. */
function ruleTexts({ rule: id, next }: Finding): object {
  const rule = knownRules.find((candidate) => candidate.id === id);
  if (rule === undefined) return {};
  return {
    name: rule.title,
    shortDescription: { text: rule.title },
    fullDescription: { text: rule.description },
    help: { text: [rule.description, ...next].join('\n') },
  };
}

function result(finding: Finding, uri: string): object {
  return {
    ruleId: finding.rule,
    level: levels[finding.severity],
    message: { text: [`${finding.title}. ${finding.summary}`, ...finding.evidence.map(evidenceText)].join('\n') },
    locations: [{ physicalLocation: { artifactLocation: { uri } } }],
    partialFingerprints: { findingId: finding.id },
    properties: {
      severity: finding.severity,
      confidence: finding.confidence,
      sources: finding.sources,
      targets: finding.targets,
      packets: finding.packets,
      flows: finding.flows,
      stages: finding.stages,
      against: finding.against,
      next: finding.next,
    },
  };
}
