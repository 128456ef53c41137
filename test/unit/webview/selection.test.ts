import assert from 'node:assert/strict';
import { compileFilter } from '../../../src/core/filter/displayFilter';
import { TimeBrush } from '../../../webview/common/timeBrush';
import { tileModels } from '../../../webview/common/tileModels';
import { Selection } from '../../../webview/common/selection';
import { dashboardStates, fixtureFinding } from '../../e2e/preview/fixtures';

const range = { fromUs: 1_700_000_000_000_000, untilUs: 1_700_000_010_000_000 };
const scan = { ...fixtureFinding(0, 'high'), firstSeen: 1_700_000_005, lastSeen: 1_700_000_006, sources: ['10.0.0.7'] };
const later = { ...scan, id: 'later', firstSeen: 1_700_000_050, lastSeen: 1_700_000_060, sources: ['10.0.0.8'] };

function selected(): { selection: Selection; fired: () => number } {
  const selection = new Selection(new TimeBrush());
  let count = 0;
  selection.listen(() => (count += 1));
  return { selection, fired: () => count };
}

describe('what is chosen on the dashboard', () => {
  it('holds packets and findings to a time, a host, or both', () => {
    const { selection } = selected();
    assert.deepEqual(selection.findings([scan, later]), [scan, later]);
    assert.equal(selection.filter(), '');
    selection.chooseHost('10.0.0.8');
    assert.deepEqual(selection.findings([scan, later]), [later]);
    selection.brush.set(range);
    assert.deepEqual(selection.findings([scan, later]), []);
    assert.match(selection.filter(), /^ip\.addr == 10\.0\.0\.8 && frame\.time_epoch >= /);
    assert.ok(compileFilter(selection.filter()).ok);
    selection.chooseHost('10.0.0.8');
    assert.equal(selection.host, null, 'choosing it again takes it away');
    assert.deepEqual(selection.findings([scan, later]), [scan]);
  });

  it('says itself in words, and is cleared as a whole', () => {
    const { selection, fired } = selected();
    assert.equal(selection.words(), '');
    assert.equal(selection.clear(), false);
    selection.brush.set(range);
    selection.chooseHost('fd00::7');
    assert.match(selection.words(), /\(10 s\), only fd00::7$/);
    const before = fired();
    assert.equal(selection.clear(), true);
    assert.ok(selection.isEmpty);
    assert.ok(fired() > before);
  });

  it('takes no host that is no address, and so no filter that somebody else wrote', () => {
    const { selection } = selected();
    for (const host of ['nobody', '10.0.0.1 || tcp', '']) selection.chooseHost(host);
    assert.ok(selection.isEmpty);
  });
});

describe('figures of a capture that lost packets', () => {
  const snapshot = dashboardStates['finished']?.().snapshot;

  it('are marked, but for the loss itself', () => {
    assert.ok(snapshot);
    const captureLoss = { received: 100, droppedByKernel: 7, shedByHelper: null };
    const tiles = tileModels({ ...snapshot, captureLoss }, []);
    assert.deepEqual(
      tiles.filter(({ lossy }) => lossy !== true).map(({ id }) => id),
      ['captureLoss'],
    );
  });

  it('are not marked when nothing is known to be lost', () => {
    assert.ok(snapshot);
    const captureLoss = { received: 100, droppedByKernel: 0, shedByHelper: 0 };
    assert.ok(tileModels({ ...snapshot, captureLoss }, []).every(({ lossy }) => lossy !== true));
  });
});
