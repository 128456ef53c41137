import { uint16, uint32, uint8 } from '../../bytes/integers';
import { NameReader } from '../../decode/dns';
import { dnsTypeNumbers } from '../../decode/dnsTypes';
import { printableText } from '../../decode/text';
import type { FilterField } from '../filterField';
import type { Message } from '../filterSubject';
import { MessageFields } from './define';
import { ipv4At } from './reading';

interface DnsRecord {
  name: string;
  type: number;
  class: number;
  ttlSeconds: number;
  /** Where its data stands. */
  start: number;
  length: number;
}

interface DnsContent {
  bytes: Uint8Array;
  names: NameReader;
  start: number;
  id: number;
  flags: number;
  counts: readonly number[];
  questions: { name: string; type: number; class: number }[];
  records: DnsRecord[];
}

/** Questions and records read of one message. */
const maxRecords = 256;

/** RFC 1035 section 4.1; what comes after a damaged record is left out. */
function readDns({ bytes, start: from, end, overTcp, protocol }: Message): DnsContent | null {
  const start = from + (overTcp && protocol === 'dns' ? 2 : 0);
  if (end - start < 12) return null;
  const names = new NameReader(bytes, start, end);
  const counts = [4, 6, 8, 10].map((offset) => uint16(bytes, start + offset));
  const content: DnsContent = {
    bytes,
    names,
    start,
    id: uint16(bytes, start),
    flags: uint16(bytes, start + 2),
    counts,
    questions: [],
    records: [],
  };
  let at = start + 12;
  const [questions = 0, answers = 0, authorities = 0, additional = 0] = counts;
  for (let index = 0; index < Math.min(questions, maxRecords); index++) {
    const name = names.read(at);
    if (name === null || names.next + 4 > end) return content;
    content.questions.push({ name, type: uint16(bytes, names.next), class: uint16(bytes, names.next + 2) });
    at = names.next + 4;
  }
  for (let index = 0; index < Math.min(answers + authorities + additional, maxRecords); index++) {
    const name = names.read(at);
    if (name === null || names.next + 10 > end) return content;
    const { next } = names;
    const length = uint16(bytes, next + 8);
    const data = next + 10;
    content.records.push({
      name,
      type: uint16(bytes, next),
      class: uint16(bytes, next + 2),
      ttlSeconds: uint32(bytes, next + 4),
      start: data,
      length: Math.max(0, Math.min(length, end - data)),
    });
    at = data + length;
    if (at > end) return content;
  }
  return content;
}

const dns = new MessageFields<DnsContent>(['dns', 'mdns', 'llmnr'], readDns);

const flag = (name: string, description: string, mask: number, responseOnly = false): FilterField =>
  dns.flag(`dns.flags.${name}`, description, ({ flags }) =>
    responseOnly && (flags & 0x8000) === 0 ? null : (flags & mask) !== 0,
  );

const ofType = (content: DnsContent, type: number): DnsRecord[] =>
  content.records.filter((record) => record.type === type && record.length > 0);

/** Names in the data of records of a type, `offset` bytes from its beginning. */
const namesOf =
  (type: number, offset: number) =>
  (content: DnsContent): (string | null)[] =>
    ofType(content, type).map(({ start }) => content.names.read(start + offset));

function textsOf(content: DnsContent): string[] {
  const { bytes } = content;
  return ofType(content, 16).flatMap(({ start, length }) => {
    const parts: string[] = [];
    for (let at = start; at < start + length && parts.length < maxRecords; at += 1 + uint8(bytes, at)) {
      parts.push(printableText(bytes, at + 1, Math.min(start + length, at + 1 + uint8(bytes, at)), 255));
    }
    return parts;
  });
}

const types = { names: dnsTypeNumbers };
const codes = {
  names: { NoError: 0, FormErr: 1, ServFail: 2, NXDomain: 3, NotImp: 4, Refused: 5, YXDomain: 6, NXRRSet: 8 },
};
const response = ({ flags }: DnsContent): boolean => (flags & 0x8000) !== 0;

