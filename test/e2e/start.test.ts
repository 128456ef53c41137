import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { openBrowser } from '../../tools/vscode-host/browser.mjs';

const root = path.resolve(__dirname, '../..');

describe('npm start', function () {
  this.timeout(120_000);
  let temporary: string;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    temporary = mkdtempSync('/tmp/nta-start-');
  });

  afterEach(() => {
    child?.kill('SIGKILL');
    rmSync(temporary, { recursive: true, force: true });
  });

  /** Starts it as npm does, with a temporary folder of its own and the desktop's `code` on the PATH or not. */
  function start(code: string | null): { output: () => string; ended: Promise<number | null> } {
    const searchPath = (process.env['PATH'] ?? '')
      .split(':')
      .filter((folder) => !existsSync(path.join(folder, 'code')));
    if (code !== null) searchPath.unshift(code);
    let output = '';
    child = spawn(process.execPath, ['scripts/start.mjs'], {
      cwd: root,
      env: { ...process.env, PATH: searchPath.join(':'), TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout?.on('data', (chunk) => (output += String(chunk)));
    child.stderr?.on('data', (chunk) => (output += String(chunk)));
    return { output: () => output, ended: once(child, 'exit').then(([exitCode]) => exitCode as number | null) };
  }

  async function waitFor<T>(what: () => T | null | undefined, started: { output: () => string }): Promise<T> {
    for (const end = Date.now() + 90_000; Date.now() < end;) {
      const found = what();
      if (found !== null && found !== undefined) return found;
      if (child?.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`it printed:\n${started.output()}`);
  }

  it('serves the workbench where there is no desktop VS Code, until Ctrl-C', async () => {
    const started = start(null);
    const address = await waitFor(() => /http:\/\/127\.0\.0\.1:\d+\/\?folder=\S+/.exec(started.output())?.[0], started);
    const browser = await openBrowser();
    try {
      await browser.page.goto(address);
      await browser.page.getByRole('tab', { name: /^Network Traffic/ }).waitFor({ timeout: 60_000 });
      await browser.page.getByRole('treeitem', { name: 'port-scan.pcap' }).waitFor({ timeout: 30_000 });
    } finally {
      await browser.close();
    }
    assert.notEqual(processesWith(temporary).length, 0);
    child?.kill('SIGINT');
    assert.equal(await started.ended, 0);
    assert.deepEqual(processesWith(temporary), [], 'nothing that it started runs on');
    assert.deepEqual(readdirSync(temporary), [], 'nothing that it wrote stays');
    await assert.rejects(fetch(address));
  });

  it("opens the desktop's VS Code when there is one, and ends it on Ctrl-C", async () => {
    // Laid out as an installed VS Code: bin/code is what is on the PATH, ../code is the program.
    const bin = path.join(temporary, 'vscode/bin');
    const report = path.join(temporary, 'arguments');
    mkdirSync(bin, { recursive: true });
    writeFileSync(path.join(bin, 'code'), '#!/bin/sh\nexit 9\n');
    writeFileSync(
      path.join(temporary, 'vscode/code'),
      `#!/bin/sh\nfor word in "$@"; do echo "$word"; done > ${report}.new\nmv ${report}.new ${report}\nexec sleep 600\n`,
    );
    for (const name of ['bin/code', 'code']) chmodSync(path.join(temporary, 'vscode', name), 0o755);

    const started = start(bin);
    const words = await waitFor(
      () => (existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n') : null),
      started,
    );
    assert.ok(words.includes(`--extensionDevelopmentPath=${root}`), words.join(' '));
    assert.ok(words.includes(path.join(root, 'samples')), words.join(' '));
    child?.kill('SIGINT');
    assert.equal(await started.ended, 0);
    assert.deepEqual(readdirSync(temporary).sort(), ['arguments', 'vscode'], 'the profile that it made is gone');
    assert.deepEqual(processesWith(path.join(temporary, 'vscode')), []);
  });
});

/** Command lines and environments of this machine's processes that hold a text, but for this one. */
function processesWith(text: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    try {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (`${commandLine}\0${environment}`.includes(text)) found.push(`${pid} ${commandLine.replaceAll('\0', ' ')}`);
    } catch {
      // It ended meanwhile, or is another user's.
    }
  }
  return found;
}
