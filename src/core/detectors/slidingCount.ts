const slots = 12;

/**
 * Events within a sliding window, in twelve slots: the sum is exact to a twelfth of the window and costs 100 bytes however
 * many events come.
 */
export class SlidingCount {
  readonly #slotUs: number;
  readonly #counts = new Array<number>(slots).fill(0);
  #slot = Number.NEGATIVE_INFINITY;
  #sum = 0;

  /** `windowUs` in microseconds of packet time. */
  constructor(windowUs: number) {
    this.#slotUs = windowUs / slots;
  }

  /** Counts `amount` events; returns the sum of the window that ends now. A time before the newest counts as the newest. */
  add(timeUs: number, amount = 1): number {
    this.advance(timeUs);
    const index = modulo(this.#slot);
    this.#counts[index] = (this.#counts[index] ?? 0) + amount;
    this.#sum += amount;
    return this.#sum;
  }

  /** Sum of the window that ends at `timeUs`. */
  at(timeUs: number): number {
    this.advance(timeUs);
    return this.#sum;
  }

  /** Forgets all. */
  clear(): void {
    this.#counts.fill(0);
    this.#sum = 0;
  }

  advance(timeUs: number): void {
    const slot = Math.floor(timeUs / this.#slotUs);
    if (slot <= this.#slot) return;
    const steps = Math.min(slots, slot - this.#slot);
    for (let i = 0; i < steps; i++) {
      const index = modulo(slot - i);
      this.#sum -= this.#counts[index] ?? 0;
      this.#counts[index] = 0;
    }
    if (steps === slots) this.#sum = 0;
    this.#slot = slot;
  }
}

function modulo(slot: number): number {
  return ((slot % slots) + slots) % slots;
}
