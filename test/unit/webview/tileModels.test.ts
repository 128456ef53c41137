import assert from 'node:assert/strict';
import { setFormatLocale } from '../../../webview/common/format';
import { captureSpanMs, tileModels } from '../../../webview/common/tileModels';
import { severitySummary, sortFindings } from '../../../webview/common/findingOrder';
import type { Finding } from '../../../src/protocol/finding';
import type { Snapshot } from '../../../src/protocol/snapshot';
import { dashboardStates, fixtureFinding, fixtureSnapshot } from '../../e2e/preview/fixtures';

const tile = (snapshot: Snapshot, id: string, findings: Finding[] = []) =>
  tileModels(snapshot, findings).find((item) => item.id === id);

describe('webview tiles', () => {
  before(() => setFormatLocale('en-US'));
  after(() => setFormatLocale(undefined));

  it('are ten, live and for files, so that no row is left half empty', () => {
    assert.equal(tileModels(fixtureSnapshot('live'), []).length, 10);
    assert.equal(tileModels(fixtureSnapshot('file'), []).length, 10);
  });

  it('show the rate of the last seconds while capturing and the average afterwards', () => {
    const snapshot = fixtureSnapshot('live');
    const packets = new Float64Array(snapshot.series.packets.length).fill(10);
    packets.fill(500, -3, -1);
    const series = { ...snapshot.series, packets };
    assert.equal(tile({ ...snapshot, series }, 'rate')?.value, '500 pkt/s');
    assert.match(tile({ ...snapshot, series }, 'rate')?.detail ?? '', /^avg 15\.\d pkt\/s · peak 500 pkt\/s$/);
    assert.match(tile({ ...snapshot, series, state: 'finished' }, 'rate')?.value ?? '', /^15\.\d pkt\/s$/);
  });

  it('show the average of the newest part of a long capture, which is all that its series holds', () => {
    const short = fixtureSnapshot('live');
    const packets = new Float64Array(short.series.packets.length).fill(10);
    const snapshot = { ...short, firstUs: short.series.startUs - 3600e6, series: { ...short.series, packets } };
    assert.match(tile(snapshot, 'rate')?.detail ?? '', /^avg 10 pkt\/s/);
    assert.match(tile({ ...snapshot, state: 'finished' }, 'rate')?.value ?? '', /^10 pkt\/s$/);
  });

  it('do not divide by nothing for a capture of one packet', () => {
    const snapshot = fixtureSnapshot('file');
    const one = {
      ...snapshot,
      packets: 1,
      clockUs: snapshot.firstUs,
      series: {
        ...snapshot.series,
        packets: Float64Array.of(1),
        bytesIn: Float64Array.of(0),
        bytesOut: Float64Array.of(0),
      },
    };
    assert.equal(captureSpanMs(one), 0);
    assert.equal(tile(one, 'rate')?.value, '1 pkt/s');
    assert.equal(tile(one, 'span')?.value, '0 ms');
  });

  it('show unknown loss as unknown and known loss as a warning', () => {
    const unknown = { received: null, droppedByKernel: null, shedByHelper: null };
    assert.equal(tile(fixtureSnapshot('live', { captureLoss: unknown }), 'captureLoss')?.value, 'unknown');
    const some = { received: 10, droppedByKernel: null, shedByHelper: 3 };
    const lost = tile(fixtureSnapshot('live', { captureLoss: some }), 'captureLoss');
    assert.deepEqual([lost?.value, lost?.detail, lost?.tone], ['≥ 3', 'kernel unknown · helper 3', 'warning']);
    const half = { received: 10, droppedByKernel: null, shedByHelper: 0 };
    assert.equal(tile(fixtureSnapshot('live', { captureLoss: half }), 'captureLoss')?.value, 'unknown');
    const none = { received: 10, droppedByKernel: 0, shedByHelper: 0 };
    assert.equal(tile(fixtureSnapshot('live', { captureLoss: none }), 'captureLoss')?.value, '0');
    assert.equal(tile(fixtureSnapshot('live', { captureLoss: none }), 'captureLoss')?.tone, 'normal');
    assert.equal(tile(fixtureSnapshot('file'), 'captureLoss'), undefined);
  });

  it('mark latency as approximate only when it is', () => {
    assert.equal(tile(fixtureSnapshot('live'), 'handshake')?.value, '≈ 11.4 ms');
    assert.equal(tile(fixtureSnapshot('file'), 'handshake')?.value, '11.4 ms');
    const empty = dashboardStates['listening']!().snapshot!;
    assert.deepEqual(
      [tile(empty, 'handshake')?.value, tile(empty, 'retransmissions')?.value, tile(empty, 'rate')?.value],
      ['–', '–', '–'],
    );
  });

  it('count findings by severity, worst first', () => {
    const findings = [fixtureFinding(0, 'low'), fixtureFinding(1, 'critical'), fixtureFinding(2, 'low')];
    assert.equal(severitySummary(findings), '1 critical · 2 low');
    assert.equal(tile(fixtureSnapshot('live'), 'findings', findings)?.tone, 'error');
    assert.equal(tile(fixtureSnapshot('live'), 'findings', [fixtureFinding(0, 'low')])?.tone, 'normal');
    assert.deepEqual(
      sortFindings(findings).map((finding) => finding.id),
      ['fixture-1', 'fixture-2', 'fixture-0'],
    );
  });
});
