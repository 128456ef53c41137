import type { Host } from '../flows/host';

const exactUpTo = 128;
const registerBits = 10;
const registers = 1 << registerBits;
/** Correction of the raw estimate for 1024 registers (Flajolet et al., AofA 2007, figure 3). */
const alpha = 0.7213 / (1 + 1.079 / registers);

/**
 * How many different things: exact to 128, then estimated within some 3 % in one kilobyte (HyperLogLog, Flajolet et al.,
 * AofA 2007). Depends on what was added alone, not on the order.
 */
export class DistinctCounter {
  #exact: Set<number> | null = new Set();
  #maxima: Uint8Array | null = null;

  /** Adds a number by its value as a 32-bit integer: a port, an identifier, a hash. */
  add(value: number): void {
    const exact = this.#exact;
    if (exact !== null) {
      exact.add(value | 0);
      if (exact.size <= exactUpTo) return;
      this.#maxima = new Uint8Array(registers);
      this.#exact = null;
      for (const known of exact) this.#note(known);
      return;
    }
    this.#note(value | 0);
  }

  addHost(host: Host): void {
    this.add(
      host.addressLength === 4 ? host.word0 : mix(host.word0 ^ mix(host.word1 ^ mix(host.word2 ^ mix(host.word3)))),
    );
  }

  addText(text: string): void {
    let hash = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    this.add(hash);
  }

  get isExact(): boolean {
    return this.#exact !== null;
  }

  get size(): number {
    if (this.#exact !== null) return this.#exact.size;
    let sum = 0;
    let zeros = 0;
    for (const maximum of this.#maxima ?? []) {
      sum += 2 ** -maximum;
      if (maximum === 0) zeros++;
    }
    const raw = (alpha * registers * registers) / sum;
    if (raw <= 2.5 * registers && zeros > 0) return Math.round(registers * Math.log(registers / zeros));
    const range = 2 ** 32;
    return Math.round(raw <= range / 30 ? raw : -range * Math.log(1 - raw / range));
  }

  #note(value: number): void {
    const maxima = this.#maxima;
    if (maxima === null) return;
    const hash = mix(value);
    const index = hash >>> (32 - registerBits);
    const rank = Math.min(Math.clz32(hash << registerBits), 32 - registerBits) + 1;
    if (rank > (maxima[index] ?? 0)) maxima[index] = rank;
  }
}

/** Finaliser of MurmurHash3 (Appleby): every bit of the input changes half of the bits of the output. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
