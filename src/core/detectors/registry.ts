import { portScanRule } from './portScanRule';
import type { Rule } from './rule';

/** Every rule, in the order in which packets reach them. */
export const rules: readonly Rule[] = [
  // Networks: scans, floods, guessing, health.
  portScanRule,
  // Applications: web attacks, spoofing, tunnels, leaks.
];
