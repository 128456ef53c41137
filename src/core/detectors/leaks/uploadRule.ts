import type { Rule } from '../rule';
import { UploadDetector, uploadRuleId } from './upload';
import type { UploadNumbers } from './upload';

export const dataUploadRule: Rule<keyof UploadNumbers> = {
  id: uploadRuleId,
  title: 'Long uploads',
  description:
    'Far more sent than received, measured against a floor and against what the host sends to all others. Of medium severity is what goes outside by no known protocol, to a port of no service, to a server without a name that nobody else uses.',
  threats: ['exfiltration'],
  mitre: ['T1041', 'T1048', 'T1567'],
  sources: [
    'Slips docs/flow_alerts.md and config/slips.yaml: bytes sent to one address in an hour (100 MB, 500 MB)',
    'RITA default_config.hjson: how many hosts use a server (prevalence) changes the score',
    'Marchetti et al.: Analysis of high volumes of network traffic for Advanced Persistent Threat detection, Computer Networks 2016: uploads against what is usual for the host',
  ],
  numbers: {
    kilobytes: {
      label: 'Sent to one port of one server',
      unit: 'kB',
      minimum: 10,
      maximum: 1_000_000_000,
      integer: true,
      presets: { low: 10_000, medium: 500, high: 100 },
      source:
        'floor for a laptop: Slips takes 100 to 500 MB for any upload; what is odd besides tells below it, and a table of customers has less than a megabyte',
    },
    ratio: {
      label: 'Sent for each byte received',
      unit: '×',
      minimum: 1,
      maximum: 1000,
      integer: true,
      presets: { low: 20, medium: 10, high: 5 },
      source: 'own choice: calls and browsing receive as much as they send, or more',
    },
    windowSeconds: {
      label: 'Span over which uploads to one port of one server are added up',
      unit: 's',
      minimum: 60,
      maximum: 86_400,
      integer: true,
      presets: { low: 3600, medium: 3600, high: 3600 },
      source: 'Slips: one hour',
    },
  },
  create: (numbers) => new UploadDetector(numbers),
};
