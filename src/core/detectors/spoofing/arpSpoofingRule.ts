import type { Rule } from '../rule';
import { ArpSpoofingDetector, arpSpoofingRuleId } from './arpSpoofing';
import type { ArpSpoofingNumbers } from './arpSpoofing';

export const arpSpoofingRule: Rule<keyof ArpSpoofingNumbers> = {
  id: arpSpoofingRuleId,
  title: 'ARP spoofing',
  description:
    'Claims of an IPv4 address that two hardware addresses make in turn, answers nobody asked for, and one hardware address with the addresses of others: a man in the middle. An address that moves once is told with low severity.',
  threats: ['spoofing', 'health'],
  mitre: ['T1557.002'],
  sources: [
    'RFC 826, RFC 5227: how addresses are claimed and conflicts show',
    'Slips modules/arp/arp.py: one hardware address with a second IP, unasked answers',
    'Wireshark wiki, ARP preferences: duplicate addresses; request storm of 30 in 100 ms',
    'arpwatch (LBL): flip flop, changed ethernet address',
  ],
  numbers: {
    unasked: {
      label: 'Answers of one hardware address that nobody had asked for',
      unit: 'answers',
      minimum: 1,
      maximum: 1000,
      integer: true,
      presets: { low: 10, medium: 3, high: 2 },
      source:
        'own choice: a device announces itself once or twice (RFC 5227 section 2.3: two announcements), a poisoner every few seconds',
    },
    returns: {
      label: 'Times that an address goes back to a hardware address that had it before',
      unit: 'times',
      minimum: 1,
      maximum: 1000,
      integer: true,
      presets: { low: 6, medium: 3, high: 2 },
      source: 'arpwatch tells of the first (flip flop); a failover and its return are two',
    },
    stormRequests: {
      label: 'Requests of one sender for one address within 100 ms',
      unit: 'requests',
      minimum: 5,
      maximum: 10_000,
      integer: true,
      presets: { low: 100, medium: 30, high: 15 },
      source: 'Wireshark wiki, ARP preferences: 30 in 100 ms',
    },
    quietSeconds: {
      label: 'Quiet time after which the next claim begins a new finding',
      unit: 's',
      minimum: 10,
      maximum: 86_400,
      integer: true,
      presets: { low: 600, medium: 600, high: 600 },
      source: 'own choice: poisoners repeat themselves within seconds, caches forget within minutes',
    },
  },
  create: (numbers) => new ArpSpoofingDetector(numbers),
};
