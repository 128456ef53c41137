import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeApplication } from '../../../../src/core/decode/application';
import { decodePacket } from '../../../../src/core/decode/decodePacket';
import { PacketView } from '../../../../src/core/decode/packetView';
import type { ProtocolName } from '../../../../src/core/decode/protocols';
import { CaptureFileReader, NotACaptureError } from '../../../../src/core/pcap/captureFileReader';
import type { RawPacket } from '../../../../src/core/pcap/rawPacket';
import { FragmentReassembler } from '../../../../src/core/reassembly/ipFragments';
import { assertSound, decoded } from '../../../support/decoded';

const folder = path.resolve(__dirname, '../../../../../shared/data/pcaps');
const manifestFile = path.join(folder, 'manifest.json');
/** tshark counted this many packets of each capture. */
const countedPackets = 4000;

interface ManifestFile {
  file: string;
  linkType?: string;
  protocolPackets?: Record<string, number>;
}

/** Protocols that one packet alone shows, so that our counts and tshark's can be equal. */
const compared: readonly ProtocolName[] = [
  'radiotap', 'wlan_radio', 'wlan', 'ppi', 'pktap', 'pcap_pktdata', 'fr', 'nflog', 'fddi', 'ipoib', 'arcnet', 'eth', 'sll', 'null', 'raw', 'ppp', 'chdlc', 'llc', 'stp', 'vlan', 'ieee8021ad', 'cfp', 'vntag', 'etag', 'nsh', 'mpls', 'pppoes', 'arp', 'lldp',
  'ip', 'ipv6', 'ipv6.hopopts', 'ipv6.routing', 'ipv6.fraghdr', 'ipv6.dstopts', 'ah', 'esp', 'gre', 'vxlan', 'geneve', 'teredo', 'l2tp', 'gtp', 'gtpprime', 'gtpv2', 'ayiya', 'lisp-data', 'erspan',
  'icmp', 'icmpv6', 'igmp', 'sctp', 'tcp', 'udp', 'dns', 'mdns', 'llmnr', 'ssdp', 'dhcp', 'ntp',
]; // prettier-ignore

const decodedLinkTypes = new Set([
  'ether',
  'null',
  'linux-sll',
  'linux-sll2',
  'rawip',
  'rawip4',
  'rawip6',
  'ppp',
  'chdlc',
  'ieee-802-11',
  'ieee-802-11-radiotap',
  'ppi',
  'pktap',
  'frelay',
  'nflog',
  'fddi-swapped',
  'ip-ib',
  'arcnet_linux',
  'per-packet',
]);

/**
 * What tshark looks into and we do not: other tunnels, packets inside monitoring protocols, DNS inside encryption or
 * HTTP/2. What they carry is missing from our counts.
 */
const notLookedInto = [
  'capwap', 'sflow', 'macsec', 'nhrp',
  'http2', 'someip', 'dtls', 'openflow_v1', 'openflow_v4', 'doq', '6lowpan',
]; // prettier-ignore

/** Captures that differ for another reason. */
const knownDifferences: ReadonlyMap<string, string> = new Map([
  [
    'suricata-verify/ipv6-evasion__ipv6-malformed-fragments-6__frag-6.pcap',
    'overlapping IPv6 fragments, dropped as RFC 5722 says; tshark puts them together',
  ],
  [
    'suricata-verify/ipv6-evasion__ipv6-malformed-fragments-7__frag-7.pcap',
    'overlapping IPv6 fragments, dropped as RFC 5722 says; tshark puts them together',
  ],
  ['ndpi/1kxun.pcap', 'the manifest lists only part of its many protocols'],
  ['ndpi/someip_sd_sample.pcap', 'tshark sees DNS in automotive service discovery'],
  ['tcpdump/q933-heapoverflow-2.pcap', 'random bytes that tshark takes for Ethernet in frame relay'],
  ['tcpdump/lwapp-data.pcap', 'LWAPP, a tunnel between access points'],
  ['pcapplusplus/Packet++Test__PacketExamples__gtpv2.pcap', 'GTP over TCP'],
  ['ndpi/doq.pcapng', 'DNS inside QUIC'],
  ['pcapplusplus/Packet++Test__PacketExamples__SomeIpSd.pcapng', 'tshark sees DNS in automotive service discovery'],
  ['ndpi/fuzz-2006-06-26-2594.pcap', 'broken lengths'],
  ['suricata-verify/ipv6-evasion__ipv6-malformed-fragments-12__frag-12.pcap', 'tshark goes deeper than 24 headers'],
  ['pcapplusplus/Packet++Test__PacketExamples__dns_over_tcp.pcapng', 'tshark leaves out a retransmitted segment'],
  ['suricata-verify/dns__dns-incomplete__input.pcap', 'a message over two segments on a port that is not DNS'],
  ['ppa-packets/dns_tcp.pcapng', 'a message over several segments counts at its first one here, at its last in tshark'],
  ['tcpdump/bigtcp-ipv6-geneve-ipv6.pcap', 'tshark 4.0 does not know a UDP length of 0'],
  ['tcpdump/bootp_asan.pcap', 'an impossible operation code'],
  ['tcpdump/bootp_asan-2.pcap', 'an impossible operation code'],
  ['tcpdump/erspan-type-iii-pb-1.pcap', 'cut where the inner frame would begin'],
  ['tcpdump/esp_truncated.pcap', 'cut inside the ESP header'],
  ['tcpdump/ipv6-next-header-oobr-1.pcap', 'cut at the start of an extension header'],
  ['tcpdump/ipv6-next-header-oobr-2.pcap', 'cut at the start of an extension header'],
  ['zeek/ipv6-mobility-dst-opts.pcap', 'a malformed option in front of UDP'],
]);

