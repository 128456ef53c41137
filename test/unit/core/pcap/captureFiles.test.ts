import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { sniffGzip } from '../../../../src/core/pcap/captureMagic';
import { maxSeconds } from '../../../../src/core/pcap/interfaceClock';
import { packetTimeSeconds } from '../../../../src/core/pcap/rawPacket';
import { linkTypeName } from '../../../../src/core/pcap/linkTypes';
import type { ReadCapture } from '../../../support/readCapture';
import { readCapture } from '../../../support/readCapture';

/** What capinfos and tshark say of a file; without a link type and packets where they could not read it. */
interface ManifestFile {
  file: string;
  format: string;
  linkType?: string;
  interfaces?: number;
  packets?: number;
  durationSec?: number;
  readError?: string;
}

const data = path.resolve(__dirname, '../../../../../shared/data');

/** Wireshark's short names of link types and the numbers in files; `per-packet` and the like are left out. */
const linkTypeNumbers: Record<string, number[]> = {
  'atm-pdus': [123],
  'atm-rfc1483': [100],
  'bacnet-ms-tp': [165],
  'fddi-swapped': [10],
  'ieee-802-11': [105],
  'ieee-802-11-radiotap': [127],
  'ip-ib': [242],
  'juniper-atm1': [137],
  'juniper-ether': [178],
  'linux-atm-clip': [106],
  'linux-sll': [113],
  'linux-sll2': [276],
  'wpan-nofcs': [230],
  arcnet_linux: [129],
  chdlc: [104],
  dbus: [231],
  ether: [1],
  frelay: [107],
  netlink: [253],
  nflog: [239],
  null: [0],
  pktap: [258],
  ppi: [192],
  ppp: [9, 50],
  rawip: [101],
  rawip4: [228],
  rawip6: [229],
  slip: [8],
  socketcan: [227],
  user13: [160],
  user2: [149],
  vsock: [271],
  wpan: [195],
};

/** Files that Wireshark does not read and we do, or where it guesses another record layout; each looked into. */
const readFurther: Record<string, number> = {
  // Link types that tshark 4.0.17 does not know; tcpdump reads as many packets.
  'libpcap/brcm-tag.pcap': 15,
  'tcpdump/brcm-tag-prepend.pcap': 15,
  'tcpdump/brcm-tag.pcap': 23,
  'tcpdump/dsa-high-vid.pcap': 4,
  'tcpdump/edsa.pcap': 10,
  'tcpdump/frf16_magic_ie-oobr.pcap': 1,
  'tcpdump/juniper_monitor_invalid_cookie_length.pcap': 1,
  'tcpdump/kday6.pcap': 1,
  'tcpdump/vtp_asan-2.pcap': 1,
  // The reserved bits beside the link type are set; the specification says to ignore them.
  'libpcap/tests__linktype-reserved-field-not-zero.pcap': 0,
};

/** Files that we find damaged, with the packets before the damage. */
const damaged: Record<string, number> = {
  'gopacket/pcapgo__tests__be__test901.pcapng': 1,
  'gopacket/pcapgo__tests__le__test901.pcapng': 1,
  'libpcap/tests__shb-option-too-long.pcapng': 0,
  // tcpdump reads one packet as well; Wireshark takes the second length for that of another pcap variant.
  'suricata-verify/bug-6875-01__fuzz.pcap': 1,
};

/** Fractions of more than a second and years apart, made by fuzzing: capinfos reads them otherwise than tshark. */
const oddTimes = new Set([
  'tcpdump/pim_header_asan-2.pcap',
  'tcpdump/timestamp_invalid_micro.pcap',
  'tcpdump/timestamp_invalid_nano.pcap',
]);

function readFile(file: string): ReadCapture {
  const bytes = readFileSync(file);
  return readCapture(sniffGzip(bytes) ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes, [65_536]);
}

function skipWithoutData(context: Mocha.Context, file: string): void {
  if (existsSync(file)) return;
  console.log(`      skipped: no test material at ${file}`);
  context.skip();
}

describe('real capture files', () => {
  it('hold the packets, format, link type and duration that capinfos sees', function () {
    const manifest = path.join(data, 'pcaps/manifest.json');
    skipWithoutData(this, manifest);
    const { files } = JSON.parse(readFileSync(manifest, 'utf8')) as { files: ManifestFile[] };
    let compared = 0;
    for (const expected of files) {
      const read = readFile(path.join(data, 'pcaps', expected.file));
      const [format, order, resolution] = expected.format.split(' ');
      assert.equal(read.format, format, expected.file);
      if (format === 'pcap') assert.equal(read.nanoseconds, resolution === 'nanoseconds', `${expected.file} ${order}`);
      if (expected.packets === undefined) {
        assert.equal(read.packets.length, readFurther[expected.file] ?? damaged[expected.file], expected.file);
        assert.equal(read.damage !== null, expected.file in damaged, expected.file);
        continue;
      }
      assert.equal(read.packets.length, expected.packets, expected.file);
      assert.equal(read.damage !== null, expected.readError !== undefined, expected.file);
      const numbers = linkTypeNumbers[expected.linkType ?? ''];
      if (numbers) {
        assert.ok(
          numbers.includes(read.linkTypes[0] ?? -1),
          `${expected.file}: ${expected.linkType} is not ${linkTypeName(read.linkTypes[0] ?? -1)}`,
        );
        compared += 1;
      }
      compareDuration(read, expected);
    }
    assert.ok(compared > 0.95 * files.length, `link type of ${compared} files compared`);
  });

  it('of the lab hold as many packets as were counted when they were made', function () {
    this.timeout(120_000);
    const index = path.join(data, 'lab/index.json');
    skipWithoutData(this, index);
    const scenarios = JSON.parse(readFileSync(index, 'utf8')) as { path: string; packets: number }[];
    for (const scenario of scenarios) {
      const read = readFile(path.join(data, 'lab', scenario.path));
      assert.deepEqual([read.packets.length, read.damage], [scenario.packets, null], scenario.path);
    }
  });
});

/** Capinfos takes the latest less the earliest time, in microseconds; times beyond the year 9999 are not compared. */
function compareDuration(read: ReadCapture, expected: ManifestFile): void {
  if (expected.durationSec === undefined || read.packets.length === 0) return;
  let first = Infinity;
  let last = -Infinity;
  for (const packet of read.packets) {
    const time = packetTimeSeconds(packet);
    first = Math.min(first, time);
    last = Math.max(last, time);
  }
  if (last >= maxSeconds || oddTimes.has(expected.file)) return;
  assert.ok(Math.abs(last - first - expected.durationSec) < 2e-6, `${expected.file}: lasts ${last - first}`);
}
