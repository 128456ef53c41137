import * as v from 'valibot';
import type { RuleSettings, Sensitivity } from '../../protocol/ruleSettings';
import { t } from '../../protocol/l10n';

/** A number of a rule, as the manifest declares it. */
export interface RuleNumberChoice {
  /** Key of the setting, `networkTraffic.rules.port-scan.verticalPorts`. */
  key: string;
  rule: string;
  number: string;
  description: string;
  minimum: number;
  maximum: number;
  integer: boolean;
}

const keyPattern = /^networkTraffic\.rules\.([a-z0-9-]+)\.([A-Za-z0-9]+)$/;
const propertySchema = v.object({
  markdownDescription: v.string(),
  type: v.array(v.string()),
  minimum: v.number(),
  maximum: v.number(),
});
const manifestSchema = v.object({
  contributes: v.object({ configuration: v.array(v.object({ properties: v.record(v.string(), v.unknown()) })) }),
});

/** Every number of every rule that the extension's manifest has a setting for. */
export function ruleNumberChoices(manifest: unknown): RuleNumberChoice[] {
  const parsed = v.safeParse(manifestSchema, manifest);
  if (!parsed.success) return [];
  return parsed.output.contributes.configuration.flatMap(({ properties }) =>
    Object.entries(properties).flatMap(([key, value]) => {
      const [, rule = '', number = ''] = keyPattern.exec(key) ?? [];
      const property = v.safeParse(propertySchema, value);
      if (rule === '' || !property.success) return [];
      const { markdownDescription, type, minimum, maximum } = property.output;
      return [
        { key, rule, number, description: markdownDescription, minimum, maximum, integer: type.includes('integer') },
      ];
    }),
  );
}

/** What is wrong with a number that a person typed; null when nothing is. */
export function numberProblem({ minimum, maximum, integer }: RuleNumberChoice, text: string): string | null {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const right = value >= minimum && value <= maximum && (!integer || Number.isInteger(value));
  return right ? null : t('A {0}number from {1} to {2} is needed.', integer ? t('whole ') : '', minimum, maximum);
}

/** A change of the rules' settings that may be tried before it is saved. */
export type RuleChange =
  { kind: 'sensitivity'; sensitivity: Sensitivity } | { kind: 'number'; choice: RuleNumberChoice; value: number };

/** `settings` with a change. */
export function withChange(settings: RuleSettings, change: RuleChange): RuleSettings {
  if (change.kind === 'sensitivity') return { ...settings, sensitivity: change.sensitivity };
  const { rule, number } = change.choice;
  const numbers = { ...settings.numbers, [rule]: { ...settings.numbers[rule], [number]: change.value } };
  return { ...settings, numbers };
}

/** Setting and value that save a change. */
export function savedAs(change: RuleChange): { key: string; value: unknown } {
  return change.kind === 'sensitivity'
    ? { key: 'networkTraffic.sensitivity', value: change.sensitivity }
    : { key: change.choice.key, value: change.value };
}

/** "networkTraffic.sensitivity = high". */
export function changeText(change: RuleChange): string {
  const { key, value } = savedAs(change);
  return `${key} = ${String(value)}`;
}
