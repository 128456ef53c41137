import { uint16, uint32, uint8 } from '../bytes/integers';
import { formatIpAddress } from '../decode/addresses';
import { internetChecksum } from './checksum';
import type { Dissection, Step } from './dissection';
import { note } from './fieldScribe';
import { congestionNames, ipOptionNames, ipProtocolNames, serviceClassNames } from './valueNames';

/** RFC 791. */
export function dissectIpv4(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  const version = uint8(bytes, offset) >> 4;
  if (version === 6 && end - offset >= 20) {
    if (at.parent === null) at.names.push('ip');
    return { space: 'etherType', number: 0x86dd, offset, end };
  }
  const headerLength = (uint8(bytes, offset) & 0x0f) * 4;
  const ip = at.protocol('ip', 'Internet Protocol Version 4', offset, Math.max(20, headerLength));
  if (at.isCut(ip, offset, end, 20)) return null;
  ip.value = `${formatIpAddress(bytes, offset + 12, 4)} → ${formatIpAddress(bytes, offset + 16, 4)}`;
  const versionField = scribe.number(ip, 'ip.version', 'Version', offset, 1, { mask: 0xf0 });
  const lengthField = scribe.number(ip, 'ip.hdr_len', 'Header length', offset, 1, {
    mask: 0x0f,
    scale: 4,
    unit: 'byte',
  });
  const service = scribe.number(ip, 'ip.dsfield', 'Differentiated services field', offset + 1, 1, { hex: true });
  scribe.number(service, 'ip.dsfield.dscp', 'Codepoint', offset + 1, 1, { mask: 0xfc, names: serviceClassNames });
  scribe.number(service, 'ip.dsfield.ecn', 'Congestion notification', offset + 1, 1, {
    mask: 0x03,
    names: congestionNames,
  });
  const totalField = scribe.number(ip, 'ip.len', 'Total length', offset + 2, 2);
  scribe.number(ip, 'ip.id', 'Identification', offset + 4, 2, { hex: true });
  const flags = scribe.number(ip, 'ip.flags', 'Flags', offset + 6, 1, { mask: 0xe0, hex: true });
  scribe.flag(flags, 'ip.flags.rb', 'Reserved bit', offset + 6, 1, 0x80);
  scribe.flag(flags, 'ip.flags.df', "Don't fragment", offset + 6, 1, 0x40);
  scribe.flag(flags, 'ip.flags.mf', 'More fragments', offset + 6, 1, 0x20);
  scribe.number(ip, 'ip.frag_offset', 'Fragment offset', offset + 6, 2, {
    mask: 0x1fff,
    text: (units) => `${units * 8} bytes`,
  });
  scribe.number(ip, 'ip.ttl', 'Time to live', offset + 8, 1);
  scribe.number(ip, 'ip.proto', 'Protocol', offset + 9, 1, { names: ipProtocolNames });
  const checksum = scribe.number(ip, 'ip.checksum', 'Header checksum', offset + 10, 2, { hex: true });
  scribe.address(ip, 'ip.src', 'Source address', offset + 12, 4);
  scribe.address(ip, 'ip.dst', 'Destination address', offset + 16, 4);
  if (version !== 4) {
    note(versionField, 'is not 4');
    return null;
  }
  if (headerLength < 20) {
    note(lengthField, 'is less than 20');
    return null;
  }
  if (at.isCut(ip, offset, end, headerLength)) return null;
  dissectOptions(at, ip, offset + 20, offset + headerLength);
  const expected = internetChecksum(bytes, offset, offset + headerLength, 0, offset + 10);
  if (expected !== uint16(bytes, offset + 10)) note(checksum, wrongChecksum(expected));

  at.addressOffset = offset + 12;
  at.addressLength = 4;
  const fragment = uint16(bytes, offset + 6);
  if ((fragment & 0x3fff) !== 0) at.partial = true;
  const total = uint16(bytes, offset + 2);
  if (total !== 0 && total < headerLength) {
    note(totalField, 'is less than the header');
    return null;
  }
  if (total !== 0 && offset + total > end && at.parent === null) note(totalField, 'ends behind the captured bytes');
  const stop = total === 0 ? end : Math.min(end, offset + total);
  const next = offset + headerLength;
  if ((fragment & 0x1fff) !== 0 || at.view.fragmentHeld) return { space: 'rest', number: 0, offset: next, end: stop };
  return { space: 'ipProtocol', number: uint8(bytes, offset + 9), offset: next, end: stop };
}

/** What a wrong checksum most often means. */
export function wrongChecksum(expected: number): string {
  return `should be 0x${expected.toString(16).padStart(4, '0')}: damaged, or left to the network card that sent it`;
}

