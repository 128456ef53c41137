import type { Rule } from '../../src/core/detectors/rule';
import { sensitivities } from '../../src/protocol/ruleSettings';

/** Stands behind the label of a rule's number, with its presets. */
export const whenEmpty = 'When empty, as `#networkTraffic.sensitivity#` says: {0}.';

/** Key of the text of a rule's number among those of the manifest. */
export function ruleTextKey(rule: string, number: string): string {
  return `configuration.rules.${rule}.${number}`;
}

/** Key of what a rule finds, in the list of rules that are not run. */
export function ruleDescriptionKey(rule: string): string {
  return `configuration.disabledRules.${rule}`;
}

/**
 * What the list of rules says of each, and the setting of each number, by their keys; What-if reads label, unit and presets out of
 * the latter. @param bundle of the language; empty for English
 */
export function ruleTexts(rules: readonly Rule[], bundle: Readonly<Record<string, string>>): Record<string, string> {
  const say = (text: string): string => bundle[text] ?? text;
  const texts: Record<string, string> = {};
  for (const rule of rules) {
    texts[ruleDescriptionKey(rule.id)] = `${say(rule.title)}. ${say(rule.description)}`;
    for (const [key, { label, unit, presets }] of Object.entries(rule.numbers)) {
      const values = sensitivities.map((one) => `${say(one)} ${presets[one]}`).join(', ');
      const what = `${say(rule.title)}: ${say(label)}${unit === '' ? '' : ` (${say(unit)})`}`;
      texts[ruleTextKey(rule.id, key)] = `${what}. ${say(whenEmpty).replace('{0}', values)}`;
    }
  }
  return texts;
}
