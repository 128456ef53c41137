/**
 * Hashing of addresses for the tables. Seeded, so that whoever writes the packets cannot choose addresses that all fall
 * in one bucket. Nothing that anybody sees depends on the seed.
 */
export class AddressHash {
  readonly #seed = (Math.random() * 0x1_0000_0000) | 0;

  /** 32-bit hash of one address (four words) and a port or 0. */
  endpoint(word0: number, word1: number, word2: number, word3: number, port: number): number {
    let hash = Math.imul(word0 ^ this.#seed, 0x85ebca6b);
    hash = Math.imul((hash ^ (hash >>> 15)) + word1, 0xc2b2ae35);
    hash = Math.imul((hash ^ (hash >>> 13)) + word2, 0x27d4eb2f);
    hash = Math.imul((hash ^ (hash >>> 16)) + word3, 0x165667b1);
    hash = Math.imul((hash ^ (hash >>> 15)) + port, 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }
}

/** The big-endian 32-bit word at `offset`, as a signed integer; bytes past the end are 0. */
export function wordAt(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset] ?? 0) << 24) |
    ((bytes[offset + 1] ?? 0) << 16) |
    ((bytes[offset + 2] ?? 0) << 8) |
    (bytes[offset + 3] ?? 0)
  );
}
