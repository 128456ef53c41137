/** The Internet checksum (RFC 1071), in steps. */

/** Adds the 16-bit words of `start` to `end`; a last single byte is the upper one of its word. */
export function addWords(sum: number, bytes: Uint8Array, start: number, end: number): number {
  let total = sum;
  for (let at = start; at < end; at += 2) total += ((bytes[at] ?? 0) << 8) | (at + 1 < end ? (bytes[at + 1] ?? 0) : 0);
  return total;
}

/** What is put into the header for a sum of words. */
export function checksumOf(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = Math.floor(folded / 0x10000) + (folded % 0x10000);
  return ~folded & 0xffff;
}

/**
 * Sum of the pseudo header of TCP, UDP (RFC 9293 section 3.1) and ICMPv6 (RFC 8200 section 8.1): both addresses, which stand one behind
 * the other at `addressesAt`, protocol and length.
 */
export function pseudoHeaderSum(
  bytes: Uint8Array,
  addressesAt: number,
  addressLength: 4 | 16,
  protocol: number,
  lengthBytes: number,
): number {
  const addresses = addWords(0, bytes, addressesAt, addressesAt + 2 * addressLength);
  return addresses + protocol + (lengthBytes >>> 16) + (lengthBytes & 0xffff);
}
