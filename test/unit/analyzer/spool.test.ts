import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
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
import { CaptureError } from '../../../src/analyzer/captureError';
import { PacketStore } from '../../../src/analyzer/packetStore';
import { Spool } from '../../../src/analyzer/spool';
import { processStart } from '../../../src/analyzer/spoolLock';
import type { RawPacket } from '../../../src/core/pcap/rawPacket';
import { concatBytes } from '../../support/packets';
import { readCapture } from '../../support/readCapture';

const packet = (number: number, lengthBytes: number, changes: Partial<RawPacket> = {}): RawPacket => ({
  number,
  seconds: 1_700_000_000 + number,
  nanoseconds: 123_456_000,
  originalLength: lengthBytes + 10,
  bytes: new Uint8Array(lengthBytes).fill(number & 0xff),
  linkType: 1,
  interfaceIndex: 0,
  ...changes,
});

function findProgram(name: string): string | null {
  const folder = ['/usr/bin', '/usr/sbin', '/usr/local/bin'].find((one) => existsSync(path.join(one, name)));
  return folder === undefined ? null : path.join(folder, name);
}

const ethernet = { name: 'eth0', linkType: 1, snapLengthBytes: 65_535, timeDigits: 6 } as const;
const cooked = { name: 'any', linkType: 113, snapLengthBytes: 256, timeDigits: 9 } as const;

