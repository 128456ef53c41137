import { uint16, uint24, uint32, uint8 } from '../bytes/integers';
import { formatMac } from '../decode/addresses';
import { maxIeee8023Length } from '../decode/linkLayer';
import type { Dissection, Step } from './dissection';
import { note } from './fieldScribe';
import { arpOperations, etherTypeNames, linuxPacketTypes } from './valueNames';

/** LINKTYPE_ numbers (tcpdump.org/linktypes.html) whose headers have fields here; others show as bytes. */
export function dissectLink(at: Dissection, step: Step): Step | null {
  const { offset, end } = step;
  switch (step.number) {
    case 1:
      return dissectEthernet(at, offset, end);
    case 0:
    case 108:
      return dissectNull(at, offset, end, step.number === 108);
    case 9:
    case 50:
      return dissectPpp(at, offset, end);
    case 12:
    case 14:
    case 101:
      at.protocol('raw', 'Raw packet data', offset, 0);
      return { space: 'ip', number: 0, offset, end };
    case 113:
      return dissectCooked(at, offset, end);
    case 276:
      return dissectCookedV2(at, offset, end);
    case 228:
      return { space: 'etherType', number: 0x0800, offset, end };
    case 229:
      return { space: 'etherType', number: 0x86dd, offset, end };
    default:
      return { space: 'rest', number: 0, offset, end };
  }
}

/** IEEE 802.3 section 3.2. */
export function dissectEthernet(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  const eth = at.protocol('eth', 'Ethernet II', offset, 14);
  if (at.isCut(eth, offset, end, 14)) return null;
  scribe.mac(eth, 'eth.dst', 'Destination', offset);
  scribe.mac(eth, 'eth.src', 'Source', offset + 6);
  eth.value = `${formatMac(bytes, offset + 6)} → ${formatMac(bytes, offset)}`;
  return typeOrLength(at, eth, 'eth.type', 'eth.len', offset + 12, end);
}

function typeOrLength(
  at: Dissection,
  parent: ReturnType<Dissection['protocol']>,
  typeName: string,
  lengthName: string,
  offset: number,
  end: number,
): Step {
  const number = uint16(at.bytes, offset);
  if (number > maxIeee8023Length) {
    at.scribe.number(parent, typeName, 'Type', offset, 2, { names: etherTypeNames, hex: true });
    return { space: 'etherType', number, offset: offset + 2, end };
  }
  at.scribe.number(parent, lengthName, 'Length', offset, 2);
  if (parent.name === 'eth') parent.label = 'IEEE 802.3 Ethernet';
  return { space: 'llc', number: 0, offset: offset + 2, end: Math.min(end, offset + 2 + number) };
}

/** IEEE 802.1Q section 9.6; `name` tells customer from service tags. */
export function dissectVlan(at: Dissection, name: 'vlan' | 'ieee8021ad', offset: number, end: number): Step | null {
  const label = name === 'vlan' ? '802.1Q Virtual LAN' : 'IEEE 802.1ad Service VLAN';
  const field = at.protocol(name, label, offset, 4);
  if (at.isCut(field, offset, end, 4)) return null;
  const { scribe } = at;
  // Wireshark's service tag has these bits in a byte, its customer tag in two.
  const wide = name === 'vlan';
  scribe.number(field, `${name}.priority`, 'Priority', offset, wide ? 2 : 1, { mask: wide ? 0xe000 : 0xe0 });
  scribe.flag(field, `${name}.dei`, 'Drop eligible', offset, wide ? 2 : 1, wide ? 0x1000 : 0x10);
  const id = scribe.number(field, `${name}.id`, 'ID', offset, 2, { mask: 0x0fff });
  field.value = `ID ${id.value}`;
  return typeOrLength(at, field, wide ? 'vlan.etype' : '', wide ? 'vlan.len' : '', offset + 2, end);
}

