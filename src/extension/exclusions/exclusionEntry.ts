import type { Finding } from '../../protocol/finding';
import { t } from '../../protocol/l10n';

/** An entry of the exclusions file, as it is written. */
export interface ExclusionEntry {
  rule?: string;
  source?: string;
  target?: string;
  reason: string;
  expires?: string;
}

/** What of a finding may be silenced: a choice for a person, narrowest first. */
export interface SilenceChoice {
  label: string;
  entry: Pick<ExclusionEntry, 'rule' | 'source' | 'target'>;
}

const dayMs = 86_400_000;

/**
 * Ways to silence a finding. A finding with several sources or targets is silenced only by an entry that covers all of them,
 * so those are offered only where one address does.
 */
export function silenceChoices(finding: Finding): SilenceChoice[] {
  const { rule } = finding;
  const source = finding.sources.length === 1 ? finding.sources[0] : undefined;
  const target = finding.targets.length === 1 ? finding.targets[0] : undefined;
  const choices: SilenceChoice[] = [];
  if (source !== undefined && target !== undefined) {
    choices.push({ label: t('{0} from {1} to {2}', rule, source, target), entry: { rule, source, target } });
  }
  if (source !== undefined) choices.push({ label: t('{0} from {1} to anyone', rule, source), entry: { rule, source } });
  if (target !== undefined) choices.push({ label: t('{0} from anyone to {1}', rule, target), entry: { rule, target } });
  choices.push({ label: t('{0}, whoever it is about', rule), entry: { rule } });
  return choices;
}

/** Last days that are offered, from `nowMs` on; null for no end. */
export function expiryChoices(nowMs: number): { label: string; expires: string | null }[] {
  const inDays = (days: number): string => new Date(nowMs + days * dayMs).toISOString().slice(0, 10);
  return [
    { label: t('For 30 days'), expires: inDays(30) },
    { label: t('For 90 days'), expires: inDays(90) },
    { label: t('For a year'), expires: inDays(365) },
    { label: t('For good'), expires: null },
  ];
}

/** An exclusions file without entries. */
export const emptyExclusions = `${JSON.stringify({ exclusions: [] }, null, 2)}\n`;

/** The text of the file with one more entry; null when it is not understood, and must be mended by hand. */
export function withEntry(text: string, entry: ExclusionEntry): string | null {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof root !== 'object' || root === null || !('exclusions' in root) || !Array.isArray(root.exclusions))
    return null;
  const exclusions: unknown[] = [...(root.exclusions as unknown[]), entry];
  return `${JSON.stringify({ ...root, exclusions }, null, 2)}\n`;
}
