import { uint16, uint16LittleEndian, uint24, uint32, uint32LittleEndian, uint8 } from '../bytes/integers';
import type { ProtocolName } from '../decode/protocols';
import { startsWithAscii } from '../decode/text';
import { rejected, whole } from './payload';
import type { ConversationNames } from './conversationNames';
import type { Namer, Payload } from './payload';
import { moreFramedStreams } from './moreFramedStreams';
import { nameTls } from './tlsNames';

/** Longest message that is waited for: beyond it the length is taken for nonsense. */
const maxMessage = 0x0100_0000;

/** A protocol whose messages begin with their length. */
export interface FramedStream {
  ports: readonly number[];
  /** Bytes that hold the length. */
  header: number;
  /** Length of the whole message at `at`; 0 or less when there is none. */
  length: (bytes: Uint8Array, at: number) => number;
  names: readonly ProtocolName[];
  /** What the message holds besides. */
  inside?: (payload: Payload, end: number, conversation: ConversationNames) => void;
  /** Tells the protocol on any port, from the header. */
  signature?: (bytes: Uint8Array, at: number, end: number) => boolean;
}

export function framedNamer(framed: FramedStream): Namer {
  const { header, names, inside } = framed;
  return (payload, conversation) => {
    const { bytes, start, end } = payload;
    if (payload.length < header) return payload.canWait ? -header : rejected;
    const length = framed.length(bytes, start);
    if (length < 1 || length > maxMessage) return rejected;
    const taken = whole(payload, length);
    if (taken < 0) return taken;
    payload.addAll(names);
    inside?.(payload, Math.min(end, start + length), conversation);
    return taken;
  };
}

const allOnes = (bytes: Uint8Array, at: number): boolean =>
  uint32(bytes, at) === 0xffff_ffff && uint32(bytes, at + 12) === 0xffff_ffff;

