import { gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { expand } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha384 } from '@noble/hashes/sha2.js';
import { concatBytes } from '../bytes/concatBytes';

type Hash = typeof sha256 | typeof sha384;

/** What a cipher suite says of its records. Only suites with AEAD: others are not decrypted. */
export interface TlsSuite {
  cipher: 'aes-gcm' | 'chacha20-poly1305';
  keyBytes: 16 | 32;
  hash: Hash;
}

const aes128: TlsSuite = { cipher: 'aes-gcm', keyBytes: 16, hash: sha256 };
const aes256: TlsSuite = { cipher: 'aes-gcm', keyBytes: 32, hash: sha384 };
const chacha20: TlsSuite = { cipher: 'chacha20-poly1305', keyBytes: 32, hash: sha256 };

/** By number (IANA, TLS Cipher Suites): RFC 8446 B.4, RFC 5288, RFC 5289, RFC 7905. */
const suites: ReadonlyMap<number, TlsSuite> = new Map([
  [0x1301, aes128],
  [0x1302, aes256],
  [0x1303, chacha20],
  ...[0x009c, 0x009e, 0x00a2, 0xc02b, 0xc02d, 0xc02f, 0xc031].map((number) => [number, aes128] as const),
  ...[0x009d, 0x009f, 0x00a3, 0xc02c, 0xc02e, 0xc030, 0xc032].map((number) => [number, aes256] as const),
  ...[0xcca8, 0xcca9, 0xccaa].map((number) => [number, chacha20] as const),
]);

/** Null for a suite whose records are not decrypted. */
export function tlsSuite(number: number): TlsSuite | null {
  return suites.get(number) ?? null;
}

const tagLength = 16;
const explicitNonceLength = 8;
const nonceLength = 12;

/** Opens the records of one direction, in their order. */
export class RecordKeys {
  #sequence = 0;

  /**
   * @param iv 12 bytes that the sequence number is added to, or the 4 bytes before the nonce that a record carries (RFC 5288 section 3)
   */
  constructor(
    readonly suite: TlsSuite,
    readonly key: Uint8Array,
    readonly iv: Uint8Array,
  ) {}

  /** Plaintext of a record of TLS 1.3 with its content type at the end (RFC 8446 section 5.2). Null when it is not of these keys. */
  open13(header: Uint8Array, body: Uint8Array): Uint8Array | null {
    return this.#open(this.#nonce(), header, body);
  }

  /** Plaintext of a record of TLS 1.2 (RFC 5246 section 6.2.3.3). Null when it is not of these keys. */
  open12(header: Uint8Array, body: Uint8Array): Uint8Array | null {
    const explicit = this.iv.length < nonceLength;
    const start = explicit ? explicitNonceLength : 0;
    const length = body.length - start - tagLength;
    if (length < 0) return null;
    const nonce = explicit ? concatBytes([this.iv, body.subarray(0, start)]) : this.#nonce();
    const associated = new Uint8Array(13);
    new DataView(associated.buffer).setUint32(4, this.#sequence);
    associated.set(header.subarray(0, 3), 8);
    associated[11] = length >> 8;
    associated[12] = length & 0xff;
    return this.#open(nonce, associated, body.subarray(start));
  }

  /** Nonce of the next record (RFC 8446 section 5.3). Sequence numbers of a capture stay below 2^32. */
  #nonce(): Uint8Array {
    const nonce = this.iv.slice();
    const view = new DataView(nonce.buffer);
    view.setUint32(8, (view.getUint32(8) ^ this.#sequence) >>> 0);
    return nonce;
  }

  #open(nonce: Uint8Array, associated: Uint8Array, body: Uint8Array): Uint8Array | null {
    if (body.length < tagLength) return null;
    const { cipher } = this.suite;
    try {
      const aead =
        cipher === 'aes-gcm' ? gcm(this.key, nonce, associated) : chacha20poly1305(this.key, nonce, associated);
      const plain = aead.decrypt(body);
      this.#sequence++;
      return plain;
    } catch {
      return null;
    }
  }
}

/** Keys of one direction out of its traffic secret (RFC 8446 section 7.3). Null for a secret of another length. */
export function trafficKeys(suite: TlsSuite, secret: Uint8Array): RecordKeys | null {
  if (secret.length !== suite.hash.outputLen) return null;
  const key = expandLabel(suite.hash, secret, 'key', suite.keyBytes);
  return new RecordKeys(suite, key, expandLabel(suite.hash, secret, 'iv', nonceLength));
}

/** The secret after a KeyUpdate (RFC 8446 section 7.2). */
export function nextTrafficSecret(suite: TlsSuite, secret: Uint8Array): Uint8Array {
  return expandLabel(suite.hash, secret, 'traffic upd', suite.hash.outputLen);
}

/** Keys of both directions out of the master secret (RFC 5246 section 6.3). */
export function masterKeys(
  suite: TlsSuite,
  master: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): { client: RecordKeys; server: RecordKeys } {
  const { keyBytes } = suite;
  const ivBytes = suite.cipher === 'aes-gcm' ? nonceLength - explicitNonceLength : nonceLength;
  const seed = concatBytes([asciiBytes('key expansion'), serverRandom, clientRandom]);
  const block = pseudoRandom(suite.hash, master, seed, 2 * (keyBytes + ivBytes));
  const iv = 2 * keyBytes;
  return {
    client: new RecordKeys(suite, block.slice(0, keyBytes), block.slice(iv, iv + ivBytes)),
    server: new RecordKeys(suite, block.slice(keyBytes, iv), block.slice(iv + ivBytes)),
  };
}

/** P_hash (RFC 5246 section 5). */
function pseudoRandom(hash: Hash, secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let chain = seed;
  for (let filled = 0; filled < length;) {
    chain = hmac(hash, secret, chain);
    const part = hmac(hash, secret, concatBytes([chain, seed])).subarray(0, length - filled);
    output.set(part, filled);
    filled += part.length;
  }
  return output;
}

/** HKDF-Expand-Label without a context (RFC 8446 section 7.1). */
function expandLabel(hash: Hash, secret: Uint8Array, label: string, length: number): Uint8Array {
  const text = asciiBytes(`tls13 ${label}`);
  const info = concatBytes([Uint8Array.of(length >> 8, length & 0xff, text.length), text, Uint8Array.of(0)]);
  return expand(hash, secret, info, length);
}

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
