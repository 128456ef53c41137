import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');

describe('building the capture binding', function () {
  this.timeout(60_000);
  let folder: string;

  before(function () {
    if (process.platform === 'linux' && existsSync(path.join(root, 'node_modules/cap'))) return;
    console.log('skipped: needs Linux and the package cap');
    this.skip();
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nta-native-'));
    for (const name of ['scripts', 'patches', 'package.json']) {
      cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
    }
    mkdirSync(path.join(folder, 'tools/vscode-host'), { recursive: true });
    cpSync(path.join(root, 'tools/vscode-host/paths.mjs'), path.join(folder, 'tools/vscode-host/paths.mjs'));
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const build = (environment: Record<string, string>): { status: number | null; stderr: string } =>
    spawnSync(process.execPath, [path.join(folder, 'scripts/native.mjs')], {
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    });

  it('says which package is missing where there are no headers of libpcap, and leaves no binding', () => {
    const compiler = path.join(folder, 'g++');
    const words = 'fatal error: pcap/pcap.h: No such file or directory';
    writeFileSync(compiler, `#!/bin/sh\necho '../src/binding.cc:4:10: ${words}' >&2\nexit 1\n`, { mode: 0o755 });
    const { status, stderr } = build({ CXX: compiler });
    assert.equal(status, 1);
    assert.match(stderr, /libpcap's headers are not installed/);
    assert.match(stderr, /apt-get install .*libpcap-dev/);
    assert.doesNotMatch(stderr, /\n {4}at /, 'a stack');
    assert.ok(!existsSync(path.join(folder, 'dist/native')));
  });

  it('stops at a patch that does not fit', () => {
    const patch = path.join(folder, 'patches/cap+0.2.1.patch');
    writeFileSync(
      patch,
      'diff --git a/node_modules/cap/none b/node_modules/cap/none\nindex 1..2 100644\n--- a/node_modules/cap/none\n+++ b/node_modules/cap/none\n@@ -1 +1 @@\n-a\n+b\n',
    );
    const { status, stderr } = build({});
    assert.equal(status, 1);
    assert.match(stderr, /does not fit the package that is installed/);
  });
});
