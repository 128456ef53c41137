import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AnalysisReport } from '../../src/protocol/capture';
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
    assert.equal(failOn('--set', 'port-scan.verticalPorts=5000', '--set', 'port-scan.tellingContacts=1000'), 0);
    assert.equal(failOn('--disable', 'port-scan'), 0);
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
      runs: { results: { ruleId: string; level: string }[] }[];
    };
    assert.equal(sarif.version, '2.1.0');
    assert.equal(sarif.runs[0]?.results.length, 1);
    assert.match(
      run('analyze', samplePath('port-scan.pcap'), '--format', 'markdown').stdout,
      /^# Network capture .*\n[^]*## Findings \(1\)/,
    );
    assert.match(run('analyze', samplePath('port-scan.pcap'), '--format', 'text').stdout, /Findings: 1\n/);
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
