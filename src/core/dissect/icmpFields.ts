import type { PacketField } from '../../protocol/packetTree';
import { uint16, uint8 } from '../bytes/integers';
import { internetChecksum } from './checksum';
import type { Dissection, Step } from './dissection';
import { note } from './fieldScribe';
import { wrongChecksum } from './internetFields';
import { isWhole, verify } from './transportFields';
import { icmpTypeNames, icmpv6TypeNames } from './valueNames';

/** RFC 792. */
export function dissectIcmp(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  const icmp = at.protocol('icmp', 'Internet Control Message Protocol', offset, end - offset);
  if (at.isCut(icmp, offset, end, 2)) return null;
  const type = uint8(bytes, offset);
  icmp.value = scribe.number(icmp, 'icmp.type', 'Type', offset, 1, { names: icmpTypeNames }).value;
  scribe.number(icmp, 'icmp.code', 'Code', offset + 1, 1);
  if (at.isCut(icmp, offset, end, 8)) return null;
  const checksum = scribe.number(icmp, 'icmp.checksum', 'Checksum', offset + 2, 2, { hex: true });
  if (isWhole(at, end)) {
    const expected = internetChecksum(bytes, offset, end, 0, offset + 2);
    if (expected !== uint16(bytes, offset + 2)) note(checksum, wrongChecksum(expected));
  }
  if (type === 0 || type === 8) {
    scribe.number(icmp, 'icmp.ident', 'Identifier', offset + 4, 2, { hex: true });
    scribe.number(icmp, 'icmp.seq', 'Sequence number', offset + 6, 2);
    if (end > offset + 8) return { space: 'rest', number: 0, offset: offset + 8, end };
    return null;
  }
  if (type === 5) scribe.address(icmp, 'icmp.redir_gw', 'Gateway address', offset + 4, 4);
  if (type === 3 && uint8(bytes, offset + 1) === 4) scribe.number(icmp, 'icmp.mtu', 'MTU of next hop', offset + 6, 2);
  if (type === 3 || type === 4 || type === 5 || type === 11 || type === 12) return quoted(icmp, offset + 8, end);
  if (end > offset + 8) scribe.octets(icmp, '', 'Data', offset + 8, end - offset - 8);
  return null;
}

/** An ICMP error quotes the packet that it is about: its headers are fields of the error. */
function quoted(parent: PacketField, offset: number, end: number): Step | null {
  return offset < end ? { space: 'ip', number: 0, offset, end, parent } : null;
}

/** RFC 4443, RFC 4861. */
export function dissectIcmpv6(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  const icmp = at.protocol('icmpv6', 'Internet Control Message Protocol v6', offset, end - offset);
  if (at.isCut(icmp, offset, end, 2)) return null;
  const type = uint8(bytes, offset);
  icmp.value = scribe.number(icmp, 'icmpv6.type', 'Type', offset, 1, { names: icmpv6TypeNames }).value;
  scribe.number(icmp, 'icmpv6.code', 'Code', offset + 1, 1);
  if (at.isCut(icmp, offset, end, 8)) return null;
  const checksum = scribe.number(icmp, 'icmpv6.checksum', 'Checksum', offset + 2, 2, { hex: true });
  if (isWhole(at, end)) verify(at, checksum, 58, offset, end, offset + 2);
  switch (type) {
    case 2:
      scribe.number(icmp, 'icmpv6.mtu', 'MTU', offset + 4, 4);
      return quoted(icmp, offset + 8, end);
    case 1:
    case 3:
    case 4:
      return quoted(icmp, offset + 8, end);
    case 128:
    case 129:
      scribe.number(icmp, 'icmpv6.echo.identifier', 'Identifier', offset + 4, 2, { hex: true });
      scribe.number(icmp, 'icmpv6.echo.sequence_number', 'Sequence', offset + 6, 2);
      return end > offset + 8 ? { space: 'rest', number: 0, offset: offset + 8, end } : null;
    case 133:
      neighborOptions(at, icmp, offset + 8, end);
      return null;
    case 134:
      routerAdvertisement(at, icmp, offset, end);
      return null;
    case 135:
      if (at.isCut(icmp, offset, end, 24)) return null;
      scribe.address(icmp, 'icmpv6.nd.ns.target_address', 'Target address', offset + 8, 16);
      neighborOptions(at, icmp, offset + 24, end);
      return null;
    case 136: {
      if (at.isCut(icmp, offset, end, 24)) return null;
      const flags = scribe.number(icmp, 'icmpv6.nd.na.flag', 'Flags', offset + 4, 4, { hex: true });
      scribe.flag(flags, 'icmpv6.nd.na.flag.r', 'Router', offset + 4, 4, 0x80000000);
      scribe.flag(flags, 'icmpv6.nd.na.flag.s', 'Solicited', offset + 4, 4, 0x40000000);
      scribe.flag(flags, 'icmpv6.nd.na.flag.o', 'Override', offset + 4, 4, 0x20000000);
      scribe.address(icmp, 'icmpv6.nd.na.target_address', 'Target address', offset + 8, 16);
      neighborOptions(at, icmp, offset + 24, end);
      return null;
    }
    default:
      if (end > offset + 4) scribe.octets(icmp, '', 'Data', offset + 4, end - offset - 4);
      return null;
  }
}