function dissectOptions(at: Dissection, ip: ReturnType<Dissection['protocol']>, start: number, end: number): void {
  if (start >= end) return;
  const { scribe, bytes } = at;
  const options = scribe.add(ip, '', 'Options', start, end - start, `${end - start} bytes`);
  let offset = start;
  while (offset < end) {
    const type = uint8(bytes, offset);
    const simple = type < 2;
    const length = simple ? 1 : offset + 1 < end ? uint8(bytes, offset + 1) : 0;
    const name = ipOptionNames[type] ?? `Option ${type}`;
    const option = scribe.add(options, '', name, offset, Math.max(1, length));
    scribe.number(option, 'ip.opt.type', 'Type', offset, 1);
    if (type === 0) return;
    if (!simple) {
      if (length < 2 || offset + length > end) {
        note(option, 'its length does not fit');
        return;
      }
      scribe.number(option, 'ip.opt.len', 'Length', offset + 1, 1);
      if (length > 2) scribe.octets(option, '', 'Data', offset + 2, length - 2);
    }
    offset += length;
  }
}

/** RFC 8200 section 3. */
export function dissectIpv6(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  const ip = at.protocol('ipv6', 'Internet Protocol Version 6', offset, 40);
  if (at.isCut(ip, offset, end, 40)) return null;
  ip.value = `${formatIpAddress(bytes, offset + 8, 16)} → ${formatIpAddress(bytes, offset + 24, 16)}`;
  const version = scribe.number(ip, 'ipv6.version', 'Version', offset, 1, { mask: 0xf0 });
  const service = scribe.number(ip, 'ipv6.tclass', 'Traffic class', offset, 4, { mask: 0x0ff00000, hex: true });
  scribe.number(service, 'ipv6.tclass.dscp', 'Codepoint', offset, 4, { mask: 0x0fc00000, names: serviceClassNames });
  scribe.number(service, 'ipv6.tclass.ecn', 'Congestion notification', offset, 4, {
    mask: 0x00300000,
    names: congestionNames,
  });
  scribe.number(ip, 'ipv6.flow', 'Flow label', offset + 1, 3, { mask: 0x0fffff, hex: true });
  const length = scribe.number(ip, 'ipv6.plen', 'Payload length', offset + 4, 2);
  scribe.number(ip, 'ipv6.nxt', 'Next header', offset + 6, 1, { names: ipProtocolNames });
  scribe.number(ip, 'ipv6.hlim', 'Hop limit', offset + 7, 1);
  scribe.address(ip, 'ipv6.src', 'Source address', offset + 8, 16);
  scribe.address(ip, 'ipv6.dst', 'Destination address', offset + 24, 16);
  if (uint8(bytes, offset) >> 4 !== 6) {
    note(version, 'is not 6');
    return null;
  }
  at.addressOffset = offset + 8;
  at.addressLength = 16;
  const payload = uint16(bytes, offset + 4);
  if (payload !== 0 && offset + 40 + payload > end && at.parent === null)
    note(length, 'ends behind the captured bytes');
  const stop = payload === 0 ? end : Math.min(end, offset + 40 + payload);
  return { space: 'ipProtocol', number: uint8(bytes, offset + 6), offset: offset + 40, end: stop };
}

const extensionLabels = {
  'ipv6.hopopts': 'Hop-by-Hop Options header',
  'ipv6.routing': 'Routing header',
  'ipv6.dstopts': 'Destination Options header',
} as const;

/** RFC 8200 section 4. */
export function dissectIpv6Extension(
  at: Dissection,
  name: keyof typeof extensionLabels,
  offset: number,
  end: number,
): Step | null {
  const { scribe, bytes } = at;
  const length = (uint8(bytes, offset + 1) + 1) * 8;
  const field = at.protocol(name, `IPv6 ${extensionLabels[name]}`, offset, length);
  if (at.isCut(field, offset, end, 8)) return null;
  scribe.number(field, `${name}.nxt`, 'Next header', offset, 1, { names: ipProtocolNames });
  scribe.add(field, `${name}.len`, 'Length', offset + 1, 1, `${length} bytes`, uint8(bytes, offset + 1));
  if (name === 'ipv6.routing') {
    scribe.number(field, 'ipv6.routing.type', 'Type', offset + 2, 1);
    scribe.number(field, 'ipv6.routing.segleft', 'Segments left', offset + 3, 1);
  } else dissectIpv6Options(at, field, offset + 2, Math.min(end, offset + length));
  if (at.isCut(field, offset, end, length)) return null;
  return { space: 'ipProtocol', number: uint8(bytes, offset), offset: offset + length, end };
}

