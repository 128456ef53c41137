import { uint16, uint16LittleEndian, uint32, uint32LittleEndian, uint8 } from '../../bytes/integers';
import { indexOfByte, printableText, startsWithAscii } from '../../decode/text';
import type { FilterField } from '../filterField';
import type { Message } from '../filterSubject';
import { MessageFields } from './define';

/** RFC 4253: the identification in clear, and the binary packets before the keys are in use. */
const ssh = new MessageFields<{ protocol: string | null; code: number | null }>(['ssh'], ({ bytes, start, end }) => {
  if (startsWithAscii(bytes, start, end, 'SSH-')) {
    const feed = indexOfByte(bytes, 0x0a, start, end);
    const stop = feed < 0 ? end : feed;
    return { protocol: printableText(bytes, start, bytes[stop - 1] === 0x0d ? stop - 1 : stop, 255), code: null };
  }
  if (end - start < 6) return null;
  const length = uint32(bytes, start);
  const padding = uint8(bytes, start + 4);
  // Ciphertext has any length here.
  const clear = length >= 5 && length <= 35_000 && padding >= 4 && padding < length && length + 4 <= end - start;
  return { protocol: null, code: clear ? uint8(bytes, start + 5) : null };
});

export const sshFields: readonly FilterField[] = [
  ssh.texts('ssh.protocol', 'Identification of a side', ({ protocol }) => protocol),
  ssh.numbers('ssh.message_code', 'Message before the keys are in use', ({ code }) => code, {
    names: { kexinit: 20, newkeys: 21 },
  }),
];

interface Mqtt {
  bytes: Uint8Array;
  type: number;
  flags: number;
  /** Remaining length, and where the variable header begins. */
  length: number;
  body: number;
  end: number;
}

/** MQTT 3.1.1 section 2.2. */
function readMqtt({ bytes, start, end }: Message): Mqtt[] {
  const found: Mqtt[] = [];
  for (let at = start; at + 2 <= end && found.length < 64;) {
    let length = 0;
    let body = at + 1;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = uint8(bytes, body++);
      length |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) break;
    }
    const first = uint8(bytes, at);
    found.push({ bytes, type: first >> 4, flags: first & 15, length, body, end: Math.min(end, body + length) });
    at = body + length;
  }
  return found;
}

const mqtt = new MessageFields<Mqtt[]>(['mqtt'], readMqtt);

/** A text with its length before it (section 1.5.3); null when it is cut. */
function mqttText({ bytes, end }: Mqtt, at: number): string | null {
  const length = uint16(bytes, at);
  return at + 2 > end || at + 2 + length > end ? null : printableText(bytes, at + 2, at + 2 + length, 1024);
}

/** Connect: protocol name, level, flags, keep-alive, then the client identifier (section 3.1). */
function clientIdentifier(packet: Mqtt): string | null {
  if (packet.type !== 1) return null;
  const level = packet.body + 2 + uint16(packet.bytes, packet.body);
  let at = level + 4;
  if (uint8(packet.bytes, level) >= 5) at += 1 + uint8(packet.bytes, at);
  return mqttText(packet, at);
}

/** Topics of SUBSCRIBE and UNSUBSCRIBE behind the packet identifier (sections 3.8, 3.10). */
function subscribed(packet: Mqtt): string[] {
  const topics: string[] = [];
  if (packet.type !== 8 && packet.type !== 10) return topics;
  for (let at = packet.body + 2; at + 2 < packet.end && topics.length < 64;) {
    const topic = mqttText(packet, at);
    if (topic === null) break;
    topics.push(topic);
    at += 2 + uint16(packet.bytes, at) + (packet.type === 8 ? 1 : 0);
  }
  return topics;
}

const mqttTypes = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
} as const;

export const mqttFields: readonly FilterField[] = [
  mqtt.numbers('mqtt.msgtype', 'Type of the message', (packets) => packets.map(({ type }) => type), {
    names: mqttTypes,
  }),
  mqtt.numbers('mqtt.qos', 'Quality of service of a publication', (packets) =>
    packets.map(({ type, flags }) => (type === 3 ? (flags >> 1) & 3 : null)),
  ),
  mqtt.numbers(
    'mqtt.retain',
    'The broker keeps the publication',
    (packets) => packets.map(({ type, flags }) => (type === 3 ? flags & 1 : null)),
    { type: 'boolean' },
  ),
  mqtt.numbers('mqtt.len', 'Bytes behind the fixed header', (packets) => packets.map(({ length }) => length)),
  mqtt.texts('mqtt.topic', 'Topic of a publication or subscription', (packets) =>
    packets.flatMap((packet) => (packet.type === 3 ? [mqttText(packet, packet.body)] : subscribed(packet))),
  ),
  mqtt.texts('mqtt.clientid', 'Identifier of the client', (packets) => packets.map(clientIdentifier)),
];

interface Smb2 {
  bytes: Uint8Array;
  start: number;
  response: boolean;
}

/** [MS-SMB2] section 2.2.1, behind the header of the session service; messages can be joined. */
function readSmb2({ bytes, start, end }: Message): Smb2[] {
  const found: Smb2[] = [];
  let at = start + (uint8(bytes, start) === 0xfe ? 0 : 4);
  while (at + 64 <= end && found.length < 32) {
    if (uint32(bytes, at) !== 0xfe534d42) break;
    found.push({ bytes, start: at, response: (uint8(bytes, at + 16) & 1) !== 0 });
    const next = uint32LittleEndian(bytes, at + 20);
    if (next < 64) break;
    at += next;
  }
  return found;
}

const smb2 = new MessageFields<Smb2[]>(['smb2'], readSmb2);
const commands = {
  negotiate: 0,
  'session-setup': 1,
  logoff: 2,
  'tree-connect': 3,
  'tree-disconnect': 4,
  create: 5,
  close: 6,
  flush: 7,
  read: 8,
  write: 9,
  lock: 10,
  ioctl: 11,
  cancel: 12,
  'keep-alive': 13,
  find: 14,
  notify: 15,
  'get-info': 16,
  'set-info': 17,
  break: 18,
} as const;

export const smb2Fields: readonly FilterField[] = [
  smb2.numbers('smb2.cmd', 'Command', (all) => all.map(({ bytes, start }) => uint16LittleEndian(bytes, start + 12)), {
    names: commands,
  }),
  smb2.numbers('smb2.flags.response', 'Response', (all) => all.map(({ response }) => (response ? 1 : 0)), {
    type: 'boolean',
  }),
  smb2.numbers('smb2.nt_status', 'Status of a response', (all) =>
    all.map(({ bytes, start, response }) => (response ? uint32LittleEndian(bytes, start + 8) : null)),
  ),
  smb2.numbers('smb2.msg_id', 'Number that joins request and response', (all) =>
    all.map(
      ({ bytes, start }) =>
        uint32LittleEndian(bytes, start + 24) + uint32LittleEndian(bytes, start + 28) * 4_294_967_296,
    ),
  ),
  // [MS-SMB2] section 2.2.1.1: asynchronous messages have another identifier there.
  smb2.numbers('smb2.tid', 'Tree', (all) =>
    all.map(({ bytes, start }) =>
      (uint8(bytes, start + 16) & 2) !== 0 ? null : uint32LittleEndian(bytes, start + 36),
    ),
  ),
];
