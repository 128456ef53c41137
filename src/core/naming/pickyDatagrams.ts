import { uint16, uint32, uint8 } from '../bytes/integers';
import type { ProtocolName } from '../decode/protocols';
import { startsWithAscii } from '../decode/text';

/** A protocol on its UDP port that looks at its first bytes before it takes a datagram. */
export interface PickyDatagram {
  port: number;
  names: readonly ProtocolName[];
  fits: (bytes: Uint8Array, at: number, length: number) => boolean;
  /** Bytes that have to be there. */
  minimum: number;
}

function picky(
  ports: readonly number[],
  names: readonly ProtocolName[],
  fits: PickyDatagram['fits'],
  minimum = 4,
): readonly PickyDatagram[] {
  return ports.map((port) => ({ port, names, fits, minimum }));
}

const text =
  (...words: string[]) =>
  (bytes: Uint8Array, at: number, length: number): boolean =>
    words.some((word) => startsWithAscii(bytes, at, at + length, word));

/** Version numbers and fixed fields of the specifications named with each. */
export const pickyDatagrams: readonly PickyDatagram[] = [
  // RFC 2281, and version 2 with its type and length.
  ...picky(
    [1985, 2029],
    ['hsrp'],
    (b, at) =>
      (uint8(b, at) === 0 && uint8(b, at + 1) <= 3) ||
      (uint8(b, at) <= 4 && uint8(b, at + 1) >= 4 && uint8(b, at + 1) <= 40),
  ),
  // RFC 8966 section 4.2.
  ...picky([6696], ['babel'], (b, at) => uint8(b, at) === 42),
  // Cisco NetFlow and RFC 7011.
  ...picky([2055, 4739, 9996], ['cflow'], (b, at) => [1, 5, 7, 8, 9, 10].includes(uint16(b, at))),
  // sFlow version 5, and 2 and 4 before.
  ...picky([6343], ['sflow'], (b, at) => [2, 4, 5].includes(uint32(b, at))),
  // RFC 1157 and later: a BER sequence.
  ...picky([161, 162, 8161], ['snmp'], (b, at) => uint8(b, at) === 0x30),
  // RFC 8029 section 3.
  ...picky([3503], ['mpls-echo'], (b, at) => uint16(b, at) === 1),
  // RFC 5036 section 3.1.
  ...picky([646], ['ldp'], (b, at) => uint16(b, at) === 1),
  // RFC 3435: verbs or a code.
  ...picky(
    [2427, 2727],
    ['mgcp'],
    (b, at, length) =>
      text('AUEP', 'AUCX', 'CRCX', 'DLCX', 'EPCF', 'MDCX', 'NTFY', 'RQNT', 'RSIP')(b, at, length) ||
      (uint8(b, at) >= 0x31 && uint8(b, at) <= 0x39 && uint8(b, at + 3) === 0x20),
  ),
  // RFC 6886 and RFC 6887.
  ...picky([5350, 5351], ['portcontrol'], (b, at) => uint8(b, at) <= 2, 2),
  // RFC 3626 section 3.3: the length of the packet.
  ...picky([698], ['olsr'], (b, at, length) => uint16(b, at) >= 4 && uint16(b, at) <= length),
  // Rx, as AFS has it: type of the packet.
  ...picky([7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009, 7021], ['rx'], isRx, 28),
  // IEEE C37.118.2 section 6.2: synchronization byte.
  ...picky([4713], ['synphasor'], (b, at) => uint8(b, at) === 0xaa),
  // Check Point's cluster protocol: magic number.
  ...picky([8116], ['cpha'], (b, at) => uint16(b, at) === 0x1a90),
  // RFC 3561 section 5: type, and the length of each.
  ...picky([654], ['aodv'], (b, at) => uint8(b, at) >= 1 && uint8(b, at) <= 4),
  // IEEE 1815.
  ...picky([20000], ['dnp3'], (b, at) => uint16(b, at) === 0x0564),
  // TP-Link: a brace under the first byte of the key.
  ...picky([9999], ['tplink-smarthome', 'json'], (b, at) => uint8(b, at) === 0xd0),
  // Tencent's OICQ and Mirabilis' ICQ.
  ...picky([8000], ['oicq'], (b, at, length) => uint8(b, at) === 2 && length > 7),
  ...picky([4000], ['icq'], (b, at) => uint8(b, at + 1) === 0 && uint8(b, at) >= 2 && uint8(b, at) <= 5),
  ...picky([11898], ['caneth', 'data'], text('ISO11898')),
  ...picky([2190], ['tivoconnect'], text('tivoconnect', 'TiVoConnect')),
  ...picky([631], ['cups'], (_bytes, _at, length) => length > 12),
  // RFC 4120 section 5.10: application tags of the messages.
  ...picky([750], ['kerberos'], (b, at) => (uint8(b, at) & 0xe0) === 0x60),
  // RFC 5415 section 4.3, the preamble of DTLS.
  ...picky([3222], ['glbp'], (b, at) => uint8(b, at) === 1),
  ...picky([3205], ['isns'], (b, at) => uint16(b, at) === 1),
  ...picky([2048], ['wccp'], (b, at) => uint32(b, at) >= 7 && uint32(b, at) <= 13),
  ...picky([177], ['xdmcp'], (b, at) => uint16(b, at) === 1),
  ...picky([17754], ['zep'], text('EX')),
  ...picky([9003], ['roon_disco'], text('SOOD')),
  ...picky([3956], ['gvcp'], (b, at) => uint8(b, at) === 0x42),
  ...picky([5678], ['mndp'], (b, at, length) => length >= 12 && uint8(b, at) === 0),
  ...picky([502], ['mbudp', 'modbus'], (b, at, length) => uint16(b, at + 2) === 0 && uint16(b, at + 4) === length - 6),
  ...picky([5094], ['hart_ip'], (b, at, length) => uint8(b, at) <= 2 && uint16(b, at + 6) === length),
  ...picky([1069, 3483], ['slimp3'], (b, at) => uint8(b, at) >= 0x61 && uint8(b, at) <= 0x7a),
];

/** Types 1 to 13, and a security index that exists. */
function isRx(bytes: Uint8Array, at: number): boolean {
  const type = uint8(bytes, at + 20);
  return type >= 1 && type <= 13 && uint8(bytes, at + 23) <= 5;
}
