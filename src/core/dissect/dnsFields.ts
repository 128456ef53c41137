import type { PacketField } from '../../protocol/packetTree';
import { uint16, uint8 } from '../bytes/integers';
import { dnsResponseCodeName, dnsTypeName } from '../decode/dnsTypes';
import { printableText } from '../decode/text';
import type { Dissection } from './dissection';
import { note } from './fieldScribe';

const labels = {
  dns: 'Domain Name System',
  mdns: 'Multicast Domain Name System',
  llmnr: 'Link-local Multicast Name Resolution',
};
const operations = [
  'Standard query',
  'Inverse query',
  'Server status request',
  '',
  'Zone change notification',
  'Dynamic update',
];
const classNames: Record<number, string> = { 1: 'IN', 3: 'CH', 4: 'HS', 254: 'NONE', 255: 'ANY' };
/** RFC 1035 section 2.3.4. */
const maxNameBytes = 255;
const maxPointers = 32;

interface Name {
  text: string;
  /** Offset behind the name where it stands, not where a pointer led. */
  next: number;
}

/** RFC 1035 section 4.1, RFC 6762, RFC 4795. `framed` when the two length bytes of TCP stand before `offset`. */
export function dissectDns(
  at: Dissection,
  transport: keyof typeof labels,
  offset: number,
  end: number,
  framed: boolean,
): void {
  const { scribe, bytes } = at;
  const start = framed ? offset - 2 : offset;
  const response = (uint8(bytes, offset + 2) & 0x80) !== 0;
  const dns = at.protocol(transport, labels[transport], start, end - start, response ? 'response' : 'query');
  if (framed) scribe.number(dns, 'dns.length', 'Length', start, 2);
  if (at.isCut(dns, offset, end, 12)) return;
  scribe.number(dns, 'dns.id', 'Transaction ID', offset, 2, { hex: true });
  const flags = scribe.number(dns, 'dns.flags', 'Flags', offset + 2, 2, { hex: true });
  scribe.flag(flags, 'dns.flags.response', 'Response', offset + 2, 2, 0x8000);
  scribe.number(flags, 'dns.flags.opcode', 'Opcode', offset + 2, 2, { mask: 0x7800, names: operations });
  if (response) scribe.flag(flags, 'dns.flags.authoritative', 'Authoritative', offset + 2, 2, 0x0400);
  scribe.flag(flags, 'dns.flags.truncated', 'Truncated', offset + 2, 2, 0x0200);
  scribe.flag(flags, 'dns.flags.recdesired', 'Recursion desired', offset + 2, 2, 0x0100);
  if (response) scribe.flag(flags, 'dns.flags.recavail', 'Recursion available', offset + 2, 2, 0x0080);
  if (response) {
    scribe.flag(flags, 'dns.flags.authenticated', 'Answer authenticated', offset + 2, 2, 0x0020);
    const code = scribe.number(flags, 'dns.flags.rcode', 'Reply code', offset + 2, 2, { mask: 0x000f });
    code.value = `${dnsResponseCodeName(Number(code.raw))} (${code.value})`;
  }
  const counts = [
    ['dns.count.queries', 'Questions', ''],
    ['dns.count.answers', 'Answer RRs', 'Answers'],
    ['dns.count.auth_rr', 'Authority RRs', 'Authoritative nameservers'],
    ['dns.count.add_rr', 'Additional RRs', 'Additional records'],
  ] as const;
  counts.forEach(([name, label], index) => scribe.number(dns, name, label, offset + 4 + 2 * index, 2));
  const reader = new RecordReader(at, offset, end);
  let place = offset + 12;
  for (const [index, [, , label]] of counts.entries()) {
    const count = uint16(bytes, offset + 4 + 2 * index);
    if (count === 0) continue;
    const section = scribe.add(dns, '', index === 0 ? 'Queries' : label, place, 0);
    const sectionStart = place;
    for (let record = 0; record < count && place >= 0; record++) {
      const next = index === 0 ? reader.question(section, place) : reader.record(section, place);
      if (next < 0) note(section, `record ${record + 1} of ${count} is cut or damaged`);
      place = next;
    }
    section.lengthBytes = Math.max(0, (place < 0 ? end : place) - sectionStart);
    if (place < 0) return;
  }
}

class RecordReader {
  constructor(
    private readonly at: Dissection,
    private readonly start: number,
    private readonly end: number,
  ) {}

  /** Offset behind the question; -1 when it is cut. */
  question(section: PacketField, offset: number): number {
    const { scribe, bytes } = this.at;
    const name = this.name(offset);
    if (name === null || name.next + 4 > this.end) return -1;
    const type = uint16(bytes, name.next);
    const field = scribe.add(section, '', name.text, offset, name.next + 4 - offset, `type ${dnsTypeName(type)}`);
    scribe.add(field, 'dns.qry.name', 'Name', offset, name.next - offset, name.text, name.text);
    scribe.number(field, 'dns.qry.type', 'Type', name.next, 2, { text: typeText });
    scribe.number(field, 'dns.qry.class', 'Class', name.next + 2, 2, { text: classText });
    return name.next + 4;
  }

