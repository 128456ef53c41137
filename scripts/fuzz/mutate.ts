import type { Random } from '../samples/random';

/** Values that lengths, counts and offsets are wrong with. */
const oddBytes = [0x00, 0x01, 0x7f, 0x80, 0xc0, 0xff];

/** A damaged copy: bits and bytes changed, stretches removed, doubled, zeroed or taken from `other`, or cut short. */
export function mutate(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  let result: Uint8Array = bytes.slice();
  const changes = random.integer(1, 8);
  for (let i = 0; i < changes; i++) result = change(random, result, other);
  return result;
}

function change(random: Random, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  if (bytes.length === 0) return other.slice(0, 64);
  const at = random.integer(0, bytes.length - 1);
  const length = Math.min(bytes.length - at, 2 ** random.integer(0, 9));
  switch (random.integer(0, 7)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(0, 7));
      return bytes;
    case 1:
      bytes[at] = random.integer(0, 255);
      return bytes;
    case 2:
      bytes[at] = oddBytes[random.integer(0, oddBytes.length - 1)] ?? 0;
      return bytes;
    case 3:
      // A field of four bytes says the most that it can, or nothing.
      bytes.fill(random.next() < 0.5 ? 0xff : 0, at, at + 4);
      return bytes;
    case 4:
      return bytes.slice(0, at);
    case 5:
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    case 6:
      return joined(bytes.subarray(0, at + length), bytes.subarray(at));
    default: {
      const from = random.integer(0, Math.max(0, other.length - length));
      bytes.set(other.subarray(from, from + length), at);
      return bytes;
    }
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const result = new Uint8Array(first.length + second.length);
  result.set(first);
  result.set(second, first.length);
  return result;
}
