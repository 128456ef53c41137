import assert from 'node:assert/strict';
import type { PartOverview } from '../../../src/protocol/partOverview';
import type { FromWebview } from '../../../src/protocol/webviewMessages';
import { PartFigures } from '../../../webview/common/partFigures';
import { Selection } from '../../../webview/common/selection';
import { TimeBrush } from '../../../webview/common/timeBrush';
import { dashboardStates } from '../../e2e/preview/fixtures';

const range = { fromUs: 1_700_000_000_000_000, untilUs: 1_700_000_010_000_000 };

describe('figures of what is chosen', () => {
  const snapshot = dashboardStates['finished']?.().snapshot;
  assert.ok(snapshot);
  const { series, latency, loss, flows } = snapshot;
  const part: PartOverview = {
    packets: 7,
    capturedBytes: 700,
    originalBytes: 700,
    protocols: [{ protocol: 'tcp', packets: 7, bytes: 700 }],
    latency,
    loss,
    flows,
    talkers: [],
    conversations: [],
    recentPackets: [],
    series,
    complete: true,
  };

  function tested() {
    const posted: Extract<FromWebview, { type: 'getOverview' }>[] = [];
    const selection = new Selection(new TimeBrush());
    const clock = { now: 0, draws: 0 };
    const figures = new PartFigures(
      (message) => {
        if (message.type === 'getOverview') posted.push(message);
      },
      selection,
      () => clock.draws++,
      () => clock.now,
    );
    return { posted, selection, clock, figures, request: () => posted.at(-1)?.request ?? 0 };
  }

  it('are asked for when a host or a time is chosen, and all are of everything again without', () => {
    const { posted, selection, figures, clock, request } = tested();
    assert.equal(figures.applied(snapshot), snapshot);
    assert.equal(figures.note, '');
    selection.chooseHost('10.0.0.7');
    selection.brush.set(range);
    assert.deepEqual(
      posted.map(({ filter, range: asked }) => [filter, asked]),
      [
        ['ip.addr == 10.0.0.7', null],
        ['ip.addr == 10.0.0.7', range],
      ],
    );
    assert.match(figures.note, /Reading/);
    assert.ok(figures.deliver(request(), part));
    assert.equal(clock.draws, 1);
    const shown = figures.applied(snapshot);
    assert.equal(shown.packets, 7);
    assert.deepEqual(shown.protocols, part.protocols);
    assert.equal(shown.captureLoss, snapshot.captureLoss, 'nobody knows whose the lost packets were');
    assert.ok(shown.series.captureLost.every(Number.isNaN));
    assert.match(figures.note, /this host alone.*of everything/);
    selection.clear();
    assert.equal(figures.applied(snapshot), snapshot);
    assert.equal(figures.note, '');
  });

  it('of a time alone leave the lines over all times, which the time is marked on', () => {
    const { selection, figures, request } = tested();
    selection.brush.set(range);
    figures.deliver(request(), { ...part, series: null, complete: false });
    assert.equal(figures.applied(snapshot).series, snapshot.series);
    assert.match(figures.note, /lines show all times.*no longer kept/);
    const { startUs, bucketMs } = snapshot.series;
    const fromUs = startUs + 2 * bucketMs * 1000;
    selection.brush.set({ fromUs, untilUs: fromUs + 3 * bucketMs * 1000 });
    figures.deliver(request(), { ...part, series: null });
    const tiles = figures.tiles(snapshot);
    assert.deepEqual([...tiles.series.packets], [...snapshot.series.packets.slice(2, 5)]);
    assert.equal((tiles.clockUs ?? 0) - (tiles.firstUs ?? 0), 3 * bucketMs * 1000);
  });

  it('of another choice are passed over, as is their failure', () => {
    const { selection, figures, clock, request } = tested();
    selection.chooseHost('10.0.0.7');
    const old = request();
    selection.chooseHost('10.0.0.8');
    assert.ok(figures.deliver(old, part));
    assert.ok(figures.fail(old, 'Another part was asked for meanwhile.'));
    assert.equal(figures.applied(snapshot), snapshot);
    assert.equal(clock.draws, 0);
    assert.ok(figures.fail(request(), 'The file is gone.'));
    assert.match(figures.note, /of everything: The file is gone\./);
    assert.equal(figures.deliver(3, part), false, 'an answer to a list');
  });

  it('are asked for again while packets come, the more seldom the longer it takes', () => {
    const { posted, selection, figures, clock, request } = tested();
    figures.update(true);
    selection.chooseHost('10.0.0.7');
    clock.now = 60_000;
    figures.update(true);
    assert.equal(posted.length, 1, 'one at a time');
    figures.deliver(request(), part);
    clock.now += 599_000;
    figures.update(true);
    assert.equal(posted.length, 1);
    clock.now += 2000;
    figures.update(false);
    assert.equal(posted.length, 1, 'nothing more comes');
    figures.update(true);
    assert.equal(posted.length, 2);
    clock.now += 10;
    figures.deliver(request(), part);
    clock.now += 3000;
    figures.update(true);
    assert.equal(posted.length, 3);
  });
});