describe('spool', () => {
  let folder: string;
  let errors: string[];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nta-spool-'));
    errors = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const spool = (limitBytes: number, files = 8, directory = path.join(folder, 's')): Spool => {
    const made = new Spool({ directory, limitBytes, files, onError: (message) => errors.push(message) });
    made.addInterface(ethernet);
    return made;
  };
  const read = (s: Spool): ReturnType<typeof readCapture> =>
    readCapture(concatBytes(s.segments.map((segment) => readFileSync(segment.path))));

  it('keeps what was flushed readable without being closed, for the user alone', async () => {
    const s = spool(1 << 20);
    for (let n = 1; n <= 10; n++) s.append(packet(n, 60));
    s.flush();
    const rows = await new PacketStore(() => s.segments).page(0, 100, '');
    assert.deepEqual(
      rows.rows.map((r) => r.number),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    const file = s.segments[0]!.path;
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(path.dirname(file)).mode & 0o777, 0o700);
    s.close();
  });

  it('keeps packets as they came: times, lengths, link types of several interfaces', () => {
    const s = spool(1 << 20);
    const second = s.addInterface(cooked);
    s.append(packet(1, 61));
    s.append(packet(2, 62, { interfaceIndex: second, nanoseconds: 123_456_789 }));
    s.append(packet(3, 0));
    s.close();
    const { packets, linkTypes, damage } = read(s);
    assert.equal(damage, null);
    assert.deepEqual(linkTypes, [1, 113]);
    const expected = [packet(1, 61), packet(2, 62, { interfaceIndex: 1, linkType: 113, nanoseconds: 123_456_789 })];
    assert.deepEqual(packets, [...expected, packet(3, 0)]);
  });

  it('tells tshark and capinfos the names of its interfaces and what each of them lost', function () {
    const [capinfos, tshark] = [findProgram('capinfos'), findProgram('tshark')];
    if (capinfos === null || tshark === null) {
      console.log('skipped: capinfos and tshark are not installed');
      return this.skip();
    }
    const s = spool(1 << 20);
    s.addInterface(cooked);
    s.append(packet(1, 60));
    s.append(packet(2, 62, { interfaceIndex: 1 }));
    s.statistics(0, 1_700_000_003_500_000, { received: 9, droppedByInterface: 2, droppedByKernel: 3, delivered: 5 });
    s.statistics(1, 1_700_000_003_500_000, {
      received: 1,
      droppedByInterface: null,
      droppedByKernel: null,
      delivered: 1,
    });
    s.close();
    const file = s.segments[0]!.path;
    const facts = execFileSync(capinfos, [file], { encoding: 'utf8' });
    assert.match(facts, /Name = eth0/);
    assert.match(facts, /Name = any/);
    assert.match(facts, /Number of packets = 1/);
    assert.match(facts, /Network Traffic Analyzer/);
    const rows = execFileSync(
      tshark,
      ['-r', file, '-T', 'fields', '-e', 'frame.time_epoch', '-e', 'frame.interface_name'],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    assert.equal(rows, '1700000001.123456000\teth0\n1700000002.123456000\tany\n');
  });

  it('can be read up to whatever byte a write was cut at', () => {
    const s = spool(1 << 20);
    s.addInterface(cooked);
    s.append(packet(0, 30));
    s.flush();
    const sizes = [statSync(s.segments[0]!.path).size];
    const headBytes = (sizes[0] ?? 0) - 64;
    for (let n = 1; n <= 6; n++) {
      s.append(packet(n, 30 + n, { interfaceIndex: n % 2 }));
      s.flush();
      sizes.push(statSync(s.segments[0]!.path).size);
      const counts = { received: 9, droppedByInterface: null, droppedByKernel: 3, delivered: 5 };
      if (n === 3) s.statistics(1, 1_700_000_003_500_000, counts);
    }
    s.close();
    const whole = new Uint8Array(readFileSync(s.segments[0]!.path));
    for (let end = headBytes; end <= whole.length; end++) {
      const { packets } = readCapture(whole.subarray(0, end));
      assert.equal(packets.length, sizes.filter((size) => size <= end).length, `cut at ${end}`);
    }
  });

  it('stays below its limit by dropping the oldest file, counts the loss and keeps packet numbers', async () => {
    const limitBytes = 64 * 1024;
    const s = spool(limitBytes);
    for (let n = 1; n <= 500; n++) s.append(packet(n, 1000));
    s.flush();
    const onDisk = readdirSync(path.join(folder, 's'))
      .filter((f) => f.endsWith('.pcapng'))
      .reduce((sum, f) => sum + statSync(path.join(folder, 's', f)).size, 0);
    assert.ok(onDisk <= limitBytes, `${onDisk}`);
    assert.equal(onDisk, s.figures.bytes);
    assert.equal(s.figures.files, 8);
    assert.ok(s.figures.droppedPackets > 0);
    const kept = s.segments.reduce((sum, segment) => sum + segment.packets, 0);
    assert.equal(kept + s.figures.droppedPackets, 500);
    const page = await new PacketStore(() => s.segments).page(kept - 1, 10, '');
    assert.equal(page.rows[0]?.number, 500);
    assert.equal(page.matched, kept);
    s.close();
  });

  it('is a ring of as many files as asked for', () => {
    const s = spool(60_000, 3);
    for (let n = 1; n <= 500; n++) s.append(packet(n, 1000));
    s.close();
    assert.equal(s.segments.length, 3);
    assert.equal(readdirSync(path.join(folder, 's')).filter((f) => f.endsWith('.pcapng')).length, 3);
  });

  it('a filter goes on matching when the ring has dropped what matched first', async () => {
    const s = spool(64 * 1024);
    const store = new PacketStore(() => {
      s.flush();
      return s.segments;
    });
    let n = 0;
    for (let i = 0; i < 40; i++) s.append(packet(++n, 1000));
    assert.equal((await store.page(0, 1, 'frame.len == 1010')).matched, 40);
    for (let i = 0; i < 460; i++) s.append(packet(++n, 1000));
    s.flush();
    const kept = s.segments.reduce((sum, segment) => sum + segment.packets, 0);
    const page = await store.page(0, 5, 'frame.len == 1010');
    assert.equal(page.matched, kept);
    assert.equal(page.rows[0]?.number, 501 - kept);
    assert.equal(page.rows.length, 5);
    s.close();
  });

  it('each file is a capture of its own, with all interfaces and the newest statistics', () => {
    const s = spool(64 * 1024);
    s.addInterface(cooked);
    const counts = { received: 9, droppedByInterface: null, droppedByKernel: 0, delivered: 5 };
    s.append(packet(1, 10));
    s.statistics(0, 1_700_000_003_500_000, counts);
    for (let n = 2; n <= 60; n++) s.append(packet(n, 1000));
    s.close();
    assert.ok(s.segments.length > 3);
    for (const segment of s.segments) {
      const bytes = readFileSync(segment.path);
      const read = readCapture(new Uint8Array(bytes));
      assert.deepEqual(read.linkTypes, [1, 113]);
      assert.equal(read.packets.length, segment.packets);
      assert.equal(blockTypes(bytes).filter((type) => type === 5).length, 1);
    }
  });

  it('leaves a file that says where it listened when nothing came', () => {
    const s = spool(1 << 20);
    s.close();
    assert.deepEqual(read(s), { packets: [], format: 'pcapng', linkTypes: [1], nanoseconds: false, damage: null });
  });

  it('a folder that cannot be written ends the spool with one message, not the capture', () => {
    const s = spool(1 << 20);
    rmSync(path.join(folder, 's'), { recursive: true });
    for (let n = 1; n <= 5; n++) s.append(packet(n, 60));
    assert.equal(errors.length, 1);
    assert.equal(s.figures.droppedPackets, 5);
    assert.equal(existsSync(path.join(folder, 's')), false);
  });

  describe('belongs to one process', () => {
    const directory = (): string => path.join(folder, 's');
    const lock = (text: string): void => {
      mkdirSync(directory());
      writeFileSync(path.join(directory(), 'owner.lock'), text);
    };
    const refused = (error: unknown): boolean => error instanceof CaptureError && error.code === 'SPOOL';

    it('that lives: another one is refused and names it', () => {
      lock(JSON.stringify({ pid: 1, started: processStart(1) }));
      assert.throws(
        () => spool(1 << 20),
        (error: unknown) => refused(error) && /process 1\b/.test((error as Error).message),
      );
    });

    it('until it is gone, also when another process has its number now', () => {
      lock(JSON.stringify({ pid: 1, started: '0-not-that-one' }));
      spool(1 << 20).close();
      const owner: unknown = JSON.parse(readFileSync(path.join(directory(), 'owner.lock'), 'utf8'));
      assert.deepEqual(owner, { pid: process.pid, started: processStart(process.pid) });
    });

    it('a lock that makes no sense is nobody’s', () => {
      lock('{"pid":');
      spool(1 << 20).close();
    });
  });
});

function blockTypes(bytes: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) types.push(bytes.readUInt32LE(at));
  return types;
}
