// Runs the in-host suite (dist/test/host/index.js) in the extension host of the served workbench, driven by Chromium:
// node scripts/lib/hostRun.mjs --results FILE --folder WORKSPACE
import path from 'node:path';
import util, { parseArgs } from 'node:util';
import { openBrowser } from '../../tools/vscode-host/browser.mjs';
import { settingsForTests, startHost } from '../../tools/vscode-host/host.mjs';
import { endAllOnSignal } from './children.mjs';
import { artefactsDirectory, inRoot } from './root.mjs';

const { values } = parseArgs({ options: { results: { type: 'string' }, folder: { type: 'string' } } });
const limitMs = 480_000;
/** What the workbench itself says on the console it shares with the tests. */
const noise =
  /^(\[remote-connection|\[AgentHost|\[AccountPolicyGate|\[DefaultAccount|\[Service Worker|\[reconnection-grace|Creating a socket|Creation of workbench|Resolv(ing|ed) connection|.*builtin extensions)|\/out\/vs\/code\/browser\/workbench\//;

endAllOnSignal();
const host = await startHost({
  smokeDriver: true,
  link: [inRoot('test/host/debugExtension')],
  settings: settingsForTests,
  env: { NTA_TEST_RESULTS: path.resolve(values.results) },
});
let code;
try {
  const { page, close } = await openBrowser();
  try {
    // The workbench calls these when they are there before the page loads; the exit code is 0 also for a killed host.
    const exited = new Promise((resolve) => {
      void page.exposeFunction('codeAutomationExit', resolve);
      page.on('crash', () => resolve(125));
      setTimeout(resolve, limitMs, 124).unref();
    });
    await page.exposeFunction('codeAutomationLog', (_level, words) => {
      const text = util.format(...words);
      if (!noise.test(text)) console.log(text);
    });
    const payload = [
      ['extensionDevelopmentPath', host.remoteUri(inRoot())],
      ['extensionTestsPath', host.remoteUri(inRoot('dist/test/host/index.js'))],
    ];
    await page.goto(
      `${host.pageAddress(path.resolve(values.folder))}&payload=${encodeURIComponent(JSON.stringify(payload))}`,
    );
    code = await exited;
    await page.screenshot({ path: path.join(artefactsDirectory, 'screenshots/host-end.png') }).catch(() => undefined);
  } finally {
    await close();
  }
} finally {
  await host.stop();
}
process.exit(code);
