import { PortScanDetector } from './portScan';
import type { Rule } from './rule';
import { portScanRuleId } from './scanIncident';
import type { PortScanNumber } from './scanIncident';

const zeek = 'Zeek, scripts/policy/misc/scan.zeek before commit a55e5e3724';
const own = 'own choice, held by the recorded scans and the ordinary traffic of the tests';

/** Port scans and host sweeps by failed contacts. */
export const portScanRule: Rule<PortScanNumber> = {
  id: portScanRuleId,
  title: 'Port scan',
  description:
    'Many ports of one host, one port of many hosts, or many addresses as such that one source tried in vain within a ' +
    'window. Only contacts that failed count, or that no ordinary program makes.',
  threats: ['port-scan'],
  mitre: ['T1046', 'T1018'],
  sources: [
    'Zeek, scripts/policy/misc/scan.zeek before commit a55e5e3724: unique failed ports and hosts in a window',
    'Jung, Paxson, Berger, Balakrishnan: Fast Portscan Detection Using Sequential Hypothesis Testing, IEEE S&P 2004: ' +
      'why failed contacts tell scanners from others',
    'ncsa/bro-simple-scan, scripts/scan.zeek: scans in random order',
    'RFC 9293 section 3.10.7: segments that belong to no connection; Lyon: Nmap Network Scanning, chapter 5',
  ],
  numbers: {
    verticalPorts: {
      label: 'Different ports of one target on which contact failed',
      unit: 'ports',
      minimum: 2,
      maximum: 65_535,
      integer: true,
      presets: { low: 30, medium: 15, high: 8 },
      source: zeek,
    },
    burstPorts: {
      label: 'Different ports of one target on which contact failed within a second',
      unit: 'ports',
      minimum: 2,
      maximum: 65_535,
      integer: true,
      presets: { low: 20, medium: 10, high: 6 },
      source: 'Suricata doc/userguide/rules/thresholding.rst: 10 ports, there within a minute',
    },
    horizontalHosts: {
      label: 'Different targets on which contact with one port failed',
      unit: 'hosts',
      minimum: 2,
      maximum: 65_535,
      integer: true,
      presets: { low: 50, medium: 25, high: 10 },
      source: zeek,
    },
    windowSeconds: {
      label: 'Span over which failed contacts are counted',
      unit: 's',
      minimum: 1,
      maximum: 86_400,
      integer: true,
      presets: { low: 300, medium: 300, high: 900 },
      source: zeek,
    },
    scatteredFactor: {
      label: 'Failed contacts wherever they go are a scan from this many times the hosts of a sweep',
      unit: '×',
      minimum: 1,
      maximum: 1000,
      integer: true,
      presets: { low: 20, medium: 10, high: 5 },
      source: own,
    },
    slowContacts: {
      label: 'Failed first contacts of a source that the sequential test takes for a scanner, however slow',
      unit: 'contacts',
      minimum: 4,
      maximum: 64,
      integer: true,
      presets: { low: 20, medium: 10, high: 5 },
      source:
        'Jung et al. 2004 need four (P_D 0.99, P_F 0.01, θ0 0.8, θ1 0.2); ten as in Suricata (thresholding.rst: 10 ports), since a ' +
        'desktop fails on a few by itself',
    },
    tellingContacts: {
      label: 'Contacts with one target that only a scanner makes (crafted flags, handshake reset half-way)',
      unit: 'contacts',
      minimum: 1,
      maximum: 1000,
      integer: true,
      presets: { low: 10, medium: 3, high: 2 },
      source: own,
    },
    tellingPorts: {
      label: 'Different ports of the target that have to be tried besides for those to be a scan',
      unit: 'ports',
      minimum: 1,
      maximum: 65_535,
      integer: true,
      presets: { low: 10, medium: 5, high: 3 },
      source: own,
    },
    seriousContacts: {
      label: 'Failed contacts from which on a scan is of high severity',
      unit: 'contacts',
      minimum: 2,
      maximum: 1_000_000,
      integer: true,
      presets: { low: 100, medium: 100, high: 100 },
      source: own,
    },
  },
  create: (numbers) => new PortScanDetector(numbers),
};
