import type { RuleNumber } from '../rule';
import type { FloodNumbers } from './floodWatch';

export type FloodKey = 'perSecond' | 'deviations';

/** The two numbers of every flood rule. */
export function floodNumbers(perSecond: RuleNumber): Record<FloodKey, RuleNumber> {
  return {
    perSecond,
    deviations: {
      label: 'Standard deviations above what is usual for the target',
      unit: 'standard deviations',
      minimum: 1,
      maximum: 20,
      integer: false,
      presets: { low: 6, medium: 3, high: 2 },
      source: 'z-score of Slips (config/slips.yaml: 3.0 hourly), after a baseline of ten seconds',
    },
  };
}

export function floodLimits(numbers: Readonly<Record<FloodKey, number>>): FloodNumbers {
  return { floor: numbers.perSecond, deviations: numbers.deviations };
}

export const floodNext = {
  sources: 'Look at the sources: one that you know may be a test or a program gone wild.',
  block: 'Block the sources as near to them as you can: at the firewall, or by asking the provider.',
} as const;

/** Endpoint Denial of Service: Service Exhaustion Flood, OS Exhaustion Flood; Network Denial of Service: Direct Flood, Reflection. */
export const floodMitre = {
  service: 'T1499.002',
  system: 'T1499.001',
  direct: 'T1498.001',
  reflection: 'T1498.002',
} as const;
