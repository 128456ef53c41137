import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Engine } from '../../../../src/core/engine/engine';
import { type FragmentLimits, FragmentReassembler } from '../../../../src/core/reassembly/ipFragments';
import type { RawPacket } from '../../../../src/core/pcap/rawPacket';
import { assertSound, decoded } from '../../../support/decoded';
import { dnsMessage, ethernet, ipv4, ipv6, ipv6Fragment, rawPacket, udp } from '../../../support/packets';

const macs = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02' };
const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 53 };
const ends6 = { source: '2001:db8::1', destination: '2001:db8::2', sourcePort: 4000, destinationPort: 53 };
const query = dnsMessage({
  id: 1,
  questions: [{ name: 'a-name-that-is-long-enough-for-three-fragments.test', type: 'A' }],
});

interface Part {
  from: number;
  to: number;
  more: boolean;
  id?: number;
}

type Version = 4 | 6;

/** Bytes `from` to `to` of `datagram` as a fragment; beyond its end come zeros. */
function fragmentOf(version: Version, datagram: Uint8Array, { from, to, more, id = 7 }: Part): Uint8Array {
  const payload = new Uint8Array(to - from);
  payload.set(datagram.subarray(from, to));
  const packet =
    version === 4
      ? ipv4({ ...ends, protocol: 17, identification: id, fragmentOffset: from, moreFragments: more }, payload)
      : ipv6(
          { ...ends6, nextHeader: 44 },
          ipv6Fragment({ nextHeader: 17, offset: from, more, identification: id }, payload),
        );
  return ethernet(macs, packet);
}

function datagramOf(version: Version): Uint8Array {
  return udp(version === 4 ? ends : ends6, query);
}

/** Cut at multiples of 8 bytes. */
function partsAt(length: number, cuts: readonly number[]): Part[] {
  const edges = [...new Set([0, ...cuts.map((cut) => cut * 8).filter((cut) => cut < length), length])];
  edges.sort((x, y) => x - y);
  return edges.slice(1).map((to, index) => ({ from: edges[index] ?? 0, to, more: to < length }));
}

const small: FragmentLimits = { datagrams: 4, bytes: 4000, piecesPerDatagram: 8, ageSeconds: 60 };

function hits(fragments: FragmentReassembler): number[] {
  return fragments.limits.map((limit) => limit.hits);
}

