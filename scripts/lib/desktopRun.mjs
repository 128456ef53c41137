// Runs the in-host suite in a desktop VS Code: the program NTA_VSCODE_PATH, else a downloaded one of the version
// NTA_VSCODE_VERSION (`oldest`: the oldest that package.json supports; `stable` by default).
// node scripts/lib/desktopRun.mjs --results FILE --folder WORKSPACE
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runTests } from '@vscode/test-electron';
import { endAllOnSignal, whenEnded } from './children.mjs';
import { inRoot, readManifest } from './root.mjs';

const { values } = parseArgs({ options: { results: { type: 'string' }, folder: { type: 'string' } } });

endAllOnSignal();
const profile = mkdtempSync(path.join(tmpdir(), 'nta-'));
const remove = () => rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
whenEnded(remove);
const installed = process.env.NTA_VSCODE_PATH;
const wanted = process.env.NTA_VSCODE_VERSION ?? 'stable';
const version = wanted === 'oldest' ? readManifest().engines.vscode.replace(/^\^/, '') : wanted;
try {
  await runTests({
    ...(installed ? { vscodeExecutablePath: installed } : { version }),
    extensionDevelopmentPath: inRoot(),
    extensionTestsPath: inRoot('dist/test/host/index.js'),
    extensionTestsEnv: { NTA_TEST_RESULTS: path.resolve(values.results) },
    launchArgs: [
      path.resolve(values.folder),
      `--user-data-dir=${path.join(profile, 'u')}`,
      `--extensions-dir=${path.join(profile, 'x')}`,
      '--disable-workspace-trust',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  remove();
}
