import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Snapshot } from '../../src/protocol/snapshot';
import type { TableQuery } from '../../src/protocol/tables';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import { AnalyzerProcess } from '../support/analyzerProcess';
import { samplePath } from '../support/samples';

const cli = path.resolve(__dirname, '../../dist/cli.js');

describe('tables over the analyzer and the command line', function () {
  this.timeout(60_000);
  let analyzer: AnalyzerProcess;

  beforeEach(() => {
    analyzer = new AnalyzerProcess();
  });
  afterEach(() => analyzer.close());

  const open = async (file: string): Promise<Snapshot> => {
    await analyzer.request({ type: 'openFile', run: 'r1', path: file, rules: defaultRuleSettings });
    return analyzer.event((event) =>
      event.type === 'snapshot' && event.snapshot.state === 'finished' ? event.snapshot : null,
    );
  };
  const ask = (query: Partial<TableQuery>) =>
    analyzer.request({
      type: 'getTable',
      table: 'flows',
      from: 0,
      count: 1000,
      sort: null,
      search: '',
      range: null,
      ...query,
    });

  it('are made anew from the packets of a stretch of time', async () => {
    const snapshot = await open(samplePath('web-browsing.pcap'));
    assert.ok(snapshot.firstUs !== null && snapshot.clockUs !== null);
    const middleUs = Math.floor((snapshot.firstUs + snapshot.clockUs) / 2);
    const parts = [
      { fromUs: snapshot.firstUs, untilUs: middleUs },
      { fromUs: middleUs, untilUs: snapshot.clockUs + 1 },
    ];
    const packets = async (range: TableQuery['range']): Promise<number> =>
      (await ask({ table: 'hierarchy', range })).rows.reduce((sum, { cells }) => sum + Number(cells[4]), 0);
    assert.equal(await packets(null), snapshot.packets);
    const [first, second] = [await packets(parts[0]!), await packets(parts[1]!)];
    assert.ok(first > 0 && second > 0);
    assert.equal(first + second, snapshot.packets);
    const sizes = await Promise.all([ask({ table: 'dns' }), ask({ table: 'dns', range: parts[0]! })]);
    assert.ok(sizes[1].total < sizes[0].total);
  });

  it('answer the newest range when several are asked for at once', async () => {
    const snapshot = await open(samplePath('web-browsing.pcap'));
    const firstUs = snapshot.firstUs ?? 0;
    const asked = [1, 2, 3].map((seconds) => ask({ range: { fromUs: firstUs, untilUs: firstUs + seconds * 1e6 } }));
    const answers = await Promise.allSettled(asked);
    assert.equal(answers.at(-1)?.status, 'fulfilled');
  });

  it('are refused with a wrong range or name', async () => {
    await open(samplePath('web-browsing.pcap'));
    await assert.rejects(ask({ range: { fromUs: 5, untilUs: 5 } }));
    await assert.rejects(ask({ table: 'secrets' as 'dns' }));
  });

  it('are printed as CSV, NDJSON and text', () => {
    const run = (...args: string[]) => spawnSync(process.execPath, [cli, 'table', ...args], { encoding: 'utf8' });
    const file = samplePath('web-browsing.pcap');
    const report = spawnSync(process.execPath, [cli, 'analyze', file, '--format', 'json'], { encoding: 'utf8' });
    const { dns, http } = JSON.parse(report.stdout) as { dns: { queries: number }; http: { requests: number } };
    const lines = (text: string): string[] => text.trimEnd().split(/\r?\n/);
    const csv = lines(run('dns', file).stdout);
    assert.equal(csv[0], 'time,protocol,client,server,name,type,answer,latencyMs,code');
    assert.equal(csv.filter((line) => line.split(',')[1] === 'dns').length, dns.queries);
    const ndjson = lines(run('http', file, '--format', 'ndjson').stdout).map((line) => JSON.parse(line) as object);
    assert.equal(ndjson.length, http.requests);
    assert.ok(ndjson.every((row) => 'method' in row && 'status' in row));
    for (const table of ['tls', 'endpoints', 'conversations', 'hierarchy', 'flows']) {
      const { stdout, status } = run(table, file, '--format', 'text');
      assert.equal(status, 0, table);
      assert.ok(lines(stdout).length > 1, table);
    }
    const wrong = run('everything', file);
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /table takes flows, conversations/);
    assert.equal(run('dns').status, 2);
  });
});
