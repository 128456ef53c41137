import { uint16, uint8 } from '../../bytes/integers';
import type { PacketView } from '../../decode/packetView';
import type { FilterField, ValueReader } from '../filterField';
import { numbers } from '../filterField';
import type { FilterSubject } from '../filterSubject';
import { field, numberField } from './define';
import { ipv4At, macAt } from './reading';

type Read = (bytes: Uint8Array, offset: number) => number;

/** Numbers of each Ethernet header; NaN counts as none. */
function ethernet(...reads: readonly Read[]): ValueReader {
  return {
    of: 'number',
    one: null,
    some: ({ view: { bytes, ethernetOffsets } }, test) =>
      ethernetOffsets.some((offset) =>
        reads.some((read) => {
          const value = read(bytes, offset);
          return !Number.isNaN(value) && test(value);
        }),
      ),
  };
}

const destination: Read = macAt;
const source: Read = (bytes, offset) => macAt(bytes, offset + 6);
const typeOrLength: Read = (bytes, offset) => uint16(bytes, offset + 12);
/** IEEE 802.3 section 3.2.6: what is smaller is no EtherType but a length. */
const asEtherType = (value: number): number => (value >= 1536 ? value : Number.NaN);

const etherTypes = { IPv4: 0x0800, ARP: 0x0806, VLAN: 0x8100, IPv6: 0x86dd, PPPoE: 0x8864, LLDP: 0x88cc } as const;
const arpOpcodes = { request: 1, reply: 2 } as const;
const maxTags = 8;

/** A value of each VLAN tag (IEEE 802.1Q), from the outside in. */
function tags(read: Read): (subject: FilterSubject) => number[] {
  return ({ view: { bytes, vlanId, ethernetOffsets } }) => {
    const values: number[] = [];
    if (vlanId < 0) return values;
    for (const offset of ethernetOffsets) {
      for (let at = offset + 12; values.length < maxTags && at + 6 <= bytes.length; at += 4) {
        const type = uint16(bytes, at);
        if (type !== 0x8100 && type !== 0x88a8 && type !== 0x9100) break;
        if (type !== 0x88a8) values.push(read(bytes, at + 2));
      }
    }
    return values.filter((value) => !Number.isNaN(value));
  };
}

function arp(length: number, read: (view: PacketView, start: number) => number): (subject: FilterSubject) => number {
  return ({ view }) => {
    const { arpOffset } = view;
    return arpOffset < 0 || arpOffset + length > view.bytes.length ? Number.NaN : read(view, arpOffset);
  };
}

export const linkFields: readonly FilterField[] = [
  field('eth.addr', 'mac', 'Ethernet address of either side', ethernet(destination, source)),
  field('eth.src', 'mac', 'Ethernet address of the sender', ethernet(source)),
  field('eth.dst', 'mac', 'Ethernet address of the receiver', ethernet(destination)),
  field(
    'eth.type',
    'number',
    'Protocol of the frame (EtherType)',
    ethernet((bytes, offset) => asEtherType(typeOrLength(bytes, offset))),
    { values: etherTypes },
  ),
  field(
    'eth.len',
    'number',
    'Length of a frame of IEEE 802.3',
    ethernet((bytes, offset) => (typeOrLength(bytes, offset) <= 1500 ? typeOrLength(bytes, offset) : Number.NaN)),
  ),
  field('vlan.id', 'number', 'VLAN identifier of each tag', numbers(tags((bytes, at) => uint16(bytes, at) & 0x0fff))),
  field('vlan.priority', 'number', 'Priority of each VLAN tag', numbers(tags((bytes, at) => uint8(bytes, at) >> 5))),
  field(
    'vlan.etype',
    'number',
    'EtherType behind each VLAN tag',
    numbers(tags((bytes, at) => asEtherType(uint16(bytes, at + 2)))),
    {
      values: etherTypes,
    },
  ),
  numberField(
    'arp.opcode',
    'Operation: 1 request, 2 reply',
    ({ view }) => (view.arpOpcode >= 0 ? view.arpOpcode : Number.NaN),
    { values: arpOpcodes },
  ),
  numberField(
    'arp.hw.type',
    'Kind of hardware address: 1 Ethernet',
    arp(2, ({ bytes }, start) => uint16(bytes, start)),
  ),
  numberField(
    'arp.proto.type',
    'Kind of protocol address',
    arp(4, ({ bytes }, start) => uint16(bytes, start + 2)),
    {
      values: etherTypes,
    },
  ),
  numberField(
    'arp.src.hw_mac',
    'Ethernet address of the sender',
    arp(14, ({ bytes, arpSenderMacOffset }, start) => (arpSenderMacOffset < 0 ? Number.NaN : macAt(bytes, start + 8))),
    {
      type: 'mac',
    },
  ),
  numberField(
    'arp.dst.hw_mac',
    'Ethernet address asked for',
    arp(24, ({ bytes, arpSenderMacOffset }, start) => (arpSenderMacOffset < 0 ? Number.NaN : macAt(bytes, start + 18))),
    {
      type: 'mac',
    },
  ),
  numberField(
    'arp.src.proto_ipv4',
    'IPv4 address of the sender',
    ({ view }) => (view.arpSenderAddressOffset < 0 ? Number.NaN : ipv4At(view.bytes, view.arpSenderAddressOffset)),
    { type: 'ipv4' },
  ),
  numberField(
    'arp.dst.proto_ipv4',
    'IPv4 address asked for',
    ({ view }) => (view.arpTargetAddressOffset < 0 ? Number.NaN : ipv4At(view.bytes, view.arpTargetAddressOffset)),
    { type: 'ipv4' },
  ),
];
