import { uint16, uint8 } from '../../bytes/integers';
import type { PacketView } from '../../decode/packetView';
import type { FilterField } from '../filterField';
import { eitherNumber, numbers, oneNumber } from '../filterField';
import type { FilterSubject } from '../filterSubject';
import { field, numberField } from './define';
import { ipv4At, macAt } from './reading';

/** Ethernet headers of which both addresses are there. */
function ethernet({ view }: FilterSubject): number {
  return view.destinationMacOffset >= 0 && view.layers[0] === 'eth' ? view.destinationMacOffset : -1;
}

const source = (subject: FilterSubject): number => {
  const offset = ethernet(subject);
  return offset < 0 ? Number.NaN : macAt(subject.view.bytes, offset + 6);
};
const destination = (subject: FilterSubject): number => {
  const offset = ethernet(subject);
  return offset < 0 ? Number.NaN : macAt(subject.view.bytes, offset);
};

const typeOrLength = (subject: FilterSubject): number => {
  const offset = ethernet(subject);
  return offset < 0 ? Number.NaN : uint16(subject.view.bytes, offset + 12);
};

const etherTypes = { IPv4: 0x0800, ARP: 0x0806, VLAN: 0x8100, IPv6: 0x86dd, PPPoE: 0x8864, LLDP: 0x88cc } as const;
const arpOpcodes = { request: 1, reply: 2 } as const;
const maxTags = 8;

/** A value of each VLAN tag (IEEE 802.1Q), from the outside in. */
function tags(read: (bytes: Uint8Array, offset: number) => number): (subject: FilterSubject) => number[] {
  return (subject) => {
    const offset = ethernet(subject);
    const values: number[] = [];
    if (offset < 0 || subject.view.vlanId < 0) return values;
    const { bytes } = subject.view;
    for (let at = offset + 12; values.length < maxTags && at + 6 <= bytes.length; at += 4) {
      const type = uint16(bytes, at);
      if (type !== 0x8100 && type !== 0x88a8 && type !== 0x9100) break;
      if (type === 0x8100 || type === 0x9100) values.push(read(bytes, at + 2));
    }
    return values;
  };
}

function arp(length: number, read: (view: PacketView, start: number) => number): (subject: FilterSubject) => number {
  return ({ view }) => {
    const start = view.arpSenderMacOffset - 8;
    return view.arpSenderMacOffset < 0 || start + length > view.bytes.length ? Number.NaN : read(view, start);
  };
}

export const linkFields: readonly FilterField[] = [
  field('eth.addr', 'mac', 'Ethernet address of either side', eitherNumber(destination, source)),
  field('eth.src', 'mac', 'Ethernet address of the sender', oneNumber(source)),
  field('eth.dst', 'mac', 'Ethernet address of the receiver', oneNumber(destination)),
  numberField(
    'eth.type',
    'Protocol of the frame (EtherType)',
    (subject) => {
      const value = typeOrLength(subject);
      return value >= 1536 ? value : Number.NaN;
    },
    { values: etherTypes },
  ),
  numberField('eth.len', 'Length of a frame of IEEE 802.3', (subject) => {
    const value = typeOrLength(subject);
    return value <= 1500 ? value : Number.NaN;
  }),
  field('vlan.id', 'number', 'VLAN identifier of each tag', numbers(tags((bytes, at) => uint16(bytes, at) & 0x0fff))),
  field('vlan.priority', 'number', 'Priority of each VLAN tag', numbers(tags((bytes, at) => uint8(bytes, at) >> 5))),
  field('vlan.etype', 'number', 'EtherType behind each VLAN tag', numbers(tags((bytes, at) => uint16(bytes, at + 2))), {
    values: etherTypes,
  }),
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
    arp(14, ({ bytes }, start) => macAt(bytes, start + 8)),
    {
      type: 'mac',
    },
  ),
  numberField(
    'arp.dst.hw_mac',
    'Ethernet address asked for',
    arp(24, ({ bytes }, start) => macAt(bytes, start + 18)),
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
