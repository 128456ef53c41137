import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Spool } from '../../../src/analyzer/spool';
import { leftoverText } from '../../../src/extension/capture/recoveryText';
import { Leftovers } from '../../../src/extension/sessions/leftovers';
import { Storage } from '../../../src/extension/sessions/storage';
import { readCapture } from '../../support/readCapture';

describe('leftovers of a crash', () => {
  let root: string;
  let storage: Storage;
  let own: string | null;
  const deadPid = spawnSync(process.execPath, ['-e', '']).pid;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'nta-leftovers-'));
    storage = new Storage(root, () => undefined);
    own = null;
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const leftovers = (): Leftovers =>
    new Leftovers(
      storage,
      () => own,
      () => undefined,
    );
  const signature = (pid: number): string => JSON.stringify({ pid, started: null });

  /** A run's directory with a ring of real spool files; the last write was cut. */
  function crashed(name: string, owners: { window: number; writer: number }, packets = 60): string {
    const directory = path.join(root, 'captures', name);
    const spool = new Spool({ directory, limitBytes: 64 * 1024, files: 4, onError: assert.fail });
    spool.addInterface({ name: 'eth0', linkType: 1, snapLengthBytes: 0, timeDigits: 6 });
    for (let number = 1; number <= packets; number++) {
      const bytes = new Uint8Array(1000).fill(number);
      const packet = { number, seconds: number, nanoseconds: 0, originalLength: 1000, linkType: 1, interfaceIndex: 0 };
      spool.append({ ...packet, bytes });
    }
    spool.close();
    const last = readdirSync(directory)
      .filter((f) => f.startsWith('capture'))
      .sort()
      .at(-1)!;
    const file = path.join(directory, last);
    if (packets > 0) writeFileSync(file, readFileSync(file).subarray(0, statSync(file).size - 5));
    writeFileSync(path.join(directory, 'window.lock'), signature(owners.window));
    writeFileSync(path.join(directory, 'owner.lock'), signature(owners.writer));
    return directory;
  }
  const dead = { window: deadPid, writer: deadPid };

  it('are found, newest first, and become one capture file of all their packets but the torn one', async () => {
    crashed('20260101T000000-1-00000001', dead);
    const newer = crashed('20260203T040506-1-00000002', dead);
    const list = await leftovers().list();
    assert.deepEqual(
      list.map((one) => one.startedMs),
      [Date.UTC(2026, 1, 3, 4, 5, 6), Date.UTC(2026, 0, 1)],
    );
    const file = await leftovers().recover(list[0]!);
    assert.equal(path.basename(file), 'recovered-2026-02-03-040506.pcapng');
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
    const { packets, damage } = readCapture(new Uint8Array(readFileSync(file)));
    assert.deepEqual(
      packets.map((packet) => packet.seconds),
      Array.from({ length: 59 }, (_, index) => index + 1),
    );
    assert.ok(damage !== null, 'the torn packet is told');
    assert.equal(existsSync(newer), false);
    assert.equal((await leftovers().list()).length, 1);
  });

  it('are never those of a window or an analysis that lives', async () => {
    const living = [
      crashed('20260101T000000-1-00000001', { window: process.ppid, writer: deadPid }),
      crashed('20260101T000000-1-00000002', { window: deadPid, writer: process.ppid }),
      crashed('20260101T000000-1-00000003', { window: process.ppid, writer: process.ppid }),
    ];
    assert.deepEqual(await leftovers().list(), []);
    for (const directory of living) {
      await leftovers().discard({ directory, files: [], bytes: 1, startedMs: 0 });
      assert.ok(existsSync(directory));
    }
  });

  it('of this window are those that it has let go of', async () => {
    const mine = crashed('20260101T000000-1-00000001', { window: process.pid, writer: deadPid });
    own = mine;
    assert.equal((await leftovers().list()).length, 0);
    own = null;
    assert.equal((await leftovers().list()).length, 1);
  });

  it('a window’s number in another life of the machine is not the window', async () => {
    const directory = crashed('20260101T000000-1-00000001', dead);
    writeFileSync(path.join(directory, 'window.lock'), JSON.stringify({ pid: process.ppid, started: 'long ago' }));
    assert.equal((await leftovers().list()).length, process.platform === 'linux' ? 1 : 0);
  });

  it('without a packet are removed unasked, and what is no run is left alone', async () => {
    const empty = crashed('20260101T000000-1-00000001', dead, 0);
    const other = path.join(root, 'captures', 'precious');
    mkdirSync(other);
    assert.deepEqual(await leftovers().list(), []);
    assert.equal(existsSync(empty), false);
    assert.ok(existsSync(other));
  });

  it('are swept when declined, and go to one of two windows that want them', async () => {
    crashed('20260101T000000-1-00000001', dead);
    const second = crashed('20260101T000000-1-00000002', dead);
    const list = await leftovers().list();
    await leftovers().discard(list.find((one) => one.directory === second)!);
    assert.equal(existsSync(second), false);
    const [first] = await leftovers().list();
    const results = await Promise.allSettled([leftovers().recover(first!), leftovers().recover(first!)]);
    assert.deepEqual(results.map((result) => result.status).sort(), ['fulfilled', 'rejected']);
  });

  it('are named by their start and size', () => {
    assert.match(
      leftoverText({ bytes: 3 * 1024 * 1024, startedMs: Date.UTC(2026, 0, 1) }),
      /^A capture of .*\(3 MiB\)$/,
    );
    assert.match(leftoverText({ bytes: 2048, startedMs: 0 }), /unknown time \(2 KiB\)/);
  });
});