for (const version of [4, 6] as const) {
  describe(`IPv${version} fragments`, () => {
    const datagram = datagramOf(version);
    const ip = version === 4 ? 'eth:ip' : 'eth:ipv6:ipv6.fraghdr';

    it('show what they carry in the packet that completes the datagram', () => {
      const fragments = new FragmentReassembler();
      const seen = partsAt(datagram.length, [3, 6]).map((part) =>
        decoded(fragmentOf(version, datagram, part), fragments),
      );
      assert.deepEqual(
        seen.map(({ view }) => view.layers.join(':')),
        [`${ip}:data`, `${ip}:data`, `${ip}:udp:dns`],
      );
      const [first, , last] = seen;
      assert.equal(first?.view.transportOffset, -1);
      assert.equal(first?.view.fragmentHeld, true);
      assert.match(first?.row.info ?? '', /[Ff]ragment/);
      assert.equal(last?.view.reassembled, true);
      assert.equal(last?.view.payloadLength, query.length);
      assert.equal(last?.view.fragment, false);
      assert.equal(last?.row.source, version === 4 ? '10.0.0.1' : '2001:db8::1');
      assert.match(last?.row.info ?? '', /long-enough-for-three-fragments/);
      assert.equal(fragments.waiting, 0);
      assert.equal(fragments.heldBytes, 0);
    });

    it('make the same datagram in every order, with duplicates, cut anywhere', () => {
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: 11 }), { maxLength: 6 }),
          fc.array(fc.nat(20), { maxLength: 4 }),
          fc.infiniteStream(fc.nat(1000)),
          (cuts, again, weights) => {
            const parts = partsAt(datagram.length, cuts);
            if (parts.length < 2) return;
            const twice = again.map((index) => parts[index % parts.length] as Part);
            const order = [...parts, ...twice]
              .map((part) => ({ part, weight: weights.next().value }))
              .sort((x, y) => x.weight - y.weight);
            const fragments = new FragmentReassembler();
            let whole = 0;
            for (const { part } of order) {
              const result = decoded(fragmentOf(version, datagram, part), fragments);
              assertSound(result);
              if (!result.view.reassembled) continue;
              whole += 1;
              const { bytes, transportOffset } = result.view;
              assert.deepEqual(bytes.subarray(transportOffset), datagram);
            }
            assert.ok(whole >= 1);
          },
        ),
        { numRuns: 300 },
      );
    });

    it('are not mixed with those of another datagram', () => {
      const fragments = new FragmentReassembler();
      const [head, tail] = partsAt(datagram.length, [4]) as [Part, Part];
      decoded(fragmentOf(version, datagram, { ...head, id: 1 }), fragments);
      assert.equal(decoded(fragmentOf(version, datagram, { ...tail, id: 2 }), fragments).view.reassembled, false);
      assert.equal(fragments.waiting, 2);
      assert.equal(decoded(fragmentOf(version, datagram, { ...tail, id: 1 }), fragments).view.reassembled, true);
    });

    it('that were cut by the capture are decoded alone', () => {
      const fragments = new FragmentReassembler();
      const frame = fragmentOf(version, datagram, { from: 0, to: 64, more: true });
      const { view } = decoded(rawPacket(frame.subarray(0, 80), { originalLength: frame.length }), fragments);
      assert.equal(view.fragmentHeld, false);
      assert.equal(view.destinationPort, 53);
      assert.equal(fragments.waiting, 0);
    });

    it('wait 60 seconds of packet time', () => {
      const [head, tail] = partsAt(datagram.length, [4]) as [Part, Part];
      for (const [seconds, whole] of [
        [60, true],
        [61, false],
        [-61, false],
      ] as const) {
        const fragments = new FragmentReassembler();
        decoded(rawPacket(fragmentOf(version, datagram, head), { seconds: 1000 }), fragments);
        const { view } = decoded(
          rawPacket(fragmentOf(version, datagram, tail), { seconds: 1000 + seconds }),
          fragments,
        );
        assert.equal(view.reassembled, whole);
        assert.deepEqual(hits(fragments), [0, 0, 0, whole ? 0 : 1]);
      }
    });

    it('of a flood stay within every limit, and each is counted', () => {
      const fragments = new FragmentReassembler(small);
      for (let id = 1; id <= 10; id++)
        decoded(fragmentOf(version, datagram, { from: 0, to: 8, more: true, id }), fragments);
      assert.equal(fragments.waiting, 4);
      assert.deepEqual(hits(fragments), [6, 0, 0, 0]);
      for (let id = 11; id <= 14; id++) {
        decoded(fragmentOf(version, datagram, { from: 0, to: 1400, more: true, id }), fragments);
        assert.ok(fragments.heldBytes <= 4000);
      }
      assert.ok((hits(fragments)[1] ?? 0) > 0);
      const pieces = new FragmentReassembler(small);
      for (let index = 0; index < 20; index++) {
        decoded(fragmentOf(version, datagram, { from: 16 * index, to: 16 * index + 8, more: true }), pieces);
      }
      assert.equal(hits(pieces)[2], 1);
      assert.equal(pieces.heldBytes, 0);
    });

    it('beyond 64 KiB (the ping of death) give the datagram up', () => {
      const fragments = new FragmentReassembler();
      decoded(fragmentOf(version, datagram, { from: 0, to: 8, more: true }), fragments);
      const { view } = decoded(
        fragmentOf(version, datagram, { from: 65_528, to: 65_528 + 1000, more: false }),
        fragments,
      );
      assert.deepEqual(view.notes, ['fragment-beyond-datagram']);
      assert.equal(fragments.heldBytes, 0);
    });

    it('of any shape are sound, bounded, and free what they held', () => {
      const part = fc.record({
        from: fc.nat(30).map((n) => n * 8),
        length: fc.integer({ min: 0, max: 260 }),
        more: fc.boolean(),
        id: fc.nat(6),
        seconds: fc.nat(200),
      });
      fc.assert(
        fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
          const fragments = new FragmentReassembler(small);
          for (const { from, length, more, id, seconds } of parts) {
            const frame = fragmentOf(version, datagram, { from, to: from + length, more, id });
            assertSound(decoded(rawPacket(frame, { seconds }), fragments));
            assert.ok(fragments.waiting <= small.datagrams);
            assert.ok(fragments.heldBytes <= small.bytes && fragments.heldBytes >= 0);
          }
          // Long after, one datagram more drops all of the rest.
          decoded(
            rawPacket(fragmentOf(version, datagram, { from: 0, to: 8, more: true, id: 99 }), { seconds: 9000 }),
            fragments,
          );
          assert.equal(fragments.waiting, 1);
          assert.equal(fragments.heldBytes, 8 + 128);
        }),
        { numRuns: 300 },
      );
    });
  });
}

