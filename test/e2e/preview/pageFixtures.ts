/** States of the pages of the doctor and of What-if, for their look. */
import type { DoctorPageState } from '../../../src/protocol/doctorPage';
import type { WhatIfNumber, WhatIfPageState, WhatIfRow } from '../../../src/protocol/whatIfPage';

const doctor = (change: Partial<DoctorPageState>): DoctorPageState => ({
  type: 'doctor',
  sequence: 0,
  report: null,
  examining: false,
  error: null,
  trusted: true,
  ...change,
});

const checks = [
  { name: 'User', state: 'ok' as const, found: 'dev (uid 1000), in the groups dev, docker' },
  { name: 'tcpdump', state: 'note' as const, found: '/usr/bin/tcpdump, without the right to capture' },
  { name: 'dumpcap', state: 'problem' as const, found: '/usr/bin/dumpcap, group wireshark, which dev is not in' },
  { name: 'Container', state: 'note' as const, found: `overlay ${'a-very-long-name-without-a-space-'.repeat(6)}` },
];

export const doctorStates: Record<string, () => DoctorPageState> = {
  looking: () => doctor({ examining: true }),
  ready: () =>
    doctor({
      report: {
        verdict: 'ready',
        summary: 'A capture starts without asking: dumpcap may capture by itself.',
        command: null,
        checks: checks.slice(0, 2),
      },
    }),
  asks: () =>
    doctor({
      report: {
        verdict: 'asks',
        summary: 'sudo asks for your password in an input box of VS Code.',
        command: 'sudo usermod -aG wireshark dev',
        checks,
      },
    }),
  blocked: () =>
    doctor({
      report: {
        verdict: 'blocked',
        summary: 'This container runs without NET_RAW: nobody in it can capture.',
        command: 'docker run --cap-add=NET_RAW --cap-add=NET_ADMIN …',
        checks,
      },
    }),
  failed: () => doctor({ error: 'The analysis process ended unexpectedly (exit 134).' }),
  untrusted: () => doctor({ trusted: false }),
};

const number = (rule: string, name: string, label: string, unit: string, medium: number): WhatIfNumber => ({
  key: `networkTraffic.rules.${rule}.${name}`,
  rule,
  title: rule === 'port-scan' ? 'Port scan' : 'SYN flood',
  label,
  unit,
  minimum: 1,
  maximum: 65_535,
  integer: true,
  set: null,
  presets: { low: medium * 2, medium, high: Math.ceil(medium / 2) },
});

const row = (index: number, change: Partial<WhatIfRow> = {}): WhatIfRow => ({
  rule: 'port-scan',
  title: `Port scan of 10.20.0.${index} by 2001:db8:85a3:0000:1111:8a2e:0370:7334`,
  severity: 'medium',
  severityAfter: null,
  mark: null,
  ...change,
});

const whatIf = (change: Partial<WhatIfPageState>): WhatIfPageState => ({
  type: 'whatIf',
  sequence: 0,
  source: 'eth0',
  packets: 182_340,
  sensitivity: 'medium',
  numbers: [
    number('port-scan', 'verticalPorts', 'Different ports of one target on which contact failed', 'ports', 15),
    number('port-scan', 'horizontalHosts', 'Different hosts at one port on which contact failed', 'hosts', 25),
    number('port-scan', 'windowSeconds', 'Time over which failed contacts are put together', 's', 300),
    number('syn-flood', 'perSecond', 'Half-open connections to one target', 'SYN/s', 500),
  ],
  tryingPercent: null,
  outcome: null,
  error: null,
  hasWorkspace: true,
  ...change,
});

export const whatIfStates: Record<string, () => WhatIfPageState> = {
  begin: () => whatIf({}),
  trying: () => whatIf({ tryingPercent: 42.3 }),
  outcome: () =>
    whatIf({
      outcome: {
        change: 'networkTraffic.rules.port-scan.verticalPorts = 8',
        added: [row(7), row(8, { severity: 'low' })],
        removed: [row(9, { severity: 'high', mark: 'right' }), row(10, { mark: 'wrong' })],
        changed: [row(11, { severityAfter: 'high' })],
        kept: 3,
        packets: 182_340,
        complete: false,
        marks: { right: 4, rightGone: 1, wrong: 2, wrongGone: 1 },
      },
    }),
  unmarked: () =>
    whatIf({
      outcome: {
        change: 'networkTraffic.sensitivity = low',
        added: [],
        removed: [],
        changed: [],
        kept: 1,
        packets: 400,
        complete: true,
        marks: { right: 0, rightGone: 0, wrong: 0, wrongGone: 0 },
      },
      hasWorkspace: false,
    }),
  failed: () => whatIf({ error: 'There are no packets to try other settings on.', packets: 0 }),
};
