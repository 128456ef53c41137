import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeApplication } from '../../../../src/core/decode/application';
import { decodePacket } from '../../../../src/core/decode/decodePacket';
import { PacketView } from '../../../../src/core/decode/packetView';
import { dissectPacket } from '../../../../src/core/dissect/dissect';
import type { PacketField } from '../../../../src/protocol/packetTree';
import { readCapture } from '../../../support/readCapture';

const folder = path.resolve(__dirname, '../../../../../shared/data/pcaps');
/** Captures whose packets say everything by themselves: nothing is put together from several. */
const files = [
  'zeek/dhcp__dhcp_ack_subscriber_id_and_agent_remote_id.pcap',
  'zeek/dns53.pcap',
  'zeek/http-qinq-0.pcap',
  'zeek/http__post.pcap',
  'pcapplusplus/Packet++Test__PacketExamples__Dns4.pcap',
  'pcapplusplus/Packet++Test__PacketExamples__IcmpWithoutTunnel.pcap',
  'pcapplusplus/Packet++Test__PacketExamples__IcmpV6_EchoMessages.pcap',
  'pcapplusplus/Packet++Test__PacketExamples__ArpRequestWithVlan.pcap',
  'pcapplusplus/Packet++Test__PacketExamples__TcpPacketWithOptions.pcap',
  'pcapplusplus/Packet++Test__PacketExamples__Vxlan1.pcap',
];
const compared = /^(eth|vlan|arp|ip|ipv6|icmp|icmpv6|tcp|udp|dns|dhcp|http|vxlan)\./;
/** Names that Wireshark 4.0 does not have yet, or bytes that it takes apart further. */
const notCompared = /^(http\.file_data|http\.content_length_header|icmpv6\.opt|dhcp\.option\.type)$/;
const maxPackets = 60;

/** What tshark says of each field: place, length and value. */
function tsharkFields(packet: string): Map<string, Set<string>> {
  const fields = new Map<string, Set<string>>();
  for (const [, name = '', attributes = ''] of packet.matchAll(/<(?:field|proto) name="([^"]+)"([^>]*)>/g)) {
    const get = (key: string): string => new RegExp(` ${key}="([^"]*)"`).exec(attributes)?.[1] ?? '';
    const show = get('show').replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
    const seen = fields.get(name) ?? new Set();
    seen.add(JSON.stringify([Number(get('pos')), Number(get('size')), show.replaceAll('&amp;', '&')]));
    fields.set(name, seen);
  }
  return fields;
}

function agrees(field: PacketField, theirs: Set<string> | undefined): boolean {
  return [...(theirs ?? [])].some((entry) => {
    const [offset, length, show] = JSON.parse(entry) as [number, number, string];
    if (field.lengthBytes > 0 && (offset !== field.offset || length !== field.lengthBytes)) return false;
    if (field.raw === null) return true;
    if (typeof field.raw === 'string') return field.raw.toLowerCase() === show.toLowerCase();
    const value = show === 'True' ? 1 : show === 'False' ? 0 : Number(show);
    return Number(field.raw) === value;
  });
}

function all(fields: readonly PacketField[]): PacketField[] {
  return fields.flatMap((field) => [field, ...all(field.children)]);
}

describe('fields, places and values as tshark has them', function () {
  this.timeout(120_000);

  before(function () {
    if (!existsSync(folder) || spawnSync('tshark', ['--version']).status !== 0) {
      console.log('      skipped: needs the captures of ../shared/data and an installed tshark');
      this.skip();
    }
  });

  for (const name of files)
    it(name, () => {
      const file = path.join(folder, name);
      const preferences = ['tcp.desegment_tcp_streams', 'ip.defragment', 'ipv6.defragment', 'http.desegment_body'];
      const options = preferences.flatMap((each) => ['-o', `${each}:false`]);
      const pdml = execFileSync('tshark', ['-n', '-r', file, '-c', String(maxPackets), '-T', 'pdml', ...options], {
        maxBuffer: 1 << 28,
        stdio: ['ignore', 'pipe', 'ignore'],
      }).toString('latin1');
      const theirs = pdml.split('<packet>').slice(1).map(tsharkFields);
      const view = new PacketView();
      const differences: string[] = [];
      let same = 0;
      for (const packet of readCapture(readFileSync(file)).packets.slice(0, maxPackets)) {
        decodePacket(view, packet);
        const tree = dissectPacket(packet, view, decodeApplication(view));
        for (const field of all(tree.fields)) {
          if (!compared.test(field.name) || notCompared.test(field.name)) continue;
          if (agrees(field, theirs[packet.number - 1]?.get(field.name))) same += 1;
          else differences.push(`${packet.number} ${field.name} ${field.offset}/${field.lengthBytes} ${field.raw}`);
        }
      }
      assert.deepEqual(differences, []);
      assert.ok(same > 10, `only ${same} fields were compared`);
    });
});
