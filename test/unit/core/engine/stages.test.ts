import assert from 'node:assert/strict';
import { Engine } from '../../../../src/core/engine/engine';
import { CaptureFileReader } from '../../../../src/core/pcap/captureFileReader';
import type { RawPacket } from '../../../../src/core/pcap/rawPacket';
import type { Finding } from '../../../../src/protocol/finding';
import { lab, labCapture, labScenarios } from '../../../support/labTruth';

const attacker = [10, 77, 10, 66];
const ethernetAndIpv4 = 34;

/** A capture of the lab from `seconds` on, with one address of its IPv4 packets replaced. */
function shifted(scenario: string, seconds: number, from?: number[]): RawPacket[] {
  const packets: RawPacket[] = [];
  let first = 0;
  const reader = new CaptureFileReader((packet) => {
    if (packets.length === 0) first = packet.seconds;
    const bytes = packet.bytes.slice();
    for (const offset of [26, 30]) {
      if (bytes.length < ethernetAndIpv4 || from?.every((byte, i) => bytes[offset + i] === byte) !== true) continue;
      bytes.set(attacker, offset);
    }
    packets.push({ ...packet, bytes, seconds: packet.seconds - first + seconds });
  });
  reader.push(labCapture(scenario));
  reader.end();
  return packets;
}

function findingsOf(...parts: RawPacket[][]): Finding[] {
  const engine = new Engine({ localAddresses: [] });
  let number = 0;
  for (const packet of parts.flat()) engine.push({ ...packet, number: ++number });
  engine.finish();
  return engine.findings().filter(({ severity }) => severity !== 'low' && severity !== 'info');
}

describe('Stages of one attack', function () {
  this.timeout(60_000);
  const start = 1_800_000_000;

  before(function () {
    if (labScenarios().length > 0) return;
    console.log(`skipped: no lab captures in ${lab}`);
    this.skip();
  });

  it('a scan, guessing and a long session by one source are one incident', () => {
    const scan = shifted('scan_syn_default', start);
    const guessing = shifted('ssh_brute', start + 60);
    // The session of an honest client, as if the guesser had it.
    const session = shifted('ssh_session', start + 120, [10, 77, 10, 21]);
    const [incident, ...others] = findingsOf(scan, guessing, session);
    assert.deepEqual(
      others.map(({ title }) => title),
      [],
    );
    assert.equal(incident!.severity, 'critical');
    assert.deepEqual(
      incident!.stages.map(({ threat }) => threat),
      ['port-scan', 'brute-force', 'infiltration'],
    );
    assert.deepEqual([incident!.sources, incident!.targets], [['10.77.10.66'], ['10.77.10.10']]);
  });

  it('what the model finds of the same threat, source and target makes the finding of the rule surer', () => {
    const engine = new Engine({ localAddresses: [] });
    for (const packet of shifted('ssh_brute', start)) engine.push(packet);
    engine.finish();
    const [rule] = engine.findings();
    engine.addFinding({ ...rule!, id: 'model|x', rule: 'model', detector: 'model', confidence: 0.5 });
    const [both, ...others] = engine.findings();
    assert.deepEqual(others, []);
    assert.equal(both!.id, rule!.id);
    assert.equal(both!.detector, 'both');
    assert.ok(both!.confidence > rule!.confidence || rule!.confidence >= 0.99);
  });

  it('the session of somebody else is no stage, and two stages stay two findings', () => {
    const scan = shifted('scan_syn_default', start);
    const guessing = shifted('ssh_brute', start + 60);
    const [worst, other, ...more] = findingsOf(scan, guessing, shifted('ssh_session', start + 120));
    assert.deepEqual(more, []);
    assert.deepEqual([worst!.threat, other!.threat].sort(), ['brute-force', 'port-scan']);
    const guess = worst!.threat === 'brute-force' ? worst! : other!;
    assert.deepEqual(
      guess.stages.map(({ threat }) => threat),
      ['port-scan', 'brute-force'],
    );
  });
});
