import { uint16, uint32, uint8 } from '../bytes/integers';
import type { Dissection, Step } from './dissection';

const ntpModes = [
  'reserved',
  'symmetric active',
  'symmetric passive',
  'client',
  'server',
  'broadcast',
  'control',
  'private',
];
/** Seconds from 1900, where NTP begins to count, to 1970. */
const ntpEpochSeconds = 2_208_988_800;

/** RFC 5905 section 7.3. */
export function dissectNtp(at: Dissection, offset: number, end: number): void {
  const { scribe, bytes } = at;
  const ntp = at.protocol('ntp', 'Network Time Protocol', offset, end - offset);
  if (at.isCut(ntp, offset, end, 1)) return;
  const flags = scribe.number(ntp, 'ntp.flags', 'Flags', offset, 1, { hex: true });
  scribe.number(flags, 'ntp.flags.li', 'Leap indicator', offset, 1, { mask: 0xc0 });
  scribe.number(flags, 'ntp.flags.vn', 'Version', offset, 1, { mask: 0x38 });
  ntp.value = scribe.number(flags, 'ntp.flags.mode', 'Mode', offset, 1, { mask: 0x07, names: ntpModes }).value;
  if ((uint8(bytes, offset) & 7) > 5 || at.isCut(ntp, offset, end, 48)) return;
  scribe.number(ntp, 'ntp.stratum', 'Stratum', offset + 1, 1);
  scribe.number(ntp, 'ntp.ppoll', 'Polling interval', offset + 2, 1);
  scribe.number(ntp, 'ntp.precision', 'Precision', offset + 3, 1, { text: (value) => `${(value << 24) >> 24}` }).raw =
    null;
  scribe.octets(ntp, 'ntp.refid', 'Reference ID', offset + 12, 4);
  for (const [index, [name, label]] of [
    ['ntp.reftime', 'Reference time'],
    ['ntp.org', 'Origin time'],
    ['ntp.rec', 'Receive time'],
    ['ntp.xmt', 'Transmit time'],
  ].entries()) {
    const place = offset + 16 + 8 * index;
    const seconds = uint32(bytes, place);
    const time = seconds + uint32(bytes, place + 4) / 2 ** 32 - ntpEpochSeconds;
    scribe.add(ntp, name ?? '', label ?? '', place, 8, seconds === 0 ? '(not set)' : `${time.toFixed(6)} s since 1970`);
  }
}

const quicTypes = ['Initial', '0-RTT', 'Handshake', 'Retry'];

/** Long header (RFC 9000 section 17.2); what follows it is encrypted. */
export function dissectQuic(at: Dissection, offset: number, end: number): void {
  const { scribe, bytes } = at;
  const quic = at.protocol('quic', 'QUIC', offset, end - offset);
  if (at.isCut(quic, offset, end, 7)) return;
  scribe.flag(quic, 'quic.header_form', 'Long header', offset, 1, 0x80).raw = 1;
  scribe.flag(quic, 'quic.fixed_bit', 'Fixed bit', offset, 1, 0x40);
  const version = uint32(bytes, offset + 1);
  if (version === 1)
    quic.value = scribe.number(quic, 'quic.long.packet_type', 'Packet type', offset, 1, {
      mask: 0x30,
      names: quicTypes,
    }).value;
  scribe.number(quic, 'quic.version', 'Version', offset + 1, 4, { hex: true });
  const destination = uint8(bytes, offset + 5);
  scribe.number(quic, 'quic.dcil', 'Destination connection ID length', offset + 5, 1);
  if (at.isCut(quic, offset, end, 7 + destination)) return;
  if (destination > 0) scribe.octets(quic, 'quic.dcid', 'Destination connection ID', offset + 6, destination);
  const source = uint8(bytes, offset + 6 + destination);
  scribe.number(quic, 'quic.scil', 'Source connection ID length', offset + 6 + destination, 1);
  const next = offset + 7 + destination + source;
  if (at.isCut(quic, offset, end, next - offset)) return;
  if (source > 0) scribe.octets(quic, 'quic.scid', 'Source connection ID', offset + 7 + destination, source);
  if (next < end) scribe.octets(quic, '', 'Protected payload', next, end - next);
}

/** RFC 7348 section 5. */
export function dissectVxlan(at: Dissection, offset: number, end: number): Step | null {
  const field = at.protocol('vxlan', 'Virtual eXtensible Local Area Network', offset, 8);
  if (at.isCut(field, offset, end, 8)) return null;
  at.scribe.number(field, 'vxlan.flags', 'Flags', offset, 2, { hex: true });
  at.scribe.number(field, 'vxlan.gbp', 'Group policy ID', offset + 2, 2);
  field.value = `VNI ${at.scribe.number(field, 'vxlan.vni', 'Network identifier', offset + 4, 3).value}`;
  return { space: 'link', number: 1, offset: offset + 8, end };
}

/** RFC 8926 section 3.4. */
export function dissectGeneve(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  const length = 8 + (uint8(bytes, offset) & 0x3f) * 4;
  const field = at.protocol('geneve', 'Generic Network Virtualization Encapsulation', offset, length);
  if (at.isCut(field, offset, end, length)) return null;
  scribe.number(field, 'geneve.version', 'Version', offset, 1, { mask: 0xc0 });
  scribe.number(field, 'geneve.proto_type', 'Protocol type', offset + 2, 2, { hex: true });
  field.value = `VNI ${scribe.number(field, 'geneve.vni', 'Network identifier', offset + 4, 3).value}`;
  const type = uint16(bytes, offset + 2);
  if (type === 0x6558) return { space: 'link', number: 1, offset: offset + length, end };
  return { space: 'etherType', number: type, offset: offset + length, end };
}
