import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { checkModel, train } from '../../src/extension/model/trainingProcess';
import { madeUpRows } from '../support/madeUpRows';

const root = path.resolve(__dirname, '../..');
const program = path.join(root, 'dist/train.js');

describe('training in a process of its own', function () {
  this.timeout(400_000);
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nta-train-'));
    mkdirSync(path.join(folder, 'data'));
    writeFileSync(path.join(folder, 'data/rows.csv'), madeUpRows(900));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const options = (out: string) => ({
    program,
    data: path.join(folder, 'data'),
    out: path.join(folder, out),
    mode: 'quick' as const,
    onProgress: () => undefined,
    onCancel: () => undefined,
  });

  it('writes a model that is used, its figures and its card, and tells how far it is', async () => {
    const shares: number[] = [];
    const text = await train({ ...options('out'), onProgress: (share) => shares.push(share) });
    assert.match(text, /improved: 900 rows|improved: \d+ rows, macro-F1/);
    assert.ok(shares.length > 3 && shares.every((share, i) => i === 0 || share >= shares[i - 1]!), shares.join());
    assert.equal(await checkModel(program, path.join(folder, 'out')), null);
    assert.match(readFileSync(path.join(folder, 'out/MODEL_CARD.md'), 'utf8'), /Trained with the product/);
    const scored = spawnSync(process.execPath, [path.join(root, 'dist/cli.js'), 'score', path.join(folder, 'data/rows.csv'), '--models', path.join(folder, 'out')], { encoding: 'utf8' }); // prettier-ignore
    const report = JSON.parse(scored.stdout) as { macroF1: number; engine: string };
    assert.ok(report.macroF1 > 0.95, scored.stdout);
  });

  it('writes the same bytes again, whatever the number of threads', () => {
    const shipped = gunzipSync(readFileSync(path.join(root, 'ml/models/lab-flows.csv.gz')))
      .toString('utf8')
      .split('\n');
    const lab = path.join(folder, 'lab.csv.gz');
    writeFileSync(lab, gzipSync(shipped.filter((line, i) => i === 0 || (i % 24 === 1 && line !== '')).join('\n')));
    const [one, two] = ['1', '2'].map((threads) => {
      const out = path.join(folder, `out${threads}`);
      const words = ['--data', path.join(folder, 'data'), '--lab', lab, '--quick', '--card', '--threads', threads, '--out', out]; // prettier-ignore
      const { status, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      return Object.fromEntries(
        readdirSync(out).map((name) => [name, readFileSync(path.join(out, name)).toString('hex')]),
      );
    });
    const names = Object.keys(one!);
    for (const name of ['improved.onnx', 'live.onnx', 'metrics.json', 'MODEL_CARD.md']) assert.ok(names.includes(name), names.join()); // prettier-ignore
    assert.deepEqual(names, Object.keys(two!));
    assert.deepEqual(names.filter((name) => one![name] !== two![name]), []); // prettier-ignore
  });

  it('says why a model cannot be used', async () => {
    assert.match((await checkModel(program, folder)) ?? '', /models\.json cannot be read/);
    const list = { schema: 1, models: [{ kind: 'improved', file: 'improved.onnx', sha256: 'ab' }] };
    writeFileSync(path.join(folder, 'models.json'), JSON.stringify(list));
    writeFileSync(path.join(folder, 'improved.onnx'), 'hello');
    assert.match((await checkModel(program, folder)) ?? '', /hash differs/);
  });

  it('says what is wrong with the rows: which column of which file', async () => {
    writeFileSync(path.join(folder, 'data/rows.csv'), madeUpRows(9).replace('Flow Duration', 'Flow Length'));
    await assert.rejects(train(options('out')), /"Flow Duration" is missing/);
  });

  it('ends when it is cancelled', async () => {
    let cancel: () => void = () => undefined;
    const training = train({
      ...options('out'),
      mode: 'full',
      onCancel: (callback) => (cancel = callback),
      onProgress: () => cancel(),
    });
    await assert.rejects(training, /cancelled/);
  });

  it('ends when whoever asked for it is gone', async () => {
    const child = spawn(process.execPath, [program, '--data', path.join(folder, 'data'), '--out', path.join(folder, 'out'), '--progress'], { stdio: ['pipe', 'ignore', 'ignore'] }); // prettier-ignore
    child.stdin.end();
    assert.equal(await new Promise((resolve) => child.once('exit', resolve)), 3);
  });
});
