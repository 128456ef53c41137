import type { ParseArgsConfig } from 'node:util';
import { rules } from '../core/detectors/registry';
import { ruleNumbers, ruleSettingProblems } from '../core/detectors/ruleSettings';
import { sensitivities } from '../protocol/ruleSettings';
import type { RuleSettings } from '../protocol/ruleSettings';
import { CommandError } from './commandError';

/** Options of every command that runs rules. */
export const ruleOptions = {
  sensitivity: { type: 'string', default: 'medium' },
  set: { type: 'string', multiple: true, default: [] },
  rules: { type: 'string' },
  disable: { type: 'string' },
} satisfies NonNullable<ParseArgsConfig['options']>;

/** What the options say. @throws CommandError when they name what is not there or is out of its range. */
export function parseRuleOptions(values: Record<string, unknown>): RuleSettings {
  const sensitivity = sensitivities.find((name) => name === values['sensitivity']);
  if (sensitivity === undefined) {
    throw new CommandError(`--sensitivity takes ${sensitivities.join(', ')}, not "${String(values['sensitivity'])}".`);
  }
  const only = values['rules'] === undefined ? null : names(values['rules']);
  const disabled = values['disable'] === undefined ? [] : names(values['disable']);
  const settings: RuleSettings = { sensitivity, numbers: parseNumbers(values['set']), disabled };
  const [problem] = ruleSettingProblems(rules, { ...settings, disabled: [...(only ?? []), ...disabled] });
  if (problem !== undefined) throw new CommandError(problem);
  if (only !== null) settings.disabled.push(...rules.map(({ id }) => id).filter((id) => !only.includes(id)));
  return settings;
}

/** The rules with the numbers that they run with, for a person or a script. */
export function ruleTable(settings: RuleSettings, format: 'json' | 'text'): string {
  const rows = rules.map((rule) => ({
    id: rule.id,
    title: rule.title,
    description: rule.description,
    enabled: !settings.disabled.includes(rule.id),
    threats: rule.threats,
    mitre: rule.mitre,
    sources: rule.sources,
    numbers: Object.entries(ruleNumbers(rule, settings)).map(([key, value]) => ({ key, value, ...rule.numbers[key] })),
  }));
  if (format === 'json') return JSON.stringify(rows, null, 2) + '\n';
  return rows
    .map(({ id, title, enabled, description, numbers }) => {
      const lines = numbers.map(
        ({ key, value, unit, label }) => `  ${id}.${key} = ${value} ${unit ?? ''}\t${label ?? ''}`,
      );
      return [`${id}${enabled ? '' : ' (disabled)'}: ${title}. ${description}`, ...lines].join('\n');
    })
    .join('\n\n')
    .concat('\n');
}

function names(value: unknown): string[] {
  return String(value)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function parseNumbers(set: unknown): RuleSettings['numbers'] {
  const numbers = new Map<string, Map<string, number>>();
  for (const text of Array.isArray(set) ? set.map(String) : []) {
    const parts = /^([^.=\s]+)\.([^.=\s]+)=(.+)$/.exec(text);
    const value = Number(parts?.[3]);
    if (parts === null || !Number.isFinite(value)) {
      throw new CommandError(`--set takes RULE.NUMBER=VALUE, for example port-scan.verticalPorts=20, not "${text}".`);
    }
    const [, rule = '', key = ''] = parts;
    numbers.set(rule, (numbers.get(rule) ?? new Map<string, number>()).set(key, value));
  }
  return Object.fromEntries([...numbers].map(([rule, byKey]) => [rule, Object.fromEntries(byKey)]));
}
