import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Engine } from '../../../../src/core/engine/engine';
import { CaptureFileReader } from '../../../../src/core/pcap/captureFileReader';
import type { AnalysisReport } from '../../../../src/protocol/capture';

const lab = path.resolve(import.meta.dirname, '../../../../../shared/data/lab');

interface Truth {
  class: 'benign' | 'attack' | 'mixed';
  packets: number;
  events: { category: string; attackers: string[]; victims: { ip: string }[] }[];
  expected: { must_detect: string[]; must_not_detect: string[] };
  link?: { link_rtt_ms_mean: number; tcp_segments_sent_again: Record<string, number> };
}

function truthOf(scenario: string): Truth {
  return JSON.parse(readFileSync(path.join(lab, scenario, 'truth.json'), 'utf8')) as Truth;
}

function analyze(scenario: string): AnalysisReport {
  const engine = new Engine({ localAddresses: [] });
  const reader = new CaptureFileReader((packet) => engine.push(packet));
  reader.push(gunzipSync(readFileSync(path.join(lab, scenario, `${scenario}.pcap.gz`))));
  reader.end();
  engine.finish();
  return engine.report(scenario, { format: 'pcap', linkTypes: [], damage: reader.damage });
}

/** `10.77.30.0/24` holds `10.77.30.9`; lab networks are all /24. */
function holds(victim: string, target: string): boolean {
  return victim.endsWith('/24') ? target.startsWith(victim.slice(0, victim.lastIndexOf('.') + 1)) : victim === target;
}

describe('Engine on the lab captures', function () {
  this.timeout(60_000);
  const scenarios = existsSync(lab)
    ? readdirSync(lab).filter((name) => existsSync(path.join(lab, name, `${name}.pcap.gz`)))
    : [];

  if (scenarios.length === 0) {
    it('finds what truth.json says', function () {
      console.log(`skipped: no lab captures in ${lab}`);
      this.skip();
    });
  }

  for (const scenario of scenarios) {
    const truth = truthOf(scenario);
    const wanted = truth.events.filter(({ category }) => category === 'port_scan' || category === 'host_sweep');
    const detects = wanted.length > 0;
    it(`${scenario} (${truth.class}): ${detects ? 'one scan, of the right host' : 'no scan'}`, () => {
      const report = analyze(scenario);
      assert.equal(report.capture.packets, truth.packets);
      const scans = report.findings.filter(({ threat }) => threat === 'port-scan');
      if (!detects) {
        assert.deepEqual(
          scans.map(({ title }) => title),
          [],
        );
        return;
      }
      assert.equal(scans.length, 1, scans.map(({ title }) => title).join('; '));
      const [scan] = scans;
      const { attackers, victims } = wanted[0]!;
      assert.deepEqual(scan!.sources, attackers);
      assert.ok(scan!.targets.length > 0);
      for (const target of scan!.targets)
        assert.ok(
          victims.some(({ ip }) => holds(ip, target)),
          target,
        );
    });
  }

  if (scenarios.includes('lossy_link')) {
    it('lossy_link: measures the round trip and the segments sent again', () => {
      const { link } = truthOf('lossy_link');
      const { latency, loss } = analyze('lossy_link');
      const sentAgain = Object.values(link!.tcp_segments_sent_again).reduce((sum, count) => sum + count, 0);
      // Some of what is sent again is lost once more before it reaches the point of capture.
      assert.ok(loss.tcpRetransmittedSegments <= sentAgain && loss.tcpRetransmittedSegments >= 0.9 * sentAgain);
      const { p50 } = latency.tcpHandshakeMs;
      assert.ok(Math.abs(p50! - link!.link_rtt_ms_mean) <= 0.1 * link!.link_rtt_ms_mean, String(p50));
    });
  }
});
