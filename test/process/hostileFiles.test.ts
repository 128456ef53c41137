import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AnalysisReport } from '../../src/protocol/capture';
import { pcapFileHeader } from '../../src/core/pcap/pcapWriter';
import { concatBytes } from '../../src/core/bytes/concatBytes';

const cli = path.resolve(__dirname, '../../dist/cli.js');
const mebibyte = 1024 * 1024;
const parts = 1024;
/** Far below what the bombs unpack to; a child's peak begins with that of this process, so it cannot be close. */
const maxPeakBytes = 640 * mebibyte;

/** Prints the peak of resident memory in KiB as the last line of stderr. */
const measured =
  "process.on('exit', () => process.stderr.write('\\n' + process.resourceUsage().maxRSS));" +
  `process.argv.splice(1, 0, ${JSON.stringify(cli)}); require(${JSON.stringify(cli)});`;

function analyze(file: string): { status: number | null; stdout: string; stderr: string; peakBytes: number } {
  const args = ['-e', measured, '--', 'analyze', file, '--format', 'json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 });
  return { status, stdout, stderr, peakBytes: 1024 * Number(stderr.split('\n').at(-1)) };
}

describe('compression bombs', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'bomb-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** A gzip file of `first` and then 1024 times `part` as members (RFC 1952 section 2.2), each of which packs to next to nothing. */
  function bomb(name: string, first: Uint8Array, part: Uint8Array): string {
    const file = path.join(folder, name);
    const packed = gzipSync(part);
    assert.ok(packed.length < part.length / 500);
    const handle = openSync(file, 'w');
    if (first.length > 0) writeSync(handle, gzipSync(first));
    for (let i = 0; i < parts; i++) writeSync(handle, packed);
    closeSync(handle);
    return file;
  }

  it('1 GiB of zeros is no capture, said at once', () => {
    const { status, stderr, peakBytes } = analyze(bomb('zeros.pcap.gz', new Uint8Array(0), new Uint8Array(mebibyte)));
    assert.equal(status, 2);
    assert.match(stderr, /begins like no capture file/);
    assert.ok(peakBytes < maxPeakBytes, `${peakBytes} bytes`);
  }).timeout(120_000);

  it('1 GiB of packets is read to its end in bounded memory', () => {
    const record = new Uint8Array(mebibyte / 4);
    const view = new DataView(record.buffer);
    view.setUint32(8, record.length - 16, true);
    view.setUint32(12, record.length - 16, true);
    const header = pcapFileHeader({ linkType: 1, snapLengthBytes: record.length, nanoseconds: false });
    const file = bomb('packets.pcap.gz', header, concatBytes([record, record, record, record]));
    const { status, stdout, stderr, peakBytes } = analyze(file);
    assert.equal(status, 0, stderr);
    const { capture } = JSON.parse(stdout) as AnalysisReport;
    assert.equal(capture.packets, 4 * parts);
    assert.equal(capture.damage, null);
    assert.ok(peakBytes > 0 && peakBytes < maxPeakBytes, `${peakBytes} bytes`);
  }).timeout(120_000);
});
