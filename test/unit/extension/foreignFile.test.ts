import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { copyForeignFile, copyName, maxForeignBytes } from '../../../src/extension/sessions/foreignFile';

describe('a capture that is on no disk of this machine', () => {
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'nta-foreign-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const file = (size: number, read: () => Promise<Uint8Array> = () => Promise.resolve(new Uint8Array(size))) => ({
    path: '/a/far.pcap',
    scheme: 'vsls',
    size: () => Promise.resolve(size),
    read,
  });

  it('becomes a copy that only this user can read', async () => {
    const copy = path.join(folder, 'far.pcap');
    await copyForeignFile(
      file(3, () => Promise.resolve(Uint8Array.of(1, 2, 3))),
      copy,
    );
    assert.deepEqual([...readFileSync(copy)], [1, 2, 3]);
    if (process.platform !== 'win32') assert.equal(statSync(copy).mode & 0o777, 0o600);
  });

  it('is not read when it is too large, nor kept when it is larger than it said', async () => {
    const copy = path.join(folder, 'far.pcap');
    let asked = false;
    const large = file(maxForeignBytes + 1, () => {
      asked = true;
      return Promise.resolve(new Uint8Array(0));
    });
    await assert.rejects(copyForeignFile(large, copy), /far\.pcap has 269 MB\. .* up to 268 MB/);
    const lying = file(1, () => Promise.resolve({ length: maxForeignBytes + 1 } as Uint8Array));
    await assert.rejects(copyForeignFile(lying, copy), /far\.pcap has/);
    assert.deepEqual([asked, existsSync(copy)], [false, false]);
  });

  it('says why it cannot be read, and replaces nothing', async () => {
    const copy = path.join(folder, 'far.pcap');
    await assert.rejects(
      copyForeignFile(
        file(1, () => Promise.reject(new Error('offline'))),
        copy,
      ),
      { code: 'FILE_UNREADABLE', message: /cannot be read from vsls: Error: offline/ },
    );
    writeFileSync(copy, 'there');
    await assert.rejects(copyForeignFile(file(1), copy), /EEXIST/);
    assert.equal(readFileSync(copy, 'utf8'), 'there');
  });

  it('keeps its name as far as every file system takes it', () => {
    assert.equal(copyName('/a/b/web.pcap.gz'), 'web.pcap.gz');
    assert.equal(copyName('/a/x: "y"?.pcap'), 'x_ _y__.pcap');
    assert.equal(copyName('/a/..'), 'capture.pcap');
    assert.equal(copyName(`/${'long'.repeat(100)}.pcap`).length, 120);
  });
});
