import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PacketStore } from '../../../src/analyzer/packetStore';
import { Spool } from '../../../src/analyzer/spool';
import type { RawPacket } from '../../../src/core/pcap/rawPacket';

const packet = (number: number, lengthBytes: number): RawPacket => ({
  number,
  seconds: 1_700_000_000 + number,
  nanoseconds: 0,
  originalLength: lengthBytes,
  bytes: new Uint8Array(lengthBytes).fill(number & 0xff),
  linkType: 1,
  interfaceIndex: 0,
});

describe('spool', () => {
  let folder: string;
  let errors: string[];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nta-spool-'));
    errors = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const spool = (limitBytes: number, directory = path.join(folder, 's')): Spool =>
    new Spool(directory, limitBytes, { linkType: 1, snapLengthBytes: 65_535 }, (message) => errors.push(message));

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

  it('stays below its limit by dropping the oldest file, counts the loss and keeps packet numbers', async () => {
    const limitBytes = 64 * 1024;
    const s = spool(limitBytes);
    for (let n = 1; n <= 500; n++) s.append(packet(n, 1000));
    s.flush();
    const onDisk = readdirSync(path.join(folder, 's')).reduce(
      (sum, f) => sum + statSync(path.join(folder, 's', f)).size,
      0,
    );
    assert.ok(onDisk <= limitBytes, `${onDisk}`);
    assert.ok(s.droppedPackets > 0);
    const kept = s.segments.reduce((sum, segment) => sum + segment.packets, 0);
    assert.equal(kept + s.droppedPackets, 500);
    const page = await new PacketStore(() => s.segments).page(kept - 1, 10, '');
    assert.equal(page.rows[0]?.number, 500);
    assert.equal(page.matched, kept);
    s.close();
  });

  it('each file is a capture of its own', () => {
    const s = spool(64 * 1024);
    for (let n = 1; n <= 60; n++) s.append(packet(n, 1000));
    s.close();
    assert.ok(s.segments.length > 3);
    for (const segment of s.segments) assert.equal(readFileSync(segment.path).readUInt32LE(0), 0xa1b2c3d4);
  });

  it('a folder that cannot be written ends the spool with one message, not the capture', () => {
    const s = spool(1 << 20);
    rmSync(path.join(folder, 's'), { recursive: true });
    for (let n = 1; n <= 5; n++) s.append(packet(n, 60));
    assert.equal(errors.length, 1);
    assert.equal(s.droppedPackets, 5);
    assert.equal(existsSync(path.join(folder, 's')), false);
  });
});
