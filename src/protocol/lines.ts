/**
 * Splits a byte stream into lines ended by `\n` (not part of the line), for any chunking.
 * Bounded: a line longer than the limit is dropped up to its end, reported once, and splitting goes on after it.
 */
export class LineSplitter {
  /** Start of a line whose end has not arrived: a copy, because chunks may be reused by their owner. Grows to the limit. */
  private held = new Uint8Array(0);
  private heldBytes = 0;
  private skipping = false;

  /**
   * @param maxLineBytes longest line handed over, without its `\n`
   * @param onLine the bytes are valid only during the call
   * @param onOverflow a line was longer than the limit
   */
  constructor(
    private readonly maxLineBytes: number,
    private readonly onLine: (line: Uint8Array) => void,
    private readonly onOverflow: () => void,
  ) {}

  push(chunk: Uint8Array): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(10, start);
      if (end === -1) break;
      this.finish(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.hold(chunk.subarray(start));
  }

  /** Hands over a last line that has no `\n`. */
  end(): void {
    if (this.heldBytes > 0 || this.skipping) this.finish(new Uint8Array(0));
  }

  private finish(tail: Uint8Array): void {
    if (this.heldBytes === 0 && !this.skipping) {
      if (tail.length > this.maxLineBytes) this.onOverflow();
      else this.onLine(tail);
      return;
    }
    this.hold(tail);
    const length = this.heldBytes;
    const isWhole = !this.skipping;
    this.heldBytes = 0;
    this.skipping = false;
    if (isWhole) this.onLine(this.held.subarray(0, length));
  }

  private hold(part: Uint8Array): void {
    if (this.skipping) return;
    const length = this.heldBytes + part.length;
    if (length > this.maxLineBytes) {
      this.heldBytes = 0;
      this.skipping = true;
      this.onOverflow();
      return;
    }
    if (length > this.held.length) {
      const grown = new Uint8Array(Math.min(this.maxLineBytes, Math.max(length, 2 * this.held.length)));
      grown.set(this.held.subarray(0, this.heldBytes));
      this.held = grown;
    }
    this.held.set(part, this.heldBytes);
    this.heldBytes = length;
  }
}
