import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { concatBytes } from '../../src/core/bytes/concatBytes';
import { pcapFileHeader, pcapRecord } from '../../src/core/pcap/pcapWriter';
import { PcapngWriter } from '../../src/core/pcap/pcapngWriter';
import type { RawPacket } from '../../src/core/pcap/rawPacket';
import { networkSweep, portScan, portScanFacts, sweepFacts } from './scans';
import { webBrowsing } from './webBrowsing';

/**
 * Writes the sample captures: `node --import tsx scripts/samples/generate.ts [folder]`. The bytes depend on nothing but
 * this source: no clock, no randomness.
 */

const readme = `# Sample captures

Made by \`scripts/samples\`; all hosts and names are from the ranges that are set aside for documentation. Open a file, or
right-click it and choose *Analyze Network Capture*.

| file | what it shows |
| --- | --- |
| \`web-browsing.pcap\` | A minute of a workstation on the web: DNS lookups with their latency, TCP handshakes, HTTP, TLS with server names, IPv4 and IPv6, ping, ARP. A lossy line (retransmissions) and a slow web shop that answers 503. Nothing is an attack. |
| \`web-browsing.pcap.gz\` | The same, compressed. |
| \`port-scan.pcap\` | ${portScanFacts.scanner} tries ${portScanFacts.ports} ports of ${portScanFacts.victim} (a vertical SYN scan); ${portScanFacts.openPorts.join(', ')} are open. Ordinary clients of the server beside it. |
| \`network-sweep.pcapng\` | ${sweepFacts.scanner} tries port ${sweepFacts.port} of ${sweepFacts.hosts} hosts, none of which answers (a horizontal scan). Ordinary traffic beside it. |
`;

function pcap(packets: readonly RawPacket[]): Uint8Array {
  const header = pcapFileHeader({ linkType: 1, snapLengthBytes: 262_144, nanoseconds: false });
  return concatBytes([header, ...packets.map((packet) => pcapRecord(packet, false))]);
}

function pcapng(packets: readonly RawPacket[]): Uint8Array {
  const writer = new PcapngWriter();
  return concatBytes([writer.header(), ...packets.map((packet) => writer.packet(packet))]);
}

/** Gzip whose header names no operating system, so that it is the same on all. */
function gzip(bytes: Uint8Array): Uint8Array {
  const zipped = gzipSync(bytes, { level: 9 });
  zipped[9] = 255;
  return zipped;
}

/** The files of the sample folder by name. */
export function sampleFiles(): Map<string, Uint8Array> {
  const browsing = pcap(webBrowsing());
  return new Map([
    ['README.md', new TextEncoder().encode(readme)],
    ['web-browsing.pcap', browsing],
    ['web-browsing.pcap.gz', gzip(browsing)],
    ['port-scan.pcap', pcap(portScan())],
    ['network-sweep.pcapng', pcapng(networkSweep())],
  ]);
}

/** Writes the files into the folder, which is made when it is missing. */
export function writeSamples(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of sampleFiles()) writeFileSync(path.join(folder, name), bytes);
}

if (process.argv[1] !== undefined && /[\\/]generate(\.ts)?$/.test(process.argv[1])) {
  const folder = path.resolve(process.argv[2] ?? 'samples');
  writeSamples(folder);
  console.log(`sample captures written to ${folder}`);
}