/** Header fields by the specification named with each. */
export const framedStreams: readonly FramedStream[] = [
  ...moreFramedStreams,
  // RFC 4271 section 4.1.
  {
    ports: [179],
    header: 19,
    length: (b, at) => (allOnes(b, at) ? Math.max(19, uint16(b, at + 16)) : 0),
    names: ['bgp'],
  },
  // Modbus Messaging on TCP/IP 1.0b section 3.1.3.
  {
    ports: [502],
    header: 7,
    length: (b, at) => (uint16(b, at + 2) === 0 && uint16(b, at + 4) >= 2 ? 6 + uint16(b, at + 4) : 0),
    names: ['mbtcp', 'modbus'],
  },
  // RFC 1006 section 6.
  {
    ports: [102, 3389],
    header: 4,
    length: (b, at) => (uint8(b, at) === 3 && uint8(b, at + 1) === 0 ? uint16(b, at + 2) : 0),
    names: ['tpkt'],
    inside: nameTransport,
  },
  // MySQL client/server protocol, "Protocol::Packet".
  {
    ports: [3306],
    header: 4,
    length: (b, at) => 4 + uint24LittleEndian(b, at),
    names: ['mysql'],
    inside: (payload, _end, conversation) => {
      const { bytes, start } = payload;
      // A request for TLS is a login that ends before the name.
      const asks = uint24LittleEndian(bytes, start) === 32 && uint8(bytes, start + 3) === 1;
      if (asks && payload.toServer && (uint16LittleEndian(bytes, start + 4) & 0x0800) !== 0)
        conversation.upgradedTo = nameTls;
    },
  },
  // MQTT 3.1.1 section 2.2.
  { ports: [1883], header: 2, length: mqttLength, names: ['mqtt'] },
  // ONF OpenFlow: version, type, length.
  {
    ports: [6653],
    header: 8,
    length: (b, at) => (uint16(b, at + 2) >= 8 && uint8(b, at) < 7 ? uint16(b, at + 2) : 0),
    names: ['openflow'],
    inside: (payload) => payload.addAll(openFlowVersions.get(uint8(payload.bytes, payload.start)) ?? []),
    signature: (b, at) => uint8(b, at) >= 1 && uint8(b, at) <= 6 && uint8(b, at + 1) === 0 && uint16(b, at + 2) <= 64,
  },
  // ODVA EtherNet/IP: command, length, little-endian.
  {
    ports: [44818],
    header: 4,
    length: (b, at) => 24 + uint16LittleEndian(b, at + 2),
    names: ['enip'],
    inside: (payload) => {
      const command = uint16LittleEndian(payload.bytes, payload.start);
      if (command === 0x6f || command === 0x70) payload.add('cip');
    },
  },
  // ISO 13400-2: version and its complement, payload type, length.
  {
    ports: [13400],
    header: 8,
    length: (b, at) => 8 + uint32(b, at + 4),
    names: ['doip'],
    inside: nameDiagnosticMessage,
    signature: (b, at) =>
      (uint8(b, at) ^ uint8(b, at + 1)) === 0xff && uint8(b, at) <= 4 && uint16(b, at + 2) <= 0x8003,
  },
  // OPC UA part 6 section 7.1.2.
  { ports: [4840], header: 8, length: (b, at) => uint32LittleEndian(b, at + 4), names: ['opcua'] },
  // AMQP 0-9-1 section 2.3.5; the protocol header has eight bytes.
  {
    ports: [5672],
    header: 7,
    length: (b, at) => (startsWithAscii(b, at, at + 4, 'AMQP') ? 8 : 8 + uint32(b, at + 3)),
    names: ['amqp'],
  },
  // git pack protocol: four hexadecimal digits.
  { ports: [9418], header: 4, length: gitLength, names: ['git'] },
  // [MS-TDS] 2.2.3.1.
  {
    ports: [1433, 2433],
    header: 8,
    length: (b, at) => uint16(b, at + 2),
    names: ['tds'],
    signature: (b, at, end) =>
      uint8(b, at) >= 1 &&
      uint8(b, at) <= 18 &&
      uint8(b, at + 1) <= 1 &&
      uint16(b, at + 2) === end - at &&
      uint32(b, at + 4) === 0x100,
  },
  // RFC 8210 section 5.
  { ports: [323], header: 8, length: (b, at) => uint32(b, at + 4), names: ['rpkirtr'] },
  // RFC 5036 section 3.1.
  { ports: [646], header: 4, length: (b, at) => 4 + uint16(b, at + 2), names: ['ldp'] },
  // RFC 8907 section 4.1.
  { ports: [49], header: 12, length: (b, at) => 12 + uint32(b, at + 8), names: ['tacplus'] },
  // RFC 2637 section 2.
  { ports: [1723], header: 16, length: (b, at) => uint16(b, at), names: ['pptp'] },
  // RFC 6733 section 3.
  { ports: [3868], header: 4, length: (b, at) => uint24(b, at + 1), names: ['diameter'] },
  // DNP3 (IEEE 1815) link layer: 10 bytes, then 16 bytes of data with 2 of CRC each.
  {
    ports: [20000],
    header: 10,
    length: (b, at) => {
      if (uint16(b, at) !== 0x0564) return 0;
      const data = uint8(b, at + 2) - 5;
      return data < 0 ? 0 : 10 + data + 2 * Math.ceil(data / 16);
    },
    names: ['dnp3'],
    signature: (b, at) => uint16(b, at) === 0x0564 && uint8(b, at + 2) >= 5 && (uint8(b, at + 3) & 0x10) === 0,
  },
  // RFC 8489 section 5, with the magic cookie; RFC 4571 puts a length before it.
  {
    ports: [],
    header: 20,
    length: (b, at) => 20 + uint16(b, at + 2),
    names: ['stun'],
    inside: (payload, end) => nameRelayed(payload, end),
    signature: (b, at) => uint8(b, at) < 0x40 && uint32(b, at + 4) === 0x2112_a442,
  },
  // FieldComm HART-IP: version, type, id, status, sequence number, length of the whole message.
  { ports: [5094], header: 8, length: (b, at) => uint16(b, at + 6), names: ['hart_ip'] },
  // RFC 7766 section 8; multicast DNS is UDP (RFC 6762), so what has its port over TCP is plain DNS.
  { ports: [5353], header: 2, length: (b, at) => 2 + uint16(b, at), names: ['dns'] },
  // CIGRE and others: IEC 60870-5-104.
  {
    ports: [2404],
    header: 2,
    length: (b, at) => (uint8(b, at) === 0x68 ? 2 + uint8(b, at + 1) : 0),
    names: ['iec60870_104'],
    // Format I carries a unit of the application.
    inside: (payload, end) => {
      const { bytes, start } = payload;
      if ((uint8(bytes, start + 2) & 1) === 0 && end > start + 6) payload.add('iec60870_asdu');
    },
  },
  // OMG CORBA part 2 section 9.4.1: byte order in the flags, then the length of what follows; ZIOP packs it.
  {
    ports: [],
    header: 12,
    length: (b, at) =>
      isCorba(b, at) ? 12 + ((uint8(b, at + 6) & 1) === 1 ? uint32LittleEndian(b, at + 8) : uint32(b, at + 8)) : 0,
    names: [],
    inside: (payload) => payload.add(uint8(payload.bytes, payload.start) === 0x5a ? 'ziop' : 'giop'),
    signature: isCorba,
  },
  // Bitcoin: message header of 24 bytes.
  {
    ports: [],
    header: 24,
    length: (b, at) => 24 + uint32LittleEndian(b, at + 16),
    names: ['bitcoin'],
    signature: (b, at) => uint32(b, at) === 0xf9beb4d9 || uint32(b, at) === 0x0b110907,
  },
];

