import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Finding } from '../../../../src/protocol/finding';
import { portUnreachableFrame, tcpFrame } from '../../../support/packets';
import { ScanUnderTest, datagram, probes, reply, scanner, segment, victim } from './support';
import type { Timed } from './support';

const refused = (port: number): Uint8Array => reply(port, 'RA');
const syn = (port: number): Uint8Array => segment(port, 'S');
const evidence = (finding: Finding, name: string): unknown =>
  finding.evidence.find((each) => each.name === name)?.observed;

function only(findings: Finding[]): Finding {
  assert.equal(findings.length, 1);
  return findings[0]!;
}

describe('PortScanDetector', () => {
  it('finds a SYN scan at the threshold, not before, and says all about it', () => {
    const tested = new ScanUnderTest();
    tested.add(probes(14, syn, refused, { gapSeconds: 0.2 }));
    assert.deepEqual(tested.findings(), []);
    tested.add(probes(1, syn, refused, { first: 114, fromSeconds: 1 }));
    const finding = only(tested.findings());
    assert.deepEqual(finding.sources, [scanner]);
    assert.deepEqual(finding.targets, [victim]);
    assert.equal(finding.rule, 'port-scan');
    assert.equal(finding.threat, 'port-scan');
    assert.equal(finding.severity, 'medium');
    assert.equal(finding.count, 15);
    assert.deepEqual(
      finding.ports,
      Array.from({ length: 15 }, (_, i) => 100 + i),
    );
    assert.deepEqual(finding.packets.slice(0, 3), [1, 3, 5]);
    assert.deepEqual(finding.mitre, ['T1046']);
    assert.match(finding.title, /^TCP SYN scan of 10\.0\.0\.10 by 10\.0\.0\.66$/);
    const failed = finding.evidence[0]!;
    assert.deepEqual(failed, {
      name: 'distinct failed ports of one target',
      observed: 15,
      threshold: 15,
      unit: 'ports',
      window: '300 s',
    });
    assert.equal(evidence(finding, 'answered by RST'), 15);
    assert.equal(finding.lastSeen - finding.firstSeen > 0.9, true);
  });

  it('finds ten ports of one target within a second, also when the capture ends before they could be answered', () => {
    const [finding] = new ScanUnderTest().add(probes(10, syn, refused, { gapSeconds: 0.05 })).finish();
    assert.equal(finding?.severity, 'medium');
    assert.deepEqual(
      [finding.evidence[0]?.observed, finding.evidence[0]?.threshold, finding.evidence[0]?.window],
      [10, 10, '1 s'],
    );
    const own = (port: number): Uint8Array => segment(port, 'S', { sourcePort: 40_000 + port });
    assert.equal(only(new ScanUnderTest().add(probes(10, own, null, { gapSeconds: 0.0001 })).finish()).count, 10);
    assert.deepEqual(new ScanUnderTest().add(probes(9, own, null, { gapSeconds: 0.0001 })).finish(), []);
    assert.deepEqual(new ScanUnderTest().add(probes(10, own, refused, { gapSeconds: 0.3 })).finish(), []);
  });

  it('keeps one finding with one id while the scan goes on', () => {
    const tested = new ScanUnderTest();
    tested.add(probes(20, syn, refused));
    const early = only(tested.findings());
    tested.add(probes(200, syn, refused, { first: 200, fromSeconds: 5 }));
    const late = only(tested.findings());
    assert.equal(late.id, early.id);
    assert.equal(late.count, 220);
    assert.equal(late.severity, 'high');
    assert.equal(late.packets.length, 50);
  });

  it('waits for an answer before it calls a SYN unanswered', () => {
    const tested = new ScanUnderTest();
    tested.add(probes(30, syn));
    assert.deepEqual(tested.findings(), []);
    tested.detector.advance(1_700_000_004e6);
    const finding = only(tested.findings());
    assert.equal(evidence(finding, 'not answered'), 30);
    assert.ok(finding.against.some((text) => text.includes('firewall')));
  });

  it('closes the count when the capture ends, but not with what was sent just before', () => {
    assert.equal(only(new ScanUnderTest().add(probes(30, syn, null, { gapSeconds: 0.1 })).finish()).count, 30);
    const host = (i: number): Uint8Array => segment(22, 'S', { target: `10.0.0.${i}` });
    assert.deepEqual(new ScanUnderTest().add(probes(30, host, null, { gapSeconds: 0.001 })).finish(), []);
  });

  it('takes back what was answered late', () => {
    const tested = new ScanUnderTest();
    const gapSeconds = 0.2;
    tested.add(probes(10, syn, null, { gapSeconds }));
    tested.add(probes(10, (port) => reply(port, 'SA'), null, { fromSeconds: 6 }));
    tested.add(probes(10, syn, null, { first: 500, fromSeconds: 8, gapSeconds }));
    assert.deepEqual(tested.finish(), []);
  });

  it('counts tries of one port once, from other source ports as well', () => {
    const tested = new ScanUnderTest();
    for (let round = 0; round < 10; round++) {
      const sourcePort = 40000 + round;
      const ports = probes(
        14,
        (port) => segment(port, 'S', { sourcePort }),
        (port) => reply(port, 'RA', { sourcePort }),
        { fromSeconds: 3 * round, gapSeconds: 0.2 },
      );
      tested.add(ports);
    }
    assert.deepEqual(tested.finish(), []);
  });

  it('finds no scan in a SYN flood on one port, from one source or from many', () => {
    const flood = (source: (i: number) => string): Timed[] =>
      Array.from({ length: 3000 }, (_, i) => [
        i / 1000,
        segment(80, 'S', { source: source(i), sourcePort: 1024 + (i % 50000) }, i),
      ]);
    assert.deepEqual(new ScanUnderTest().add(flood(() => scanner)).finish(), []);
    assert.deepEqual(new ScanUnderTest().add(flood((i) => `172.16.${i >> 8}.${i & 255}`)).finish(), []);
  });

  it('forgets what is older than the window', () => {
    const tested = new ScanUnderTest({ windowSeconds: 60 });
    tested.add(probes(14, syn, refused, { gapSeconds: 1 }));
    tested.add(probes(14, syn, refused, { first: 200, gapSeconds: 1, fromSeconds: 100 }));
    assert.deepEqual(tested.finish(), []);
    const slow = new ScanUnderTest({ windowSeconds: 60 }).add(probes(40, syn, refused, { gapSeconds: 3.5 }));
    assert.equal(only(slow.finish()).count, 40);
  });

  it('begins a new finding after a whole quiet window', () => {
    const tested = new ScanUnderTest({ windowSeconds: 60 });
    tested.add(probes(20, syn, refused));
    tested.add(probes(20, syn, refused, { fromSeconds: 1000 }));
    const findings = tested.finish();
    assert.equal(findings.length, 2);
    assert.notEqual(findings[0]!.id, findings[1]!.id);
  });

  it('finds a sweep of one port over many hosts as one finding', () => {
    const host = (i: number): string => `10.0.1.${i}`;
    const sweep = probes(
      40,
      (i) => segment(22, 'S', { target: host(i) }),
      (i) => reply(22, 'RA', { target: host(i) }),
      { first: 1 },
    );
    const finding = only(new ScanUnderTest().add(sweep).finish());
    assert.equal(finding.targets.length, 40);
    assert.deepEqual(finding.ports, [22]);
    assert.deepEqual(finding.mitre, ['T1046', 'T1018']);
    assert.equal(evidence(finding, 'distinct hosts that failed on one port'), 40);
    assert.match(finding.title, /port 22 on 40 hosts/);
  });

  it('makes one finding of a scan of many ports on many hosts', () => {
    const tested = new ScanUnderTest();
    for (let i = 1; i <= 30; i++) {
      const target = `10.0.1.${i}`;
      const ports = probes(
        30,
        (port) => segment(port, 'S', { target }),
        (port) => reply(port, 'RA', { target }),
        { fromSeconds: i },
      );
      tested.add(ports);
    }
    const finding = only(tested.finish());
    assert.equal(finding.count, 900);
    assert.equal(finding.targets.length, 30);
    assert.equal(finding.ports.length, 30);
  });

  it('finds a scan of a large network in random order, where neither target nor port stays', () => {
    const scattered = (n: number): Timed[] =>
      probes(
        n,
        (i) => segment(1 + ((i * 7919) % 60000), 'S', { target: `10.9.${i >> 8}.${i & 255}` }),
        (i) => reply(1 + ((i * 7919) % 60000), 'RA', { target: `10.9.${i >> 8}.${i & 255}` }),
        { first: 1 },
      );
    const finding = only(new ScanUnderTest().add(scattered(400)).finish());
    assert.equal(finding.count, 400);
    assert.equal(evidence(finding, 'distinct failed contacts of one source'), 400);
    assert.deepEqual(new ScanUnderTest().add(scattered(249)).finish(), []);
  });

  for (const [flags, name] of [
    ['F', 'TCP FIN'],
    ['', 'TCP NULL'],
    ['FPU', 'TCP Xmas'],
  ] as const) {
    it(`names a ${name} scan, and needs few probes to know it`, () => {
      const scan = probes(5, (port) => segment(port, flags), refused);
      const finding = only(new ScanUnderTest().add(scan).finish());
      assert.ok(finding.title.startsWith(`${name} scan`));
      assert.equal(evidence(finding, 'answered by RST'), 5);
      assert.deepEqual(new ScanUnderTest().add(scan.slice(0, 4)).finish(), []);
    });
  }

  it('names an ACK scan by the RSTs, and takes silence for an older connection', () => {
    const ack = (port: number): Uint8Array => segment(port, 'A');
    const answered = probes(20, ack, (port) => reply(port, 'R'));
    assert.ok(only(new ScanUnderTest().add(answered).finish()).title.startsWith('TCP ACK scan'));
    assert.deepEqual(new ScanUnderTest().add(probes(20, ack)).finish(), []);
  });

  it('names a connect scan, and lists the open ports that it found', () => {
    const open: Timed[] = [
      [0, segment(22, 'S', { sourcePort: 39999 })],
      [0.001, reply(22, 'SA', { sourcePort: 39999 })],
      [0.002, segment(22, 'A', { sourcePort: 39999 }, 2)],
      [0.003, segment(22, 'RA', { sourcePort: 39999 }, 2)],
    ];
    const connect = probes(
      30,
      (port) => segment(port, 'S', { sourcePort: 40000 + port }),
      (port) => reply(port, 'RA', { sourcePort: 40000 + port }),
    );
    const late = open.map(([at, frame]): Timed => [at + 0.1, frame]);
    const finding = only(new ScanUnderTest().add([...connect, ...late]).finish());
    assert.ok(finding.title.startsWith('TCP connect scan'));
    assert.equal(evidence(finding, 'open ports found'), '22');
    assert.equal(finding.ports.includes(22), false);
  });

  it('knows a SYN scan of few ports by the handshakes that it resets', () => {
    const halfOpen = (port: number, at: number): Timed[] => [
      [at, syn(port)],
      [at + 0.001, reply(port, 'SA')],
      [at + 0.002, segment(port, 'R', {}, 2)],
    ];
    const few = [...halfOpen(22, 0), ...halfOpen(80, 0.1), ...halfOpen(443, 0.2), ...probes(2, syn, refused)];
    const finding = only(new ScanUnderTest().add(few).finish());
    assert.equal(evidence(finding, 'open ports found'), '22, 80, 443');
    const oneService = Array.from({ length: 50 }, (_, i): Timed[] => [
      [i, segment(80, 'S', { sourcePort: 40000 + i })],
      [i + 0.001, reply(80, 'SA', { sourcePort: 40000 + i })],
      [i + 0.002, segment(80, 'R', { sourcePort: 40000 + i }, 2)],
    ]).flat();
    assert.deepEqual(new ScanUnderTest().add(oneService).finish(), []);
  });

  it('finds a UDP scan by port unreachable and by silence', () => {
    const unreachable = (port: number): Uint8Array =>
      portUnreachableFrame({ source: victim, destination: scanner }, datagram(port).slice(14));
    const answered = only(new ScanUnderTest().add(probes(20, (port) => datagram(port), unreachable)).finish());
    assert.ok(answered.title.startsWith('UDP scan'));
    assert.equal(evidence(answered, 'answered by ICMP unreachable'), 20);
    const silent = only(
      new ScanUnderTest().add(probes(20, (port) => datagram(port), null, { gapSeconds: 0.2 })).finish(),
    );
    assert.equal(evidence(silent, 'not answered'), 20);
  });

  it('does not take answers, broadcasts, multicast or traceroute for a UDP scan', () => {
    const answers = probes(100, (port) => datagram(port, { source: '10.0.0.53', sourcePort: 53 }), null, {
      first: 40000,
    });
    assert.deepEqual(new ScanUnderTest().add(answers).finish(), []);
    const multicast = probes(100, (port) => datagram(port, { target: '239.1.1.1' }));
    assert.deepEqual(new ScanUnderTest().add(multicast).finish(), []);
    const trace = probes(
      90,
      (port) => {
        const frame = datagram(port);
        frame[14 + 8] = 1 + (port % 30);
        return frame;
      },
      null,
      { first: 33434, gapSeconds: 0.1 },
    );
    assert.deepEqual(new ScanUnderTest().add(trace).finish(), []);
    const talk = probes(
      100,
      (port) => datagram(port),
      (port) => datagram(51000, { source: victim, target: scanner, sourcePort: port }),
    );
    assert.deepEqual(new ScanUnderTest().add(talk).finish(), []);
  });

  it('finds nothing in the middle of connections, and nothing where only one direction was captured', () => {
    const fromServer = probes(100, (port) => reply(443, 'A', { sourcePort: port }), null, { first: 40000 });
    assert.deepEqual(new ScanUnderTest().add(fromServer).finish(), []);
    const oneWay = Array.from({ length: 100 }, (_, i): Timed[] => [
      [i / 10, segment(443, 'S', { target: `10.1.0.${i}` })],
      [i / 10 + 0.02, segment(443, 'A', { target: `10.1.0.${i}` }, 2)],
    ]).flat();
    assert.deepEqual(new ScanUnderTest().add(oneWay).finish(), []);
    const closing = probes(
      100,
      (port) => reply(443, 'FA', { sourcePort: port }),
      (port) => segment(443, 'R', { sourcePort: port }),
      { first: 40000 },
    );
    assert.deepEqual(new ScanUnderTest().add(closing).finish(), []);
  });

  it('is below medium for silence on an everyday port, and for a monitor that reaches more than it misses', () => {
    const web = probes(40, (i) => segment(443, 'S', { target: `10.1.0.${i * 5}`, sourcePort: 40000 + i }), null, {
      first: 1,
      gapSeconds: 0.1,
    });
    assert.equal(only(new ScanUnderTest().add(web).finish()).severity, 'low');
    const talk = (port: number): Timed[] => [
      [5, segment(port, 'S', { sourcePort: port })],
      [5.001, reply(port, 'SA', { sourcePort: port })],
      [5.002, segment(port, 'A', { sourcePort: port }, 2)],
      [5.003, datagramOver(port, true)],
      [5.004, datagramOver(port, false)],
    ];
    const datagramOver = (port: number, out: boolean): Uint8Array => {
      const ends = out
        ? { source: scanner, destination: victim, sourcePort: port, destinationPort: port, sequence: 2 }
        : { source: victim, destination: scanner, sourcePort: port, destinationPort: port, sequence: 901 };
      return tcpData({ ...ends, flags: 'PA', acknowledgment: 1 });
    };
    const monitor = [
      ...probes(
        16,
        (port) => segment(port, 'S', { sourcePort: port }),
        (port) => reply(port, 'RA', { sourcePort: port }),
      ),
      ...Array.from({ length: 20 }, (_, i) => talk(2000 + i)).flat(),
    ];
    const finding = only(new ScanUnderTest().add(monitor).finish());
    assert.equal(finding.severity, 'low');
    assert.ok(finding.against.some((text) => text.includes('monitoring')));
  });

  it('is let off when the findings are cleared, until it goes on', () => {
    const tested = new ScanUnderTest();
    tested.add(probes(20, syn, refused));
    tested.detector.clear();
    assert.deepEqual(tested.findings(), []);
    tested.add(probes(5, syn, refused, { first: 300, fromSeconds: 1 }));
    assert.deepEqual(tested.findings(), []);
    tested.add(probes(10, syn, refused, { first: 400, fromSeconds: 2 }));
    assert.equal(only(tested.findings()).count, 15);
  });

  it('finds a scan under a flood from forged sources, within its limits', () => {
    const tested = new ScanUnderTest();
    for (let round = 0; round < 30; round++) {
      const flood = Array.from({ length: 1000 }, (_, i): Timed => {
        const n = round * 1000 + i;
        return [round + i / 1000, segment(80, 'S', { source: `172.${16 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}` })];
      });
      tested.add([
        ...flood,
        ...probes(1, syn, refused, { first: 100 + round, fromSeconds: round + 0.9999, gapSeconds: 1e-5 }),
      ]);
    }
    const finding = only(tested.finish());
    assert.deepEqual(finding.sources, [scanner]);
    const sources = tested.detector.limits.find(({ name }) => name === 'port scan: sources')!;
    assert.ok(sources.hits > 0);
  }).timeout(60_000);

  it('takes any thresholds without failing', () => {
    const number = fc.oneof(fc.integer(), fc.double());
    fc.assert(
      fc.property(number, number, number, (verticalPorts, horizontalHosts, windowSeconds) => {
        const tested = new ScanUnderTest({ verticalPorts, horizontalHosts, windowSeconds });
        tested.add(probes(3, syn, refused));
        const many = verticalPorts > 3 && horizontalHosts > 1;
        if (many) assert.deepEqual(tested.finish(), []);
        else tested.finish();
      }),
      { numRuns: 50 },
    );
    assert.equal(only(new ScanUnderTest({ verticalPorts: 1 }).add(probes(3, syn, refused)).finish()).count, 3);
  });
});

function tcpData(options: Parameters<typeof tcpFrame>[0]): Uint8Array {
  return tcpFrame(options, new Uint8Array(20));
}
