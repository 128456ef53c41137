const firstCapacity = 1024;

/** Packet numbers in rising order, four bytes each: a list of JavaScript takes two to five times as much while it grows. */
export class PacketNumbers {
  #numbers = new Uint32Array(firstCapacity);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The number at a position; NaN behind the end. */
  at(position: number): number {
    return position >= 0 && position < this.#length ? (this.#numbers[position] ?? Number.NaN) : Number.NaN;
  }

  /** @param number above all that are there */
  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = new Uint32Array(this.#numbers.length + Math.max(firstCapacity, this.#numbers.length >>> 1));
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#length] = number;
    this.#length += 1;
  }

  /** A copy of `count` numbers from a position on. */
  slice(from: number, count: number): number[] {
    return [...this.#numbers.subarray(Math.min(from, this.#length), Math.min(from + count, this.#length))];
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
      if ((this.#numbers[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Forgets all numbers below `number`. */
  dropBelow(number: number): void {
    const dropped = this.positionOf(number);
    if (dropped === 0) return;
    this.#numbers.copyWithin(0, dropped, this.#length);
    this.#length -= dropped;
  }
}
