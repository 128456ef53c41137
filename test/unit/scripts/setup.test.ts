import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const lib = path.resolve(__dirname, '../../../scripts/lib');
const load = async (name: string): Promise<unknown> => import(pathToFileURL(path.join(lib, name)).href);

describe('setup', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nta-setup-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('asks for a newer Node where it is too old', async () => {
    const { nodeTooOld } = (await load('root.mjs')) as { nodeTooOld(version?: string): string | null };
    for (const version of ['20.19.0', '20.19.1', '20.20.0', '22.0.0', '24.1.0'])
      assert.equal(nodeTooOld(version), null);
    for (const version of ['20.18.9', '18.20.4', '8.0.0'])
      assert.match(nodeTooOld(version) ?? '', /20\.19\.0 or newer/);
    assert.equal(nodeTooOld(), null);
  });

  it('names every missing package in one command', async () => {
    const { installCommand } = (await load('debianPackages.mjs')) as {
      installCommand(missing: { package: string }[], hasSudo: boolean): string;
    };
    assert.equal(
      installCommand([{ package: 'nmap' }, { package: 'g++' }], true),
      'sudo apt-get update && sudo apt-get install -y --no-install-recommends nmap g++',
    );
    assert.ok(!installCommand([{ package: 'nmap' }], false).includes('sudo'));
  });

  it('finds a program on the PATH, and only what can be run', async function () {
    if (process.platform === 'win32') {
      console.log('Windows knows no executable bit');
      this.skip();
    }
    const { findProgram } = (await load('programs.mjs')) as {
      findProgram(name: string, searchPath?: string): string | null;
    };
    writeFileSync(path.join(folder, 'tool'), '#!/bin/sh\n', { mode: 0o644 });
    assert.equal(findProgram('tool', folder), null);
    chmodSync(path.join(folder, 'tool'), 0o755);
    assert.equal(findProgram('tool', `relative:${folder}`), path.join(folder, 'tool'));
    mkdirSync(path.join(folder, 'directory'));
    assert.equal(findProgram('directory', folder), null);
  });

  it('keeps what npm says of the outer project out of another npm', async () => {
    const { environmentWithoutNpm } = (await load('programs.mjs')) as {
      environmentWithoutNpm(environment: Record<string, string>): Record<string, string>;
    };
    const kept = { PATH: '/bin', npm_config_registry: 'http://r', npm_config_cache: '/c' };
    const dropped = {
      npm_package_name: 'x',
      npm_lifecycle_event: 'test',
      INIT_CWD: '/w',
      npm_config_ignore_scripts: '',
    };
    assert.deepEqual(environmentWithoutNpm({ ...kept, ...dropped }), kept);
  });

  it('finds the program behind the code command', async function () {
    if (process.platform !== 'linux') {
      console.log('the layout is that of Linux');
      this.skip();
    }
    const { programBehind } = (await load('desktop.mjs')) as { programBehind(code: string): string | null };
    mkdirSync(path.join(folder, 'share/bin'), { recursive: true });
    writeFileSync(path.join(folder, 'share/bin/code'), '');
    symlinkSync(path.join(folder, 'share/bin/code'), path.join(folder, 'code-link'));
    assert.equal(programBehind(path.join(folder, 'code-link')), null, 'another layout');
    writeFileSync(path.join(folder, 'share/code'), '');
    assert.equal(programBehind(path.join(folder, 'code-link')), path.join(folder, 'share/code'));
  });
});
