import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExportKind } from '../../src/protocol/analyzerMessages';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import { timeRangeFilter } from '../../src/protocol/timeRange';
import { AnalyzerProcess } from '../support/analyzerProcess';
import { readCapture } from '../support/readCapture';
import { samplePath } from '../support/samples';

const cli = path.resolve(__dirname, '../../dist/cli.js');

/** What tshark says of a capture; null where there is none. */
function tshark(file: string, ...fields: string[]): string[][] | null {
  const { status, stdout, error } = spawnSync(
    'tshark',
    [
      ...['-r', file, '-T', 'fields', '-E', 'separator=|'],
      ...['ip', 'tcp', 'udp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]),
      ...fields.flatMap((field) => ['-e', field]),
    ],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (error !== undefined) return null;
  assert.equal(status, 0);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('|'));
}

describe('exports of a selection', function () {
  this.timeout(60_000);
  let analyzer: AnalyzerProcess;
  let folder: string;
  const out = (name: string): string => path.join(folder, name);

  beforeEach(() => {
    analyzer = new AnalyzerProcess();
    folder = mkdtempSync(path.join(tmpdir(), 'nta-exports-'));
  });
  afterEach(async () => {
    await analyzer.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (file: string) => {
    await analyzer.request({ type: 'openFile', run: 'r', path: file, rules: defaultRuleSettings });
    return analyzer.event((event) =>
      event.type === 'snapshot' && event.snapshot.state === 'finished' ? event.snapshot : null,
    );
  };
  const write = (kind: ExportKind, name: string, filter = '') =>
    analyzer.request({ type: 'export', kind, path: out(name), filter });

  it('hold to its filter and its time: CSV, JSON, flows, PCAP, pcapng', async () => {
    const { firstUs, packets } = await open(samplePath('web-browsing.pcap'));
    assert.ok(firstUs !== null);
    const filter = `tcp && ${timeRangeFilter({ fromUs: firstUs, untilUs: firstUs + 10_000_000 })}`;
    const { rows } = await write('packets.csv', 'a.csv', filter);
    assert.ok(rows > 0 && rows < packets);
    assert.equal(readFileSync(out('a.csv'), 'utf8').trimEnd().split('\r\n').length, rows + 1);
    await write('packets.json', 'a.json', filter);
    const json = JSON.parse(readFileSync(out('a.json'), 'utf8')) as { number: number }[];
    assert.equal(json.length, rows);
    for (const name of ['a.pcap', 'a.pcapng']) {
      await write(name.endsWith('ng') ? 'packets.pcapng' : 'packets.pcap', name, filter);
      assert.equal(readCapture(readFileSync(out(name))).packets.length, rows);
    }
    const some = await write('flows.csv', 'some.csv', filter);
    const all = await write('flows.csv', 'all.csv');
    assert.ok(some.rows > 0 && some.rows < all.rows);
    await write('packets.json', 'none.json', 'tcp.port == 1');
    assert.deepEqual(JSON.parse(readFileSync(out('none.json'), 'utf8')), []);
  });

  it('tell the findings as comments of their packets in pcapng', async () => {
    await open(samplePath('port-scan.pcap'));
    await analyzer.event((event) => (event.type === 'findings' && event.findings.length > 0 ? true : null));
    const { rows } = await write('packets.pcapng', 'a.pcapng');
    assert.equal(readCapture(readFileSync(out('a.pcapng'))).packets.length, rows);
    const comments = tshark(out('a.pcapng'), 'frame.comment');
    if (comments === null) return console.log('      the comments were not held against tshark: there is none');
    const told = comments.filter(([comment]) => comment !== '');
    assert.ok(told.length > 0 && told.length < rows);
    assert.match(told[0]?.[0] ?? '', /^(medium|high|critical): .*\(port-scan\)/);
  });

  it('are safe to share: right checksums for tshark, nothing of the original, and what remains in words', async () => {
    await open(samplePath('web-browsing.pcap'));
    const { rows, summary = '' } = await write('share.pcap', 'safe.pcap');
    assert.match(summary, new RegExp(`^${rows} packets, \\d+ bytes of headers\\.`, 'm'));
    assert.match(summary, /Replaced everywhere.*: \d+ IPv4/);
    const bytes = readFileSync(out('safe.pcap'));
    const original = readCapture(readFileSync(samplePath('web-browsing.pcap'))).packets;
    const copies = readCapture(bytes).packets;
    assert.equal(copies.length, original.length);
    assert.deepEqual(
      copies.map(({ originalLength }) => originalLength),
      original.map(({ originalLength }) => originalLength),
    );
    for (const word of ['HTTP/1', 'example', '192.168', 'GET /']) {
      assert.ok(!bytes.includes(word), word);
      assert.ok(!summary.includes(word), word);
    }
    assert.ok(!bytes.includes(Buffer.from([192, 168, 1, 20])));
    const again = await write('share.pcap', 'again.pcap');
    assert.equal(again.rows, rows);
    assert.notDeepEqual(readFileSync(out('again.pcap')), bytes, 'another key each time');
    const lines = tshark(out('safe.pcap'), 'ip.checksum.status', 'tcp.checksum.status', 'udp.checksum.status');
    if (lines === null) return console.log('      the checksums were not held against tshark: there is none');
    assert.equal(lines.length, rows);
    assert.deepEqual(
      lines.flat().filter((status) => /0/.test(status)),
      [],
      'bad checksums',
    );
    assert.ok(lines.filter(([ip]) => ip === '1').length > rows / 2, 'good IP checksums');
    assert.ok(
      lines.some(([, tcp]) => tcp === '1'),
      'good TCP checksums',
    );
  });

  it('are safe to share on the command line as well', () => {
    const run = spawnSync(
      process.execPath,
      [cli, 'export', samplePath('port-scan.pcap'), '--share-safe', '-o', out('safe.pcapng')],
      { encoding: 'utf8' },
    );
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stderr, /Share-safe copy: what is in it/);
    assert.equal(
      readCapture(readFileSync(out('safe.pcapng'))).packets.length,
      readCapture(readFileSync(samplePath('port-scan.pcap'))).packets.length,
    );
  });
});
