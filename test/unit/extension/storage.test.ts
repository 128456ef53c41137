import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Storage } from '../../../src/extension/sessions/storage';

describe('Storage', () => {
  let root: string;
  let lines: string[];

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'nta-storage-'));
    lines = [];
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const storage = (): Storage => new Storage(root, (level, message) => lines.push(`${level} ${message}`));

  function leftover(folder: string, name: string, ageHours: number): string {
    const directory = path.join(root, folder, name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, 'capture.pcap'), 'x');
    const time = Date.now() / 1000 - ageHours * 3600;
    utimesSync(directory, time, time);
    return directory;
  }

  it('makes directories that only this user can look into', async () => {
    if (process.platform === 'win32') return;
    const made = storage();
    const spool = await made.create();
    const file = await made.exportPath('eth0.pcap');
    for (const directory of [spool, path.dirname(spool), path.dirname(file), path.dirname(path.dirname(file))]) {
      assert.equal(statSync(directory).mode & 0o777, 0o700, directory);
    }
    assert.equal(path.basename(file), 'eth0.pcap');
    assert.notEqual(await made.create(), spool);
  });

  it('removes what it made and nothing else', async () => {
    const made = storage();
    const spool = await made.create();
    writeFileSync(path.join(spool, 'capture-001.pcap'), 'x');
    await made.remove(spool);
    assert.equal(existsSync(spool), false);

    const other = path.join(root, 'precious');
    mkdirSync(other);
    const impostor = leftover('captures', 'precious', 0);
    for (const directory of [other, impostor, root, path.join(root, 'captures')]) {
      await made.remove(directory);
      made.removeNow(directory);
      assert.ok(existsSync(directory), directory);
    }
    const file = await made.exportPath('a.csv');
    await made.removeExport(file);
    assert.equal(existsSync(path.dirname(file)), false);
    await made.removeExport(path.join(other, 'a.csv'));
    assert.ok(existsSync(other));
  });

  it('sweeps what dead windows left a week ago, and exports of a day ago, and keeps what is newer or in use', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const old = leftover('captures', `20260101T000000-${dead}-00000001`, 200);
    const recent = leftover('captures', `20260101T000000-${dead}-00000002`, 30);
    const inUse = leftover('captures', `20260101T000000-${process.pid}-00000003`, 200);
    const oldExport = leftover('exports', 'abcdef012345', 30);
    const recentExport = leftover('exports', 'abcdef012346', 1);
    await storage().create();
    assert.deepEqual(
      [old, recent, inUse, oldExport, recentExport].map((directory) => existsSync(directory)),
      [false, true, true, false, true],
    );
    assert.ok(
      lines.some((line) => line.includes(recent)),
      'a capture that can still be read is named in the log',
    );
  });
});
