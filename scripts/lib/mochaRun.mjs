// Runs every *.test.ts of the given folders and files with mocha, and writes the outcome to a file:
// node --import tsx scripts/lib/mochaRun.mjs --results FILE [--timeout MS] [--grep TEXT] PATH...
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import { endAllOnSignal } from './children.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { results: { type: 'string' }, timeout: { type: 'string' }, grep: { type: 'string' } },
});
if (values.results === undefined || positionals.length === 0) throw new Error('--results FILE and a path are needed');

function testFiles(where) {
  if (statSync(where).isFile()) return [where];
  return readdirSync(where, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.join(where, name))
    .sort();
}

/** @type {import('./outcome.mjs').Outcome} */
const outcome = { state: 'started', passed: 0, failed: 0, skipped: [], failures: [] };
const write = () => writeFileSync(values.results, JSON.stringify(outcome, null, 2));
mkdirSync(path.dirname(values.results), { recursive: true });
write();
endAllOnSignal();

const mocha = new Mocha({
  ui: 'bdd',
  reporter: 'spec',
  timeout: Number(values.timeout ?? 20_000),
  forbidOnly: true,
  ...(values.grep === undefined ? {} : { grep: values.grep }),
});
for (const where of positionals) for (const file of testFiles(where)) mocha.addFile(path.resolve(file));
await mocha.loadFilesAsync();

/** A test that skips itself prints why first: by test, or by the suite whose hook did it. */
const reasons = new Map();
function reasonFor(test) {
  for (let at = test; at !== undefined; at = at.parent) {
    const reason = reasons.get(at);
    if (reason !== undefined) return reason;
  }
  return 'no reason given';
}

const runner = mocha.run((failures) => {
  outcome.state = 'finished';
  write();
  // Not by itself: a test that left a handle open would keep this process for ever.
  process.exit(failures > 0 ? 1 : 0);
});

const print = console.log;
console.log = (...words) => {
  const current = runner.currentRunnable;
  if (current) reasons.set(current.type === 'hook' ? current.parent : current, String(words[0]).trim());
  print(...words);
};
runner.on('pass', () => outcome.passed++);
runner.on('pending', (test) => outcome.skipped.push({ title: test.fullTitle(), reason: reasonFor(test) }));
runner.on('fail', (test, error) => {
  outcome.failed++;
  outcome.failures.push({ title: test.fullTitle(), message: String(error?.stack ?? error).slice(0, 8000) });
});
