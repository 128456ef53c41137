import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import { skipReason } from './support/host';

/** What the run came to; the launcher reads it, because a killed extension host still reports success. */
interface Outcome {
  state: 'started' | 'finished';
  passed: number;
  failed: number;
  skipped: { title: string; reason: string }[];
  failures: { title: string; message: string }[];
}

/** Sources of the suites; the bundle holds the same files. Read from the disk, so that a new file needs no list. */
const suiteFolder = path.resolve(__dirname, '../../../test/host/suite');

/** Called by VS Code inside the extension host. Rejects when a test failed. */
export async function run(): Promise<void> {
  const outcome: Outcome = { state: 'started', passed: 0, failed: 0, skipped: [], failures: [] };
  const save = (): void => {
    const file = process.env['NTA_TEST_RESULTS'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(outcome, null, 2));
  };
  save();
  const grep = process.env['NTA_TEST_GREP'];
  const mocha = new Mocha({ ui: 'bdd', color: false, timeout: 30_000, reporter: 'spec', ...(grep ? { grep } : {}) });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  const names = readdirSync(suiteFolder).filter((name) => name.endsWith('.test.ts'));
  for (const name of names.sort()) await import(`./suite/${name.slice(0, -'.test.ts'.length)}.test.ts`);

  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    runner.on('pass', () => (outcome.passed += 1));
    runner.on('pending', (test: Mocha.Test) => {
      outcome.skipped.push({ title: test.fullTitle(), reason: skipReason(test) });
    });
    runner.on('fail', (test: Mocha.Runnable, error: Error) => {
      outcome.failed += 1;
      outcome.failures.push({ title: test.fullTitle(), message: error.stack ?? String(error) });
      save();
    });
  });
  outcome.state = 'finished';
  save();
  if (outcome.failed > 0) throw new Error(`${outcome.failed} of the in-host tests failed`);
}
