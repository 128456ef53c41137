import { dnsTunnelRule } from './dns/dnsTunnel';
import { nxdomainBurstRule } from './dns/nxdomainBurst';
import { heartbleed } from './exploits/heartbleed';
import { amplification } from './floods/amplification';
import { httpFlood } from './floods/httpFlood';
import { icmpFlood } from './floods/icmpFlood';
import { slowHttp } from './floods/slowHttp';
import { synFlood } from './floods/synFlood';
import { udpFlood } from './floods/udpFlood';
import { httpGuessing } from './guessing/httpGuessing';
import { lineGuessing } from './guessing/lineGuessing';
import { sessionGuessing } from './guessing/sessionGuessing';
import { smbGuessing } from './guessing/smbGuessing';
import { sshGuessing } from './guessing/sshGuessing';
import { captureLossRule } from './health/captureLoss';
import { tcpTrouble } from './health/tcpTrouble';
import { beaconRule } from './leaks/beaconRule';
import { clearCredentialsRule } from './leaks/clearCredentials';
import { icmpTunnelRule } from './leaks/icmpTunnel';
import { interactiveShellRule } from './leaks/interactiveShell';
import { dataUploadRule } from './leaks/uploadRule';
import { portScanRule } from './portScanRule';
import type { Rule } from './rule';
import { arpSpoofingRule } from './spoofing/arpSpoofingRule';
import { dnsRaceRule } from './spoofing/dnsRace';
import { rogueDhcpRule } from './spoofing/rogueDhcp';
import { rogueRouterRule } from './spoofing/rogueRouter';
import { webAttackRule } from './web/webAttackRule';

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
  httpGuessing,
  smbGuessing,
  sessionGuessing,
  heartbleed,
  tcpTrouble,
  captureLossRule,
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
