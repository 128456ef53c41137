const chunkBits = 14;
const chunkNumbers = 1 << chunkBits;

/**
 * Packet numbers in rising order, four bytes each, in pieces of 64 KiB: a list of JavaScript takes two to five times as much while
 * it grows, and one array has to be there twice for that.
 */
export class PacketNumbers {
  readonly #chunks: Uint32Array[] = [];
  /** Numbers at the start of the first chunk that are forgotten. */
  #dropped = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The number at a position; NaN behind the end. */
  at(position: number): number {
    return position >= 0 && position < this.#length ? this.#get(position) : Number.NaN;
  }

  /** @param number above all that are there */
  push(number: number): void {
    const at = this.#dropped + this.#length;
    let chunk = this.#chunks[at >>> chunkBits];
    if (chunk === undefined) this.#chunks.push((chunk = new Uint32Array(chunkNumbers)));
    chunk[at & (chunkNumbers - 1)] = number;
    this.#length += 1;
  }

  /** A copy of `count` numbers from a position on. */
  slice(from: number, count: number): number[] {
    const numbers: number[] = [];
    for (let at = from; at < Math.min(from + count, this.#length); at++) numbers.push(this.#get(at));
    return numbers;
  }

  has(number: number): boolean {
    return this.at(this.positionOf(number)) === number;
  }

  /** Position of the first number that is not below `number`. */
  positionOf(number: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#get(middle) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Forgets all numbers below `number`. */
  dropBelow(number: number): void {
    const dropped = this.positionOf(number);
    this.#dropped += dropped;
    this.#length -= dropped;
    this.#chunks.splice(0, this.#dropped >>> chunkBits);
    this.#dropped &= chunkNumbers - 1;
  }

  #get(position: number): number {
    const at = this.#dropped + position;
    return this.#chunks[at >>> chunkBits]?.[at & (chunkNumbers - 1)] ?? Number.NaN;
  }
}