function readCapture(file: string, onPacket: (packet: RawPacket) => void): void {
  const stored = readFileSync(path.join(folder, file));
  const reader = new CaptureFileReader(onPacket);
  try {
    reader.push(stored[0] === 0x1f && stored[1] === 0x8b ? gunzipSync(stored) : stored);
    reader.end();
  } catch (error) {
    if (!(error instanceof NotACaptureError)) throw error;
  }
}

function countProtocols(file: string): Map<string, number> {
  const counts = new Map<string, number>();
  const view = new PacketView();
  const fragments = new FragmentReassembler();
  let packets = 0;
  readCapture(file, (packet) => {
    packets += 1;
    if (packets > countedPackets) return;
    decodePacket(view, packet, fragments);
    decodeApplication(view);
    for (const layer of new Set([...view.layers, ...view.quotedLayers]))
      counts.set(layer, (counts.get(layer) ?? 0) + 1);
  });
  return counts;
}

describe('protocols of real captures', () => {
  it('are those that tshark 4 found', function () {
    if (!existsSync(manifestFile)) {
      console.log(`skipped: ${manifestFile} is not here`);
      this.skip();
    }
    this.timeout(120_000);
    const { files } = JSON.parse(readFileSync(manifestFile, 'utf8')) as { files: ManifestFile[] };
    const unexpected: string[] = [];
    let captures = 0;
    for (const { file, linkType, protocolPackets } of files) {
      if (protocolPackets === undefined || linkType === undefined || !decodedLinkTypes.has(linkType)) continue;
      captures += 1;
      const ours = countProtocols(file);
      const partly = notLookedInto.some((name) => name in protocolPackets);
      const differences = compared
        .map((name) => ({ name, ours: ours.get(name) ?? 0, theirs: protocolPackets[name] ?? 0 }))
        .filter((count) => (partly ? count.ours > count.theirs : count.ours !== count.theirs))
        .map((count) => `${count.name} ${count.ours}, tshark ${count.theirs}`);
      if (differences.length > 0 && !knownDifferences.has(file)) unexpected.push(`${file}: ${differences.join('; ')}`);
      if (differences.length === 0 && knownDifferences.has(file)) unexpected.push(`${file}: no longer differs`);
    }
    assert.ok(captures > 1000, `only ${captures} captures`);
    assert.deepEqual(unexpected, []);
  });

  it('can be cut at every byte', function () {
    if (!existsSync(manifestFile)) {
      console.log(`skipped: ${manifestFile} is not here`);
      this.skip();
    }
    this.timeout(120_000);
    const { files } = JSON.parse(readFileSync(manifestFile, 'utf8')) as { files: ManifestFile[] };
    for (const { file } of files) {
      let packets = 0;
      readCapture(file, (packet) => {
        packets += 1;
        if (packets > 2) return;
        const bytes = packet.bytes.slice();
        for (let length = Math.min(bytes.length, 400); length >= 0; length--) {
          assertSound(decoded({ ...packet, bytes: bytes.subarray(0, length) }));
        }
      });
    }
  });
});
