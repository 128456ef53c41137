import assert from 'node:assert/strict';
import { Engine } from '../../../../src/core/engine/engine';
import { CaptureFileReader } from '../../../../src/core/pcap/captureFileReader';
import type { AnalysisReport } from '../../../../src/protocol/capture';
import { lab, labCapture, labScenarios, truthOf, wrongWith } from '../../../support/labTruth';

/** Captures whose truth the rules do not tell yet, each with the reason. One that is told has to leave the list. */
const notYet: Readonly<Record<string, string>> = {
  ...reason('regular contacts are not looked for', 'beacon'),
  ...reason('uploads are not measured', 'exfiltration'),
  ...reason('logins over HTTP are not counted', 'http_brute', 'http_brute_form'),
  ...reason('shapes of sessions are not looked at', 'reverse_shell'),
  ...reason('three of its five attacks are not looked for', 'mixed'),
};

function reason(text: string, ...scenarios: string[]): Record<string, string> {
  return Object.fromEntries(scenarios.map((scenario) => [scenario, text]));
}

const reports = new Map<string, AnalysisReport>();

function analyze(scenario: string): AnalysisReport {
  const known = reports.get(scenario);
  if (known !== undefined) return known;
  const engine = new Engine({ localAddresses: [] });
  const reader = new CaptureFileReader((packet) => engine.push(packet));
  reader.push(labCapture(scenario));
  reader.end();
  engine.finish();
  const report = engine.report(scenario, { format: 'pcap', linkTypes: [], damage: reader.damage });
  reports.set(scenario, report);
  return report;
}

describe('Engine on the lab captures', function () {
  this.timeout(60_000);
  const scenarios = labScenarios();

  if (scenarios.length === 0) {
    it('finds what truth.json says', function () {
      console.log(`skipped: no lab captures in ${lab}`);
      this.skip();
    });
    return;
  }

  it('lists no capture as not told yet that is not there', () => {
    assert.deepEqual(
      Object.keys(notYet).filter((scenario) => !scenarios.includes(scenario)),
      [],
    );
  });

  for (const scenario of scenarios) {
    const truth = truthOf(scenario);
    const threats = truth.expected.must_detect.join(', ') || 'nothing';
    const reason = notYet[scenario];
    it(`${scenario} (${truth.class}): ${threats}${reason === undefined ? '' : ` (not yet: ${reason})`}`, () => {
      const report = analyze(scenario);
      assert.equal(report.capture.packets, truth.packets);
      const wrong = wrongWith(truth, report.findings);
      if (reason === undefined) assert.deepEqual(wrong, []);
      else assert.notDeepEqual(wrong, [], `${scenario} is told now: take it off the list`);
    });

    it(`${scenario}: every finding can be acted on`, () => {
      for (const finding of analyze(scenario).findings) {
        const { title } = finding;
        assert.ok(
          finding.evidence.some(({ threshold }) => threshold !== null),
          `${title}: no threshold`,
        );
        assert.ok(finding.next.length > 0, `${title}: no next step`);
        assert.ok(finding.packets.length > 0 && finding.packets.every((n) => n >= 1 && n <= truth.packets), title);
        assert.ok(finding.flows.length > 0 || finding.threat === 'spoofing' || finding.ports.length === 0, title);
        assert.ok(finding.firstSeen <= finding.lastSeen && finding.count > 0, title);
      }
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
