import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { AnalysisReport, Percentiles } from '../../src/protocol/capture';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import { formatMilliseconds, formatPercent, formatShortCount, setFormatLocale } from '../../webview/common/format';
import { tileModels } from '../../webview/common/tileModels';
import { AnalyzerProcess } from '../support/analyzerProcess';
import { samplePath } from '../support/samples';

const cli = path.resolve(__dirname, '../../dist/cli.js');

describe('figures of the dashboard and of the command line', function () {
  this.timeout(60_000);
  before(() => setFormatLocale('en-US'));
  after(() => setFormatLocale(undefined));

  for (const name of ['web-browsing.pcap', 'port-scan.pcap'])
    it(`${name}: are the same, figure by figure`, async () => {
      const file = samplePath(name);
      const { stdout } = spawnSync(process.execPath, [cli, 'analyze', file, '--format', 'json', '--no-model'], {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      });
      const report = JSON.parse(stdout) as AnalysisReport;
      const analyzer = new AnalyzerProcess();
      try {
        await analyzer.request({ type: 'openFile', run: 'figures', path: file, rules: defaultRuleSettings });
        const snapshot = await analyzer.event(
          (event) => (event.type === 'snapshot' && event.snapshot.state === 'finished' ? event.snapshot : null),
          60_000,
        );
        assert.deepEqual(snapshot.protocols, report.protocols);
        assert.deepEqual(snapshot.latency, report.latency);
        assert.deepEqual(snapshot.loss, report.loss);
        assert.equal(snapshot.packets, report.capture.packets);
        assert.equal(snapshot.originalBytes, report.capture.originalBytes);
        const talked = report.conversations.slice(0, snapshot.conversations.length);
        assert.deepEqual(snapshot.conversations, talked);
        const tiles = new Map(tileModels(snapshot, report.findings).map((tile) => [tile.id, tile]));
        const p50 = ({ p50: value }: Percentiles): string => formatMilliseconds(value);
        assert.equal(tiles.get('packets')?.value, formatShortCount(report.capture.packets));
        assert.equal(tiles.get('flows')?.value, formatShortCount(report.flows.total));
        assert.equal(tiles.get('handshake')?.value, p50(report.latency.tcpHandshakeMs));
        assert.equal(tiles.get('dns')?.value, p50(report.latency.dnsMs));
        assert.equal(tiles.get('http')?.value, p50(report.latency.httpMs));
        assert.equal(tiles.get('retransmissions')?.value, formatPercent(report.loss.tcpRetransmissionPercent));
        assert.equal(tiles.get('findings')?.value, formatShortCount(report.findings.length));
      } finally {
        await analyzer.close();
      }
    });
});
