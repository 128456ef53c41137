import { amplification } from './floods/amplification';
import { icmpFlood } from './floods/icmpFlood';
import { synFlood } from './floods/synFlood';
import { udpFlood } from './floods/udpFlood';
import { lineGuessing } from './guessing/lineGuessing';
import { sshGuessing } from './guessing/sshGuessing';
import { portScanRule } from './portScanRule';
import type { Rule } from './rule';

/** Every rule, in the order in which packets reach them. */
export const rules: readonly Rule[] = [
  portScanRule,
  synFlood,
  udpFlood,
  icmpFlood,
  amplification,
  sshGuessing,
  lineGuessing,
];