export const dnsFields: readonly FilterField[] = [
  dns.numbers('dns.id', 'Number that joins query and response', ({ id }) => id),
  dns.numbers('dns.flags', 'Flags, 16 bits', ({ flags }) => flags),
  flag('response', 'Response, not query', 0x8000),
  dns.numbers('dns.flags.opcode', 'Operation: 0 query, 5 update', ({ flags }) => (flags >> 11) & 15),
  flag('authoritative', 'The server is an authority', 0x0400, true),
  flag('truncated', 'The message was cut', 0x0200),
  flag('recdesired', 'Recursion is asked for', 0x0100),
  flag('recavail', 'Recursion is offered', 0x0080, true),
  // tshark adds it to a query only when it is set.
  dns.flag('dns.flags.authenticated', 'The server checked the signatures; in a query, asks for it', (content) =>
    (content.flags & 0x20) !== 0 ? true : response(content) ? false : null,
  ),
  flag('checkdisable', 'Signatures need no check', 0x0010),
  dns.numbers('dns.flags.rcode', 'Response code', (content) => (response(content) ? content.flags & 15 : null), codes),
  dns.numbers('dns.count.queries', 'Questions', ({ counts }) => counts[0] ?? null),
  dns.numbers('dns.count.answers', 'Records in the answer', ({ counts }) => counts[1] ?? null),
  dns.numbers('dns.count.auth_rr', 'Records of authorities', ({ counts }) => counts[2] ?? null),
  dns.numbers('dns.count.add_rr', 'Additional records', ({ counts }) => counts[3] ?? null),
  dns.texts('dns.qry.name', 'Name asked for', ({ questions }) => questions.map(({ name }) => name)),
  dns.numbers('dns.qry.name.len', 'Characters of the name asked for', ({ questions }) =>
    questions.map(({ name }) => name.length),
  ),
  dns.numbers('dns.qry.type', 'Record type asked for', ({ questions }) => questions.map(({ type }) => type), types),
  dns.numbers('dns.qry.class', 'Class asked for: 1 Internet', ({ questions }) =>
    questions.map((question) => question.class),
  ),
  // Of a service, Wireshark gives the parts of the name in fields of their own.
  dns.texts('dns.resp.name', 'Name of a record, except SRV', ({ records }) =>
    records.filter(({ type }) => type !== 33).map(({ name }) => name),
  ),
  dns.numbers('dns.resp.type', 'Type of a record', ({ records }) => records.map(({ type }) => type), types),
  dns.numbers('dns.resp.ttl', 'Seconds that a record may be kept', ({ records }) =>
    records.filter(({ type }) => type !== 41).map(({ ttlSeconds }) => ttlSeconds),
  ),
  dns.numbers(
    'dns.a',
    'IPv4 address of a name',
    (content) => ofType(content, 1).map(({ start, length }) => (length === 4 ? ipv4At(content.bytes, start) : null)),
    { type: 'ipv4' },
  ),
  dns.bytes('dns.aaaa', 'ipv6', 'IPv6 address of a name', (content) =>
    ofType(content, 28)
      .filter(({ length }) => length === 16)
      .map(({ start }) => content.bytes.subarray(start, start + 16)),
  ),
  dns.texts('dns.cname', 'Name that a name stands for', namesOf(5, 0)),
  dns.texts('dns.ns', 'Name server', namesOf(2, 0)),
  dns.texts('dns.ptr.domain_name', 'Name of an address', namesOf(12, 0)),
  dns.texts('dns.mx.mail_exchange', 'Mail server', namesOf(15, 2)),
  dns.texts('dns.soa.mname', 'Primary name server of a zone', namesOf(6, 0)),
  dns.texts('dns.srv.target', 'Host of a service', namesOf(33, 6)),
  dns.numbers('dns.srv.port', 'Port of a service', (content) =>
    ofType(content, 33).map(({ start }) => uint16(content.bytes, start + 4)),
  ),
  dns.texts('dns.txt', 'Text of a record', textsOf),
];
