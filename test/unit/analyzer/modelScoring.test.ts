import assert from 'node:assert/strict';
import { shippedModels } from '../../../src/analyzer/modelFile';
import { ModelScoring } from '../../../src/analyzer/modelScoring';
import { Engine } from '../../../src/core/engine/engine';
import { webBrowsing } from '../../../scripts/samples/webBrowsing';

/** A model that all flows of a capture wait for. */
function waited(): ModelScoring {
  const scoring = ModelScoring.open(shippedModels(), () => undefined);
  assert.ok(scoring !== null);
  const engine = new Engine({ localAddresses: [], detectors: [scoring.witness] });
  for (const packet of webBrowsing()) engine.push(packet);
  engine.finish();
  return scoring;
}

describe('figures of the model', function () {
  this.timeout(20_000);

  it('say how long flows wait while they do, also while they are being scored, and how many were scored', async () => {
    const scoring = waited();
    const before = scoring.figures();
    assert.ok(before.behindMs > 0, String(before.behindMs));
    assert.deepEqual([before.state, before.scoredFlows], ['chosen', 0]);
    const done = scoring.drain();
    assert.equal(scoring.witness.pending, 0);
    assert.ok(scoring.figures().behindMs >= before.behindMs, 'what was handed out waits on');
    await done;
    const after = scoring.figures();
    assert.equal(after.behindMs, 0);
    assert.ok(after.scoredFlows > 0 && after.mostWaiting >= after.scoredFlows, JSON.stringify(after));
    assert.ok(after.mostBehindMs >= before.behindMs, JSON.stringify(after));
    await scoring.close();
  });

  it('say that it failed, and then of nothing that it is behind', async () => {
    const scoring = waited();
    scoring.witness.scored = () => {
      throw new Error('no');
    };
    await scoring.drain();
    assert.deepEqual([scoring.figures().state, scoring.figures().behindMs], ['failed', 0]);
    await scoring.close();
  });

  it('say that another one is used instead of one that was refused', () => {
    const log: string[] = [];
    const scoring = ModelScoring.choose('/nowhere', (message) => log.push(message));
    assert.equal(scoring?.figures().state, 'instead');
    assert.match(log.join('\n'), /shipped model is used/);
  });
});
