import type { Rule } from '../rule';
import { BeaconDetector, beaconRuleId } from './beacon';
import type { BeaconNumbers } from './beacon';

const rita = 'RITA default_config.hjson and analysis/beacons.go';

export const beaconRule: Rule<keyof BeaconNumbers> = {
  id: beaconRuleId,
  title: 'Regular contacts',
  description:
    'Contacts of one host with one service at regular intervals with equal sizes, as malware calls its master. Software that polls does the same; of medium severity is only what is odd besides: outside the network, without a name, on a port of no service.',
  threats: ['botnet'],
  mitre: ['T1071', 'T1571'],
  sources: [
    'RITA (activecm/rita), analysis/beacons.go: four parts of a quarter each; default_config.hjson: bands and modifiers',
    'Hu et al.: BAYWATCH: Robust Beaconing Detection, DSN 2016: what regular ordinary software is like',
  ],
  numbers: {
    contacts: {
      label: 'Contacts of one client with one service',
      unit: 'contacts',
      minimum: 4,
      maximum: 1000,
      integer: true,
      presets: { low: 24, medium: 8, high: 6 },
      source: `${rita}: at least 4 in a day; twice that, since a capture is shorter and chance more likely`,
    },
    scorePercent: {
      label: 'Mean of the four parts of the score',
      unit: '%',
      minimum: 50,
      maximum: 100,
      integer: true,
      presets: { low: 90, medium: 80, high: 70 },
      source: `${rita}: bands at 50, 70, 90; between the upper two`,
    },
    jitterPercent: {
      label: 'Median deviation of the intervals, of their median',
      unit: '%',
      minimum: 1,
      maximum: 100,
      integer: true,
      presets: { low: 20, medium: 35, high: 45 },
      source:
        'own choice: jitter of half the interval, the most that is usual, gives 25 %; contacts at random (exponential) give 48 to 60 %',
    },
    minimumSeconds: {
      label: 'Shortest interval in the middle; what is faster is a transfer or an attack of another kind',
      unit: 's',
      minimum: 0.1,
      maximum: 3600,
      integer: false,
      presets: { low: 1, medium: 0.5, high: 0.5 },
      source: `${rita}: more than 86400 a day, one a second, is called a strobe; half of that for jitter`,
    },
  },
  create: (numbers) => new BeaconDetector(numbers),
};
