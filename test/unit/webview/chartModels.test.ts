import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Snapshot } from '../../../src/protocol/snapshot';
import {
  bandwidthModel,
  completeBuckets,
  latencyModel,
  lossModel,
  packetRateModel,
  protocolShares,
  twinRows,
} from '../../../webview/common/chartModels';
import { setFormatLocale } from '../../../webview/common/format';
import { fixtureFinding, fixtureSeries, fixtureSnapshot } from '../../e2e/preview/fixtures';

const values = (...numbers: number[]): Float64Array => Float64Array.from(numbers);

function snapshotOf(packets: Float64Array, change: Partial<Snapshot> = {}, bucketMs = 1000): Snapshot {
  const zero = new Float64Array(packets.length);
  const series = {
    bucketMs,
    startUs: 1_000_000_000_000_000,
    packets,
    bytesIn: zero,
    bytesOut: zero,
    bytesOther: zero,
    latencyP50Ms: zero.map(() => NaN),
    latencyP95Ms: zero.map(() => NaN),
    retransmittedSegments: zero,
    captureLost: zero,
  };
  return fixtureSnapshot('live', { series, ...change });
}

describe('webview chart models', () => {
  before(() => setFormatLocale('en-US'));
  after(() => setFormatLocale(undefined));

  it('leave out the bucket that is still filling, only while capturing', () => {
    assert.equal(completeBuckets(snapshotOf(values(5, 6, 1))), 2);
    assert.equal(completeBuckets(snapshotOf(values(5, 6, 1), { state: 'finished' })), 3);
    assert.equal(completeBuckets(snapshotOf(values(5))), 1);
  });

  it('give rates for each second whatever the bucket is', () => {
    const model = packetRateModel(snapshotOf(values(10, 20), { state: 'finished' }, 250), []);
    assert.deepEqual([...(model.lines[0]?.values ?? [])], [40, 80]);
    assert.deepEqual([...model.timesMs], [1_000_000_000_000, 1_000_000_000_250]);
    assert.equal(model.maxMs, 1_000_000_000_250);
  });

  it('widen a young live chart and leave a finished one as it is', () => {
    const live = packetRateModel(snapshotOf(values(1, 2, 3)), []);
    assert.equal(live.maxMs - live.minMs, 60_000);
    const done = packetRateModel(snapshotOf(values(1, 2, 3), { state: 'finished' }), []);
    assert.equal(done.maxMs - done.minMs, 2000);
  });

  it('show in and out for a capture, the total for a file', () => {
    assert.deepEqual(
      bandwidthModel(fixtureSnapshot('live')).lines.map((line) => line.label),
      ['In', 'Out'],
    );
    assert.deepEqual(
      bandwidthModel(fixtureSnapshot('file')).lines.map((line) => line.label),
      ['Total'],
    );
    const series = { ...fixtureSeries(10, 'live'), bytesOther: values(1, 0, 0, 0, 0, 0, 0, 0, 0, 0) };
    assert.equal(bandwidthModel(fixtureSnapshot('live', { series })).lines.at(-1)?.label, 'Other');
  });

  it('say what they show in words, with units', () => {
    const { description } = packetRateModel(snapshotOf(values(10, 30, 20), { state: 'finished' }), []);
    assert.equal(
      description,
      'Packets per second over 3 s. Packets: latest 20 pkt/s, average 20 pkt/s, highest 30 pkt/s.',
    );
  });

  it('mark findings that lie inside the chart', () => {
    const model = packetRateModel(fixtureSnapshot('live'), [
      fixtureFinding(0, 'high'),
      { ...fixtureFinding(1, 'low'), firstSeen: 5 },
    ]);
    assert.equal(model.markers.length, 1);
    assert.equal(model.note, '1 finding marked');
  });

  it('keep gaps of latency as gaps and say when nothing was measured', () => {
    const model = latencyModel(fixtureSnapshot('live'));
    assert.ok(Number.isNaN(model.lines[0]?.values[0]));
    assert.equal(model.empty, null);
    assert.equal(model.note, 'approximate');
    assert.match(model.description, /p95: latest/);
    assert.match(latencyModel(snapshotOf(values(1, 2))).empty ?? '', /No TCP handshake/);
  });

  it('never mix loss on the wire with loss in the capture, and show unknown as unknown', () => {
    const known = lossModel(fixtureSnapshot('live'));
    assert.deepEqual(
      known.lines.map((line) => line.label),
      ['Retransmitted on the wire', 'Lost in this capture'],
    );
    assert.equal(known.note, 'drops of the kernel: unknown');
    const captureLoss = { received: 5, droppedByKernel: null, shedByHelper: null };
    const unknown = lossModel(fixtureSnapshot('live', { captureLoss }));
    assert.equal(unknown.lines.length, 1);
    assert.equal(unknown.note, 'loss in this capture: unknown');
    assert.equal(lossModel(fixtureSnapshot('file')).note, null);
  });

  it('give the newest rows to the table twin', () => {
    const model = latencyModel(snapshotOf(values(1, 2, 3), { state: 'finished' }));
    const { rows, left } = twinRows(model, 2);
    assert.equal(left, 1);
    assert.equal(rows[0]?.timeMs, 1_000_000_002_000);
    assert.deepEqual(rows[0]?.cells, ['–', '–']);
  });

  it('are empty without a bucket', () => {
    const none = snapshotOf(values());
    for (const model of [packetRateModel(none, []), bandwidthModel(none), lossModel(none)])
      assert.equal(model.empty, 'No packet yet');
    assert.equal(lossModel({ ...none, state: 'finished' }).empty, 'No packet');
  });

  it('split the traffic into applications and what is left of TCP and UDP', () => {
    const protocols = [
      { protocol: 'eth', packets: 100, bytes: 10_000 },
      { protocol: 'ip', packets: 95, bytes: 9_700 },
      { protocol: 'tcp', packets: 70, bytes: 8_000 },
      { protocol: 'udp', packets: 25, bytes: 1_700 },
      { protocol: 'tls', packets: 30, bytes: 6_000 },
      { protocol: 'dns', packets: 25, bytes: 1_700 },
      { protocol: 'arp', packets: 5, bytes: 300 },
    ];
    const shares = protocolShares(fixtureSnapshot('live', { protocols }), 'bytes');
    assert.deepEqual(
      shares.map((share) => [share.label, share.packets, share.bytes]),
      [
        ['TLS', 30, 6000],
        ['TCP, other', 40, 2000],
        ['DNS', 25, 1700],
        ['ARP', 5, 300],
      ],
    );
    assert.equal(protocolShares(fixtureSnapshot('live', { protocols }), 'packets')[0]?.label, 'TCP, other');
  });

  it('fold small protocols into one part and never go below zero', () => {
    const row = fc.record({
      protocol: fc.constantFrom(
        'eth',
        'ip',
        'tcp',
        'udp',
        'tls',
        'http',
        'dns',
        'ssh',
        'arp',
        'icmp',
        'ntp',
        'odd',
        'x',
      ),
      packets: fc.nat(10_000),
      bytes: fc.nat(10_000_000),
    });
    fc.assert(
      fc.property(fc.uniqueArray(row, { selector: (each) => each.protocol }), (protocols) => {
        const shares = protocolShares(fixtureSnapshot('live', { protocols }), 'packets', 4);
        assert.ok(shares.length <= 4);
        for (const share of shares) assert.ok(share.packets > 0 && share.bytes >= 0);
      }),
    );
  });
});
