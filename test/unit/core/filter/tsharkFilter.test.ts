import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeApplication } from '../../../../src/core/decode/application';
import { decodePacket } from '../../../../src/core/decode/decodePacket';
import { PacketView } from '../../../../src/core/decode/packetView';
import { compileFilter } from '../../../../src/core/filter/displayFilter';
import { CaptureFileReader } from '../../../../src/core/pcap/captureFileReader';

const lab = path.resolve(__dirname, '../../../../../shared/data/lab');

/** Filters that one packet alone answers, so that tshark with its reassembly selects the same packets. */
const cases: Record<string, string[]> = {
  web_browsing: [
    'tcp.flags.syn == 1 and tcp.flags.ack==0',
    'http.request.method == "GET" && http.request.uri matches "\\\\.(png|jpg|css)"',
    'http.host contains "10" or not tcp',
    'tcp.port != 80',
    '!(tcp.port == 80)',
    'ip.addr != 10.77.10.10',
    'ip.src == 10.77.10.0/24 and tcp.len > 500',
    'frame.len in {60..80, 1514}',
    'tcp.flags & 0x02',
    'frame.time_relative < 5',
    'frame contains 0d:0a:0d:0a',
    'tcp.srcport not in {80,443}',
    'ip.addr !== 10.77.10.10',
  ],
  https_browsing: [
    'tls.handshake.type == 1',
    'tls.handshake.extensions_server_name matches "^[a-z]+\\\\."',
    'tls.handshake.extensions_alpn_str == "h2"',
  ],
  icmp_ping: [
    'icmp.type == 8',
    'arp.opcode == 1',
    'arp.src.proto_ipv4 == 10.77.10.0/24',
    'eth.addr == ff:ff:ff:ff:ff:ff',
  ],
  vlan_tagged: ['vlan.id > 5'],
  scan_udp: ['udp', 'icmp.type==3 and icmp.code==3'],
  dns_tunnel_txt: ['dns.qry.type == 16', 'dns.id > 30000', 'dns.flags.rcode != 0'],
};

function oursSelects(file: string, filter: string): number[] {
  const compiled = compileFilter(filter);
  assert.ok(compiled.ok, filter);
  const view = new PacketView();
  const numbers: number[] = [];
  const reader = new CaptureFileReader((packet) => {
    decodePacket(view, packet);
    if (compiled.matches(view, decodeApplication(view), packet)) numbers.push(packet.number);
  });
  reader.push(gunzipSync(readFileSync(file)));
  reader.end();
  return numbers;
}

function tsharkSelects(file: string, filter: string): number[] {
  const run = spawnSync('tshark', ['-n', '-r', file, '-Y', filter, '-T', 'fields', '-e', 'frame.number'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.split('\n').filter(Boolean).map(Number);
}

describe('display filter beside tshark', () => {
  before(function () {
    const version = spawnSync('tshark', ['--version'], { encoding: 'utf8' }).stdout ?? '';
    const missing = !existsSync(lab)
      ? `${lab} is not here`
      : /TShark \(Wireshark\) ([4-9]|[1-9][0-9])\./.test(version)
        ? null
        : 'tshark 4 is not installed';
    if (missing !== null) {
      console.log(`skipped: ${missing}`);
      this.skip();
    }
  });

  for (const [name, filters] of Object.entries(cases)) {
    it(`selects the same packets of ${name}`, function () {
      this.timeout(120_000);
      for (const filter of filters) {
        const file = path.join(lab, name, `${name}.pcap.gz`);
        assert.deepEqual(oursSelects(file, filter), tsharkSelects(file, filter), filter);
      }
    });
  }
});
