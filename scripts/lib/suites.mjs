import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { run } from './children.mjs';
import { findCode, programBehind } from './desktop.mjs';
import { readOutcome, skippedSuite } from './outcome.mjs';
import { findChromium, findProgram } from './programs.mjs';
import { artefactsDirectory, inRoot } from './root.mjs';

const linux = process.platform === 'linux';
const isRoot = process.getuid?.() === 0;
const samples = inRoot('samples');
/** Folders of test/ that are not run by the suite `unit`. */
const ownSuites = new Set(['e2e', 'host', 'package', 'process', 'support', 'bench']);

const resultsFile = (name) => path.join(artefactsDirectory, `results/${name}.json`);

async function runScript(name, context, words, { minutes, env = {} }) {
  const results = resultsFile(name);
  const ended = await run(words[0], [...words.slice(1)], {
    cwd: inRoot(),
    env: { ...process.env, ...(context.grep === undefined ? {} : { NTA_TEST_GREP: context.grep }), ...env },
    timeoutMs: minutes * 60_000,
    onOutput: context.record,
  });
  return readOutcome(results, ended);
}

/** Words that run mocha over `paths` of test/. */
const mocha = (name, context, ...paths) => [
  process.execPath,
  ...['--import', 'tsx', inRoot('scripts/lib/mochaRun.mjs'), '--results', resultsFile(name)],
  ...(context.grep === undefined ? [] : ['--grep', context.grep]),
  ...paths.map((p) => inRoot('test', p)),
];

async function runStatic(context) {
  const checks = {
    types: ['node_modules/typescript/bin/tsc', '-b'],
    lint: ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'],
    format: ['node_modules/prettier/bin/prettier.cjs', '--check', '.'],
  };
  const outcome = { state: 'finished', passed: 0, failed: 0, skipped: [], failures: [] };
  for (const [title, words] of Object.entries(checks)) {
    const { code, output } = await run(process.execPath, words, { cwd: inRoot(), onOutput: context.record });
    if (code === 0) {
      outcome.passed++;
      continue;
    }
    outcome.failed++;
    outcome.failures.push({ title, message: output.slice(-8000) });
  }
  return outcome;
}

/** Why the served workbench cannot be driven here, or null. */
function noWorkbench() {
  if (!linux) return 'the served workbench is for Linux; here the suite "desktop" runs the same in-host tests';
  if (findChromium() === null) return 'no Chromium is installed';
  return null;
}

/** Why there is no desktop VS Code, or null. */
function noDesktop() {
  const wanted = process.env.NTA_DESKTOP === '1' || process.env.GITHUB_ACTIONS === 'true';
  if (!wanted && installedDesktop() === null) {
    return 'no desktop VS Code: `code` is not on the PATH, and NTA_DESKTOP=1, which downloads one, is not set';
  }
  if (needsDisplay() && findProgram('xvfb-run') === null) return 'no display, and xvfb-run is not installed';
  return null;
}

function installedDesktop() {
  if (process.env.NTA_VSCODE_PATH) return process.env.NTA_VSCODE_PATH;
  const code = findCode();
  return code === null ? null : programBehind(code);
}

const needsDisplay = () => linux && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY;

async function runDesktop(context) {
  const words = [process.execPath, inRoot('scripts/lib/desktopRun.mjs'), '--results', resultsFile('desktop')];
  words.push('--folder', samples);
  if (needsDisplay()) words.unshift(findProgram('xvfb-run'), '-a');
  // A version that was asked for is the one that is tested, whatever is installed.
  const installed = process.env.NTA_VSCODE_VERSION ? null : installedDesktop();
  const env = installed === null ? {} : { NTA_VSCODE_PATH: installed };
  return runScript('desktop', context, words, { minutes: 10, env });
}

async function runPackaged(context) {
  const vsix = path.join(artefactsDirectory, 'network-traffic-analyzer.vsix');
  const made = await run(process.execPath, [inRoot('scripts/package.mjs'), '--out', vsix], {
    cwd: inRoot(),
    onOutput: context.record,
  });
  if (made.code !== 0 || !existsSync(vsix)) {
    const failure = { title: 'the package is made', message: made.output.slice(-8000) };
    return { state: 'finished', passed: 0, failed: 1, skipped: [], failures: [failure] };
  }
  return runScript('package', context, mocha('package', context, 'package', 'e2e/flow.test.ts'), {
    minutes: 10,
    env: { NTA_VSIX: vsix },
  });
}

/**
 * Every suite in the order it runs. `cannotRun` gives the reason why it cannot run on this machine, or null.
 *
 * @type {{ name: string, cannotRun: () => string | null, run: (context: { record: (chunk: Buffer) => void, grep?: string }) => Promise<import('./outcome.mjs').Outcome> }[]}
 */
export const suites = [
  { name: 'static', cannotRun: () => null, run: runStatic },
  {
    name: 'unit',
    cannotRun: () => null,
    run: (context) => {
      const folders = readdirSync(inRoot('test'), { withFileTypes: true });
      const paths = folders.filter((f) => f.isDirectory() && !ownSuites.has(f.name)).map((f) => f.name);
      return runScript('unit', context, mocha('unit', context, ...paths), { minutes: 8 });
    },
  },
  {
    name: 'process',
    cannotRun: () =>
      linux ? (isRoot ? null : 'needs root, for network namespaces: sudo npm test -- process') : 'needs Linux',
    run: (context) => runScript('process', context, mocha('process', context, 'process'), { minutes: 10 }),
  },
  {
    name: 'host',
    cannotRun: noWorkbench,
    run: (context) => {
      const words = [inRoot('scripts/lib/hostRun.mjs'), '--results', resultsFile('host'), '--folder', samples];
      return runScript('host', context, [process.execPath, ...words], { minutes: 6 });
    },
  },
  { name: 'desktop', cannotRun: noDesktop, run: runDesktop },
  {
    name: 'browser',
    cannotRun: noWorkbench,
    run: (context) => runScript('browser', context, mocha('browser', context, 'e2e'), { minutes: 15 }),
  },
  // Last, as it replaces the development build in dist.
  { name: 'package', cannotRun: noWorkbench, run: runPackaged },
];

/** Runs one suite, or says why not. */
export async function runSuite(suite, context) {
  const reason = suite.cannotRun();
  return reason === null ? suite.run(context) : skippedSuite(suite.name, reason);
}