  record(section: PacketField, offset: number): number {
    const { scribe, bytes } = this.at;
    const name = this.name(offset);
    if (name === null || name.next + 10 > this.end) return -1;
    const type = uint16(bytes, name.next);
    const length = uint16(bytes, name.next + 8);
    const data = name.next + 10;
    const field = scribe.add(section, '', name.text, offset, data + length - offset, `type ${dnsTypeName(type)}`);
    scribe.add(field, 'dns.resp.name', 'Name', offset, name.next - offset, name.text, name.text);
    scribe.number(field, 'dns.resp.type', 'Type', name.next, 2, { text: typeText });
    // OPT (RFC 6891) has a size and flags where others have class and time to live.
    if (type === 41) scribe.number(field, 'dns.rr.udp_payload_size', 'UDP payload size', name.next + 2, 2);
    else {
      scribe.number(field, 'dns.resp.class', 'Class', name.next + 2, 2, { text: classText });
      scribe.number(field, 'dns.resp.ttl', 'Time to live', name.next + 4, 4, { unit: 'second' });
    }
    scribe.number(field, 'dns.resp.len', 'Data length', name.next + 8, 2);
    if (data + length > this.end) return -1;
    this.data(field, type, data, length);
    return data + length;
  }

  private data(field: PacketField, type: number, offset: number, length: number): void {
    const { scribe, bytes } = this.at;
    const named = namedData[type];
    if (type === 1 && length === 4) field.value += `, ${scribe.address(field, 'dns.a', 'Address', offset, 4).value}`;
    else if (type === 28 && length === 16)
      field.value += `, ${scribe.address(field, 'dns.aaaa', 'Address', offset, 16).value}`;
    else if (named !== undefined) this.nameField(field, named[0], named[1], offset, offset + length);
    else if (type === 15 && length > 2) {
      scribe.number(field, 'dns.mx.preference', 'Preference', offset, 2);
      this.nameField(field, 'dns.mx.mail_exchange', 'Mail exchange', offset + 2, offset + length);
    } else if (type === 33 && length > 6) {
      scribe.number(field, 'dns.srv.priority', 'Priority', offset, 2);
      scribe.number(field, 'dns.srv.weight', 'Weight', offset + 2, 2);
      scribe.number(field, 'dns.srv.port', 'Port', offset + 4, 2);
      this.nameField(field, 'dns.srv.target', 'Target', offset + 6, offset + length);
    } else if (type === 6) this.authority(field, offset, offset + length);
    else if (type === 16) {
      for (let at = offset; at < offset + length; at += 1 + uint8(bytes, at)) {
        const size = Math.min(uint8(bytes, at), offset + length - at - 1);
        scribe.text(field, 'dns.txt', 'Text', at + 1, size);
      }
    } else if (length > 0) scribe.octets(field, '', 'Data', offset, length);
  }

  private authority(field: PacketField, offset: number, end: number): void {
    const server = this.nameField(field, 'dns.soa.mname', 'Primary name server', offset, end);
    const mailbox = server < 0 ? -1 : this.nameField(field, 'dns.soa.rname', 'Mailbox', server, end);
    if (mailbox < 0 || mailbox + 20 > end) return;
    const { scribe } = this.at;
    scribe.number(field, 'dns.soa.serial_number', 'Serial number', mailbox, 4);
    scribe.number(field, 'dns.soa.refresh_interval', 'Refresh interval', mailbox + 4, 4, { unit: 'second' });
    scribe.number(field, 'dns.soa.retry_interval', 'Retry interval', mailbox + 8, 4, { unit: 'second' });
    scribe.number(field, 'dns.soa.expire_limit', 'Expire limit', mailbox + 12, 4, { unit: 'second' });
    scribe.number(field, 'dns.soa.minimum_ttl', 'Minimum TTL', mailbox + 16, 4, { unit: 'second' });
  }

  private nameField(field: PacketField, name: string, label: string, offset: number, end: number): number {
    const read = this.name(offset);
    if (read === null || read.next > end) {
      note(this.at.scribe.octets(field, name, label, offset, end - offset), 'is no name');
      return -1;
    }
    this.at.scribe.add(field, name, label, offset, read.next - offset, read.text, read.text);
    field.value += `, ${read.text}`;
    return read.next;
  }

  /** RFC 1035 section 4.1.4; null when it is cut, loops or is too long. */
  private name(offset: number): Name | null {
    const { bytes } = this.at;
    let at = offset;
    let next = -1;
    let length = 0;
    let pointers = 0;
    let text = '';
    while (at < this.end) {
      const label = uint8(bytes, at);
      if (label === 0) return { text: text === '' ? '<Root>' : text, next: next >= 0 ? next : at + 1 };
      if (label >= 0xc0) {
        if (at + 2 > this.end || ++pointers > maxPointers) return null;
        if (next < 0) next = at + 2;
        at = this.start + (uint16(bytes, at) & 0x3fff);
        continue;
      }
      length += label + 1;
      if (label >= 0x40 || length > maxNameBytes || at + 1 + label > this.end) return null;
      const part = printableText(bytes, at + 1, at + 1 + label, label);
      text = text === '' ? part : `${text}.${part}`;
      at += 1 + label;
    }
    return null;
  }
}

const namedData: Record<number, readonly [string, string]> = {
  2: ['dns.ns', 'Name server'],
  5: ['dns.cname', 'CNAME'],
  12: ['dns.ptr.domain_name', 'Domain name'],
  39: ['dns.dname', 'DNAME'],
};

function typeText(type: number): string {
  return `${dnsTypeName(type)} (${type})`;
}

/** The top bit asks for a unicast answer, or marks a record to replace others (RFC 6762). */
function classText(value: number): string {
  return `${classNames[value & 0x7fff] ?? 'unknown'} (0x${value.toString(16).padStart(4, '0')})`;
}
