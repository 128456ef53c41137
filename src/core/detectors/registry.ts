import { amplification } from './floods/amplification';
import { icmpFlood } from './floods/icmpFlood';
import { synFlood } from './floods/synFlood';
import { udpFlood } from './floods/udpFlood';
import type { Rule, Sensitivity } from './rule';

/** Every rule beside `port-scan`, in the order in which packets reach them. */
export const rules: readonly Rule[] = [synFlood, udpFlood, icmpFlood, amplification];

/** The numbers of a rule at one preset. */
export function presetNumbers<Key extends string>(rule: Rule<Key>, sensitivity: Sensitivity): Record<Key, number> {
  const numbers: Partial<Record<Key, number>> = {};
  for (const key of Object.keys(rule.numbers) as Key[]) numbers[key] = rule.numbers[key].presets[sensitivity];
  return numbers as Record<Key, number>;
}
