import type { PacketField } from '../../protocol/packetTree';
import { uint16, uint32, uint8 } from '../bytes/integers';
import { tcpFlags } from '../decode/packetView';
import { internetChecksum, pseudoHeaderSum } from './checksum';
import type { Dissection, Step } from './dissection';
import { note } from './fieldScribe';
import { wrongChecksum } from './internetFields';
import { dissectTcpOptions } from './tcpOptionFields';

const flagFields: readonly (readonly [mask: number, name: string, label: string, short: string])[] = [
  [0xe00, 'tcp.flags.res', 'Reserved', ''],
  [0x100, 'tcp.flags.ae', 'Accurate ECN', ''],
  [tcpFlags.cwr, 'tcp.flags.cwr', 'Congestion window reduced', 'CWR'],
  [tcpFlags.ece, 'tcp.flags.ece', 'ECN-Echo', 'ECE'],
  [tcpFlags.urg, 'tcp.flags.urg', 'Urgent', 'URG'],
  [tcpFlags.ack, 'tcp.flags.ack', 'Acknowledgment', 'ACK'],
  [tcpFlags.psh, 'tcp.flags.push', 'Push', 'PSH'],
  [tcpFlags.rst, 'tcp.flags.reset', 'Reset', 'RST'],
  [tcpFlags.syn, 'tcp.flags.syn', 'Syn', 'SYN'],
  [tcpFlags.fin, 'tcp.flags.fin', 'Fin', 'FIN'],
];

/** RFC 9293 section 3.1. */
export function dissectTcp(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  const headerLength = (uint8(bytes, offset + 12) >> 4) * 4;
  const tcp = at.protocol('tcp', 'Transmission Control Protocol', offset, Math.max(20, headerLength));
  if (end - offset >= 4) ports(at, tcp, 'tcp', offset);
  if (at.isCut(tcp, offset, end, 20)) return null;
  const payloadBytes = Math.max(0, (at.parent === null ? wireEndOf(at, end) : end) - offset - headerLength);
  if (headerLength >= 20 && at.parent === null) {
    scribe.add(tcp, 'tcp.len', 'Segment length', offset, 0, `${payloadBytes} bytes`, payloadBytes);
  }
  sequenceFields(at, tcp, offset);
  const length = scribe.number(tcp, 'tcp.hdr_len', 'Header length', offset + 12, 1, {
    mask: 0xf0,
    scale: 4,
    unit: 'byte',
  });
  const flags = scribe.number(tcp, 'tcp.flags', 'Flags', offset + 12, 2, { mask: 0x0fff, hex: true });
  const set: string[] = [];
  for (const [mask, name, label, short] of flagFields) {
    const field =
      mask === 0xe00
        ? scribe.number(flags, name, label, offset + 12, 1, { mask: 0x0e })
        : scribe.flag(flags, name, label, offset + (mask > 0xff ? 12 : 13), 1, mask > 0xff ? mask >> 8 : mask);
    if (field.raw === true && short !== '') set.unshift(short);
  }
  flags.value = `${flags.value} (${set.join(', ') || 'none'})`;
  tcp.value = `${uint16(bytes, offset)} → ${uint16(bytes, offset + 2)} [${set.join(', ')}]`;
  scribe.number(tcp, 'tcp.window_size_value', 'Window', offset + 14, 2);
  const checksum = scribe.number(tcp, 'tcp.checksum', 'Checksum', offset + 16, 2, { hex: true });
  scribe.number(tcp, 'tcp.urgent_pointer', 'Urgent pointer', offset + 18, 2);
  if (headerLength < 20) {
    note(length, 'is less than 20');
    return null;
  }
  if (at.isCut(tcp, offset, end, headerLength)) return null;
  if (headerLength > 20) dissectTcpOptions(at, tcp, offset + 20, offset + headerLength);
  if (isWhole(at, end)) verify(at, checksum, 6, offset, end, offset + 16);
  const payloadOffset = offset + headerLength;
  if (payloadOffset >= end) return null;
  scribe.octets(tcp, 'tcp.payload', 'Payload', payloadOffset, end - payloadOffset);
  return { space: 'payload', number: 6, offset: payloadOffset, end };
}

