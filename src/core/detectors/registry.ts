import { dnsTunnelRule } from './dns/dnsTunnel';
import { nxdomainBurstRule } from './dns/nxdomainBurst';
import { beaconRule } from './leaks/beacon';
import { clearCredentialsRule } from './leaks/clearCredentials';
import { interactiveShellRule } from './leaks/interactiveShell';
import { icmpTunnelRule } from './leaks/icmpTunnel';
import { dataUploadRule } from './leaks/upload';
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
  // Applications: web attacks, spoofing, tunnels, leaks.
  webAttackRule,
  dnsTunnelRule,
  nxdomainBurstRule,
  dnsRaceRule,
  arpSpoofingRule,
  rogueDhcpRule,
  rogueRouterRule,
  beaconRule,
  interactiveShellRule,
  dataUploadRule,
  icmpTunnelRule,
  clearCredentialsRule,
];
