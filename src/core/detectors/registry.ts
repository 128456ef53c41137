import { dnsTunnelRule } from './dns/dnsTunnel';
import { nxdomainBurstRule } from './dns/nxdomainBurst';
import type { Rule, Sensitivity } from './rule';
import { dnsRaceRule } from './spoofing/dnsRace';
import { webAttackRule } from './web/webAttack';

/** Every rule beside `port-scan`, in the order in which packets reach them. */
export const rules: readonly Rule[] = [webAttackRule, dnsTunnelRule, nxdomainBurstRule, dnsRaceRule];

/** The numbers of a rule at one preset. */
export function presetNumbers<Key extends string>(rule: Rule<Key>, sensitivity: Sensitivity): Record<Key, number> {
  const numbers: Partial<Record<Key, number>> = {};
  for (const key of Object.keys(rule.numbers) as Key[]) numbers[key] = rule.numbers[key].presets[sensitivity];
  return numbers as Record<Key, number>;
}