/** IEEE 802.2, and SNAP in it (RFC 1042). */
export function dissectLlc(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  // Novell's raw 802.3 has an IPX checksum of 0xffff where the LLC header would be.
  if (uint16(bytes, offset) === 0xffff) return { space: 'rest', number: 0, offset, end };
  const llc = at.protocol('llc', 'Logical-Link Control', offset, 3);
  if (at.isCut(llc, offset, end, 3)) return null;
  scribe.number(llc, 'llc.dsap', 'Destination service access point', offset, 1, { hex: true });
  scribe.number(llc, 'llc.ssap', 'Source service access point', offset + 1, 1, { hex: true });
  scribe.number(llc, 'llc.control', 'Control', offset + 2, 1, { hex: true });
  const point = uint8(bytes, offset);
  if (point === 0x06) return { space: 'etherType', number: 0x0800, offset: offset + 3, end };
  if (point !== 0xaa || uint8(bytes, offset + 1) !== 0xaa) return { space: 'rest', number: 0, offset: offset + 3, end };
  if (at.isCut(llc, offset, end, 8)) return null;
  llc.lengthBytes = 8;
  scribe.number(llc, 'llc.oui', 'Organization', offset + 3, 3, { hex: true });
  const organisation = uint24(bytes, offset + 3);
  const isEther = organisation === 0 || organisation === 0x0000f8;
  scribe.number(llc, isEther ? 'llc.type' : '', isEther ? 'Type' : 'Protocol', offset + 6, 2, { hex: true });
  const next = offset + 8;
  return isEther
    ? { space: 'etherType', number: uint16(bytes, offset + 6), offset: next, end }
    : { space: 'rest', number: 0, offset: next, end };
}

/** LINKTYPE_NULL in the byte order of the machine that captured, LINKTYPE_LOOP in network order. */
function dissectNull(at: Dissection, offset: number, end: number, networkOrder: boolean): Step | null {
  const field = at.protocol('null', 'Null/Loopback', offset, 4);
  if (at.isCut(field, offset, end, 4)) return null;
  const big = uint32(at.bytes, offset);
  const family = !networkOrder && big > 0xffff ? uint8(at.bytes, offset) | (uint8(at.bytes, offset + 1) << 8) : big;
  at.scribe.add(field, 'null.family', 'Family', offset, 4, familyNames[family] ?? String(family), family);
  const next = offset + 4;
  if (family === 2) return { space: 'etherType', number: 0x0800, offset: next, end };
  if (family in familyNames) return { space: 'etherType', number: 0x86dd, offset: next, end };
  return { space: 'rest', number: 0, offset: next, end };
}

const familyNames: Record<number, string> = {
  2: 'IP (2)',
  10: 'IPv6 (10)',
  23: 'IPv6 (23)',
  24: 'IPv6 (24)',
  28: 'IPv6 (28)',
  30: 'IPv6 (30)',
};

/** RFC 1661, RFC 1662. */
function dissectPpp(at: Dissection, offset: number, end: number): Step | null {
  const { bytes, scribe } = at;
  const framed = uint16(bytes, offset) === 0xff03;
  const start = framed ? offset + 2 : offset;
  const length = (uint8(bytes, start) & 1) === 1 ? 1 : 2;
  const field = at.protocol('ppp', 'Point-to-Point Protocol', offset, start - offset + length);
  if (at.isCut(field, start, end, length)) return null;
  if (framed) {
    scribe.number(field, 'ppp.address', 'Address', offset, 1, { hex: true });
    scribe.number(field, 'ppp.control', 'Control', offset + 1, 1, { hex: true });
  }
  scribe.number(field, 'ppp.protocol', 'Protocol', start, length, { hex: true });
  const protocol = scribe.unsigned(start, length);
  const next = start + length;
  if (protocol === 0x21) return { space: 'etherType', number: 0x0800, offset: next, end };
  if (protocol === 0x57) return { space: 'etherType', number: 0x86dd, offset: next, end };
  return { space: 'rest', number: 0, offset: next, end };
}

/** LINKTYPE_LINUX_SLL. */
function dissectCooked(at: Dissection, offset: number, end: number): Step | null {
  const { scribe } = at;
  const field = at.protocol('sll', 'Linux cooked capture v1', offset, 16);
  if (at.isCut(field, offset, end, 16)) return null;
  scribe.number(field, 'sll.pkttype', 'Packet type', offset, 2, { names: linuxPacketTypes });
  scribe.number(field, 'sll.hatype', 'Link-layer address type', offset + 2, 2);
  scribe.number(field, 'sll.halen', 'Link-layer address length', offset + 4, 2);
  if (uint16(at.bytes, offset + 4) === 6) scribe.mac(field, 'sll.src.eth', 'Source', offset + 6);
  scribe.number(field, 'sll.etype', 'Protocol', offset + 14, 2, { names: etherTypeNames, hex: true });
  return cookedNext(uint16(at.bytes, offset + 14), offset + 16, end);
}

