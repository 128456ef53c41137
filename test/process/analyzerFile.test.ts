import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AnalyzerEvent } from '../../src/protocol/analyzerMessages';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import type { AnalysisReport } from '../../src/protocol/capture';
import type { Snapshot } from '../../src/protocol/snapshot';
import { AnalyzerFailure, AnalyzerProcess } from '../support/analyzerProcess';
import { samplePath } from '../support/samples';

const rules = defaultRuleSettings;

const finished = (run: string) => (event: AnalyzerEvent) =>
  event.type === 'snapshot' && event.snapshot.run === run && event.snapshot.state === 'finished'
    ? event.snapshot
    : null;

describe('analyzer process on capture files', () => {
  let analyzer: AnalyzerProcess;
  let folder: string;

  beforeEach(() => {
    analyzer = new AnalyzerProcess();
    folder = mkdtempSync(path.join(tmpdir(), 'nta-test-'));
  });
  afterEach(async () => {
    await analyzer.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (file: string, run = 'r1'): Promise<Snapshot> => {
    await analyzer.request({ type: 'openFile', run, path: file, rules });
    return analyzer.event(finished(run));
  };

  it('reads a capture, finds its scan once, and answers pages of packets and flows', async () => {
    const snapshot = await open(samplePath('port-scan.pcap'));
    assert.ok(snapshot.packets > 400);
    assert.equal(snapshot.source?.kind, 'file');
    const findings = await analyzer.event((e) => (e.type === 'findings' && e.findings.length > 0 ? e.findings : null));
    assert.equal(findings.filter((f) => f.threat === 'port-scan').length, 1);
    const page = await analyzer.request({ type: 'getPackets', from: 100, count: 50, filter: '' });
    assert.equal(page.rows.length, 50);
    assert.equal(page.rows[0]?.number, 101);
    assert.equal(page.matched, snapshot.packets);
    const flows = await analyzer.request({ type: 'getFlows', from: 0, count: 10 });
    assert.equal(flows.rows.length, 10);
    assert.ok(flows.total > 100);
  });

  it('adds what is written to a file while it is open, in the same run', async () => {
    const file = path.join(folder, 'grows.pcap');
    const whole = readFileSync(samplePath('web-browsing.pcap'));
    const third = Math.floor(whole.length / 3);
    writeFileSync(file, whole.subarray(0, third));
    await analyzer.request({ type: 'openFile', run: 'r1', path: file, rules, growing: true });
    const followed = (least: number) =>
      analyzer.event((event) => {
        if (event.type !== 'snapshot' || event.snapshot.source?.kind !== 'file') return null;
        const { packets, source, state } = event.snapshot;
        return state === 'reading' && source.following === true && packets > least ? event.snapshot : null;
      });
    const first = await followed(0);
    // In the middle of a record: it is read once the rest of it is there.
    appendFileSync(file, whole.subarray(third, 2 * third));
    const second = await followed(first.packets);
    appendFileSync(file, whole.subarray(2 * third));
    await followed(854);
    assert.ok(second.packets < 855);
    const page = await analyzer.request({ type: 'getPackets', from: 850, count: 10, filter: '' });
    assert.deepEqual([page.rows.length, page.matched], [5, 855]);
    await analyzer.request({ type: 'stop' });
    const end = await analyzer.event(finished('r1'));
    assert.ok(end.source?.kind === 'file' && end.source.following === undefined && end.source.damage === null);
    assert.equal(end.packets, 855);
  });

  it('tells when a file that was read to its end has other bytes', async () => {
    const file = path.join(folder, 'later.pcap');
    writeFileSync(file, readFileSync(samplePath('port-scan.pcap')));
    await open(file);
    writeFileSync(file, readFileSync(samplePath('web-browsing.pcap')));
    assert.equal(await analyzer.event((event) => (event.type === 'fileChanged' ? event.run : null)), 'r1');
  });

  it('pages through a display filter and names the place of a mistake in it', async () => {
    await open(samplePath('web-browsing.pcap'));
    const all = await analyzer.request({ type: 'getPackets', from: 0, count: 1000, filter: 'dns' });
    assert.ok(all.matched > 2);
    assert.ok(all.rows.every((row) => row.protocol === 'dns'));
    const second = await analyzer.request({ type: 'getPackets', from: 1, count: 1, filter: 'dns' });
    assert.deepEqual(second.rows, all.rows.slice(1, 2));
    assert.equal(second.matched, all.matched);
    await assert.rejects(
      analyzer.request({ type: 'getPackets', from: 0, count: 10, filter: 'dns &&' }),
      (error: unknown) =>
        error instanceof AnalyzerFailure && error.error.code === 'BAD_REQUEST' && /character/.test(error.message),
    );
  });

  it('answers a filter of a long capture with its first packets while it searches on, stops and goes on', async () => {
    const sample = readFileSync(samplePath('web-browsing.pcap'));
    const file = path.join(folder, 'long.pcap');
    writeFileSync(file, sample.subarray(0, 24));
    for (let round = 0; round < 150; round++) appendFileSync(file, sample.subarray(24));
    const { packets } = await open(file);
    // Knows connections, so that it has to see every packet; and keeps the analyzer busy.
    const filter = 'tcp.stream == 0 && frame matches "(GET|POST) .*HTTP"';
    const ask = (search: 'start' | 'keep') =>
      analyzer.request({ type: 'getPackets', from: 0, count: 1, filter, search });
    const told = () =>
      analyzer.events
        .flatMap((event) => (event.type === 'filterSearch' ? [event.search] : []))
        .filter((s) => s.filter === filter);
    const asked = ask('start');
    await analyzer.request({ type: 'searchPackets', filter, go: false });
    const first = await asked;
    assert.ok(first.search !== undefined && first.search.searched < packets, 'it was stopped before the end');
    assert.equal(told().at(-1)?.state, 'stopped');
    const kept = await ask('keep');
    assert.equal(kept.search?.state, 'stopped');
    await analyzer.request({ type: 'searchPackets', filter, go: true });
    await analyzer.event(
      (event) => (event.type === 'filterSearch' && event.search.state === 'done' ? true : null),
      60_000,
    );
    const whole = await analyzer.request({ type: 'getPackets', from: 0, count: 1, filter });
    assert.deepEqual(told().at(-1), {
      filter,
      matched: whole.matched,
      searched: packets,
      total: packets,
      state: 'done',
    });
    assert.equal((await ask('keep')).search?.state, 'done');
  });

  it('exports packets, flows, the analysis and a capture that reads back the same', async () => {
    const snapshot = await open(samplePath('web-browsing.pcap'));
    const out = (name: string) => path.join(folder, name);
    const csv = await analyzer.request({ type: 'export', kind: 'packets.csv', path: out('p.csv'), filter: '' });
    assert.equal(csv.rows, snapshot.packets);
    assert.equal(statSync(out('p.csv')).mode & 0o777, 0o600);
    assert.equal(readFileSync(out('p.csv'), 'utf8').trimEnd().split('\r\n').length, snapshot.packets + 1);
    const flows = await analyzer.request({ type: 'export', kind: 'flows.csv', path: out('f.csv'), filter: '' });
    assert.equal(flows.rows, snapshot.flows.total);
    await analyzer.request({ type: 'export', kind: 'analysis.json', path: out('a.json'), filter: '' });
    const report: unknown = JSON.parse(readFileSync(out('a.json'), 'utf8'));
    assert.ok(typeof report === 'object' && report !== null && 'schema' in report && report.schema === 1);
    await analyzer.request({ type: 'export', kind: 'packets.pcap', path: out('c.pcap'), filter: '' });
    assert.deepEqual(readFileSync(out('c.pcap')), readFileSync(samplePath('web-browsing.pcap')));
    await analyzer.request({ type: 'export', kind: 'packets.pcap', path: out('dns.pcap'), filter: 'dns' });
    const again = await open(out('dns.pcap'), 'r2');
    assert.ok(again.packets > 0 && again.packets < snapshot.packets);
  });

  it('an export over the file it reads from replaces it whole', async () => {
    const file = path.join(folder, 'self.pcap');
    writeFileSync(file, readFileSync(samplePath('web-browsing.pcap')));
    const snapshot = await open(file);
    await analyzer.request({ type: 'export', kind: 'packets.pcap', path: file, filter: '' });
    assert.equal((await open(file, 'r2')).packets, snapshot.packets);
  });

  it('reads gzip, and a cut gzip up to the cut', async () => {
    const plain = readFileSync(samplePath('web-browsing.pcap'));
    const whole = path.join(folder, 'w.pcap.gz');
    writeFileSync(whole, gzipSync(plain));
    const snapshot = await open(whole);
    assert.equal(snapshot.source?.kind === 'file' && snapshot.source.damage, null);
    truncateSync(whole, Math.floor(statSync(whole).size / 2));
    const cut = await open(whole, 'r2');
    assert.ok(cut.packets > 0 && cut.packets < snapshot.packets);
    assert.match((cut.source?.kind === 'file' && cut.source.damage?.reason) || '', /gzip/);
  });

  it('a cut capture is read up to the cut and the damage is named with its offset', async () => {
    const file = path.join(folder, 'cut.pcap');
    const bytes = readFileSync(samplePath('web-browsing.pcap'));
    writeFileSync(file, bytes.subarray(0, bytes.length - 3));
    const snapshot = await open(file);
    const damage = snapshot.source?.kind === 'file' ? snapshot.source.damage : null;
    assert.ok(damage !== null && damage.offset > 24 && damage.offset < bytes.length);
    assert.ok(snapshot.packets > 10);
  });

  it('says what is wrong with a file that is none, is empty, is a folder, is not there', async () => {
    const text = path.join(folder, 'text.pcap');
    writeFileSync(text, 'hello, this is no capture at all');
    const empty = path.join(folder, 'empty.pcap');
    writeFileSync(empty, '');
    const codes: Record<string, string> = {
      [text]: 'NOT_A_CAPTURE',
      [empty]: 'NOT_A_CAPTURE',
      [folder]: 'FILE_UNREADABLE',
      [path.join(folder, 'none.pcap')]: 'FILE_UNREADABLE',
    };
    for (const [file, code] of Object.entries(codes)) {
      await assert.rejects(
        analyzer.request({ type: 'openFile', run: 'x', path: file, rules }),
        (error: unknown) =>
          error instanceof AnalyzerFailure && error.error.code === code && error.message.includes(file),
        file,
      );
    }
  });

  it('refuses malformed requests without ending', async () => {
    analyzer.sendRaw({ id: 900, request: { type: 'openFile', run: 'x', path: 7, rules } });
    analyzer.sendRaw({ nonsense: true });
    analyzer.sendRaw({ id: 901, request: { type: 'getPackets', from: -1, count: 1, filter: '' } });
    await analyzer.event((e) => (e.type === 'log' && /refused/.test(e.message) ? true : null));
    assert.ok((await open(samplePath('web-browsing.pcap'))).packets > 0);
  });

  it('finds what the command line finds, plain and gzipped', async () => {
    for (const name of ['port-scan.pcap', 'network-sweep.pcapng', 'web-browsing.pcap.gz']) {
      const file = samplePath(name);
      await open(file, name);
      const target = path.join(folder, `${name}.json`);
      await analyzer.request({ type: 'export', kind: 'analysis.json', path: target, filter: '' });
      const cli = path.resolve(__dirname, '../../dist/cli.js');
      const { stdout } = spawnSync(process.execPath, [cli, 'analyze', file, '--format', 'json'], { encoding: 'utf8' });
      const [own, other] = [readFileSync(target, 'utf8'), stdout].map((text) => JSON.parse(text) as AnalysisReport);
      assert.deepEqual(own?.findings, other?.findings, name);
    }
  });

  it('silences findings by exclusions, at once, also of a file that is opened later, and says what has no effect', async () => {
    await open(samplePath('port-scan.pcap'));
    const scan = await analyzer.event((e) => (e.type === 'findings' && e.findings.length > 0 ? e.findings[0]! : null));
    const text = JSON.stringify({
      exclusions: [
        { source: scan.sources[0], reason: 'ours' },
        { source: 'x', reason: 'r' },
      ],
    });
    const { problems } = await analyzer.request({ type: 'setExclusions', texts: ['{"exclusions":[]}', text] });
    assert.deepEqual(problems[0], []);
    assert.match(problems[1]![0]!.what, /"x" is no address/);
    const silenced = (run: string) => (e: AnalyzerEvent) =>
      e.type === 'findings' && e.run === run && e.silenced.length > 0 ? e : null;
    const first = await analyzer.event(silenced('r1'));
    assert.deepEqual(first.ids, []);
    assert.deepEqual(first.silenced, [{ line: 1, reason: 'ours', findings: 1 }]);
    await open(samplePath('port-scan.pcap'), 'r2');
    assert.deepEqual((await analyzer.event(silenced('r2'))).ids, []);
  });

  it('says what other settings of the rules would change, and can be told to end early', async () => {
    await open(samplePath('port-scan.pcap'));
    const off = await analyzer.request({ type: 'whatIf', rules: { ...rules, disabled: ['port-scan'] } });
    assert.equal(off.complete, true);
    assert.equal(off.packets, (await analyzer.event(finished('r1'))).packets);
    assert.deepEqual([off.added.length, off.removed.length, off.kept], [0, 1, 0]);
    const same = await analyzer.request({ type: 'whatIf', rules });
    assert.deepEqual([same.added.length, same.removed.length, same.changed.length, same.kept], [0, 0, 0, 1]);
    const [first, second] = await Promise.all([
      analyzer.request({ type: 'whatIf', rules }),
      analyzer.request({ type: 'whatIf', rules }),
      analyzer.request({ type: 'cancelWhatIf' }),
    ]);
    assert.equal(first.complete, false);
    assert.equal(second.complete, false);
  });

  it('clears findings', async () => {
    await open(samplePath('port-scan.pcap'));
    await analyzer.event((e) => (e.type === 'findings' && e.findings.length > 0 ? true : null));
    const before = analyzer.events.length;
    await analyzer.request({ type: 'clearFindings' });
    await analyzer.event((e) =>
      e.type === 'findings' && analyzer.events.indexOf(e) >= before && e.ids.length === 0 ? true : null,
    );
  });

  it('ends when the extension host goes away', async () => {
    await open(samplePath('web-browsing.pcap'));
    const gone = new Promise<number | null>((resolve) => analyzer.child.once('exit', (code) => resolve(code)));
    analyzer.child.disconnect();
    assert.equal(await gone, 0);
  });
});
