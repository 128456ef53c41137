import assert from 'node:assert/strict';
import fc from 'fast-check';
import { flowEvents, grownFrom } from '../../../../src/core/flows/flow';
import {
  echoFrame,
  ipv4,
  ethernet,
  etherTypes,
  macForIp,
  portUnreachableFrame,
  tcpFrame,
  udpFrame,
} from '../../../support/packets';
import { PacketView } from '../../../../src/core/decode/packetView';
import { decodePacket } from '../../../../src/core/decode/decodePacket';
import { rawPacket } from '../../../support/packets';
import { defaultFlowTimeouts } from '../../../../src/core/flows/idleLists';
import { TableUnderTest, connection } from './support';

const empty = new Uint8Array(0);

describe('FlowTable', () => {
  it('measures the round trip of a reset that carries a number without the flag for it', () => {
    const tested = new TableUnderTest();
    const { fromClient, fromServer } = connection();
    tested.add([
      [0, fromClient('S', 100)],
      [0.03, fromServer('SA', 900, 101)],
      [0.05, fromClient('A', 101, 901)],
      [0.06, fromClient('PA', 101, 901, new Uint8Array(10))],
      [0.1, fromServer('R', 901, 111)],
    ]);
    assert.equal(Math.round(tested.table.flow!.ackRttUs), 40_000);
  });

  it('says which packets of the opener come after so much of its payload, and no others', () => {
    const tested = new TableUnderTest();
    const { fromClient, fromServer } = connection();
    const grown = (frame: Uint8Array): boolean => (tested.add([[0, frame]])[0]! & flowEvents.grown) !== 0;
    assert.equal(grown(fromClient('S', 100)), false);
    assert.equal(tested.table.flow!.grownAtBytes, grownFrom);
    tested.table.flow!.grownAtBytes = 20;
    const seen = [
      fromServer('SA', 900, 101),
      fromClient('A', 101, 901, new Uint8Array(19)),
      fromServer('A', 901, 120, new Uint8Array(30)),
      fromClient('A', 120, 931, new Uint8Array(1)),
      fromClient('A', 121, 931),
      fromClient('A', 121, 931, new Uint8Array(1)),
    ].map(grown);
    assert.deepEqual(seen, [false, false, false, true, false, true]);
  });

  it('follows a connection from SYN to the last ACK', () => {
    const tested = new TableUnderTest();
    const { fromClient, fromServer } = connection();
    const states: string[] = [];
    const steps: [number, Uint8Array][] = [
      [0, fromClient('S', 100)],
      [0.03, fromServer('SA', 900, 101)],
      [0.05, fromClient('A', 101, 901)],
      [0.06, fromClient('PA', 101, 901, new Uint8Array(10))],
      [0.07, fromServer('FA', 901, 111)],
      [0.08, fromClient('FA', 111, 902)],
      [0.09, fromServer('A', 902, 112)],
    ];
    const events = steps.flatMap((step) => {
      const seen = tested.add([step]);
      states.push(tested.rows()[0]!.state);
      return seen;
    });
    assert.deepEqual(states, [
      'syn-sent',
      'syn-received',
      'established',
      'established',
      'closing',
      'closing',
      'closed',
    ]);
    assert.deepEqual(events, [
      flowEvents.opened,
      flowEvents.answered | flowEvents.synAnswered,
      flowEvents.established,
      0,
      0,
      0,
      0,
    ]);
    const [row] = tested.rows();
    assert.equal(row!.a, '10.0.0.1');
    assert.equal(row!.aPort, 40000);
    assert.equal(row!.packetsAToB, 4);
    assert.equal(row!.packetsBToA, 3);
    assert.equal(row!.durationUs, 90_000);
    assert.ok(Math.abs(row!.tcpHandshakeMs! - 50) < 1e-6);
    assert.equal(row!.retransmittedSegments, 0);
  });

  it('tells a refused connection from one that its opener reset half-way', () => {
    const refused = new TableUnderTest();
    const first = connection();
    assert.deepEqual(
      refused.add([
        [0, first.fromClient('S', 1)],
        [0.1, first.fromServer('RA', 0, 2)],
      ])[1],
      flowEvents.answered | flowEvents.reset | flowEvents.refused,
    );
    const halfOpen = new TableUnderTest();
    const events = halfOpen.add([
      [0, first.fromClient('S', 1)],
      [0.1, first.fromServer('SA', 7, 2)],
      [0.2, first.fromClient('R', 2)],
    ]);
    assert.equal(events[2], flowEvents.reset | flowEvents.halfOpenReset);
    assert.equal(halfOpen.rows()[0]!.state, 'reset');
  });

  it('counts a repeated SYN as a retransmission and measures from the newest', () => {
    const tested = new TableUnderTest();
    const { fromClient, fromServer } = connection();
    const events = tested.add([
      [0, fromClient('S', 100)],
      [1, fromClient('S', 100)],
      [1.02, fromServer('SA', 900, 101)],
      [1.03, fromClient('A', 101, 901)],
    ]);
    assert.equal(events[1], flowEvents.retransmission | flowEvents.suspectedRetransmission);
    assert.ok(Math.abs(tested.rows()[0]!.tcpHandshakeMs! - 30) < 1e-6);
  });

  it('lets the receiver of a SYN/ACK be the opener when the SYN is missing', () => {
    const tested = new TableUnderTest();
    const { fromServer } = connection();
    tested.add([[0, fromServer('SA', 900, 101)]]);
    const [row] = tested.rows();
    assert.equal(row!.a, '10.0.0.1');
    assert.equal(row!.packetsBToA, 1);
    assert.equal(row!.state, 'syn-received');
  });

  it('begins a new flow when ports are used again', () => {
    const tested = new TableUnderTest();
    const { fromClient, fromServer } = connection();
    tested.add([
      [0, fromClient('S', 100)],
      [0.1, fromServer('RA', 0, 101)],
      [1, fromClient('S', 5000)],
    ]);
    assert.equal(tested.table.total, 2);
    assert.deepEqual(
      tested.ended.map(({ reason, state }) => [reason, state]),
      [['replaced', 'reset']],
    );
  });

  it('keeps IPv4 and IPv6, TCP and UDP, and other ports apart', () => {
    const tested = new TableUnderTest();
    const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 5, destinationPort: 6 };
    const six = { source: '::a00:1', destination: '::a00:2', sourcePort: 5, destinationPort: 6 };
    tested.add([
      [0, udpFrame(ends, empty)],
      [0, tcpFrame({ ...ends, flags: 'S' })],
      [0, udpFrame(six, empty)],
      [0, udpFrame({ ...ends, sourcePort: 7 }, empty)],
      [0, udpFrame({ ...ends, source: '10.0.0.2', destination: '10.0.0.1' }, empty)],
      [0, udpFrame({ ...ends, source: '10.0.0.2', destination: '10.0.0.1', sourcePort: 6, destinationPort: 5 }, empty)],
      [0, echoFrame({ source: '10.0.0.1', destination: '10.0.0.2', reply: false, identifier: 1, sequence: 1 })],
    ]);
    assert.equal(tested.table.total, 6);
    assert.equal(tested.table.totalTcp, 1);
    assert.equal(tested.table.totalUdp, 4);
    assert.equal(tested.rows().find((row) => row.protocol === 'icmp')?.aPort, null);
  });

  it('ends idle flows by packet time, connections later than the rest', () => {
    const tested = new TableUnderTest();
    const { fromClient, fromServer } = connection();
    const other = { source: '10.0.0.8', destination: '10.0.0.9', sourcePort: 5, destinationPort: 6 };
    tested.add([
      [0, fromClient('S', 100)],
      [0.1, fromServer('SA', 900, 101)],
      [0.2, fromClient('A', 101, 901)],
      [0.3, udpFrame(other, empty)],
      [0.4, tcpFrame({ ...other, flags: 'S' })],
      [200, udpFrame({ ...other, sourcePort: 1000 }, empty)],
    ]);
    assert.deepEqual(
      tested.ended.map(({ protocol, reason }) => [protocol, reason]),
      [
        ['tcp', 'idle'],
        ['udp', 'idle'],
      ],
    );
    tested.table.advance(3_000_000_000_000_000);
    assert.equal(tested.table.open, 0);
    assert.equal(tested.ended.length, 4);
  });

  it('ends idle flows by the timeouts it is given', () => {
    const never = Number.POSITIVE_INFINITY;
    const timeouts = { establishedIdleMs: never, handshakeIdleMs: never, datagramIdleMs: 5000, activeMs: never };
    const flows = new TableUnderTest({ timeouts });
    const datagram = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 5000 };
    flows.add([
      [0, udpFrame(datagram, new Uint8Array(4))],
      [1, connection().fromClient('S', 1)],
      [100_000, connection({ clientPort: 40001 }).fromClient('S', 1)],
    ]);
    assert.deepEqual(
      flows.ended.map(({ protocol, reason }) => [protocol, reason]),
      [['udp', 'idle']],
    );
  });

  it('tells a flow that goes on at each active timeout, and counts what follows apart', () => {
    const activeMs = 60_000;
    const flows = new TableUnderTest({ timeouts: { ...defaultFlowTimeouts, activeMs } });
    const { fromClient, fromServer } = connection();
    flows.add([
      [0, fromClient('S', 100)],
      [1, fromServer('SA', 500, 101)],
      [2, fromClient('A', 101, 501)],
      [59, fromClient('A', 101, 501, new Uint8Array(10))],
      [61, fromServer('A', 501, 111)],
      [90, fromClient('A', 111, 501, new Uint8Array(10))],
    ]);
    assert.deepEqual(
      flows.told.map(({ start, end, packetsAToB, packetsBToA }) => [end - start, packetsAToB, packetsBToA]),
      [[59, 3, 1]],
    );
    const [open] = flows.rows();
    assert.deepEqual([open!.end - open!.start, open!.packetsAToB, open!.packetsBToA], [29, 1, 1]);
    assert.equal(open!.state, 'established');
    assert.equal(flows.table.total, 2);
  });

  it('gives up unanswered flows first at its limit, and counts them', () => {
    const tested = new TableUnderTest({ maxFlows: 10 });
    const { fromClient, fromServer } = connection();
    tested.add([
      [0, fromClient('S', 100)],
      [0.1, fromServer('SA', 900, 101)],
      [0.2, fromClient('A', 101, 901)],
    ]);
    const flood: [number, Uint8Array][] = Array.from({ length: 1000 }, (_, i) => [
      1 + i / 1000,
      tcpFrame({
        source: `10.9.${i >> 8}.${i & 255}`,
        destination: '10.0.0.2',
        sourcePort: 1,
        destinationPort: 80,
        flags: 'S',
      }),
    ]);
    tested.add(flood);
    assert.equal(tested.table.open, 10);
    assert.equal(tested.table.limit.hits, 991);
    assert.equal(tested.table.total, 1001);
    assert.equal(tested.rows()[0]!.state, 'established');
  });

  it('adds later fragments to the flow of the first', () => {
    const tested = new TableUnderTest();
    const fragment = (offset: number, more: boolean, payload: Uint8Array): Uint8Array => {
      const packet = ipv4({ source: '10.0.0.1', destination: '10.0.0.2', protocol: 17, identification: 9 }, payload);
      packet[6] = (more ? 0x20 : 0) | (offset >> 11);
      packet[7] = (offset >> 3) & 255;
      return ethernet(
        { source: macForIp('10.0.0.1'), destination: macForIp('10.0.0.2'), etherType: etherTypes.ipv4 },
        packet,
      );
    };
    const datagram = new Uint8Array(64);
    datagram.set([0, 5, 0, 6, 0, 128]);
    tested.add([
      [0, fragment(0, true, datagram)],
      [0, fragment(64, false, new Uint8Array(64))],
    ]);
    const rows = tested.rows();
    assert.equal(rows.length, 1);
    assert.equal(rows[0]!.packetsAToB, 2);
    assert.equal(rows[0]!.bPort, 6);
  });

  it('finds the flow that an ICMP error quotes, and its direction', () => {
    const tested = new TableUnderTest();
    const probe = udpFrame({ source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 5, destinationPort: 6 }, empty);
    const view = new PacketView();
    tested.add([[0, probe]]);
    decodePacket(
      view,
      rawPacket(portUnreachableFrame({ source: '10.0.0.2', destination: '10.0.0.1' }, probe.slice(14))),
    );
    const quoted = tested.table.quoted(view);
    assert.equal(quoted?.flow.bPort, 6);
    assert.equal(quoted?.fromA, true);
  });

  it('counts what a naive count by text keys counts, for any mix of packets', () => {
    const packet = fc.record({
      client: fc.integer({ min: 1, max: 4 }),
      server: fc.integer({ min: 1, max: 4 }),
      port: fc.integer({ min: 1, max: 3 }),
      six: fc.boolean(),
      length: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 120 }), (packets) => {
        const tested = new TableUnderTest();
        const flows = new Map<string, { packets: number; bytes: number }>();
        const pairs = new Map<string, { packets: number; bytes: number }>();
        const count = (into: typeof flows, ends: string[], bytes: number): void => {
          const key = ends.sort().join(' ');
          const known = into.get(key) ?? { packets: 0, bytes: 0 };
          into.set(key, { packets: known.packets + 1, bytes: known.bytes + bytes });
        };
        for (const { client, server, port, six, length } of packets) {
          const source = six ? `fd00::${client}` : `10.0.0.${client}`;
          const destination = six ? `fd00::${server}` : `10.0.0.${server}`;
          const frame = udpFrame(
            { source, destination, sourcePort: port, destinationPort: 4 - port },
            new Uint8Array(length),
          );
          tested.add([[0, frame]]);
          count(flows, [`${source}#${port}`, `${destination}#${4 - port}`], frame.length);
          count(pairs, [source, destination], frame.length);
        }
        const ours = tested.rows().map((row) => ({
          key: [`${row.a}#${row.aPort}`, `${row.b}#${row.bPort}`].sort().join(' '),
          packets: row.packetsAToB + row.packetsBToA,
          bytes: row.bytesAToB + row.bytesBToA,
        }));
        assert.equal(ours.length, flows.size);
        for (const { key, ...counted } of ours) assert.deepEqual(counted, flows.get(key));
        const conversations = tested.table.conversations.top(1000);
        assert.equal(conversations.length, pairs.size);
        for (const row of conversations) {
          assert.deepEqual({ packets: row.packets, bytes: row.bytes }, pairs.get([row.a, row.b].sort().join(' ')));
        }
      }),
    );
  });

  it('never throws on any bytes behind an Ethernet and IPv4 header', () => {
    const tested = new TableUnderTest();
    const view = new PacketView();
    fc.assert(
      fc.property(fc.constantFrom(6, 17, 1), fc.uint8Array({ maxLength: 80 }), (protocol, payload) => {
        const frame = ethernet(
          { source: macForIp('10.0.0.1'), destination: macForIp('10.0.0.2'), etherType: etherTypes.ipv4 },
          ipv4({ source: '10.0.0.1', destination: '10.0.0.2', protocol }, payload),
        );
        decodePacket(view, rawPacket(frame));
        tested.table.add(view);
        tested.table.quoted(view);
      }),
    );
  });
});
