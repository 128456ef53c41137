import assert from 'node:assert/strict';
import { bandwidthModel } from '../../../webview/common/chartModels';
import { withMoments } from '../../../webview/common/momentsView';
import { fixtureSnapshot } from '../../e2e/preview/fixtures';

describe('moments on the time axis', () => {
  const snapshot = fixtureSnapshot('file');
  const chart = bandwidthModel(snapshot);
  const at = (timeMs: number, text: string) => ({ timeUs: timeMs * 1000, kind: 'stop' as const, text });

  it('stand at their time, those outside of the packets at the edge, and are in the words of the chart', () => {
    const markers = [at(chart.minMs - 5, 'before'), at(chart.minMs + 1000, 'within'), at(chart.maxMs + 9, 'after')];
    const { moments, description } = withMoments(chart, { ...snapshot, markers });
    assert.deepEqual(
      moments?.map(({ timeMs }) => timeMs),
      [chart.minMs, chart.minMs + 1000, chart.maxMs],
    );
    assert.match(description, /Moments: Stopped: before; Stopped: within; Stopped: after\.$/);
  });

  it('are gone when a live chart has left them behind', () => {
    const live = { ...snapshot, firstUs: (chart.minMs - 60_000) * 1000, markers: [at(chart.minMs - 5, 'before')] };
    assert.equal(withMoments(chart, live).moments, undefined);
    assert.equal(withMoments(chart, { ...snapshot, markers: [] }).moments, undefined);
  });
});
