// Installs what is missing, builds, and runs the suites: all of them, or those that are named.
// node scripts/test.mjs [SUITE...] [--grep TEXT]
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { endAllOnSignal } from './lib/children.mjs';
import { artefactsDirectory } from './lib/root.mjs';
import { setUp, SetupError, wantsWorkbench } from './setup.mjs';

const seconds = (sinceMs) => `${((performance.now() - sinceMs) / 1000).toFixed(0)} s`;
const count = (outcome) => `${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped.length} skipped`;

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { grep: { type: 'string' } } });
  const startedMs = performance.now();
  const began = performance.now();
  await setUp({ purpose: 'test', workbench: wantsWorkbench('test') });
  console.log(`[setup] ready after ${seconds(began)}`);

  // Only now: what a suite imports may have been installed just before.
  const { suites, runSuite } = await import('./lib/suites.mjs');
  const unknown = positionals.filter((name) => !suites.some((s) => s.name === name));
  if (unknown.length > 0) {
    throw new SetupError(`no suite ${unknown.join(', ')}; there are: ${suites.map((s) => s.name).join(', ')}`);
  }
  const chosen = positionals.length === 0 ? suites : suites.filter((s) => positionals.includes(s.name));
  for (const old of ['results', 'logs', 'screenshots']) {
    rmSync(path.join(artefactsDirectory, old), { recursive: true, force: true });
    mkdirSync(path.join(artefactsDirectory, old), { recursive: true });
  }

  const done = [];
  for (const suite of chosen) {
    console.log(`\n=== ${suite.name} ===`);
    const suiteMs = performance.now();
    const logFile = createWriteStream(path.join(artefactsDirectory, 'logs', `${suite.name}.log`));
    const outcome = await runSuite(suite, { record: (chunk) => void logFile.write(chunk), grep: values.grep });
    await new Promise((resolve) => logFile.end(resolve));
    done.push({ name: suite.name, outcome, took: seconds(suiteMs) });
    console.log(`=== ${suite.name}: ${count(outcome)} (${seconds(suiteMs)})`);
  }
  return report(done, seconds(startedMs));
}

function report(done, took) {
  const total = { passed: 0, failed: 0, skipped: [] };
  console.log('');
  for (const { name, outcome } of done) {
    for (const { title, message } of outcome.failures) console.log(`FAILED [${name}] ${title}\n${indent(message)}\n`);
  }
  for (const { name, outcome } of done) {
    for (const { title, reason } of outcome.skipped) console.log(`skipped [${name}] ${title}: ${reason}`);
  }
  console.log('');
  for (const { name, outcome, took: suiteTook } of done) {
    total.passed += outcome.passed;
    total.failed += outcome.failed;
    total.skipped.push(...outcome.skipped);
    console.log(`${name.padEnd(8)} ${suiteTook.padStart(6)}  ${count(outcome)}`);
  }
  console.log(`${'all'.padEnd(8)} ${took.padStart(6)}  logs, screenshots and results are in .artefacts`);
  console.log(count(total));
  return total.failed === 0 ? 0 : 1;
}

const indent = (text) => text.replace(/^/gm, '    ');

endAllOnSignal();
try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof SetupError ? `\n${error.message}` : error);
  // The last line keeps its form: what could not even start is one failure.
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
}
