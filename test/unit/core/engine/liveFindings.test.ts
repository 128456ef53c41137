import assert from 'node:assert/strict';
import { Engine } from '../../../../src/core/engine/engine';
import { CaptureFileReader } from '../../../../src/core/pcap/captureFileReader';
import type { Finding } from '../../../../src/protocol/finding';
import { lab, labCapture, labScenarios } from '../../../support/labTruth';

/** Scenarios whose findings grow in many ways: by packets, messages and the ends of flows. */
const scenarios = [
  'sqli_manual',
  'dns_tunnel_tool',
  'arp_spoof',
  'beacon',
  'exfiltration',
  'reverse_shell',
  'ftp_session',
];

/** Findings at the end, when they are asked for after each `every` packets as well; 0 for the end only. */
function findingsOf(capture: Uint8Array, every: number, chunk: number): Finding[] {
  const engine = new Engine({ localAddresses: [] });
  let packets = 0;
  const reader = new CaptureFileReader((packet) => {
    engine.push(packet);
    if (every > 0 && ++packets % every === 0) engine.findings();
  });
  for (let at = 0; at < capture.length; at += chunk) reader.push(capture.subarray(at, at + chunk));
  reader.end();
  engine.finish();
  return engine.findings();
}

describe('Findings live and of a file', function () {
  this.timeout(120_000);
  const known = labScenarios();
  for (const scenario of scenarios) {
    it(`${scenario}: are the same however often they were asked for`, function () {
      if (!known.includes(scenario)) {
        console.log(`skipped: no lab captures in ${lab}`);
        return this.skip();
      }
      const capture = labCapture(scenario);
      const atEnd = findingsOf(capture, 0, capture.length);
      assert.ok(atEnd.length > 0);
      assert.deepEqual(findingsOf(capture, 50, 4099), atEnd);
    });
  }
});
