import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chosenModels } from '../../../src/analyzer/modelChoice';
import { ModelScoring } from '../../../src/analyzer/modelScoring';
import { ModelStore } from '../../../src/extension/model/modelStore';
import { timeLeft } from '../../../src/extension/model/trainingProcess';

const note = { trained: 'today', data: 'rows', mode: 'quick', summary: 'good' };

describe('models trained here', () => {
  let root = '';
  beforeEach(() => (root = mkdtempSync(path.join(tmpdir(), 'nta-models-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('are listed newest first, chosen, and left again; the analysis reads the same choice', async () => {
    const store = new ModelStore(root);
    const words = ['node', 'analyzer.js', '--model-choice', store.choiceFile];
    assert.equal(store.chosen, null);
    assert.equal(chosenModels(words), null);
    const first = await store.create(new Date('2026-01-01T10:00:00Z'));
    const second = await store.create(new Date('2026-01-02T10:00:00Z'));
    for (const folder of [first, second]) await store.keep(folder, note);
    assert.deepEqual(
      store.list().map(({ folder }) => folder),
      [second, first],
    );
    await store.choose(first);
    assert.equal(store.chosen, first);
    assert.equal(chosenModels(words), first);
    await store.choose(null);
    assert.equal(chosenModels(words), null);
  });

  it('make room for newer ones, but not the one in use', async () => {
    const store = new ModelStore(root);
    const folders: string[] = [];
    for (let day = 10; day < 20; day++) {
      const folder = await store.create(new Date(`2026-01-${day}T10:00:00Z`));
      if (day === 10) await store.choose(folder);
      await store.keep(folder, note);
      folders.push(folder);
    }
    assert.ok(existsSync(folders[0]!));
    assert.ok(!existsSync(folders[1]!));
    assert.equal(store.list().length, 9);
  });

  it('are never removed or chosen outside of their folder', async () => {
    const store = new ModelStore(root);
    const other = mkdtempSync(path.join(tmpdir(), 'nta-models-'));
    await store.remove(other);
    await store.remove(root);
    assert.ok(existsSync(other) && existsSync(root));
    rmSync(other, { recursive: true });
    for (const text of ['{"model":"../../etc"}', '{"model":7}', 'null', '{', '{"model":"a/b"}']) {
      writeFileSync(store.choiceFile, text);
      assert.equal(store.chosen, null, text);
      assert.equal(chosenModels(['--model-choice', store.choiceFile]), null, text);
    }
  });

  it('that are refused leave the work to the shipped one, with the reason', () => {
    const log: string[] = [];
    const scoring = ModelScoring.choose(path.join(root, 'gone'), (message) => log.push(message));
    assert.ok(scoring !== null);
    assert.match(log.join(), /models\.json cannot be read.*The shipped model is used/);
  });
});

describe('the time that a training still takes', () => {
  it('is told once it can be known, in seconds or minutes', () => {
    assert.equal(timeLeft(0.01, 60_000), '');
    assert.equal(timeLeft(0.5, 1000), '');
    assert.equal(timeLeft(0.5, 30_000), 'about 30 s left');
    assert.equal(timeLeft(0.25, 60_000), 'about 3 min left');
  });
});
