/** How readily rules tell: `low` only what is plain, `high` also what may be harmless. */
export const sensitivities = ['low', 'medium', 'high'] as const;
export type Sensitivity = (typeof sensitivities)[number];

/** What a person set of the rules: settings `networkTraffic.sensitivity`, `.rules.<rule>.<number>` and `.disabledRules`. */
export interface RuleSettings {
  sensitivity: Sensitivity;
  /** By rule, then by number; what is left out is the preset's. */
  numbers: Record<string, Record<string, number>>;
  /** Rules that are not run. */
  disabled: string[];
}

export const defaultRuleSettings: RuleSettings = { sensitivity: 'medium', numbers: {}, disabled: [] };

/** More than there are rules, and numbers of one. */
export const maxRules = 200;