function dissectIpv6Options(
  at: Dissection,
  parent: ReturnType<Dissection['protocol']>,
  start: number,
  end: number,
): void {
  const { scribe, bytes } = at;
  let offset = start;
  while (offset < end) {
    const type = uint8(bytes, offset);
    if (type === 0) {
      scribe.add(parent, '', 'Pad1', offset, 1);
      offset += 1;
      continue;
    }
    const length = offset + 1 < end ? 2 + uint8(bytes, offset + 1) : 1;
    const option = scribe.add(
      parent,
      '',
      type === 1 ? 'PadN' : type === 5 ? 'Router alert' : `Option ${type}`,
      offset,
      length,
    );
    scribe.number(option, 'ipv6.opt.type', 'Type', offset, 1);
    if (length < 2 || offset + length > end) return note(option, 'its length does not fit');
    scribe.number(option, 'ipv6.opt.length', 'Length', offset + 1, 1);
    if (length > 2) scribe.octets(option, '', 'Data', offset + 2, length - 2);
    offset += length;
  }
}

/** RFC 8200 section 4.5. */
export function dissectIpv6Fragment(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  const field = at.protocol('ipv6.fraghdr', 'IPv6 Fragment header', offset, 8);
  if (at.isCut(field, offset, end, 8)) return null;
  scribe.number(field, 'ipv6.fraghdr.nxt', 'Next header', offset, 1, { names: ipProtocolNames });
  // Counted in units of 8 bytes, as the header has it.
  scribe.number(field, 'ipv6.fraghdr.offset', 'Offset', offset + 2, 2, {
    mask: 0xfff8,
    text: (value) => `${value} (${value * 8} bytes)`,
  });
  scribe.flag(field, 'ipv6.fraghdr.more', 'More fragments', offset + 2, 2, 0x0001);
  scribe.number(field, 'ipv6.fraghdr.ident', 'Identification', offset + 4, 4, { hex: true });
  const part = uint16(bytes, offset + 2);
  if ((part & 0xfff9) !== 0) at.partial = true;
  if ((part & 0xfff8) !== 0 || at.view.fragmentHeld) return { space: 'rest', number: 0, offset: offset + 8, end };
  return { space: 'ipProtocol', number: uint8(bytes, offset), offset: offset + 8, end };
}

/** RFC 4302 section 2. */
export function dissectAuthentication(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  const length = (uint8(bytes, offset + 1) + 2) * 4;
  const field = at.protocol('ah', 'Authentication Header', offset, length);
  if (at.isCut(field, offset, end, 12)) return null;
  scribe.number(field, 'ah.next_header', 'Next header', offset, 1, { names: ipProtocolNames });
  scribe.number(field, 'ah.length', 'Length', offset + 1, 1);
  scribe.number(field, 'ah.spi', 'Security parameters index', offset + 4, 4, { hex: true });
  scribe.number(field, 'ah.sequence', 'Sequence', offset + 8, 4);
  if (at.isCut(field, offset, end, length)) return null;
  return { space: 'ipProtocol', number: uint8(bytes, offset), offset: offset + length, end };
}

/** RFC 2784, RFC 2890. */
export function dissectGre(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  const flags = uint16(bytes, offset);
  const version = flags & 7;
  const parts =
    [0x8000, 0x2000, 0x1000].filter((bit) => (flags & bit) !== 0).length +
    (version === 1 && (flags & 0x80) !== 0 ? 1 : 0);
  const field = at.protocol('gre', 'Generic Routing Encapsulation', offset, 4 + 4 * parts);
  if (at.isCut(field, offset, end, 4)) return null;
  scribe.number(field, 'gre.flags_and_version', 'Flags and version', offset, 2, { hex: true });
  scribe.number(field, 'gre.proto', 'Protocol type', offset + 2, 2, { hex: true });
  if (at.isCut(field, offset, end, 4 + 4 * parts) || version > 1 || (flags & 0x4000) !== 0) return null;
  let place = offset + 4;
  if ((flags & 0x8000) !== 0) place += 4;
  if ((flags & 0x2000) !== 0) {
    scribe.number(field, 'gre.key', 'Key', place, 4, { hex: true });
    place += 4;
  }
  if ((flags & 0x1000) !== 0) {
    scribe.number(field, 'gre.sequence_number', 'Sequence number', place, 4);
    place += 4;
  }
  const type = uint16(bytes, offset + 2);
  if (
    place < end &&
    uint32(bytes, offset) !== 0 &&
    (type === 0x88be || type === 0x22eb || (type >= 0x8200 && type <= 0x83ff))
  )
    return { space: 'rest', number: 0, offset: offset + 4 + 4 * parts, end };
  return offset + 4 + 4 * parts >= end
    ? null
    : { space: 'etherType', number: type, offset: offset + 4 + 4 * parts, end };
}