const openFlowVersions = new Map<number, readonly ProtocolName[]>([
  [1, ['openflow_v1']],
  [4, ['openflow_v4']],
  [5, ['openflow_v5']],
  [6, ['openflow_v6']],
]);

function isCorba(bytes: Uint8Array, at: number): boolean {
  const magic = uint32(bytes, at);
  return (magic === 0x47494f50 || magic === 0x5a494f50) && uint8(bytes, at + 4) === 1;
}

/** TURN (RFC 8656 section 18.4): the attribute DATA (0x0013) of an indication is what another one sent. */
export function nameRelayed(payload: Payload, end: number): void {
  const { bytes, start } = payload;
  for (let at = start + 20; at + 4 <= end && at < start + 1500; at += 4 + ((uint16(bytes, at + 2) + 3) & ~3)) {
    if (uint16(bytes, at) === 0x0013 && uint16(bytes, at + 2) > 0) payload.add('data');
  }
}

function uint24LittleEndian(bytes: Uint8Array, at: number): number {
  return uint16LittleEndian(bytes, at) | (uint8(bytes, at + 2) << 16);
}

function mqttLength(bytes: Uint8Array, at: number): number {
  let length = 0;
  let factor = 1;
  for (let index = 1; index <= 4; index++) {
    const byte = uint8(bytes, at + index);
    length += (byte & 0x7f) * factor;
    if (byte < 0x80) return 1 + index + length;
    factor *= 128;
  }
  return 0;
}

function gitLength(bytes: Uint8Array, at: number): number {
  let length = 0;
  for (let index = 0; index < 4; index++) {
    const byte = uint8(bytes, at + index);
    const letter = byte | 0x20;
    const digit = byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
    if (digit < 0) return 0;
    length = length * 16 + digit;
  }
  return Math.max(4, length);
}

/** ISO 8073 class 0, and what it carries: S7 communication, RDP. */
function nameTransport(payload: Payload, end: number): void {
  const { bytes, start } = payload;
  const at = start + 4;
  if (at + 2 > end) return;
  payload.add('cotp');
  const type = uint8(bytes, at + 1) & 0xf0;
  const inner = at + 1 + uint8(bytes, at);
  if (type === 0xe0 || type === 0xd0) {
    if (payload.hasPort(3389) && inner > at + 7) payload.add('rdp');
    return;
  }
  if (type !== 0xf0 || inner >= end) return;
  const first = uint8(bytes, inner);
  if (first === 0x32) payload.add('s7comm');
  else if (payload.hasPort(3389) && first === 0x7f) payload.addAll(['t125', 't124']);
  else if (payload.hasPort(3389)) payload.add('t125');
  else payload.add('data');
}

function nameDiagnosticMessage(payload: Payload, end: number): void {
  const { bytes, start } = payload;
  if (uint16(bytes, start + 2) === 0x8001 && end > start + 12) payload.add('uds');
}
