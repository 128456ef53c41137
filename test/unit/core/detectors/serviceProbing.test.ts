import assert from 'node:assert/strict';
import type { Finding } from '../../../../src/protocol/finding';
import { tcpFrame, textBytes } from '../../../support/packets';
import { ScanUnderTest, probes, reply, scanner, segment, victim } from './support';
import type { Timed } from './support';

const syn = (port: number): Uint8Array => segment(port, 'S');
const refused = (port: number): Uint8Array => reply(port, 'RA');

function only(findings: Finding[]): Finding {
  assert.equal(findings.length, 1);
  return findings[0]!;
}

/** A whole connection from a port of its own; with a greeting of the server when `greeting` is given. */
const visit = (at: number, port: number, sourcePort: number, greeting?: Uint8Array): Timed[] => [
  [at, segment(port, 'S', { sourcePort })],
  [at + 0.001, reply(port, 'SA', { sourcePort })],
  [at + 0.002, segment(port, 'A', { sourcePort }, 2)],
  ...(greeting === undefined
    ? []
    : [
        [
          at + 0.003,
          tcpFrame(
            {
              source: victim,
              destination: scanner,
              sourcePort: port,
              destinationPort: sourcePort,
              flags: 'PA',
              sequence: 901,
              acknowledgment: 2,
            },
            greeting,
          ),
        ] satisfies Timed,
      ]),
  [at + 0.004, segment(port, 'FA', { sourcePort }, 2)],
];
const halfOpenAt = (port: number, at: number): Timed[] => [
  [at, syn(port)],
  [at + 0.001, reply(port, 'SA')],
  [at + 0.002, segment(port, 'R', {}, 2)],
];
const banner = textBytes('220 ready\r\n');

describe('Service probing of the port scan rule', () => {
  it('tells the services that a scanner asks what they are as the second stage of its scan', () => {
    const scan = [...probes(30, syn, refused), ...halfOpenAt(22, 0.4), ...halfOpenAt(21, 0.5)];
    const asked = [...visit(2, 22, 6000, banner), ...visit(3, 21, 6001, banner), ...visit(9, 21, 6002, banner)];
    const finding = only(new ScanUnderTest().add([...scan, ...asked]).finish());
    assert.deepEqual(
      finding.stages.map(({ title }) => title),
      [finding.title, `Service probing of 2 open ports (21, 22) in 3 connections by ${scanner}`],
    );
    assert.ok(finding.stages[1]!.lastSeen - finding.firstSeen >= 9);
    // Guessing at one of the ports that were found is no probing.
    const guessing = Array.from({ length: 40 }, (_, i) => visit(2 + i, 22, 6000 + i, banner));
    assert.deepEqual(only(new ScanUnderTest().add([...scan, ...guessing.flat()]).finish()).stages, []);
    // Who comes back much later, or takes much, does something else.
    const later = visit(200, 22, 6000, banner).concat(visit(201, 21, 6001, banner));
    assert.deepEqual(only(new ScanUnderTest().add([...scan, ...later]).finish()).stages, []);
  });

  it('knows a scan of two open ports by the connections that follow', () => {
    const found = [...halfOpenAt(22, 0), ...halfOpenAt(80, 0.1)];
    const finding = only(
      new ScanUnderTest().add([...found, ...visit(0.5, 22, 6000, banner), ...visit(0.6, 80, 6001)]).finish(),
    );
    assert.equal(finding.severity, 'medium');
    assert.equal(finding.evidence.find(({ name }) => name === 'open ports found')?.observed, '22, 80');
    assert.deepEqual(new ScanUnderTest().add(found).finish(), []);
    assert.deepEqual(new ScanUnderTest().add([...visit(0, 22, 6000, banner), ...visit(1, 80, 6001)]).finish(), []);
  });
});
