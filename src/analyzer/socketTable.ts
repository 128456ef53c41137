import { parseIpAddress } from '../core/decode/addresses';

/** Tables of sockets that the kernel shows for the network namespace of the process that reads them (proc_net(5)). */
export const socketFiles = ['tcp', 'tcp6', 'udp', 'udp6'] as const;
export type SocketFile = (typeof socketFiles)[number];

/** One end of a flow, seen from its machine. */
export interface SocketEnd {
  /** 6 or 17. */
  ipProtocol: number;
  address: string;
  port: number;
  remoteAddress: string;
  remotePort: number;
  /** It has sent something: a socket for IPv6 alone could not have, over IPv4. */
  hasSent: boolean;
}

/** Where the socket of an end may stand: the table, and its local and remote address as the table writes them. */
export interface SocketPlace {
  file: SocketFile;
  key: string;
}

const v4Mapped = '0000000000000000FFFF0000';
const anyV4 = '00000000';
const anyV6 = '0'.repeat(32);

/**
 * Places to look for the socket of an end, the most exact one first. TCP sockets stand with both addresses; a UDP socket that is not
 * connected with its own alone, or with none.
 */
export function socketPlaces(end: SocketEnd): SocketPlace[] {
  const address = hexAddress(end.address);
  const remote = hexAddress(end.remoteAddress);
  if (address === null || remote?.length !== address.length) return [];
  const port = hexPort(end.port);
  const remotePort = hexPort(end.remotePort);
  const v4 = address.length === 8;
  const transport = end.ipProtocol === 6 ? 'tcp' : 'udp';
  const own: SocketFile = v4 ? transport : `${transport}6`;
  const both = (local: string, other: string): string => `${local}:${port} ${other}:${remotePort}`;
  const places: SocketPlace[] = [{ file: own, key: both(address, remote) }];
  if (v4) places.push({ file: `${transport}6`, key: both(v4Mapped + address, v4Mapped + remote) });
  if (transport === 'tcp') return places;
  const bound = (local: string, any: string): string => `${local}:${port} ${any}:0000`;
  const any = v4 ? anyV4 : anyV6;
  places.push({ file: own, key: bound(address, any) }, { file: own, key: bound(any, any) });
  if (v4 && end.hasSent) places.push({ file: 'udp6', key: bound(anyV6, anyV6) });
  return places;
}

/** A place in one text, which tells it from every other one. */
export function placeText({ file, key }: SocketPlace): string {
  return `${file} ${key}`;
}

/**
 * Adds the inodes of the sockets of one table to `found`, by `placeText`. Lines that are no socket are passed over; 0 is a socket
 * that no process holds.
 */
export function readSockets(file: SocketFile, table: string, found: Map<string, number[]>): void {
  for (const line of table.split('\n')) {
    const [, local, remote, , , , , , , inodeText] = line.trimStart().split(/ +/, 10);
    if (local === undefined || remote === undefined || inodeText === undefined) continue;
    const inode = Number(inodeText);
    if (!Number.isSafeInteger(inode) || inode <= 0) continue;
    const place = placeText({ file, key: `${local} ${remote}` });
    const known = found.get(place);
    if (known === undefined) found.set(place, [inode]);
    else known.push(inode);
  }
}

/** The kernel prints each 32-bit word of an address as the number that it is in memory (`%08X`), so on this machine's byte order. */
const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

function hexAddress(text: string): string | null {
  const bytes = parseIpAddress(text);
  if (bytes === null) return null;
  let hex = '';
  for (let word = 0; word < bytes.length; word += 4) {
    const quad = [...bytes.subarray(word, word + 4)];
    if (littleEndian) quad.reverse();
    for (const byte of quad) hex += byte.toString(16).padStart(2, '0');
  }
  return hex.toUpperCase();
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