/** LINKTYPE_LINUX_SLL2. */
function dissectCookedV2(at: Dissection, offset: number, end: number): Step | null {
  const { scribe } = at;
  const field = at.protocol('sll', 'Linux cooked capture v2', offset, 20);
  if (at.isCut(field, offset, end, 20)) return null;
  scribe.number(field, 'sll.etype', 'Protocol', offset, 2, { names: etherTypeNames, hex: true });
  scribe.number(field, 'sll.ifindex', 'Interface index', offset + 4, 4);
  scribe.number(field, 'sll.hatype', 'Link-layer address type', offset + 8, 2);
  scribe.number(field, 'sll.pkttype', 'Packet type', offset + 10, 1, { names: linuxPacketTypes });
  scribe.number(field, 'sll.halen', 'Link-layer address length', offset + 11, 1);
  if (uint8(at.bytes, offset + 11) === 6) scribe.mac(field, 'sll.src.eth', 'Source', offset + 12);
  return cookedNext(uint16(at.bytes, offset), offset + 20, end);
}

function cookedNext(protocol: number, offset: number, end: number): Step {
  if (protocol === 4) return { space: 'llc', number: 0, offset, end };
  if (protocol > maxIeee8023Length) return { space: 'etherType', number: protocol, offset, end };
  return { space: 'rest', number: 0, offset, end };
}

/** RFC 826. */
export function dissectArp(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  const hardwareLength = uint8(bytes, offset + 4);
  const protocolLength = uint8(bytes, offset + 5);
  const arp = at.protocol('arp', 'Address Resolution Protocol', offset, 8 + 2 * (hardwareLength + protocolLength));
  if (at.isCut(arp, offset, end, 8)) return null;
  scribe.number(arp, 'arp.hw.type', 'Hardware type', offset, 2, { names: { 1: 'Ethernet' } });
  scribe.number(arp, 'arp.proto.type', 'Protocol type', offset + 2, 2, { names: etherTypeNames, hex: true });
  scribe.number(arp, 'arp.hw.size', 'Hardware size', offset + 4, 1);
  scribe.number(arp, 'arp.proto.size', 'Protocol size', offset + 5, 1);
  const operation = scribe.number(arp, 'arp.opcode', 'Opcode', offset + 6, 2, { names: arpOperations });
  arp.value = operation.value;
  if (at.isCut(arp, offset, end, 8 + 2 * (hardwareLength + protocolLength))) return null;
  let place = offset + 8;
  for (const [side, label] of [
    ['src', 'Sender'],
    ['dst', 'Target'],
  ] as const) {
    if (hardwareLength === 6) scribe.mac(arp, `arp.${side}.hw_mac`, `${label} MAC address`, place);
    else scribe.octets(arp, `arp.${side}.hw`, `${label} hardware address`, place, hardwareLength);
    place += hardwareLength;
    if (protocolLength === 4) scribe.address(arp, `arp.${side}.proto_ipv4`, `${label} IP address`, place, 4);
    else scribe.octets(arp, `arp.${side}.proto`, `${label} protocol address`, place, protocolLength);
    place += protocolLength;
  }
  if (hardwareLength === 6 && at.view.sourceMacOffset >= 0 && at.parent === null && at.scribe.source === 0) {
    const [frame, said] = [formatMac(bytes, at.view.sourceMacOffset), formatMac(bytes, offset + 8)];
    if (frame !== said) note(arp, `the frame comes from ${frame}, the message says ${said}`);
  }
  return null;
}

/** RFC 3032. */
export function dissectMpls(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  const field = at.protocol('mpls', 'MultiProtocol Label Switching', offset, 4);
  if (at.isCut(field, offset, end, 4)) return null;
  const label = scribe.number(field, 'mpls.label', 'Label', offset, 4, { mask: 0xfffff000 });
  scribe.number(field, 'mpls.exp', 'Experimental bits', offset, 4, { mask: 0x00000e00 });
  scribe.flag(field, 'mpls.bottom', 'Bottom of label stack', offset, 4, 0x00000100);
  scribe.number(field, 'mpls.ttl', 'Time to live', offset, 4, { mask: 0x000000ff });
  field.value = `Label ${label.value}`;
  const next = offset + 4;
  if ((uint8(bytes, offset + 2) & 1) === 0) return { space: 'etherType', number: 0x8847, offset: next, end };
  const version = next < end ? uint8(bytes, next) >> 4 : 0;
  return version === 4 || version === 6
    ? { space: 'ip', number: 0, offset: next, end }
    : { space: 'rest', number: 0, offset: next, end };
}
