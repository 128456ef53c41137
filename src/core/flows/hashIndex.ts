const firstCapacity = 1024;
const end = -1;
const absent = -2;

/**
 * Finds numbered things by a 32-bit hash: chains of slots in typed arrays. Nothing in it is an object, so looking something up follows
 * no references, and the garbage collector has nothing to do with it. Slots are small and used again by whoever counts them.
 */
export class HashIndex {
  #heads = new Int32Array(firstCapacity).fill(end);
  /** Hash and next slot of the chain, side by side for each slot. */
  #links = new Int32Array(2 * firstCapacity).fill(absent);
  #size = 0;

  /** First slot with this hash, -1 without one. */
  first(hash: number): number {
    return this.#sameFrom(this.#heads[headOf(hash, this.#heads.length)] as number, hash);
  }

  /** The next slot with the hash of `slot`, -1 for none. */
  after(slot: number): number {
    return this.#sameFrom(this.#links[2 * slot + 1] as number, this.#links[2 * slot] as number);
  }

  /** The hashes of the slots below `count`, all of which are in the index. */
  hashes(count: number): Int32Array {
    const hashes = new Int32Array(count);
    for (let slot = 0; slot < count; slot++) hashes[slot] = this.#links[2 * slot] as number;
    return hashes;
  }

  /** `hash` is a signed 32-bit integer, `slot` is not in the index. */
  add(slot: number, hash: number): void {
    if (2 * slot >= this.#links.length) this.#makeRoom(slot);
    if (this.#size >= this.#heads.length) this.#spread();
    this.#size++;
    const head = headOf(hash, this.#heads.length);
    this.#links[2 * slot] = hash;
    this.#links[2 * slot + 1] = this.#heads[head] as number;
    this.#heads[head] = slot;
  }

  /** `slot` is in the index. */
  remove(slot: number): void {
    const links = this.#links;
    const head = headOf(links[2 * slot] as number, this.#heads.length);
    const next = links[2 * slot + 1] as number;
    let at = this.#heads[head] as number;
    if (at === slot) {
      this.#heads[head] = next;
    } else {
      while (links[2 * at + 1] !== slot) at = links[2 * at + 1] as number;
      links[2 * at + 1] = next;
    }
    links[2 * slot + 1] = absent;
    this.#size--;
  }

  /** Forgets all slots. */
  clear(): void {
    this.#heads.fill(end);
    this.#links.fill(absent);
    this.#size = 0;
  }

  #sameFrom(slot: number, hash: number): number {
    const links = this.#links;
    let at = slot;
    while (at >= 0 && links[2 * at] !== hash) at = links[2 * at + 1] as number;
    return at;
  }

  #makeRoom(slot: number): void {
    let length = this.#links.length;
    while (length <= 2 * slot) length *= 2;
    const links = new Int32Array(length).fill(absent);
    links.set(this.#links);
    this.#links = links;
  }

  #spread(): void {
    const links = this.#links;
    const heads = new Int32Array(2 * this.#heads.length).fill(end);
    for (let slot = 0; 2 * slot < links.length; slot++) {
      if (links[2 * slot + 1] === absent) continue;
      const head = headOf(links[2 * slot] as number, heads.length);
      links[2 * slot + 1] = heads[head] as number;
      heads[head] = slot;
    }
    this.#heads = heads;
  }
}

/** `heads` is a power of 2. */
function headOf(hash: number, heads: number): number {
  return (hash >>> 8) & (heads - 1);
}
