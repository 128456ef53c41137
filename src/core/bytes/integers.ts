/**
 * Unsigned integers out of bytes. The caller has checked that `offset` is in range: outside it the missing bytes
 * count as 0, so nothing here throws. Hand-written shifts, because they are faster than `Buffer.readUInt…` on the
 * hot path and need no DataView for each packet.
 */

export function uint8(bytes: Uint8Array, offset: number): number {
  return bytes[offset] ?? 0;
}

/** 16 bits, network byte order. */
export function uint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

/** 24 bits, network byte order. */
export function uint24(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 16) | ((bytes[offset + 1] as number) << 8) | (bytes[offset + 2] as number);
}

/** 32 bits, network byte order, 0 to 2^32 - 1. */
export function uint32(bytes: Uint8Array, offset: number): number {
  return (
    (((bytes[offset] as number) << 24) |
      ((bytes[offset + 1] as number) << 16) |
      ((bytes[offset + 2] as number) << 8) |
      (bytes[offset + 3] as number)) >>>
    0
  );
}

/** 16 bits, least significant byte first. */
export function uint16LittleEndian(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8);
}

/** 32 bits, least significant byte first, 0 to 2^32 - 1. */
export function uint32LittleEndian(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset] as number) |
      ((bytes[offset + 1] as number) << 8) |
      ((bytes[offset + 2] as number) << 16) |
      ((bytes[offset + 3] as number) << 24)) >>>
    0
  );
}
