import { ecb } from '@noble/ciphers/aes.js';

/** Bytes of a key: Crypto-PAn takes 32, hardware addresses 16 of their own. */
export const scramblerKeyBytes = 48;

/** Scrambled addresses remembered, so that each is worked out once; forgotten all at once. */
const maxRemembered = 65_536;

const blockBytes = 16;

/**
 * Prefix-preserving address anonymisation after Crypto-PAn (Xu, Fan, Ammar, Moon: "Prefix-Preserving IP Address Anonymization",
 * ICNP 2002), for IPv4 and IPv6, with AES-128: two addresses that share their first n bits share n bits afterwards, and nobody without
 * the key can tell which they were. Hardware addresses become other ones, marked as locally administered; nothing of the vendor stays.
 */
export class AddressScrambler {
  readonly #key: Uint8Array;
  readonly #pad: Uint8Array;
  readonly #macKey: Uint8Array;
  readonly #remembered = new Map<string, Uint8Array>();
  readonly #seen = { ipv4: new Set<string>(), ipv6: new Set<string>(), mac: new Set<string>() };

  /** @param key `scramblerKeyBytes` random bytes, used for one export and never kept */
  constructor(key: Uint8Array) {
    this.#key = key.slice(0, 16);
    this.#pad = encrypt(this.#key, key.slice(16, 32));
    this.#macKey = key.slice(32, 48);
  }

  /** Different addresses replaced so far, each counted up to a bound. */
  get counts(): { ipv4: number; ipv6: number; mac: number } {
    const { ipv4, ipv6, mac } = this.#seen;
    return { ipv4: ipv4.size, ipv6: ipv6.size, mac: mac.size };
  }

  /** Replaces the IP address of `length` 4 or 16 at `offset`. */
  ip(bytes: Uint8Array, offset: number, length: 4 | 16): void {
    const address = bytes.subarray(offset, offset + length);
    if (address.length < length) return;
    const known = length === 4 ? keptIpv4(address) : keptIpv6(address);
    bytes.set(known ?? this.#recall(address, length === 4 ? 'ipv4' : 'ipv6', () => this.scrambleIp(address)), offset);
  }

  /** Replaces the hardware address at `offset`. */
  mac(bytes: Uint8Array, offset: number): void {
    const address = bytes.subarray(offset, offset + 6);
    if (address.length < 6) return;
    bytes.set(keptMac(address) ?? this.#recall(address, 'mac', () => this.#scrambleMac(address)), offset);
  }

  /** Crypto-PAn of any address: each bit is turned by what the bits before it encrypt to. */
  scrambleIp(address: Uint8Array): Uint8Array {
    const bits = address.length * 8;
    const blocks = new Uint8Array(bits * blockBytes);
    for (let bit = 0; bit < bits; bit++) {
      const block = blocks.subarray(bit * blockBytes, (bit + 1) * blockBytes);
      block.set(this.#pad);
      const whole = bit >> 3;
      block.set(address.subarray(0, whole));
      const mask = (0xff00 >> (bit & 7)) & 0xff;
      block[whole] = ((address[whole] ?? 0) & mask) | ((this.#pad[whole] ?? 0) & ~mask);
    }
    const turned = encrypt(this.#key, blocks);
    const result = address.slice();
    for (let bit = 0; bit < bits; bit++) {
      const turn = (turned[bit * blockBytes] ?? 0) >> 7;
      result[bit >> 3] = (result[bit >> 3] ?? 0) ^ (turn << (7 - (bit & 7)));
    }
    return result;
  }

  #scrambleMac(address: Uint8Array): Uint8Array {
    const block = new Uint8Array(blockBytes);
    block.set(address);
    const result = encrypt(this.#macKey, block).slice(0, 6);
    // Locally administered (IEEE 802-2014 section 8.2); a group stays one.
    result[0] = ((result[0] ?? 0) & 0xfc) | 2 | ((address[0] ?? 0) & 1);
    return result;
  }

  #recall(address: Uint8Array, kind: 'ipv4' | 'ipv6' | 'mac', work: () => Uint8Array): Uint8Array {
    const key = String.fromCharCode(...address);
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const result = work();
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear();
    this.#remembered.set(key, result);
    if (this.#seen[kind].size < maxRemembered) this.#seen[kind].add(key);
    return result;
  }
}

function encrypt(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  return ecb(key, { disablePadding: true }).encrypt(blocks);
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** Addresses that belong to nobody stay: loopback, broadcast, unspecified, well-known groups. Null for all others. */
function keptIpv4(address: Uint8Array): Uint8Array | null {
  const [a = 0, b = 0, c = 0, d = 0] = address;
  if (a === 127 || isZero(address) || address.every((byte) => byte === 255)) return address.slice();
  const wellKnown = (a === 224 && b === 0 && c <= 1) || (a === 239 && b === 255 && c === 255 && d === 250);
  return wellKnown ? address.slice() : null;
}

/** As for IPv4. A solicited-node group (RFC 4291 section 2.7.1) holds the end of an address: it loses it. */
function keptIpv6(address: Uint8Array): Uint8Array | null {
  if (isZero(address.subarray(0, 15)) && (address[15] ?? 0) <= 1) return address.slice();
  if (address[0] !== 0xff) return null;
  if ((address[1] ?? 0) < 0x10 && isZero(address.subarray(2, 13)) && address[13] === 0) return address.slice();
  const solicited = address[1] === 2 && isZero(address.subarray(2, 11)) && address[11] === 1 && address[12] === 0xff;
  if (!solicited) return null;
  const result = address.slice();
  result.fill(0, 13);
  return result;
}

/** Broadcast, none, and groups that name a protocol and no address. */
function keptMac(address: Uint8Array): Uint8Array | null {
  if (isZero(address) || address.every((byte) => byte === 255)) return address.slice();
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = address;
  const bridge = a === 1 && b === 0x80 && c === 0xc2 && d === 0 && e === 0;
  const ipv4Group =
    a === 1 && b === 0 && c === 0x5e && ((d === 0 && e <= 1) || (d === 0x7f && e === 0xff && f === 0xfa));
  const ipv6Group = a === 0x33 && b === 0x33 && c === 0 && d === 0 && e === 0;
  if (bridge || ipv4Group || ipv6Group) return address.slice();
  // The end of a group's hardware address is that of its IP address (RFC 1112 section 6.4, RFC 2464 section 7).
  if (a === 1 && b === 0 && c === 0x5e) return Uint8Array.of(1, 0, 0x5e, 0x7f, 0, 0);
  if (a === 0x33 && b === 0x33) return Uint8Array.of(0x33, 0x33, 0xff, 0, 0, 0);
  return null;
}
