import { uint16, uint32, uint32LittleEndian, uint8 } from '../bytes/integers';
import { startsWithAscii } from '../decode/text';
import type { FramedStream } from './framedStreams';

/** Header fields by the specification, or by the public description of a closed protocol, named with each. */
export const moreFramedStreams: readonly FramedStream[] = [
  // Oracle's Transparent Network Substrate: length, checksum, type; 6 is data.
  {
    ports: [1521],
    header: 8,
    length: (b, at) => (uint16(b, at) >= 8 && uint8(b, at + 4) >= 1 && uint8(b, at + 4) <= 19 ? uint16(b, at) : 0),
    names: ['tns'],
    inside: (payload, end) => {
      if (uint8(payload.bytes, payload.start + 4) === 6 && end > payload.start + 10) payload.add('data');
    },
  },
  // Apache Cassandra's native protocol: versions 1 and 2 have a stream number of one byte.
  {
    ports: [9042],
    header: 9,
    length: (b, at) => {
      const version = uint8(b, at) & 0x7f;
      if (version < 1 || version > 5) return 0;
      return version < 3 ? 8 + uint32(b, at + 4) : 9 + uint32(b, at + 5);
    },
    names: ['cql'],
  },
  // memcached's binary protocol as Couchbase has it.
  {
    ports: [11210],
    header: 24,
    length: (b, at) => ((uint8(b, at) & 0xfe) === 0x80 ? 24 + uint32(b, at + 8) : 0),
    names: ['couchbase'],
  },
  // Cisco's Skinny Client Control Protocol: length behind the first eight bytes, version, message.
  {
    ports: [2000],
    header: 12,
    length: (b, at) => {
      const version = uint32LittleEndian(b, at + 4);
      const length = uint32LittleEndian(b, at);
      return (version === 0 || (version >= 10 && version <= 22)) && length >= 4 ? 8 + length : 0;
    },
    names: ['skinny'],
  },
  // eDonkey and its extensions: mark, length, little-endian.
  {
    ports: [4661, 4662, 4663],
    header: 5,
    length: (b, at) => (edonkeyMarks.has(uint8(b, at)) ? 5 + uint32LittleEndian(b, at + 1) : 0),
    names: ['edonkey'],
  },
  // SMPP 3.4 section 3.2: length, command, status, sequence number.
  {
    ports: [],
    header: 16,
    length: (b, at) => uint32(b, at),
    names: ['smpp'],
    signature: (b, at, end) =>
      end - at >= 16 &&
      uint32(b, at) >= 16 &&
      uint32(b, at) <= 0x10000 &&
      (smppCommands.has(uint32(b, at + 4) & 0x7fff_ffff) || uint32(b, at + 4) === 0x8000_0000) &&
      uint32(b, at + 8) <= 0x112,
  },
  // IBM MQ: transmission segment header.
  {
    ports: [],
    header: 8,
    length: (b, at) => uint32(b, at + 4),
    names: ['mq'],
    signature: (b, at, end) =>
      end - at >= 28 && (startsWithAscii(b, at, end, 'TSH ') || startsWithAscii(b, at, end, 'TSHM')),
  },
  // DRDA volume 3: length, 0xd0, format, correlation, length without these six bytes.
  {
    ports: [446],
    header: 10,
    length: (b, at) => (uint8(b, at + 2) === 0xd0 ? uint16(b, at) : 0),
    names: ['drda'],
    signature: (b, at, end) =>
      end - at >= 10 && uint8(b, at + 2) === 0xd0 && uint16(b, at + 6) === uint16(b, at) - 6 && uint16(b, at) >= 10,
  },
  // DICOM part 8 section 9.3: an association is asked for first.
  {
    ports: [],
    header: 6,
    length: (b, at) => 6 + uint32(b, at + 2),
    names: ['dicom'],
    signature: (b, at, end) =>
      end - at >= 74 && uint16(b, at) === 0x0100 && uint32(b, at + 2) >= 68 && uint16(b, at + 6) === 1,
  },
  // Yahoo Messenger: length behind the header of 20 bytes.
  {
    ports: [],
    header: 20,
    length: (b, at) => (startsWithAscii(b, at, at + 4, 'YMSG') ? 20 + uint16(b, at + 8) : 0),
    names: ['ymsg'],
    signature: (b, at, end) => startsWithAscii(b, at, end, 'YMSG'),
  },
  // Apache Etch.
  {
    ports: [],
    header: 8,
    length: (b, at) => 8 + uint32(b, at + 4),
    names: ['etch'],
    signature: (b, at) => uint32(b, at) === 0xdead_beef,
  },
  // RFC 7143 section 11: header of 48 bytes, more of it in words, data padded to words.
  {
    ports: [3260],
    header: 48,
    length: (b, at) => 48 + uint8(b, at + 4) * 4 + (((uint32(b, at + 4) & 0xff_ffff) + 3) & ~3),
    names: ['iscsi'],
  },
  // Apple Filing Protocol over its session layer: flags, command (2 carries AFP), number, code, length.
  {
    ports: [548],
    header: 16,
    length: (b, at) => (uint8(b, at) <= 1 && uint8(b, at + 1) <= 8 ? 16 + uint32(b, at + 8) : 0),
    names: ['dsi'],
    inside: (payload, end) => {
      if (uint8(payload.bytes, payload.start + 1) === 2 && end > payload.start + 16) payload.add('afp');
    },
  },
  // Apache ActiveMQ.
  { ports: [61616], header: 5, length: (b, at) => 4 + uint32(b, at), names: ['openwire'] },
  // RFC 1613 section 3.
  {
    ports: [1998],
    header: 4,
    length: (b, at) => (uint16(b, at) === 0 ? 4 + uint16(b, at + 2) : 0),
    names: ['xot', 'x25'],
  },
  // ITU-T Q.931 in TPKT (H.225.0 section 7); the user-user element (0x7e) is what H.225.0 says.
  {
    ports: [],
    header: 4,
    length: (b, at) => uint16(b, at + 2),
    names: ['q931'],
    inside: (payload, end) => {
      const { bytes, start } = payload;
      for (let at = start + 8; at + 4 < end; at++)
        if (bytes[at] === 0x7e && at + 3 + uint16(bytes, at + 1) === end && bytes[at + 3] === 5) payload.add('h225');
    },
    signature: (b, at, end) =>
      uint16(b, at) === 0x0300 && uint16(b, at + 2) >= 8 && uint8(b, at + 4) === 0x08 && end - at >= 8,
  },
];

const edonkeyMarks: ReadonlySet<number> = new Set([0xe3, 0xc5, 0xd4]);
const smppCommands: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0b, 0x15, 0x21, 0x102, 0x103]);
