import type { Finding } from '../../protocol/finding';

/**
 * What looks the same as each rule's findings and is harmless. Said where nothing in the packets speaks against a finding: no shape of
 * traffic is proof, and whoever reads it should know what to rule out.
 */
export const doubts: Readonly<Record<string, string>> = {
  'port-scan': 'An inventory or a security test of your own looks the same.',
  'syn-flood': 'A load test, or a server whose answers the capture does not hold, looks the same.',
  'udp-flood': 'A measurement of the line, or a stream that nobody takes, looks the same.',
  'icmp-flood': 'A measurement with many pings looks the same.',
  amplification: 'A capture of one direction alone shows answers without their questions.',
  'http-flood': 'A load test looks the same.',
  'slow-http': 'Clients on a very slow line look the same, though hardly so many at once.',
  'ssh-guessing': 'A program with an old password fails as regularly.',
  'login-guessing': 'A program with an old password fails as regularly.',
  'http-guessing': 'A program with an old password fails as regularly.',
  'smb-guessing': 'A program with an old password fails as regularly.',
  'session-guessing': 'A program with an old password fails as regularly.',
  heartbleed: 'A test for the bug sends the same heartbeat.',
  'tcp-trouble': 'It is no attack: lines lose packets, and receivers wait for a disk or for a person.',
  'capture-loss': 'It is no attack: what is missing was lost by the capture.',
  'web-attack': 'A security test of your own, or somebody who writes about attacks, sends the same words.',
  'dns-tunnel': 'Content networks, block lists and virus scanners put data into names as well.',
  'nxdomain-burst': 'A wrong search domain, or a resolver that is probed by a browser, makes names fail as well.',
  'dns-race': 'A resolver that asks two servers gets two answers.',
  'arp-spoofing': 'A cluster or a proxy claims addresses of others on purpose.',
  'rogue-dhcp': 'A second server may be there on purpose, and routers of guests and virtual machines bring their own.',
  'rogue-router':
    'A second router may be there on purpose, and virtual machines and phones announce themselves as one.',
  beacon: 'Software that polls is as regular: monitors, updates, chat programs.',
  'interactive-shell': 'Consoles of devices and of programs under test are typed at in clear as well.',
  'data-upload': 'A backup, or an upload on purpose, looks the same.',
  'icmp-tunnel': 'Measurements put data of their own into echo requests.',
  'clear-credentials': 'It is no attack: it tells who could read along.',
};

/** The finding, with the doubt of its rule when nothing else speaks against it. */
export function withDoubt(finding: Finding): Finding {
  const doubt = Object.hasOwn(doubts, finding.rule) ? doubts[finding.rule] : undefined;
  return finding.against.length > 0 || doubt === undefined ? finding : { ...finding, against: [doubt] };
}
