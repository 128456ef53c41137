import { uint16, uint8 } from '../bytes/integers';

/**
 * Internet checksum (RFC 1071) of `start` to `end`, as its field should hold it: the two bytes at `fieldOffset` count
 * as 0. `initial` is the sum of what comes before, as of a pseudo-header.
 */
export function internetChecksum(
  bytes: Uint8Array,
  start: number,
  end: number,
  initial: number,
  fieldOffset: number,
): number {
  let sum = initial;
  let offset = start;
  for (; offset + 1 < end; offset += 2) if (offset !== fieldOffset) sum += uint16(bytes, offset);
  if (offset < end) sum += uint8(bytes, offset) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** Sum of the pseudo-header of TCP, UDP and ICMPv6 (RFC 9293 section 3.1, RFC 8200 section 8.1). */
export function pseudoHeaderSum(
  bytes: Uint8Array,
  addressOffset: number,
  addressLength: 4 | 16,
  protocol: number,
  lengthBytes: number,
): number {
  let sum = protocol + (lengthBytes >>> 16) + (lengthBytes & 0xffff);
  for (let offset = addressOffset; offset < addressOffset + 2 * addressLength; offset += 2)
    sum += uint16(bytes, offset);
  return sum;
}
