import assert from 'node:assert/strict';
import { Engine } from '../../../../src/core/engine/engine';
import { defaultRuleSettings, sensitivities } from '../../../../src/protocol/ruleSettings';
import type { Sensitivity } from '../../../../src/protocol/ruleSettings';
import { filler, httpRequest, httpResponse, packetsAt, tcpFrame } from '../../../support/packets';
import { isLoud, repeated, talk } from './ruleSupport';
import type { Timed } from './ruleSupport';

const attacker = '10.0.0.66';
const victim = '10.0.0.10';
const outside = '198.51.100.9';

function rulesAt(sensitivity: Sensitivity, frames: readonly Timed[]): string[] {
  const engine = new Engine({ localAddresses: [], rules: { ...defaultRuleSettings, sensitivity } });
  for (const packet of packetsAt([...frames].sort(([x], [y]) => x - y))) engine.push(packet);
  engine.finish();
  return engine
    .findings()
    .filter(isLoud)
    .map(({ rule }) => rule);
}

const closedPorts = (count: number): Timed[] =>
  Array.from({ length: count }, (_, i): Timed[] => {
    const there = { source: attacker, destination: victim, sourcePort: 5000 + i, destinationPort: 100 + i };
    const back = { source: victim, destination: attacker, sourcePort: 100 + i, destinationPort: 5000 + i };
    return [
      [i * 3, tcpFrame({ ...there, flags: 'S', sequence: 1 })],
      [i * 3 + 0.01, tcpFrame({ ...back, flags: 'RA', sequence: 0, acknowledgment: 2 })],
    ];
  }).flat();

const wrongPasswords = (count: number): Timed[] =>
  Array.from({ length: count }, (_, i) =>
    talk({ at: i * 2, client: attacker, server: victim, port: 21, sourcePort: 5000 + i }, [
      ['server', '220 ready\r\n'],
      ['client', 'USER bob\r\n'],
      ['server', '331 password\r\n'],
      ['client', `PASS p${i}\r\n`],
      ['server', '530 no\r\n'],
    ]),
  ).flat();

const handshakes = (perSecond: number): Timed[] =>
  repeated(perSecond * 6, 1 / perSecond, (i) =>
    tcpFrame({ source: attacker, destination: victim, sourcePort: 1024 + i, destinationPort: 80, flags: 'S' }),
  );

const calls = (count: number): Timed[] =>
  Array.from({ length: count }, (_, i) =>
    talk({ at: i * 5, client: victim, server: outside, port: 8099, sourcePort: 5000 + i }, [
      ['client', httpRequest('POST', '/p', `${outside}:8099`, { 'Content-Length': '4' }, 'ping')],
      ['server', httpResponse(200, 'OK', 'ok')],
    ]),
  ).flat();

const upload = (kilobytes: number): Timed[] =>
  talk(
    { at: 0, client: victim, server: outside, port: 31337, sourcePort: 5000 },
    Array.from({ length: Math.ceil(kilobytes / 50) }, (_, i) => [
      ['client', filler(50_000, i)] as const,
      ['server', 'k'] as const,
    ]).flat(),
  );

/** Traffic that the high, the medium and the low preset find first. */
const graded: readonly (readonly [rule: string, traffic: readonly (() => Timed[])[]])[] = [
  ['port-scan', [8, 16, 32].map((count) => () => closedPorts(count))],
  ['login-guessing', [4, 7, 25].map((count) => () => wrongPasswords(count))],
  ['syn-flood', [70, 200, 1200].map((perSecond) => () => handshakes(perSecond))],
  ['beacon', [6, 12, 30].map((count) => () => calls(count))],
  ['data-upload', [200, 1000, 12_000].map((kilobytes) => () => upload(kilobytes))],
];

describe('Presets', () => {
  for (const [rule, traffic] of graded) {
    it(`differ for ${rule}: each finds what the less sensitive ones do, and more`, () => {
      const found = traffic.map((frames) =>
        sensitivities.filter((sensitivity) => rulesAt(sensitivity, frames()).includes(rule)).sort(),
      );
      assert.deepEqual(found, [['high'], ['high', 'medium'], ['high', 'low', 'medium']]);
    });
  }

  it('find nothing loud in ordinary traffic, whatever the preset', () => {
    const browsing = Array.from({ length: 12 }, (_, i) =>
      talk({ at: i * 1.7, client: '10.0.0.21', server: outside, port: 80, sourcePort: 5000 + i }, [
        ['client', httpRequest('GET', `/page-${i % 5}`, 'www.example.test')],
        ['server', httpResponse(200, 'OK', 'x'.repeat(2000 + 900 * i))],
      ]),
    ).flat();
    for (const sensitivity of sensitivities) assert.deepEqual(rulesAt(sensitivity, browsing), [], sensitivity);
  });
});