function ports(at: Dissection, parent: PacketField, name: 'tcp' | 'udp', offset: number): void {
  at.scribe.number(parent, `${name}.srcport`, 'Source port', offset, 2);
  at.scribe.number(parent, `${name}.dstport`, 'Destination port', offset + 2, 2);
}

function sequenceFields(at: Dissection, tcp: PacketField, offset: number): void {
  const { scribe, bytes, context } = at;
  const outer = at.parent === null;
  const sequence = uint32(bytes, offset + 4);
  const acknowledgment = uint32(bytes, offset + 8);
  if (outer && context.sequenceBase !== null) {
    const relative = (sequence - context.sequenceBase) >>> 0;
    scribe.add(tcp, 'tcp.seq', 'Sequence number', offset + 4, 4, `${relative} (relative)`, relative);
  }
  scribe.number(tcp, 'tcp.seq_raw', 'Sequence number (raw)', offset + 4, 4);
  const acknowledges = (uint8(bytes, offset + 13) & tcpFlags.ack) !== 0;
  if (outer && acknowledges && context.acknowledgmentBase !== null) {
    const relative = (acknowledgment - context.acknowledgmentBase) >>> 0;
    scribe.add(tcp, 'tcp.ack', 'Acknowledgment number', offset + 8, 4, `${relative} (relative)`, relative);
  }
  const raw = scribe.number(tcp, 'tcp.ack_raw', 'Acknowledgment number (raw)', offset + 8, 4);
  if (!acknowledges && acknowledgment !== 0) note(raw, 'is not 0 although the ACK flag is not set');
}

/** RFC 768. */
export function dissectUdp(at: Dissection, offset: number, end: number): Step | null {
  const { scribe, bytes } = at;
  const udp = at.protocol('udp', 'User Datagram Protocol', offset, 8);
  if (end - offset >= 4) ports(at, udp, 'udp', offset);
  if (at.isCut(udp, offset, end, 8)) return null;
  udp.value = `${uint16(bytes, offset)} → ${uint16(bytes, offset + 2)}`;
  const length = uint16(bytes, offset + 4);
  const lengthField = scribe.number(udp, 'udp.length', 'Length', offset + 4, 2);
  const checksum = scribe.number(udp, 'udp.checksum', 'Checksum', offset + 6, 2, { hex: true });
  if (length !== 0 && length < 8) {
    note(lengthField, 'is less than the header');
    return null;
  }
  const stop = length === 0 ? end : Math.min(end, offset + length);
  if (length !== 0 && offset + length > end && !at.partial) note(lengthField, 'ends behind the captured bytes');
  else if (uint16(bytes, offset + 6) !== 0 && isWhole(at, stop)) verify(at, checksum, 17, offset, stop, offset + 6);
  if (offset + 8 >= stop) return null;
  scribe.octets(udp, 'udp.payload', 'Payload', offset + 8, stop - offset - 8);
  return { space: 'payload', number: 17, offset: offset + 8, end: stop };
}

/** End of the segment as it was on the wire, which a short capture cuts. */
function wireEndOf(at: Dissection, end: number): number {
  const { view } = at;
  return end === view.payloadOffset + view.payloadLength ? view.payloadOffset + view.payloadWireLength : end;
}

/** True when the bytes up to `end` are all that was on the wire, so that a checksum can be held against them. */
export function isWhole(at: Dissection, end: number): boolean {
  return (
    !at.partial && at.parent === null && at.addressLength !== 0 && wireEndOf(at, end) === end && !isCutShort(at, end)
  );
}

function isCutShort(at: Dissection, end: number): boolean {
  return at.view.originalLength > at.bytes.length && end === at.bytes.length && at.scribe.source === 0;
}

/** Holds a checksum with pseudo-header against the bytes. */
export function verify(
  at: Dissection,
  field: PacketField,
  protocol: number,
  offset: number,
  end: number,
  fieldOffset: number,
): void {
  if (at.addressLength === 0) return;
  const sum = pseudoHeaderSum(at.bytes, at.addressOffset, at.addressLength, protocol, end - offset);
  let expected = internetChecksum(at.bytes, offset, end, sum, fieldOffset);
  // RFC 768: a computed 0 is sent as all ones.
  if (protocol === 17 && expected === 0) expected = 0xffff;
  if (expected !== field.raw) note(field, wrongChecksum(expected));
}
