import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Engine } from '../../../../src/core/engine/engine';
import type { EngineOptions } from '../../../../src/core/engine/engine';
import type { FlowRow } from '../../../../src/protocol/capture';
import {
  arpFrame,
  defaultSeconds,
  dnsMessage,
  httpRequest,
  httpResponse,
  packetsAt,
  portUnreachableFrame,
  rawPacket,
  tcpFrame,
  tlsClientHello,
  udpFrame,
} from '../../../support/packets';

type Timed = [atSeconds: number, frame: Uint8Array];

const client = '10.0.0.1';
const server = '10.0.0.2';
const noCapture = { format: 'pcap', linkTypes: ['ETHERNET'], damage: null };

function engineWith(frames: readonly Timed[], options: Partial<EngineOptions> = {}): Engine {
  const engine = new Engine({ localAddresses: [], ...options });
  for (const packet of packetsAt(frames)) engine.push(packet);
  return engine;
}

function talk(
  clientPort: number,
  serverPort: number,
  steps: [number, 'out' | 'in', string, number, number, Uint8Array?][],
): Timed[] {
  return steps.map(([at, direction, flags, sequence, acknowledgment, payload]) => {
    const ends =
      direction === 'out'
        ? { source: client, destination: server, sourcePort: clientPort, destinationPort: serverPort }
        : { source: server, destination: client, sourcePort: serverPort, destinationPort: clientPort };
    return [at, tcpFrame({ ...ends, flags, sequence, acknowledgment }, payload)];
  });
}

const get = httpRequest('GET', '/', 'shop.test');
const page = httpResponse(200, 'OK', 'hello');
const rest = new Uint8Array(100).fill(0x61);
const web = talk(40000, 80, [
  [0, 'out', 'S', 100, 0],
  [0.01, 'in', 'SA', 500, 101],
  [0.02, 'out', 'A', 101, 501],
  [0.03, 'out', 'PA', 101, 501, get],
  [0.13, 'in', 'PA', 501, 101 + get.length, page],
  [0.14, 'in', 'PA', 501 + page.length, 101 + get.length, rest],
  [0.2, 'out', 'A', 101 + get.length, 601 + page.length],
]);