/** RFC 4861 section 4.2. */
function routerAdvertisement(at: Dissection, icmp: PacketField, offset: number, end: number): void {
  const { scribe } = at;
  if (at.isCut(icmp, offset, end, 16)) return;
  scribe.number(icmp, 'icmpv6.nd.ra.cur_hop_limit', 'Current hop limit', offset + 4, 1);
  const flags = scribe.number(icmp, 'icmpv6.nd.ra.flag', 'Flags', offset + 5, 1, { hex: true });
  scribe.flag(flags, 'icmpv6.nd.ra.flag.m', 'Managed address configuration', offset + 5, 1, 0x80);
  scribe.flag(flags, 'icmpv6.nd.ra.flag.o', 'Other configuration', offset + 5, 1, 0x40);
  scribe.number(icmp, 'icmpv6.nd.ra.router_lifetime', 'Router lifetime', offset + 6, 2, { unit: 'second' });
  scribe.number(icmp, 'icmpv6.nd.ra.reachable_time', 'Reachable time', offset + 8, 4);
  scribe.number(icmp, 'icmpv6.nd.ra.retrans_timer', 'Retransmission timer', offset + 12, 4);
  neighborOptions(at, icmp, offset + 16, end);
}

const optionNames: Record<number, string> = {
  1: 'Source link-layer address',
  2: 'Target link-layer address',
  3: 'Prefix information',
  4: 'Redirected header',
  5: 'MTU',
  24: 'Route information',
  25: 'Recursive DNS server',
  31: 'DNS search list',
};

/** RFC 4861 section 4.6. */
function neighborOptions(at: Dissection, icmp: PacketField, start: number, end: number): void {
  const { scribe, bytes } = at;
  let offset = start;
  while (offset + 2 <= end) {
    const type = uint8(bytes, offset);
    const length = uint8(bytes, offset + 1) * 8;
    const option = scribe.add(icmp, 'icmpv6.opt', optionNames[type] ?? `Option ${type}`, offset, Math.max(2, length));
    scribe.number(option, 'icmpv6.opt.type', 'Type', offset, 1);
    const lengthField = scribe.number(option, 'icmpv6.opt.length', 'Length', offset + 1, 1, {
      text: (units) => `${units} (${units * 8} bytes)`,
    });
    if (length === 0 || offset + length > end) return note(lengthField, 'does not fit');
    if ((type === 1 || type === 2) && length === 8) {
      option.value = scribe.mac(option, 'icmpv6.opt.linkaddr', 'Address', offset + 2).value;
    } else if (type === 3 && length === 32) {
      scribe.number(option, 'icmpv6.opt.prefix.length', 'Prefix length', offset + 2, 1);
      option.value = scribe.address(option, 'icmpv6.opt.prefix', 'Prefix', offset + 16, 16).value;
    } else if (type === 5 && length === 8) {
      option.value = scribe.number(option, 'icmpv6.opt.mtu', 'MTU', offset + 4, 4).value;
    } else scribe.octets(option, '', 'Data', offset + 2, length - 2);
    offset += length;
  }
}
