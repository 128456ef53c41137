import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { end, run, start, whenEnded } from '../../scripts/lib/children.mjs';
import { nodeBinary, serverEntry } from './paths.mjs';

/** No account, no marketplace, no telemetry, no welcome: nothing between the person and the extension. */
export const settingsForEveryone = {
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
};

/** For a browser that is driven: what moves by itself makes tests slow and screenshots differ. */
export const settingsForTests = { 'workbench.reduceMotion': 'on', 'git.enabled': false };

/** A loader of the test runner, and what would change how the server listens or answers. */
const notInherited = new Set(['NODE_OPTIONS', 'PORT', 'PASSWORD', 'HASHED_PASSWORD', 'VSCODE_IPC_HOOK_CLI']);

const listeningLine = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/;
const startLimitMs = 60_000;
/** A UNIX socket path ends at 107 bytes, and VS Code adds about 50 to the user data folder's. */
const longestTemporaryFolder = 40;

/**
 * Serves one isolated workbench on 127.0.0.1: own home, own user data, own extensions, all in one temporary folder.
 *
 * @param {import('./host.mjs').HostOptions} [options]
 * @returns {Promise<import('./host.mjs').Host>}
 */
export async function startHost({
  vsix = [],
  link = [],
  smokeDriver = false,
  settings = {},
  machineSettings = {},
  env: added = {},
  port = 0,
} = {}) {
  const parent = tmpdir().length > longestTemporaryFolder ? '/tmp' : tmpdir();
  const folder = mkdtempSync(path.join(parent, 'nta-'));
  const at = (...parts) => path.join(folder, ...parts);
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  const keepNoMore = whenEnded(remove);

  for (const name of ['u/User', 'u/Machine', 'x', 'home', 'data', 'config', 'cache', 'run', 'tmp']) {
    mkdirSync(at(name), { recursive: true, mode: 0o700 });
  }
  writeFileSync(at('config.yaml'), 'auth: none\n');
  writeFileSync(at('u/User/settings.json'), JSON.stringify({ ...settingsForEveryone, ...settings }, null, 2));
  if (Object.keys(machineSettings).length > 0)
    writeFileSync(at('u/Machine/settings.json'), JSON.stringify(machineSettings, null, 2));
  link.forEach((target, i) => symlinkSync(target, at('x', `dev-${i}`)));

  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !notInherited.has(name))),
    HOME: at('home'),
    XDG_DATA_HOME: at('data'),
    XDG_CONFIG_HOME: at('config'),
    XDG_CACHE_HOME: at('cache'),
    XDG_RUNTIME_DIR: at('run'),
    TMPDIR: at('tmp'),
    EXTENSIONS_GALLERY: '{}',
    ...added,
  };
  const common = [serverEntry, '--config', at('config.yaml'), '--user-data-dir', at('u'), '--extensions-dir', at('x')];

  try {
    for (const file of vsix) {
      const { code, output } = await run(nodeBinary(), [...common, '--install-extension', file, '--force'], {
        env,
        quiet: true,
      });
      if (code !== 0) throw new Error(`the workbench could not install ${file} (exit ${code}):\n${output}`);
    }

    const serverArguments = ['--bind-addr', `127.0.0.1:${port}`, '--auth', 'none', '--ignore-last-opened'];
    for (const feature of ['telemetry', 'update-check', 'workspace-trust', 'getting-started-override', 'proxy']) {
      serverArguments.push(`--disable-${feature}`);
    }
    // A built VS Code honours extensionDevelopmentPath and extensionTestsPath only with this; it also hides toasts.
    if (smokeDriver) serverArguments.push('--vscode-option', 'enable-smoke-test-driver');
    const server = start(nodeBinary(), [...common, ...serverArguments], { env, stdio: ['ignore', 'pipe', 'pipe'] });

    let log = '';
    const remember = (text) => (log = (log + text).slice(-1_000_000));
    server.stderr.on('data', remember);
    const url = await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the workbench did not start in time\n${log}`)), startLimitMs);
      readline.createInterface({ input: server.stdout }).on('line', (line) => {
        remember(`${line}\n`);
        const address = listeningLine.exec(line)?.[1];
        if (address === undefined) return;
        clearTimeout(late);
        resolve(address);
      });
      server.once('error', reject);
      server.once('exit', (code) => reject(new Error(`the workbench ended with exit code ${code}\n${log}`)));
    });

    return {
      url,
      folder,
      server,
      log: () => log,
      pageAddress: (workspace) => `${url}/?folder=${encodeURIComponent(workspace)}`,
      remoteUri: (file) => `vscode-remote://${new URL(url).host}${encodeURI(file)}`,
      async stop() {
        await end(server);
        // Its file watcher writes for a moment longer.
        await new Promise((resolve) => setTimeout(resolve, 200));
        keepNoMore();
        remove();
      },
    };
  } catch (error) {
    keepNoMore();
    remove();
    throw error;
  }
}

/** The first free port of 127.0.0.1 at or after `first`: the same address every time when nothing else has it. */
export async function freePort(first, tries = 50) {
  for (let port = first; port < first + tries; port++) {
    const free = await new Promise((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
  return 0;
}