describe('Engine', () => {
  it('reports a web request in every number that it touches', () => {
    const rows: FlowRow[] = [];
    const engine = engineWith(web, { onFlowEnd: (row) => rows.push(row) });
    engine.finish();
    const report = engine.report('web.pcap', noCapture);
    const bytes = web.reduce((sum, [, frame]) => sum + frame.length, 0);
    assert.equal(report.schema, 1);
    assert.equal(report.file, 'web.pcap');
    assert.deepEqual(report.capture, {
      ...noCapture,
      packets: 7,
      capturedBytes: bytes,
      originalBytes: bytes,
      firstSeen: defaultSeconds,
      lastSeen: defaultSeconds + 0.2,
    });
    const counts = Object.fromEntries(report.protocols.map(({ protocol, packets }) => [protocol, packets]));
    assert.deepEqual(counts, { eth: 7, ip: 7, tcp: 7, http: 3 });
    assert.deepEqual(report.flows, { total: 1, tcp: 1, udp: 0, other: 0 });
    assert.deepEqual(report.conversations, [{ a: client, b: server, packets: 7, bytes }]);
    assert.equal(report.latency.tcpHandshakeMs.count, 1);
    assert.ok(Math.abs(report.latency.tcpHandshakeMs.p50! - 20) <= 0.4);
    assert.ok(Math.abs(report.latency.httpMs.p50! - 100) <= 2);
    assert.deepEqual(report.http, { requests: 1, hosts: [{ name: 'shop.test', count: 1 }], status: { '200': 1 } });
    assert.deepEqual(report.findings, []);
    assert.equal(rows.length, 1);
    assert.equal(rows[0]!.application, 'http');
    assert.equal(rows[0]!.serverName, 'shop.test');
    assert.equal(rows[0]!.state, 'established');
    assert.deepEqual(engine.flowRows(0, 10), { rows, total: 1 });
  });

  it('does not count a request twice that was sent twice', () => {
    const again = talk(40000, 80, [[0.035, 'out', 'PA', 101, 501, get]]);
    const engine = engineWith([...web.slice(0, 4), ...again, ...web.slice(4)]);
    const report = engine.report('', noCapture);
    assert.equal(report.http.requests, 1);
    assert.equal(report.latency.httpMs.count, 1);
    assert.equal(report.loss.tcpRetransmittedSegments, 1);
    // SYN, SYN/ACK and four segments of data.
    assert.equal(report.loss.tcpRetransmissionPercent, 100 / 6);
    assert.equal(report.protocols.find(({ protocol }) => protocol === 'http')?.packets, 4);
  });

  it('counts a DNS packet in eth, ip, udp and dns, and measures its answer', () => {
    const question = { name: 'a.test', type: 'A' as const };
    const ends = { source: client, destination: server, sourcePort: 5353 + 1, destinationPort: 53 };
    const back = { source: server, destination: client, sourcePort: 53, destinationPort: 5353 + 1 };
    const engine = engineWith([
      [0, udpFrame(ends, dnsMessage({ id: 1, questions: [question] }))],
      [0.05, udpFrame(back, dnsMessage({ id: 1, response: true, questions: [question] }))],
    ]);
    const report = engine.report('', noCapture);
    assert.deepEqual(
      report.protocols.map(({ protocol, packets }) => [protocol, packets]),
      [
        ['dns', 2],
        ['eth', 2],
        ['ip', 2],
        ['udp', 2],
      ],
    );
    assert.deepEqual(report.dns, { queries: 1, responses: 1, names: [{ name: 'a.test', count: 1 }] });
    assert.ok(Math.abs(report.latency.dnsMs.p50! - 50) <= 1);
  });

  it('counts TLS in every packet of its connection that carries some, and takes the server name', () => {
    const hello = tlsClientHello('secret.test');
    const engine = engineWith([
      ...talk(40001, 443, [
        [0, 'out', 'S', 100, 0],
        [0.01, 'in', 'SA', 500, 101],
        [0.02, 'out', 'A', 101, 501],
        [0.03, 'out', 'PA', 101, 501, hello],
        [0.04, 'out', 'PA', 101 + hello.length, 501, rest],
      ]),
    ]);
    const report = engine.report('', noCapture);
    assert.equal(report.protocols.find(({ protocol }) => protocol === 'tls')?.packets, 2);
    assert.deepEqual(report.tls, { handshakes: 1, serverNames: [{ name: 'secret.test', count: 1 }] });
    assert.equal(engine.snapshot().talkers.find(({ address }) => address === server)?.name, 'secret.test');
    assert.equal(engine.flowRows(0, 1).rows[0]?.serverName, 'secret.test');
  });

  it('reads a ClientHello whose segments come in the wrong order, and says how it knows the application', () => {
    const hello = tlsClientHello('shop.test');
    const [first, second] = [hello.slice(0, 70), hello.slice(70)];
    const rows: FlowRow[] = [];
    const engine = engineWith(
      [
        ...talk(40000, 9443, [
          [0, 'out', 'S', 100, 0],
          [0.01, 'in', 'SA', 500, 101],
          [0.02, 'out', 'PA', 101 + first.length, 501, second],
          [0.03, 'out', 'A', 101, 501, first],
        ]),
        ...talk(40001, 443, [[0.04, 'out', 'PA', 1, 1, new Uint8Array(9).fill(0xf5)]]),
        ...talk(40002, 80, [[0.05, 'out', 'S', 1, 0]]),
      ],
      { onFlowEnd: (row) => rows.push(row) },
    );
    engine.finish();
    assert.deepEqual(
      rows.map((row) => [row.application, row.applicationBy, row.serverName]),
      [
        ['tls', 'payload', 'shop.test'],
        ['tls', 'port', null],
        [null, null, null],
      ],
    );
    assert.match(rows[0]?.ja4 ?? '', /^t13d0306h2_/);
    assert.match(rows[0]?.ja3 ?? '', /^[0-9a-f]{32}$/);
    const { handshakes, serverNames } = engine.report('tls.pcap', noCapture).tls;
    assert.deepEqual([handshakes, serverNames], [1, [{ name: 'shop.test', count: 1 }]]);
    const held = engine.snapshot().limits.find(({ name }) => name === 'bytes held of streams');
    assert.equal(held?.hits, 0);
  });

  it('counts the packets of a mail connection as what they hold before and after STARTTLS', () => {
    const command = new TextEncoder().encode('EHLO me.test\r\n');
    const hello = tlsClientHello('mail.test');
    const engine = engineWith(
      talk(40000, 25, [
        [0, 'out', 'PA', 1, 1, command],
        [0.1, 'out', 'PA', 1 + command.length, 1, hello],
        [0.2, 'in', 'PA', 1, 1, new Uint8Array(50)],
      ]),
    );
    const counts = engine.snapshot().protocols.map(({ protocol, packets }) => [protocol, packets]);
    assert.deepEqual(counts, [
      ['eth', 3],
      ['ip', 3],
      ['tcp', 3],
      ['tls', 2],
      ['smtp', 1],
    ]);
    const [flow] = engine.flowRows(0, 1).rows;
    assert.deepEqual([flow?.application, flow?.serverName], ['smtp', 'mail.test']);
  });

  it('counts what an ICMP error quotes, as tshark does', () => {
    const query = udpFrame(
      { source: client, destination: server, sourcePort: 40000, destinationPort: 53 },
      dnsMessage({ id: 1, questions: [{ name: 'a.test', type: 'A' }] }),
    );
    const engine = engineWith([
      [0, query],
      [0.01, portUnreachableFrame({ source: server, destination: client }, query.subarray(14))],
    ]);
    const count = (name: string): number | undefined =>
      engine.report('x', noCapture).protocols.find((p) => p.protocol === name)?.packets;
    assert.deepEqual([count('icmp'), count('ip'), count('udp'), count('dns')], [1, 2, 2, 2]);
  });

  it('does not call a connection active that is closed or reset', () => {
    const handshake = talk(40000, 80, [
      [0, 'out', 'S', 100, 0],
      [0.01, 'in', 'SA', 500, 101],
      [0.02, 'out', 'A', 101, 501],
    ]);
    const closed = talk(40000, 80, [
      [0.03, 'out', 'FA', 101, 501],
      [0.04, 'in', 'FA', 501, 102],
      [0.05, 'out', 'A', 102, 502],
    ]);
    const refused = talk(40001, 81, [
      [0.06, 'out', 'S', 1, 0],
      [0.07, 'in', 'RA', 0, 2],
    ]);
    assert.equal(engineWith(handshake).snapshot().flows.open, 1);
    assert.equal(engineWith([...handshake, ...closed]).snapshot().flows.open, 0);
    assert.equal(engineWith([...handshake, ...refused]).snapshot().flows.open, 1);
    const again = talk(40001, 81, [[100, 'out', 'S', 9000, 0]]);
    assert.equal(engineWith([...handshake, ...refused, ...again]).snapshot().flows.open, 2);
  });

  it('draws in, out and other by the addresses of the machine', () => {
    const ends = { sourcePort: 1000, destinationPort: 2000 };
    const frames: Timed[] = [
      [0, udpFrame({ ...ends, source: client, destination: server }, new Uint8Array(10))],
      [0, udpFrame({ ...ends, source: server, destination: client }, new Uint8Array(20))],
      [0, udpFrame({ ...ends, source: server, destination: '10.0.0.3' }, new Uint8Array(30))],
    ];
    const { series } = engineWith(frames, { localAddresses: [client] }).snapshot();
    assert.deepEqual([...series.bytesOut], [frames[0]![1].length]);
    assert.deepEqual([...series.bytesIn], [frames[1]![1].length]);
    assert.deepEqual([...series.bytesOther], [frames[2]![1].length]);
  });

  it('has a whole snapshot before the first packet, that survives a structured clone', () => {
    const engine = new Engine({ localAddresses: [] });
    engine.tick(1_700_000_000e6);
    const snapshot = engine.snapshot();
    assert.deepEqual(structuredClone(snapshot), snapshot);
    assert.equal(snapshot.packets, 0);
    assert.equal(snapshot.clockUs, null);
    assert.equal(snapshot.firstUs, null);
    assert.equal(snapshot.series.packets.length, 0);
    assert.deepEqual(snapshot.recentPackets, []);
    assert.equal(engine.report('', noCapture).loss.tcpRetransmissionPercent, null);
  });

  it('shows the newest packets, whatever becomes of the buffer they came in', () => {
    const engine = new Engine({ localAddresses: [] });
    const buffer = new Uint8Array(2000);
    for (let number = 1; number <= 150; number++) {
      const ends = { source: client, destination: server, sourcePort: 1000, destinationPort: number };
      const frame = udpFrame(ends, new Uint8Array(number));
      buffer.set(frame);
      engine.push(rawPacket(buffer.subarray(0, frame.length), { number }));
      buffer.fill(0xee);
    }
    const recent = engine.snapshot().recentPackets;
    assert.equal(recent.length, 100);
    assert.deepEqual(
      recent.map(({ number, destinationPort }) => [number, destinationPort]),
      Array.from({ length: 100 }, (_, i) => [51 + i, 51 + i]),
    );
  });

  it('moves on with tick while the line is silent, and shows our own loss apart', () => {
    const engine = engineWith(
      [[0, udpFrame({ source: client, destination: server, sourcePort: 9, destinationPort: 8 }, rest)]],
      {
        localAddresses: [client],
      },
    );
    engine.noteCaptureLoss((defaultSeconds + 1) * 1e6, 5, 0);
    engine.noteCaptureLoss((defaultSeconds + 1) * 1e6, -5, 0);
    engine.tick((defaultSeconds + 3) * 1e6);
    const { series, flows, loss, clockUs } = engine.snapshot();
    assert.deepEqual([...series.packets], [1, 0, 0, 0]);
    assert.deepEqual([...series.captureLost], [0, 5, 0, 0]);
    assert.equal(loss.lostSegments, 0);
    assert.equal(flows.open, 1);
    assert.equal(clockUs, defaultSeconds * 1e6);
    engine.tick((defaultSeconds + 300) * 1e6);
    assert.equal(engine.snapshot().flows.open, 0);
    assert.equal(engine.flowRows(0, 5).total, 1);
  });

  it('pages through ended and open flows', () => {
    const frames = Array.from({ length: 30 }, (_, i): Timed => [
      i < 10 ? 0 : 500,
      udpFrame({ source: client, destination: server, sourcePort: 1000 + i, destinationPort: 9 }, rest),
    ]);
    const engine = engineWith(frames);
    const ports = (from: number, count: number): (number | null)[] =>
      engine.flowRows(from, count).rows.map(({ aPort }) => aPort);
    assert.deepEqual(
      ports(0, 100),
      Array.from({ length: 30 }, (_, i) => 1000 + i),
    );
    assert.deepEqual(ports(8, 4), [1008, 1009, 1010, 1011]);
    assert.deepEqual(ports(28, 100), [1028, 1029]);
    assert.deepEqual(ports(40, 100), []);
    assert.deepEqual(ports(-5, -5), []);
    assert.equal(engine.flowRows(0, 1).total, 30);
  });

  it('tells a scan while it goes on, and forgets it when told to', () => {
    const scan = Array.from({ length: 20 }, (_, i): Timed[] => [
      [i / 10, tcpFrame({ source: client, destination: server, sourcePort: 5, destinationPort: 100 + i, flags: 'S' })],
      [
        i / 10 + 0.01,
        tcpFrame({ source: server, destination: client, sourcePort: 100 + i, destinationPort: 5, flags: 'RA' }),
      ],
    ]).flat();
    const engine = engineWith(scan);
    const [finding] = engine.findings();
    assert.equal(finding?.threat, 'port-scan');
    assert.deepEqual([finding?.sources, finding?.targets], [[client], [server]]);
    engine.clearFindings();
    assert.deepEqual(engine.findings(), []);
    engine.finish();
    assert.deepEqual(engine.findings(), []);
  });

  it('lists its limits, and notes of damaged packets', () => {
    const cut = udpFrame({ source: client, destination: server, sourcePort: 9, destinationPort: 8 }, rest).slice(0, 30);
    const snapshot = engineWith([
      [0, cut],
      [1, arpFrame({ operation: 'request', senderAddress: client, targetAddress: server })],
    ]).snapshot();
    assert.ok(snapshot.notes.length > 0 && snapshot.notes.every(({ count }) => count > 0));
    const names = snapshot.limits.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of ['open flows', 'addresses', 'conversations', 'findings', 'port scan: sources'])
      assert.ok(names.includes(name), name);
    assert.deepEqual(snapshot.talkers, []);
  });

  it('never throws, and counts every packet, on any bytes of any link type at any time', () => {
    const packet = fc.record({
      bytes: fc.uint8Array({ maxLength: 120 }),
      linkType: fc.constantFrom(0, 1, 101, 113, 276, 9999),
      seconds: fc.nat({ max: 0xffffffff }),
      originalLength: fc.nat({ max: 70_000 }),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 30 }), (packets) => {
        const engine = new Engine({ localAddresses: ['10.0.0.1'] });
        for (const [index, { bytes, ...rest }] of packets.entries())
          engine.push(rawPacket(bytes, { ...rest, number: index + 1 }));
        engine.finish();
        assert.equal(engine.snapshot().packets, packets.length);
        JSON.stringify(engine.report('', noCapture));
      }),
    );
  });
});
