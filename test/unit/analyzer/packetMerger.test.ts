import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PacketMerger } from '../../../src/analyzer/packetMerger';
import type { RawPacket } from '../../../src/core/pcap/rawPacket';

const packet = (timeMs: number, fill = 0): RawPacket => ({
  number: 0,
  seconds: Math.floor(timeMs / 1000),
  nanoseconds: Math.round((timeMs % 1000) * 1e6),
  originalLength: 4,
  bytes: new Uint8Array(4).fill(fill),
  linkType: 1,
  interfaceIndex: 0,
});
const timeOf = (p: RawPacket): number => p.seconds * 1000 + p.nanoseconds / 1e6;

describe('packets of several interfaces', () => {
  let out: number[];
  const merger = (sources: number): PacketMerger => new PacketMerger(sources, 1000, (p) => out.push(timeOf(p)));
  beforeEach(() => (out = []));

  it('go on in the order of their times, each as soon as every interface has said something later', () => {
    const m = merger(2);
    m.push(0, packet(10), 0);
    m.push(0, packet(30), 0);
    assert.deepEqual(out, []);
    m.push(1, packet(20), 0);
    assert.deepEqual(out, [10, 20]);
    m.push(1, packet(40), 0);
    assert.deepEqual(out, [10, 20, 30]);
  });

  it('do not wait for ever for an interface that is silent', () => {
    const m = merger(2);
    m.push(0, packet(10), 100);
    m.drain(1099);
    assert.deepEqual(out, []);
    m.drain(1100);
    assert.deepEqual(out, [10]);
    m.push(1, packet(5), 1200);
    m.drain(2200);
    assert.deepEqual(out, [10, 5]);
    assert.equal(m.outOfOrder, 1);
  });

  it('do not wait for an interface that has ended', () => {
    const m = merger(2);
    m.push(0, packet(10), 0);
    m.end(1, 0);
    assert.deepEqual(out, [10]);
  });

  it('keep their bytes, whatever becomes of the buffer they came in', () => {
    const kept: number[] = [];
    const m = new PacketMerger(2, 1000, (p) => kept.push(p.bytes[0] ?? -1));
    const reused = packet(10, 7);
    m.push(0, reused, 0);
    reused.bytes.fill(9);
    m.finish();
    assert.deepEqual(kept, [7]);
  });

  it('of one interface pass at once, as they are', () => {
    const only = packet(10);
    let seen: RawPacket | null = null;
    new PacketMerger(1, 1000, (p) => (seen = p)).push(0, only, 0);
    assert.equal(seen, only);
  });

  it('are bounded: of a flood on one interface the oldest go on', () => {
    const m = merger(2);
    for (let n = 0; n < 70_000; n++) m.push(0, packet(n), 0);
    assert.equal(out.length, 70_000 - 65_536);
  });

  it('come out once each and in order, when none is late', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(100_000)), { maxLength: 200 }), (events) => {
        out = [];
        const m = merger(3);
        const sorted = [...events].sort((x, y) => x[1] - y[1]);
        for (const [source, time] of sorted) m.push(source, packet(time), time);
        m.finish();
        assert.deepEqual(
          out,
          sorted.map(([, time]) => time),
        );
        assert.equal(m.outOfOrder, 0);
      }),
    );
  });
});
