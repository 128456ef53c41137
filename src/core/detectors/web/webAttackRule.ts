import type { Rule } from '../rule';
import { WebAttackDetector, webAttackRuleId } from './webAttack';
import type { WebAttackNumbers } from './webAttack';

export const webAttackRule: Rule<keyof WebAttackNumbers> = {
  id: webAttackRuleId,
  title: 'Web attacks',
  description:
    'SQL injection, cross-site scripting, path traversal and command injection in HTTP that is not encrypted, and tools that search for them or for files that nobody links to: signs in decoded paths, parameters, bodies and headers add up to a score for each request.',
  threats: ['web-attack'],
  mitre: ['T1190', 'T1595.002', 'T1059'],
  sources: [
    'OWASP Core Rule Set: classes 930, 932, 941, 942 and the idea of an anomaly score',
    'sqlmap data/xml/payloads and data/txt/user-agents.txt',
    'OWASP Web Security Testing Guide, WSTG-CONF-04 and -05: files that scanners ask for first',
    'Zeek scripts/base/protocols/http/detect-sql-injection.zeek: one notice for each attacker, 5 minutes',
  ],
  numbers: {
    attackPoints: {
      label: 'Points of one text at which its request counts as an attack',
      unit: 'points',
      minimum: 2,
      maximum: 12,
      integer: true,
      presets: { low: 5, medium: 4, high: 3 },
      source:
        'Core Rule Set: one critical sign is 5 of a threshold of 5; ours has two levels of weaker signs below that',
    },
    attackRequests: {
      label: 'Different attack requests of one client to one server',
      unit: 'requests',
      minimum: 1,
      maximum: 1000,
      integer: true,
      presets: { low: 5, medium: 2, high: 1 },
      source: 'Zeek asks for 50 in 5 minutes by one weak pattern; a score needs fewer, and one odd sentence is not two',
    },
    toolRequests: {
      label: 'Requests that name a scanning tool',
      unit: 'requests',
      minimum: 1,
      maximum: 10_000,
      integer: true,
      presets: { low: 50, medium: 10, high: 5 },
      source: 'own choice: more than a single look at what a server is',
    },
    probedPaths: {
      label: 'Different files and folders asked for in vain that only scanners look for',
      unit: 'paths',
      minimum: 2,
      maximum: 64,
      integer: true,
      presets: { low: 20, medium: 8, high: 4 },
      source: 'own choice: a browser asks for none of them, a curious person for one or two',
    },
    quietSeconds: {
      label: 'Quiet time after which the next request begins a new finding',
      unit: 's',
      minimum: 10,
      maximum: 86_400,
      integer: true,
      presets: { low: 600, medium: 600, high: 600 },
      source: 'own choice: twice the window of Zeek',
    },
  },
  create: (numbers) => new WebAttackDetector(numbers),
};
