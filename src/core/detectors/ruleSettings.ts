import type { RuleSettings, Sensitivity } from '../../protocol/ruleSettings';
import type { Detector } from './detector';
import type { Rule, RuleContext, RuleNumber } from './rule';

/** The numbers of a rule at one preset. */
export function presetNumbers<Key extends string>(rule: Rule<Key>, sensitivity: Sensitivity): Record<Key, number> {
  const numbers: Partial<Record<Key, number>> = {};
  for (const key of Object.keys(rule.numbers) as Key[]) numbers[key] = rule.numbers[key].presets[sensitivity];
  return numbers as Record<Key, number>;
}

/** The numbers that a rule runs with: what was set, within its range, else the preset's. */
export function ruleNumbers<Key extends string>(rule: Rule<Key>, settings: RuleSettings): Record<Key, number> {
  const numbers = presetNumbers(rule, settings.sensitivity);
  const set = Object.hasOwn(settings.numbers, rule.id) ? settings.numbers[rule.id] : undefined;
  for (const key of Object.keys(numbers) as Key[]) {
    const value = set !== undefined && Object.hasOwn(set, key) ? set[key] : undefined;
    if (value !== undefined && Number.isFinite(value)) numbers[key] = withinRange(rule.numbers[key], value);
  }
  return numbers;
}

/** One detector for each rule that is not disabled, in the order of the rules. */
export function makeDetectors(rules: readonly Rule[], settings: RuleSettings, context: RuleContext): Detector[] {
  return rules
    .filter(({ id }) => !settings.disabled.includes(id))
    .map((rule) => rule.create(ruleNumbers(rule, settings), context));
}

/** What is wrong with settings, in words; each is passed over or put into its range. Empty when all is well. */
export function ruleSettingProblems(rules: readonly Rule[], settings: RuleSettings): string[] {
  const problems: string[] = [];
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  const noRule = (id: string): string => `There is no rule "${id}". The rules are: ${[...known.keys()].join(', ')}.`;
  for (const id of settings.disabled) if (!known.has(id)) problems.push(noRule(id));
  for (const [id, numbers] of Object.entries(settings.numbers)) {
    const rule = known.get(id);
    if (rule === undefined) {
      problems.push(noRule(id));
      continue;
    }
    for (const [key, value] of Object.entries(numbers)) {
      const number = Object.hasOwn(rule.numbers, key) ? rule.numbers[key] : undefined;
      if (number === undefined) {
        const keys = Object.keys(rule.numbers).join(', ');
        problems.push(`The rule ${id} has no number "${key}". It has: ${keys}.`);
      } else if (withinRange(number, value) !== value) {
        problems.push(`${id}.${key} is ${value}, and must be ${rangeText(number)}.`);
      }
    }
  }
  return problems;
}

/** "a whole number from 2 to 65535 (ports)". */
export function rangeText({ integer, minimum, maximum, unit }: RuleNumber): string {
  return `a ${integer ? 'whole ' : ''}number from ${minimum} to ${maximum}${unit === '' ? '' : ` (${unit})`}`;
}

function withinRange({ integer, minimum, maximum }: RuleNumber, value: number): number {
  const whole = integer ? Math.round(value) : value;
  return Math.min(maximum, Math.max(minimum, whole));
}
