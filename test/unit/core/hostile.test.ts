import assert from 'node:assert/strict';
import { decodeApplication } from '../../../src/core/decode/application';
import { decodePacket } from '../../../src/core/decode/decodePacket';
import { PacketView } from '../../../src/core/decode/packetView';
import { Engine } from '../../../src/core/engine/engine';
import { engineLimits } from '../../../src/core/limits';
import { CaptureFileReader } from '../../../src/core/pcap/captureFileReader';
import { pcapFileHeader } from '../../../src/core/pcap/pcapWriter';
import {
  concatBytes,
  defaultSeconds,
  hexBytes,
  ipFrame,
  ipProtocols,
  packetsAt,
  rawPacket,
  tcpFrame,
  udpFrame,
} from '../../support/packets';
import { PcapngBlocks } from '../../support/pcapngBlocks';

const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 4000, destinationPort: 80 };
const fiftyYears = 50 * 365 * 86_400;

function newEngine(): Engine {
  return new Engine({ localAddresses: [] });
}

function limitHits(engine: Engine, name: string): number {
  return engine.snapshot().limits.find((limit) => limit.name === name)?.hits ?? -1;
}

/** Milliseconds of processor time, so that a busy machine does not count. */
function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function readDamage(bytes: Uint8Array): string {
  const reader = new CaptureFileReader(() => undefined);
  reader.push(bytes);
  reader.end();
  assert.ok(reader.damage !== null, 'no damage was seen');
  return `${reader.damage.offset}: ${reader.damage.reason}`;
}

