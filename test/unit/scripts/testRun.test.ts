import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(__dirname, '../../..');

interface Outcome {
  state: string;
  passed: number;
  failed: number;
  skipped: { title: string; reason: string }[];
  failures: { title: string; message: string }[];
}

interface OutcomeModule {
  readOutcome(file: string, ended: { code: number; timedOut: boolean }): Outcome;
  skippedSuite(name: string, reason: string): Outcome;
}

/** The runner that every mocha suite goes through: what it reports is what `npm test` says. */
describe('the test runner', function () {
  this.timeout(60_000);
  let folder: string;
  let outcomes: OutcomeModule;

  before(async () => {
    outcomes = (await import(pathToFileURL(path.join(root, 'scripts/lib/outcome.mjs')).href)) as OutcomeModule;
  });

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nta-runner-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function run(source: string): { outcome: Outcome; code: number } {
    writeFileSync(path.join(folder, 'some.test.ts'), source);
    const results = path.join(folder, 'results.json');
    const script = path.join(root, 'scripts/lib/mochaRun.mjs');
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', script, '--results', results, folder], {
      cwd: root,
    });
    const code = status ?? -1;
    return { outcome: outcomes.readOutcome(results, { code, timedOut: false }), code };
  }

  it('counts what passed, failed and was skipped, with the reasons', () => {
    const { outcome, code } = run(`
      describe('a', () => {
        it('passes', () => console.log('not a reason'));
        it('fails', () => { throw new Error('for this cause'); });
        it('skips', function () { console.log('no tool'); this.skip(); });
        it.skip('is switched off', () => undefined);
      });
      describe('b', () => {
        before(function () { console.log('not root'); this.skip(); });
        it('one', () => undefined);
        describe('inner', () => it('two', () => undefined));
      });`);
    assert.equal(code, 1);
    assert.equal(outcome.passed, 1);
    assert.equal(outcome.failed, 1);
    assert.equal(outcome.failures[0]?.title, 'a fails');
    assert.match(outcome.failures[0]?.message ?? '', /for this cause/);
    assert.deepEqual(outcome.skipped, [
      { title: 'a skips', reason: 'no tool' },
      { title: 'a is switched off', reason: 'no reason given' },
      { title: 'b one', reason: 'not root' },
      { title: 'b inner two', reason: 'not root' },
    ]);
  });

  it('takes a process that ended in the middle for a failure, also with exit code 0', () => {
    const { outcome, code } = run(`it('leaves', () => process.exit(0)); it('never runs', () => undefined);`);
    assert.equal(code, 0);
    assert.equal(outcome.failed, 1);
    assert.match(outcome.failures[0]?.message ?? '', /before its tests were through/);
  });

  it('takes a file that does not load for a failure', () => {
    const { outcome } = run(`import './missing'; it('never runs', () => undefined);`);
    assert.equal(outcome.failed, 1);
  });

  it('takes a suite without a test for a failure', () => {
    const { outcome } = run(`describe('empty', () => undefined);`);
    assert.equal(outcome.failed, 1);
    assert.match(outcome.failures[0]?.message ?? '', /no test/);
  });

  it('refuses it.only, which hides the rest', () => {
    const { outcome } = run(`it.only('alone', () => undefined); it('hidden', () => undefined);`);
    assert.notEqual(outcome.failed, 0);
  });

  it('does not wait for a handle that a test left open', () => {
    const { outcome, code } = run(`it('leaves a timer', () => void setInterval(() => undefined, 1000));`);
    assert.deepEqual([code, outcome.passed, outcome.failed], [0, 1, 0]);
  });

  it('takes a suite that was stopped, or left no outcome, for a failure', () => {
    const missing = path.join(folder, 'missing.json');
    assert.match(outcomes.readOutcome(missing, { code: 0, timedOut: true }).failures[0]?.message ?? '', /in time/);
    assert.equal(outcomes.readOutcome(missing, { code: 0, timedOut: false }).failed, 1);
    assert.deepEqual(outcomes.skippedSuite('host', 'no browser').skipped, [
      { title: 'suite host', reason: 'no browser' },
    ]);
  });
});
