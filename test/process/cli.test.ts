import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AnalysisReport } from '../../src/protocol/capture';
import type { FindingDifference } from '../../src/protocol/whatIf';
import { samplePath, sharedDataPath } from '../support/samples';

const cli = path.resolve(__dirname, '../../dist/cli.js');

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
}

function analyze(file: string): AnalysisReport {
  const { status, stdout, stderr } = run('analyze', file, '--format', 'json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as AnalysisReport;
}

describe('command line', () => {
  it('analyze gives the report of schema 1 and nothing else on stdout', () => {
    const report = analyze(samplePath('web-browsing.pcap'));
    assert.equal(report.schema, 1);
    assert.equal(report.capture.format, 'pcap');
    assert.deepEqual(report.capture.linkTypes, ['ETHERNET']);
    assert.equal(report.capture.damage, null);
    const eth = report.protocols.find((p) => p.protocol === 'eth');
    assert.equal(eth?.packets, report.capture.packets);
    assert.ok(report.dns.queries > 0 && report.http.requests > 0 && report.tls.handshakes > 0);
    assert.ok(
      report.latency.tcpHandshakeMs.count > 0 && report.latency.dnsMs.count > 0 && report.latency.httpMs.count > 0,
    );
    assert.deepEqual(report.findings, []);
  });

  it('analyze --fail-on gives 1 for a finding at or above the severity and 0 otherwise', () => {
    assert.equal(run('analyze', samplePath('port-scan.pcap'), '--fail-on', 'medium').status, 1);
    assert.equal(run('analyze', samplePath('port-scan.pcap'), '--fail-on', 'critical').status, 0);
    assert.equal(run('analyze', samplePath('web-browsing.pcap'), '--fail-on', 'info').status, 0);
  });

  it('rules run with the numbers that are asked for, and a wrong one is told with what is right', () => {
    const scan = samplePath('port-scan.pcap');
    const failOn = (...args: string[]): number | null => run('analyze', scan, '--fail-on', 'info', ...args).status;
    assert.equal(failOn('--sensitivity', 'low'), 1);
    const serious = (contacts: number): number | null =>
      run('analyze', scan, '--no-model', '--fail-on', 'high', '--set', `port-scan.seriousContacts=${contacts}`).status;
    assert.deepEqual([serious(200), serious(5000)], [1, 0]);
    assert.equal(failOn('--no-model', '--disable', 'port-scan'), 0);
    assert.equal(failOn('--rules', 'port-scan'), 1);
    for (const [args, told] of [
      [['--sensitivity', 'most'], /takes low, medium, high/],
      [['--set', 'port-scan.verticalPorts'], /RULE\.NUMBER=VALUE/],
      [['--set', 'port-scan.verticalPorts=1'], /whole number from 2 to 65535 \(ports\)/],
      [['--set', 'port-scan.nothing=1'], /It has: verticalPorts/],
      [['--disable', 'nothing'], /The rules are: port-scan/],
    ] as const) {
      const { status, stdout, stderr } = run('analyze', scan, ...args);
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.match(stderr, told);
    }
    const table = JSON.parse(run('rules', '--format', 'json', '--sensitivity', 'low').stdout) as {
      id: string;
      numbers: { key: string; value: number }[];
    }[];
    const portScan = table.find(({ id }) => id === 'port-scan');
    assert.equal(portScan?.numbers.find(({ key }) => key === 'verticalPorts')?.value, 30);
    assert.match(run('rules').stdout, /port-scan\.verticalPorts = 15 ports/);
  });

  it('analyze speaks SARIF, Markdown and text', () => {
    const sarif = JSON.parse(run('analyze', samplePath('port-scan.pcap'), '--format', 'sarif').stdout) as {
      version: string;
      runs: {
        tool: { driver: { rules: { id: string; fullDescription: { text: string }; helpUri: string }[] } };
        results: { ruleId: string; level: string }[];
      }[];
    };
    assert.equal(sarif.version, '2.1.0');
    assert.equal(sarif.runs[0]?.results.length, 1);
    const [rule] = sarif.runs[0].tool.driver.rules;
    assert.equal(rule?.id, 'port-scan');
    assert.match(rule?.fullDescription.text ?? '', /vain/);
    assert.ok(existsSync(new URL(rule?.helpUri ?? '')), rule?.helpUri);
    assert.match(
      run('analyze', samplePath('port-scan.pcap'), '--format', 'markdown').stdout,
      /^# Network capture .*\n[^]*## Findings \(1\)/,
    );
    assert.match(run('analyze', samplePath('port-scan.pcap'), '--format', 'text').stdout, /Findings: 1\n/);
  });

  it('every finding names its flows, what to do next and the page about its rule', () => {
    const [finding] = analyze(samplePath('port-scan.pcap')).findings;
    assert.ok((finding?.flows.length ?? 0) > 0 && (finding?.next.length ?? 0) > 0);
    assert.ok(existsSync(path.resolve(__dirname, '../..', finding?.help ?? '-')));
    const markdown = run('analyze', samplePath('port-scan.pcap'), '--format', 'markdown').stdout;
    assert.match(markdown, /What to do next:\n\n1\. /);
    assert.match(markdown, /Flows:\n\n1\. tcp /);
    assert.match(run('analyze', samplePath('port-scan.pcap')).stdout, /about this rule: docs\/rules\/port-scan\.md/);
  });

  it('analyze --what-if says what other settings would find more and less', () => {
    const scan = samplePath('port-scan.pcap');
    const { status, stdout } = run('analyze', scan, '--what-if', '--disable', 'port-scan');
    assert.equal(status, 0);
    assert.match(stdout, /^- \[high\] port-scan: .*\n0 more, 1 less, 0 of another severity, 0 the same\n$/);
    const json = run(
      'analyze',
      scan,
      '--what-if',
      '--set',
      'port-scan.seriousContacts=5000',
      '--format',
      'json',
    ).stdout;
    const { changed } = JSON.parse(json) as FindingDifference;
    assert.deepEqual(
      changed.map(({ before, after }) => [before.severity, after.severity]),
      [['high', 'medium']],
    );
  });

  it('exclusions silence, are counted, and say what in them has no effect', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nta-exclusions-'));
    try {
      const scan = samplePath('port-scan.pcap');
      const [finding] = analyze(scan).findings;
      const file = path.join(folder, 'exclusions.json');
      const entry = { rule: 'port-scan', source: finding!.sources[0], reason: 'our scanner' };
      const write = (...entries: object[]): void =>
        writeFileSync(file, JSON.stringify({ exclusions: entries }, null, 1));
      const json = (): AnalysisReport & { stderr: string } => {
        const { stdout, stderr } = run('analyze', scan, '--format', 'json', '--exclusions', file);
        return { ...(JSON.parse(stdout) as AnalysisReport), stderr };
      };
      write(entry);
      assert.deepEqual(json().findings, []);
      assert.deepEqual(json().silenced, [{ line: 3, reason: 'our scanner', findings: 1 }]);
      assert.equal(run('analyze', scan, '--fail-on', 'info', '--exclusions', file).status, 0);
      assert.match(run('analyze', scan, '--exclusions', file).stdout, /Findings: none, 1 silenced by exclusions/);
      assert.match(run('analyze', scan, '--format', 'markdown', '--exclusions', file).stdout, /line 3: 1, our scanner/);
      write({ ...entry, expires: '2020-01-31' }, { rule: 'nothing', reason: 'r' });
      assert.equal(json().findings.length, 1);
      assert.match(json().stderr, /line 3: This exclusion ended on 2020-01-31/);
      assert.match(json().stderr, /line 10: There is no rule "nothing"/);
      writeFileSync(file, '{');
      const broken = run('analyze', scan, '--exclusions', file);
      assert.equal(broken.status, 2);
      assert.match(broken.stderr, /line 1: This is no JSON/);
      assert.equal(run('analyze', scan, '--exclusions', path.join(folder, 'none.json')).status, 2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('packets come in the order of a column or a field, each as it would be in the order of the capture', () => {
    const rows = (...args: string[]) =>
      run('packets', samplePath('web-browsing.pcap'), '--format', 'ndjson', ...args)
        .stdout.trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { number: number; length: number });
    const plain = rows('--filter', 'tcp');
    const byLength = [...plain].sort((a, b) => b.length - a.length || a.number - b.number);
    assert.deepEqual(rows('--filter', 'tcp', '--sort', 'length:desc'), byLength);
    assert.equal(rows('--sort', 'ip.ttl').length, rows().length);
    const wrong = run('packets', samplePath('web-browsing.pcap'), '--sort', 'nothing');
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /--sort takes number, time/);
  });

  it('packets gives one row a packet in CSV, NDJSON and text, filtered on request', () => {
    const total = analyze(samplePath('web-browsing.pcap')).capture.packets;
    const csv = run('packets', samplePath('web-browsing.pcap'), '--format', 'csv').stdout.trimEnd().split('\r\n');
    assert.equal(csv[0], 'number,time,source,destination,sourcePort,destinationPort,protocol,length,info');
    assert.equal(csv.length, total + 1);
    const dns = run('packets', samplePath('web-browsing.pcap'), '--filter', 'dns', '--format', 'ndjson')
      .stdout.trimEnd()
      .split('\n');
    assert.ok(dns.length > 1 && dns.every((line) => (JSON.parse(line) as { protocol: string }).protocol === 'dns'));
    assert.equal(
      run('packets', samplePath('web-browsing.pcap'), '--format', 'text').stdout.trimEnd().split('\n').length,
      total,
    );
  });

  it('flows gives as many rows as the report counts', () => {
    const total = analyze(samplePath('web-browsing.pcap')).flows.total;
    assert.equal(
      run('flows', samplePath('web-browsing.pcap'), '--format', 'ndjson').stdout.trimEnd().split('\n').length,
      total,
    );
  });

  it('export writes pcap and pcapng that read back as the filter said', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nta-cli-'));
    try {
      for (const name of ['out.pcap', 'out.pcapng']) {
        const out = path.join(folder, name);
        assert.equal(run('export', samplePath('web-browsing.pcap'), '--filter', 'dns', '-o', out).status, 0);
        const report = analyze(out);
        assert.equal(report.capture.format, name.slice(4));
        assert.equal(report.protocols.find((p) => p.protocol === 'dns')?.packets, report.capture.packets);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('exit status 2 and one clear line for what cannot be read, and for a wrong command', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nta-cli-'));
    try {
      const text = path.join(folder, 'x.pcap');
      writeFileSync(text, 'no capture');
      for (const args of [
        ['analyze', text],
        ['analyze', path.join(folder, 'missing.pcap')],
        ['packets', folder],
      ]) {
        const { status, stdout, stderr } = run(...args);
        assert.equal(status, 2, args.join(' '));
        assert.equal(stdout, '');
        assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
      }
      assert.equal(run('frobnicate').status, 2);
      assert.equal(run('analyze', text, '--format', 'yaml').status, 2);
      assert.match(run('packets', samplePath('web-browsing.pcap'), '--filter', 'ip.addr ==').stderr, /character \d+/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('a damaged tail is reported, not refused', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nta-cli-'));
    try {
      const file = path.join(folder, 'cut.pcap');
      writeFileSync(file, readFileSync(samplePath('web-browsing.pcap')).subarray(0, -5));
      const report = analyze(file);
      assert.ok(report.capture.damage !== null && report.capture.packets > 10);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('a reader that goes away (| head) is no error', () => {
    const script = '"$0" "$1" packets "$2" | head -1';
    const result = spawnSync('sh', ['-c', script, process.execPath, cli, samplePath('port-scan.pcap')], {
      encoding: 'utf8',
    });
    assert.match(result.stdout, /^number,time,/);
    assert.equal(result.stderr, '');
  });

  it('interfaces lists the loopback', () => {
    const { status, stdout } = run('interfaces', '--format', 'json');
    assert.equal(status, 0);
    const list = JSON.parse(stdout) as { loopback: boolean }[];
    assert.ok(list.some((i) => i.loopback));
  });

  describe('labelled lab captures', () => {
    interface Truth {
      class: string;
      category: string;
      attackers: string[];
      victims: { ip: string }[];
      expected: { must_detect: string[]; must_not_detect: string[] };
    }
    const index = sharedDataPath('lab/index.json');
    if (index === null) {
      it('needs ../shared/data/lab', function () {
        this.skip();
      });
      return;
    }
    const entries = JSON.parse(readFileSync(index, 'utf8')) as { scenario: string; path: string }[];
    for (const { scenario, path: file } of entries) {
      const lab = path.join(path.dirname(index), file);
      const truth = JSON.parse(readFileSync(path.join(path.dirname(lab), 'truth.json'), 'utf8')) as Truth;
      if (truth.category === 'port_scan') {
        it(`${scenario}: one finding names scanner and victim`, () => {
          const scans = analyze(lab).findings.filter((f) => f.threat === 'port-scan');
          assert.equal(scans.length, 1, JSON.stringify(scans, null, 1));
          assert.deepEqual(scans[0]?.sources, truth.attackers);
          assert.ok(truth.victims.every((v) => scans[0]?.targets.includes(v.ip)));
        });
      } else if (truth.class === 'benign' || truth.expected.must_not_detect.includes('port_scan')) {
        it(`${scenario}: no scan`, () => {
          assert.deepEqual(
            analyze(lab).findings.filter((f) => f.threat === 'port-scan'),
            [],
          );
        });
      }
    }
  });
});
