import { parseIpAddress } from '../decode/addresses';
import { LimitCounter, engineLimits } from '../limits';
import { largest } from '../stats/largest';
import { nthSmallest } from '../stats/nthSmallest';
import { wordAt } from './hash';
import type { AddressHash } from './hash';
import { HashIndex } from './hashIndex';
import { Host } from './host';

const idLimit = 2 ** 26;

/** All addresses seen, bounded: at the limit the half with fewer packets is forgotten. */
export class HostTable {
  readonly limit: LimitCounter;
  readonly #hash: AddressHash;
  readonly #localAddresses: Set<string>;
  /** All of them, oldest first; the index finds the place of each. */
  #hosts: Host[] = [];
  readonly #index = new HashIndex();
  #nextId = 0;

  /** `localAddresses`: own addresses as text; ones that are no address are ignored. */
  constructor(hash: AddressHash, localAddresses: readonly string[], maxHosts: number = engineLimits.hosts) {
    this.#hash = hash;
    this.limit = new LimitCounter('addresses', maxHosts);
    this.#localAddresses = new Set();
    for (const text of localAddresses) {
      // A scope (fe80::1%eth0) names the interface, not the address.
      const bytes = parseIpAddress(text.replace(/%.*$/, ''));
      if (bytes !== null) this.#localAddresses.add(bytes.join('.'));
    }
  }

  get size(): number {
    return this.#hosts.length;
  }

  /** The host with the address of `length` 4 or 16 bytes at `offset`; made when it is new. */
  at(bytes: Uint8Array, offset: number, length: number): Host {
    const word0 = wordAt(bytes, offset);
    if (length === 4) return this.#find(4, word0, 0, 0, 0);
    return this.#find(16, word0, wordAt(bytes, offset + 4), wordAt(bytes, offset + 8), wordAt(bytes, offset + 12));
  }

  /** Lists a forgotten host again; returns the one to use from now on (another may have taken its place). */
  relist(host: Host): Host {
    const { addressLength, word0, word1, word2, word3 } = host;
    const hash = this.#hash.endpoint(word0, word1, word2, word3, addressLength);
    const other = this.#listed(hash, addressLength, word0, word1, word2, word3);
    if (other !== null) {
      other.packets += host.packets;
      other.bytesSent += host.bytesSent;
      other.bytesReceived += host.bytesReceived;
      host.packets = 0;
      host.bytesSent = 0;
      host.bytesReceived = 0;
      return other;
    }
    this.#insert(host, hash);
    return host;
  }

  /** The `count` hosts with the most bytes. */
  top(count: number): Host[] {
    return largest(this.#hosts, count, (host) => host.bytesSent + host.bytesReceived);
  }

  #find(length: number, word0: number, word1: number, word2: number, word3: number): Host {
    const hash = this.#hash.endpoint(word0, word1, word2, word3, length);
    const known = this.#listed(hash, length, word0, word1, word2, word3);
    if (known !== null) return known;
    const host = new Host(
      this.#nextId,
      length,
      word0,
      word1,
      word2,
      word3,
      this.#localAddresses.size > 0 && this.#isLocal(length, word0, word1, word2, word3),
    );
    this.#nextId = (this.#nextId + 1) % idLimit;
    this.#insert(host, hash);
    return host;
  }

  #listed(hash: number, length: number, word0: number, word1: number, word2: number, word3: number): Host | null {
    for (let at = this.#index.first(hash); at >= 0; at = this.#index.after(at)) {
      const host = this.#hosts[at];
      if (
        host?.word0 === word0 &&
        host.word1 === word1 &&
        host.word2 === word2 &&
        host.word3 === word3 &&
        host.addressLength === length
      ) {
        return host;
      }
    }
    return null;
  }

  #insert(host: Host, hash: number): void {
    if (this.#hosts.length >= this.limit.limit) this.#forgetQuietHalf();
    host.listed = true;
    this.#index.add(this.#hosts.length, hash);
    this.#hosts.push(host);
  }

  #forgetQuietHalf(): void {
    const hosts = this.#hosts;
    // Among equally quiet ones the older go.
    const ranks = new Float64Array(hosts.length);
    for (let i = 0; i < hosts.length; i++) {
      const host = hosts[i];
      if (host !== undefined) ranks[i] = Math.min(host.packets, idLimit) * idLimit + host.id;
    }
    const least = nthSmallest(ranks.slice(), hosts.length - Math.floor(this.limit.limit / 2)) || 0;
    const kept: Host[] = [];
    const hashes = this.#index.hashes(hosts.length);
    this.#index.clear();
    for (let i = 0; i < hosts.length; i++) {
      const host = hosts[i];
      if (host === undefined) continue;
      if ((ranks[i] ?? 0) >= least) {
        this.#index.add(kept.length, hashes[i] as number);
        kept.push(host);
      } else host.listed = false;
    }
    this.limit.hits += hosts.length - kept.length;
    this.#hosts = kept;
  }

  #isLocal(length: number, ...words: [number, number, number, number]): boolean {
    // Loopback addresses are the machine's own even where the list of interfaces leaves them out.
    if (length === 4 && words[0] >>> 24 === 127) return true;
    if (length === 16 && words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] === 1) return true;
    const bytes: number[] = [];
    for (const word of length === 4 ? [words[0]] : words) {
      bytes.push(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);
    }
    return this.#localAddresses.has(bytes.join('.'));
  }
}
