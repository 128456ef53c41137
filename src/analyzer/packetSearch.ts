import type { FindQuery, FoundPacket } from '../protocol/packetFind';
import { hexPattern } from '../protocol/packetFind';
import type { DecodedPacket } from './packetStore';

export type PacketTest = (decoded: DecodedPacket, info: () => string) => boolean;

/** What `query` looks for; null when its text can be found nowhere. */
export function packetTest(query: FindQuery): PacketTest | null {
  const { kind, text } = query;
  if (text === '') return null;
  if (kind === 'number') return () => true;
  if (kind === 'info') {
    const wanted = text.toLowerCase();
    return (_decoded, info) => info().toLowerCase().includes(wanted);
  }
  if (kind === 'hex') {
    const pattern = hexPattern(text);
    if (pattern === null) return null;
    const wanted = Buffer.from(pattern);
    return ({ packet: { bytes } }) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(wanted);
  }
  const exact = Buffer.from(text, 'utf8');
  const lower = foldCase(exact);
  return ({ packet }) => indexOfFolded(packet.bytes, lower) >= 0;
}

/** ASCII letters in lower case. */
function foldCase(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, fold);
}

function fold(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

function indexOfFolded(bytes: Uint8Array, pattern: Uint8Array): number {
  const first = pattern[0] ?? 0;
  for (let at = 0; at + pattern.length <= bytes.length; at++) {
    if (fold(bytes[at] ?? 0) !== first) continue;
    let index = 1;
    while (index < pattern.length && fold(bytes[at + index] ?? 0) === pattern[index]) index += 1;
    if (index === pattern.length) return at;
  }
  return -1;
}

/**
 * Looks for a packet in another order than that of the capture: `scan` hands over the numbers of all packets that the query finds.
 */
export async function findInOrder(
  order: Uint32Array,
  { kind, from, backwards }: FindQuery,
  scan: (visit: (number: number) => void) => Promise<void>,
): Promise<FoundPacket> {
  if (kind === 'number') {
    // The packet with this number, or the next one that there is.
    let best = -1;
    for (let at = 0; at < order.length; at++) {
      const number = order[at] ?? 0;
      if (number > from && (best < 0 || number < (order[best] ?? 0))) best = at;
    }
    return best < 0 ? null : { number: order[best] ?? 0, position: best };
  }
  let last = 0;
  for (const number of order) last = Math.max(last, number);
  const found = new Uint8Array((last >>> 3) + 1);
  await scan((number) => {
    if (number <= last) found[number >>> 3] = (found[number >>> 3] ?? 0) | (1 << (number & 7));
  });
  const step = backwards ? -1 : 1;
  const active = from === 0 ? -1 : order.indexOf(from);
  for (let at = active < 0 && backwards ? order.length - 1 : active + step; at >= 0 && at < order.length; at += step) {
    const number = order[at] ?? 0;
    if (((found[number >>> 3] ?? 0) & (1 << (number & 7))) !== 0) return { number, position: at };
  }
  return null;
}
