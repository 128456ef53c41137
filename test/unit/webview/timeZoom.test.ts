import assert from 'node:assert/strict';
import fc from 'fast-check';
import { packetRateModel } from '../../../webview/common/chartModels';
import { TimeZoom, windowWords, zoomed } from '../../../webview/common/timeZoom';
import { fixtureFinding, fixtureSeries, fixtureSnapshot } from '../../e2e/preview/fixtures';

const whole = { minMs: 0, maxMs: 100_000, stepMs: 1000 };

describe('zoom of the time axis', () => {
  it('keeps the moment under the pointer in its place', () => {
    const zoom = new TimeZoom();
    zoom.zoom(0.5, 25_000, whole);
    assert.deepEqual(zoom.window, { minMs: 12_500, maxMs: 62_500 });
    zoom.zoom(0.5, 25_000, whole);
    assert.deepEqual(zoom.window, { minMs: 18_750, maxMs: 43_750 });
  });

  it('stays inside and keeps its length when it is panned', () => {
    const zoom = new TimeZoom();
    zoom.pan(1, whole);
    assert.equal(zoom.window, null);
    zoom.show({ minMs: 80_000, maxMs: 90_000 }, whole);
    zoom.pan(3, whole);
    assert.deepEqual(zoom.window, { minMs: 90_000, maxMs: 100_000 });
  });

  it('shows everything again when it is zoomed out far enough', () => {
    const zoom = new TimeZoom();
    let told = 0;
    zoom.listen(() => told++);
    zoom.show({ minMs: 10_000, maxMs: 70_000 }, whole);
    zoom.zoom(2, 50_000, whole);
    assert.equal(zoom.window, null);
    zoom.reset();
    assert.equal(told, 2);
  });

  it('is never empty, upside down or outside, whatever is done', () => {
    const action = fc.oneof(
      fc.tuple(fc.constant('zoom' as const), fc.double({ min: 0.01, max: 100, noNaN: true })),
      fc.tuple(fc.constant('pan' as const), fc.double({ min: -5, max: 5, noNaN: true })),
    );
    fc.assert(
      fc.property(fc.array(action), fc.integer({ min: -50_000, max: 150_000 }), (actions, atMs) => {
        const zoom = new TimeZoom();
        for (const [kind, value] of actions) {
          if (kind === 'zoom') zoom.zoom(value, atMs, whole);
          else zoom.pan(value, whole);
          const { minMs, maxMs } = zoom.window ?? whole;
          assert.ok(minMs >= 0 && maxMs <= 100_000.001 && maxMs - minMs >= 1999.999, `${minMs} ${maxMs}`);
        }
      }),
    );
  });

  it('cuts values and marks of a chart to the window, with one value beyond each end', () => {
    const startMs = 1_000_000_000_000;
    const series = { ...fixtureSeries(10, 'live'), bucketMs: 1000, startUs: startMs * 1000 };
    const finding = { ...fixtureFinding(0, 'high'), firstSeen: startMs / 1000 + 8 };
    const model = packetRateModel(fixtureSnapshot('live', { series, state: 'finished' }), [finding]);
    const part = zoomed(model, { minMs: startMs + 2500, maxMs: startMs + 4500 });
    assert.deepEqual(
      [...part.timesMs].map((timeMs) => timeMs - startMs),
      [2000, 3000, 4000, 5000],
    );
    assert.deepEqual(part.lines[0]?.values, model.lines[0]?.values.subarray(2, 6));
    assert.equal(model.markers.length, 1);
    assert.equal(part.markers.length, 0);
    assert.ok(part.description.endsWith(`Shown: ${windowWords({ minMs: startMs + 2500, maxMs: startMs + 4500 })}.`));
    assert.equal(zoomed(model, null), model);
  });
});
