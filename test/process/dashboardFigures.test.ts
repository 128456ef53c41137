import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { AnalysisReport, Percentiles } from '../../src/protocol/capture';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import { sum } from '../../webview/common/chartModels';
import {
  formatBitRate,
  formatBytes,
  formatCount,
  formatMilliseconds,
  formatPacketRate,
  formatPercent,
  formatShortCount,
  formatSpan,
  plural,
  setFormatLocale,
} from '../../webview/common/format';
import { tileModels } from '../../webview/common/tileModels';
import { AnalyzerProcess } from '../support/analyzerProcess';
import { samplePath } from '../support/samples';

const cli = path.resolve(__dirname, '../../dist/cli.js');

describe('figures of the dashboard and of the command line', function () {
  this.timeout(60_000);
  before(() => setFormatLocale('en-US'));
  after(() => setFormatLocale(undefined));

  for (const name of ['web-browsing.pcap', 'port-scan.pcap', 'network-sweep.pcapng'])
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
        const { capture, flows, latency, loss, findings } = report;
        assert.equal(snapshot.packets, capture.packets);
        assert.equal(snapshot.capturedBytes, capture.capturedBytes);
        assert.equal(snapshot.originalBytes, capture.originalBytes);
        assert.equal((snapshot.firstUs ?? 0) / 1e6, capture.firstSeen);
        assert.equal((snapshot.clockUs ?? 0) / 1e6, capture.lastSeen);
        const { total, tcp, udp, other } = snapshot.flows;
        assert.deepEqual(
          { total, tcp, udp, other },
          { total: flows.total, tcp: flows.tcp, udp: flows.udp, other: flows.other },
        );
        const talked = report.conversations.slice(0, snapshot.conversations.length);
        assert.deepEqual(snapshot.conversations, talked);
        const { series } = snapshot;
        const bytes = sum(series.bytesIn) + sum(series.bytesOut) + sum(series.bytesOther);
        assert.equal(sum(series.packets), capture.packets, 'the bars of the packet rate');
        assert.equal(bytes, capture.originalBytes, 'the lines of the bandwidth');
        assert.equal(sum(series.retransmittedSegments), loss.tcpRetransmittedSegments, 'the bars of the loss');
        // Every frame goes from one host to another: where no list is cut, all say the same.
        if (snapshot.talkers.length < 50) {
          const sent = snapshot.talkers.reduce((all, { bytesSent }) => all + bytesSent, 0);
          const received = snapshot.talkers.reduce((all, { bytesReceived }) => all + bytesReceived, 0);
          const said = report.conversations.reduce((all, row) => all + row.bytes, 0);
          assert.deepEqual([sent, received], [said, said], 'the hosts');
        }

        const spanSeconds = (capture.lastSeen ?? 0) - (capture.firstSeen ?? 0);
        const p50 = ({ p50: value }: Percentiles): string => formatMilliseconds(value);
        const percentiles = ({ p95, p99, count }: Percentiles): string =>
          count === 0
            ? 'none measured'
            : `p95 ${formatMilliseconds(p95)} · p99 ${formatMilliseconds(p99)} · ${formatShortCount(count)} measured`;
        const kinds = `${formatShortCount(tcp)} TCP · ${formatShortCount(udp)} UDP`;
        /** What every tile says, from the report of the command line alone; null where its detail is no figure of the report. */
        const expected: Record<string, [value: string, detail: string | null]> = {
          packets: [formatShortCount(capture.packets), formatBytes(capture.originalBytes)],
          rate: [formatPacketRate(capture.packets / spanSeconds), null],
          bandwidth: [formatBitRate(capture.originalBytes / spanSeconds), null],
          span: [formatSpan(spanSeconds * 1000), null],
          flows: [
            formatShortCount(flows.total),
            flows.other > 0 ? `${kinds} · ${formatShortCount(flows.other)} other` : kinds,
          ],
          handshake: [p50(latency.tcpHandshakeMs), percentiles(latency.tcpHandshakeMs)],
          dns: [p50(latency.dnsMs), percentiles(latency.dnsMs)],
          retransmissions: [
            formatPercent(loss.tcpRetransmissionPercent),
            plural(loss.tcpRetransmittedSegments, 'segment'),
          ],
          http: [p50(latency.httpMs), percentiles(latency.httpMs)],
          findings: [formatCount(findings.length), null],
        };
        const tiles = tileModels(snapshot, findings);
        assert.deepEqual(
          tiles.map(({ id }) => id),
          Object.keys(expected),
          'every tile is held to the report',
        );
        for (const { id, value, detail } of tiles) {
          const [wantedValue, wantedDetail] = expected[id] ?? [];
          assert.equal(value, wantedValue, id);
          if (wantedDetail !== null) assert.equal(detail, wantedDetail, id);
        }
      } finally {
        await analyzer.close();
      }
    });
});
