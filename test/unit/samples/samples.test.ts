import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sampleFiles, writeSamples } from '../../../scripts/samples/generate';
import { portScanFacts, sweepFacts } from '../../../scripts/samples/scans';
import type { RawPacket } from '../../../src/core/pcap/rawPacket';
import { packetTimeUs } from '../../../src/core/pcap/rawPacket';
import { flagBits } from '../../support/packets';
import { readCapture } from '../../support/readCapture';

const captureNames = ['web-browsing.pcap', 'port-scan.pcap', 'network-sweep.pcapng'];

interface Segment {
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
  flags: number;
}

/** The TCP segments over IPv4 of a sample, whose headers have no options. */
function segments(packets: readonly RawPacket[]): Segment[] {
  const tcp = packets.filter(({ bytes }) => bytes[12] === 8 && bytes[13] === 0 && bytes[23] === 6);
  return tcp.map(({ bytes }) => ({
    source: bytes.subarray(26, 30).join('.'),
    destination: bytes.subarray(30, 34).join('.'),
    sourcePort: (bytes[34]! << 8) | bytes[35]!,
    destinationPort: (bytes[36]! << 8) | bytes[37]!,
    flags: bytes[47]!,
  }));
}

describe('sample captures', () => {
  const files = sampleFiles();
  const packetsOf = (name: string): RawPacket[] => readCapture(files.get(name)!).packets;

  it('are the same bytes on every run', () => {
    assert.deepEqual(sampleFiles(), files);
  });

  it('are small together', () => {
    const total = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    assert.ok(total < 2e6, `${total} bytes`);
  });

  it('are written to the folder that is named', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'samples-'));
    try {
      writeSamples(path.join(folder, 'inner'));
      const names = readdirSync(path.join(folder, 'inner'));
      assert.deepEqual(names.sort(), [...files.keys()].sort());
      for (const name of names) {
        assert.deepEqual(
          new Uint8Array(readFileSync(path.join(folder, 'inner', name))),
          new Uint8Array(files.get(name)!),
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  for (const name of captureNames) {
    it(`${name} is read back whole, in order of time, nothing longer than an Ethernet frame`, () => {
      const read = readCapture(files.get(name)!);
      assert.deepEqual(
        [read.damage, read.linkTypes, read.format],
        [null, [1], name.endsWith('ng') ? 'pcapng' : 'pcap'],
      );
      assert.ok(read.packets.length > 300, `${read.packets.length} packets`);
      read.packets.reduce((before, packet) => {
        assert.ok(packetTimeUs(packet) >= packetTimeUs(before), `packet ${packet.number} is early`);
        return packet;
      });
      assert.ok(
        read.packets.every((packet) => packet.bytes.length <= 1514 && packet.originalLength === packet.bytes.length),
      );
    });
  }

  it('web-browsing.pcap.gz is the same capture', () => {
    const plain = gunzipSync(files.get('web-browsing.pcap.gz')!);
    assert.deepEqual(new Uint8Array(plain), files.get('web-browsing.pcap'));
  });

  it('port-scan.pcap holds one scan of the ports and the victim that its facts name', () => {
    const { scanner, victim, openPorts, ports } = portScanFacts;
    const all = segments(packetsOf('port-scan.pcap'));
    const probes = all.filter((segment) => segment.source === scanner && segment.flags === flagBits('S'));
    assert.equal(new Set(probes.map((probe) => probe.destinationPort)).size, ports);
    assert.ok(probes.every((probe) => probe.destination === victim));
    const answers = all.filter((segment) => segment.destination === scanner);
    const open = answers.filter((segment) => segment.flags === flagBits('SA')).map((segment) => segment.sourcePort);
    assert.deepEqual(
      open.sort((a, b) => a - b),
      openPorts,
    );
    assert.equal(answers.filter((segment) => segment.flags === flagBits('RA')).length, ports - openPorts.length);
  });

  it('network-sweep.pcapng holds a sweep that nobody answers', () => {
    const { scanner, port, hosts } = sweepFacts;
    const all = segments(packetsOf('network-sweep.pcapng'));
    const probes = all.filter((segment) => segment.source === scanner);
    assert.ok(probes.every((probe) => probe.destinationPort === port && probe.flags === flagBits('S')));
    assert.equal(new Set(probes.map((probe) => probe.destination)).size, hosts);
    assert.deepEqual(
      all.filter((segment) => segment.destination === scanner),
      [],
    );
  });

  it('are read by tshark without a malformed packet or a wrong checksum', function () {
    this.timeout(60_000);
    if (spawnSync('tshark', ['--version']).status !== 0) {
      console.log('      skipped: tshark is not installed');
      this.skip();
    }
    const folder = mkdtempSync(path.join(tmpdir(), 'samples-'));
    try {
      writeSamples(folder);
      for (const name of captureNames) {
        const checks = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);
        const tshark = (...more: string[]): string[] => {
          const output = execFileSync('tshark', ['-n', '-r', path.join(folder, name), ...checks, ...more], {
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'ignore'],
          });
          return output.split('\n').filter((line) => line !== '');
        };
        const bad =
          '_ws.malformed || _ws.expert.severity == error || ip.checksum.status == 0 || icmpv6.checksum.status == 0';
        assert.deepEqual(tshark('-Y', `${bad} || tcp.checksum.status == 0 || udp.checksum.status == 0`), []);
        assert.equal(tshark('-T', 'fields', '-e', 'frame.number').length, packetsOf(name).length);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