describe('overlapping fragments', () => {
  const teardrop: Part[] = [
    { from: 0, to: 40, more: true },
    { from: 24, to: 48, more: true },
    { from: 48, to: 56, more: false },
  ];

  it('of IPv4 keep the bytes that came first', () => {
    const fragments = new FragmentReassembler();
    const [first, second, third] = teardrop as [Part, Part, Part];
    const datagram = datagramOf(4);
    decoded(fragmentOf(4, datagram, first), fragments);
    const { view } = decoded(fragmentOf(4, new Uint8Array(100).fill(0xee), second), fragments);
    assert.deepEqual(view.notes, ['overlapping-fragments']);
    const last = decoded(fragmentOf(4, datagram, third), fragments).view;
    assert.equal(last.reassembled, true);
    const bytes = last.bytes.subarray(last.transportOffset);
    assert.deepEqual(bytes.subarray(0, 40), datagram.subarray(0, 40));
    assert.deepEqual([...bytes.subarray(40, 48)], new Array(8).fill(0xee));
  });

  it('of IPv4 that end inside an earlier one (teardrop) shorten it', () => {
    const fragments = new FragmentReassembler();
    decoded(fragmentOf(4, datagramOf(4), { from: 0, to: 40, more: true }), fragments);
    const { view } = decoded(fragmentOf(4, datagramOf(4), { from: 24, to: 28, more: false }), fragments);
    assert.equal(view.reassembled, true);
    assert.equal(view.bytes.length - view.transportOffset, 28);
    assert.deepEqual(view.notes.includes('overlapping-fragments'), true);
    assert.equal(fragments.heldBytes, 0);
  });

  it('of IPv6 drop the datagram, whatever comes after (RFC 5722)', () => {
    const fragments = new FragmentReassembler();
    const seen = [...teardrop, { from: 40, to: 48, more: true }, { from: 0, to: 24, more: true }].map((part) =>
      decoded(fragmentOf(6, datagramOf(6), part), fragments),
    );
    assert.ok(seen.every(({ view }) => !view.reassembled));
    assert.deepEqual(seen[1]?.view.notes, ['overlapping-fragments']);
    assert.equal(fragments.heldBytes, 0);
  });
});

describe('nested fragments', () => {
  it('are put together inside a datagram that was put together', () => {
    const fragments = new FragmentReassembler();
    const inner = datagramOf(4);
    const pieces = partsAt(inner.length, [4]);
    const layers: string[] = [];
    pieces.forEach((piece, index) => {
      const innerPacket = fragmentOf(4, inner, piece).subarray(14);
      const outerParts = partsAt(innerPacket.length, [3]);
      for (const part of outerParts) {
        const outer = ipv4(
          {
            source: '192.0.2.1',
            destination: '192.0.2.2',
            protocol: 4,
            identification: 50 + index,
            fragmentOffset: part.from,
            moreFragments: part.more,
          },
          innerPacket.subarray(part.from, part.to),
        );
        layers.push(decoded(ethernet(macs, outer), fragments).view.layers.join(':'));
      }
    });
    assert.deepEqual(layers, ['eth:ip:data', 'eth:ip:ip:data', 'eth:ip:data', 'eth:ip:ip:udp:dns']);
  });
});

describe('the engine', () => {
  it('counts a fragmented query at the packet that completes it', () => {
    const engine = new Engine({ localAddresses: [] });
    const datagram = datagramOf(4);
    const packets: RawPacket[] = partsAt(datagram.length, [3, 6]).map((part, index) =>
      rawPacket(fragmentOf(4, datagram, part), { number: index + 1 }),
    );
    for (const packet of packets) engine.push(packet);
    const { rows, total } = engine.flowRows(0, 10);
    assert.equal(total, 1);
    assert.equal(rows[0]?.packetsAToB, 1);
    assert.equal(rows[0]?.bPort, 53);
    const { protocols, recentPackets, limits, conversations } = engine.snapshot();
    assert.equal(protocols.find(({ protocol }) => protocol === 'dns')?.packets, 1);
    assert.equal(protocols.find(({ protocol }) => protocol === 'ip')?.packets, 3);
    assert.deepEqual(
      recentPackets.map(({ protocol }) => protocol),
      ['ip', 'ip', 'dns'],
    );
    assert.equal(conversations[0]?.packets, 3);
    assert.ok(limits.some(({ name }) => name === 'incomplete IP datagrams'));
    engine.finish();
    assert.equal(engine.report('x', { format: 'pcap', linkTypes: [], damage: null }).dns.queries, 1);
  });
});