describe('hostile input', () => {
  it('a pcap record of 4 GB is damage at its offset, and no memory is taken for it', () => {
    const header = pcapFileHeader({ linkType: 1, snapLengthBytes: 65_535, nanoseconds: false });
    const before = process.memoryUsage().arrayBuffers;
    const record = hexBytes('00000000 00000000 ffffffff ffffffff');
    assert.match(readDamage(concatBytes([header, record, new Uint8Array(1000)])), /^24: /);
    assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024);
  });

  it('a pcapng block of 4 GB is damage at its offset, in both byte orders', () => {
    for (const littleEndian of [true, false]) {
      const blocks = new PcapngBlocks(littleEndian);
      const start = concatBytes([blocks.section(), blocks.interfaceDescription(1)]);
      const huge = blocks.block(6, new Uint8Array(64), { first: 0xfffffffc });
      assert.match(readDamage(concatBytes([start, huge, new Uint8Array(1000)])), new RegExp(`^${start.length}: `));
    }
  });

  it('lies of IP, TCP and UDP about their lengths end in a note, never beyond the frame', () => {
    const view = new PacketView();
    const sound = [tcpFrame({ ...ends, flags: 'PA' }, new Uint8Array(20)), udpFrame(ends, new Uint8Array(20))];
    let noted = 0;
    for (const frame of sound) {
      // IPv4 header length, its total length, the TCP header length, the UDP length.
      for (const at of [14, 16, 17, 38, 39, 46]) {
        for (let value = 0; value < 256; value++) {
          const bytes = frame.slice();
          bytes[at] = value;
          decodePacket(view, rawPacket(bytes));
          decodeApplication(view);
          const end = Math.max(0, view.payloadOffset) + view.payloadLength;
          assert.ok(view.payloadLength >= 0 && end <= bytes.length, `byte ${at} = ${value}: payload ends at ${end}`);
          assert.ok(view.payloadWireLength <= bytes.length, `byte ${at} = ${value}`);
          if (view.notes.length > 0) noted++;
        }
      }
    }
    assert.ok(noted > 500, `only ${noted} lies were noted`);
  });

  it('DNS names whose compression points at itself, at each other or forwards end at once', () => {
    const view = new PacketView();
    const head = '1234 8180 0001 0001 0000 0000';
    const loops = ['c00c 0001 0001', 'c00e c00c 0001 0001', '0161 c00c 0001 0001', 'c0ff 0001 0001', 'ffff 0001 0001'];
    for (const loop of loops) {
      // The same pointer again, as often as fits.
      const message = concatBytes([hexBytes(head), hexBytes(loop), hexBytes('c00c'.repeat(600))]);
      const packet = rawPacket(udpFrame({ ...ends, sourcePort: 53 }, message));
      const ms = processorMs(() => {
        for (let i = 0; i < 1000; i++) {
          decodePacket(view, packet);
          decodeApplication(view);
        }
      });
      assert.ok(ms < 1000, `${loop}: ${ms / 1000} ms a packet`);
    }
  });

  it('a flood of fragments, first ones that never end and later ones without a first, is counted and not kept', () => {
    const engine = newEngine();
    const template = ipFrame(
      { source: '10.0.0.1', destination: '10.0.0.2', protocol: ipProtocols.udp },
      new Uint8Array(64),
    );
    const count = 100_000;
    const ms = processorMs(() => {
      for (let i = 0; i < count; i++) {
        const bytes = template.slice();
        bytes[18] = (i >> 8) & 255;
        bytes[19] = i & 255;
        bytes[20] = i % 2 === 0 ? 0x20 : 0x20 | (i % 31);
        bytes[21] = i % 2 === 0 ? 0 : 1 + (i % 200);
        engine.push(rawPacket(bytes, { number: i + 1, nanoseconds: i }));
      }
    });
    const snapshot = engine.snapshot();
    assert.equal(snapshot.packets, count);
    assert.ok(snapshot.flows.open < 10, `${snapshot.flows.open} flows`);
    assert.ok(ms < 10_000, `${ms} ms`);
  });

  it('a flood of segments out of order costs bounded work each', () => {
    const engine = newEngine();
    const frame = tcpFrame({ ...ends, flags: 'A', sequence: 1 }, new Uint8Array(10));
    const count = 100_000;
    const ms = processorMs(() => {
      for (let i = 0; i < count; i++) {
        const bytes = frame.slice();
        new DataView(bytes.buffer).setUint32(38, Math.imul(i, 0x9e3779b1) >>> 0);
        engine.push(rawPacket(bytes, { number: i + 1, nanoseconds: i }));
      }
    });
    assert.equal(engine.snapshot().flows.open, 1);
    assert.ok(ms < 10_000, `${ms} ms`);
  });

  it('three times as many flows as are kept are all counted; the table stays at its limit and says so', () => {
    const engine = newEngine();
    const frame = tcpFrame({ ...ends, flags: 'S' });
    const count = 3 * engineLimits.openFlows;
    for (let i = 0; i < count; i++) {
      const bytes = frame.slice();
      new DataView(bytes.buffer).setUint32(26, Math.imul(i + 1, 0x9e3779b1));
      engine.push(rawPacket(bytes, { number: i + 1, nanoseconds: i * 3000 }));
    }
    const { flows } = engine.snapshot();
    assert.equal(flows.tcp, count);
    assert.equal(flows.open, engineLimits.openFlows);
    assert.equal(limitHits(engine, 'open flows'), count - engineLimits.openFlows);
    const { rows, total } = engine.flowRows(0, 5);
    assert.equal(total, engineLimits.openFlows + engineLimits.endedFlowRows);
    assert.equal(new Set(rows.map((row) => row.a)).size, 5);
  }).timeout(120_000);

  it('time that leaps 50 years, backwards or forwards, loses no packet and leaves durations and series sound', () => {
    const engine = newEngine();
    const frame = udpFrame(ends, new Uint8Array(8));
    const seconds = [0, fiftyYears, -10, 2 * fiftyYears, 1, -fiftyYears, 2];
    for (const [index, leap] of seconds.entries()) {
      engine.push(rawPacket(frame, { number: index + 1, seconds: Math.max(0, defaultSeconds + leap) }));
    }
    engine.finish();
    const snapshot = engine.snapshot();
    assert.equal(snapshot.packets, seconds.length);
    const inSeries = snapshot.series.packets.reduce((sum, packets) => sum + packets, 0);
    assert.equal(inSeries, seconds.length);
    for (const row of engine.flowRows(0, 100).rows) assert.ok(row.durationUs >= 0);
  });

  it('one packet dated 50 years ahead does not blind the port scan rule to what follows', () => {
    const engine = newEngine();
    engine.push(rawPacket(tcpFrame({ ...ends, flags: 'S' }), { seconds: defaultSeconds + fiftyYears }));
    const probes = Array.from({ length: 60 }, (_, i): [number, Uint8Array] => [
      0.01 * i,
      tcpFrame({ ...ends, source: '10.0.0.66', sourcePort: 61_000, destinationPort: 1000 + i, flags: 'S' }),
    ]);
    const later: [number, Uint8Array] = [20, udpFrame(ends, new Uint8Array(8))];
    for (const packet of packetsAt([...probes, later])) engine.push(packet);
    assert.deepEqual(
      engine.findings().map(({ threat, sources }) => [threat, sources]),
      [['port-scan', ['10.0.0.66']]],
    );
  });
});
