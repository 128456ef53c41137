import type { AttackFacts } from './scenario';

/** What is true of an attack by one tool against one server. */
export const facts = (
  category: string,
  subtype: string,
  tool: string,
  ip: string,
  proto: 'tcp' | 'udp' = 'tcp',
): AttackFacts => ({ category, subtype, tool, victims: [{ ip, proto, ports: 'any' }] });

/** The kinds of attack that several files of scenarios have, by tool and address. */
export const ssh = (tool: string, ip: string): AttackFacts => facts('brute_force', 'ssh', tool, ip);
export const ftp = (tool: string, ip: string): AttackFacts => facts('brute_force', 'ftp', tool, ip);
export const form = (tool: string, ip: string): AttackFacts => facts('brute_force', 'http', tool, ip);
export const flood = (tool: string, ip: string): AttackFacts => facts('dos', 'http_flood', tool, ip);
export const slow = (tool: string, ip: string, subtype = 'slow_post'): AttackFacts =>
  facts('slow_dos', subtype, tool, ip);
export const scan = (tool: string, ip: string, proto: 'tcp' | 'udp' = 'tcp'): AttackFacts =>
  facts('port_scan', 'tcp', tool, ip, proto);
