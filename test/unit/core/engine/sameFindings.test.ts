import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { Engine } from '../../../../src/core/engine/engine';
import { CaptureFileReader } from '../../../../src/core/pcap/captureFileReader';
import { pcapFileHeader, pcapRecord } from '../../../../src/core/pcap/pcapWriter';
import { packetTimeUs } from '../../../../src/core/pcap/rawPacket';
import type { RawPacket } from '../../../../src/core/pcap/rawPacket';
import { networkSweep, portScan } from '../../../../scripts/samples/scans';
import type { Finding } from '../../../../src/protocol/finding';
import { lab, labCapture, labScenarios } from '../../../support/labTruth';

/** Larger captures are left to the tests of the whole program: each is analysed some ten times here. */
const maxGzipBytes = 200_000;

function packetsOf(file: Uint8Array): RawPacket[] {
  const packets: RawPacket[] = [];
  const reader = new CaptureFileReader((packet) => packets.push({ ...packet, bytes: packet.bytes.slice() }));
  reader.push(file);
  reader.end();
  return packets;
}

function fileOf(packets: readonly RawPacket[]): Uint8Array {
  const linkType = packets[0]?.linkType ?? 1;
  const header = pcapFileHeader({ linkType, snapLengthBytes: 262_144, nanoseconds: false });
  return Buffer.concat([header, ...packets.map((packet) => pcapRecord(packet, false))]);
}

function findingsOf(feed: (engine: Engine) => void): Finding[] {
  const engine = new Engine({ localAddresses: [] });
  feed(engine);
  engine.finish();
  return engine.findings();
}

/** However a capture comes, its findings are the same. */
function sameFindings(packets: readonly RawPacket[], runs: number): void {
  const whole = findingsOf((engine) => packets.forEach((packet) => engine.push(packet)));

  const spooled = packetsOf(fileOf(packets));
  assert.deepEqual(
    findingsOf((engine) => spooled.forEach((packet) => engine.push(packet))),
    whole,
    'read back from the spool',
  );

  const file = fileOf(packets);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), (chunkBytes) => {
      const chunked = findingsOf((engine) => {
        const reader = new CaptureFileReader((packet) => engine.push(packet));
        for (let at = 0; at < file.length; at += chunkBytes) reader.push(file.subarray(at, at + chunkBytes));
        reader.end();
      });
      assert.deepEqual(chunked, whole, 'in other chunks');
    }),
    { numRuns: runs },
  );

  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 10, max: 2000 }), (every, tickMs) => {
      const live = findingsOf((engine) => {
        let tickUs = packets[0] === undefined ? 0 : packetTimeUs(packets[0]);
        for (const [i, packet] of packets.entries()) {
          // The clock goes on by itself, and findings are asked for while they come.
          const timeUs = packetTimeUs(packet);
          for (; tickUs < timeUs && tickUs > timeUs - 600e6; tickUs += tickMs * 1000) engine.tick(tickUs);
          engine.push(packet);
          if (i % every === 0) engine.findings();
        }
      });
      assert.deepEqual(live, whole, 'live');
    }),
    { numRuns: runs },
  );
}

describe('Same capture, same findings', function () {
  this.timeout(120_000);

  it('of a port scan and of a sweep', () => {
    for (const packets of [portScan(), networkSweep()]) {
      assert.ok(findingsOf((engine) => packets.forEach((packet) => engine.push(packet))).length > 0);
      sameFindings(packets, 5);
    }
  });

  const scenarios = labScenarios().filter(
    (scenario) => statSync(path.join(lab, scenario, `${scenario}.pcap.gz`)).size < maxGzipBytes,
  );
  if (scenarios.length === 0) {
    it('of the lab', function () {
      console.log(`skipped: no lab captures in ${lab}`);
      this.skip();
    });
  }
  for (const scenario of scenarios) {
    it(`of ${scenario}`, () => sameFindings(packetsOf(labCapture(scenario)), 2));
  }
});
