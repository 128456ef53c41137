import { dnsTunnelRule } from './dns/dnsTunnel';
import { nxdomainBurstRule } from './dns/nxdomainBurst';
import { heartbleed } from './exploits/heartbleed';
import { amplification } from './floods/amplification';
import { httpFlood } from './floods/httpFlood';
import { icmpFlood } from './floods/icmpFlood';
import { slowHttp } from './floods/slowHttp';
import { synFlood } from './floods/synFlood';
import { udpFlood } from './floods/udpFlood';
import { lineGuessing } from './guessing/lineGuessing';
import { sshGuessing } from './guessing/sshGuessing';
import { portScanRule } from './portScanRule';
import type { Rule } from './rule';
import { arpSpoofingRule } from './spoofing/arpSpoofing';
import { dnsRaceRule } from './spoofing/dnsRace';
import { rogueDhcpRule } from './spoofing/rogueDhcp';
import { rogueRouterRule } from './spoofing/rogueRouter';
import { webAttackRule } from './web/webAttack';

/** Every rule, in the order in which packets reach them. */
export const rules: readonly Rule[] = [
  // Networks: scans, floods, guessing, health.
  portScanRule,
  synFlood,
  udpFlood,
  icmpFlood,
  amplification,
  httpFlood,
  slowHttp,
  sshGuessing,
  lineGuessing,
  heartbleed,
  // Applications: web attacks, spoofing, tunnels, leaks.
  webAttackRule,
  dnsTunnelRule,
  nxdomainBurstRule,
  dnsRaceRule,
  arpSpoofingRule,
  rogueDhcpRule,
  rogueRouterRule,
];
