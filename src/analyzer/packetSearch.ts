import type { FindQuery } from '../protocol/packetFind';
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
