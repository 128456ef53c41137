/**
 * Splits a byte stream into lines ended by `\n` (not part of the line), for any chunking.
 * Bounded: a line longer than the limit is dropped up to its end, reported once, and splitting goes on after it.
 */
export class LineSplitter {
  /** Start of a line whose end has not arrived; its parts are copies, because chunks may be reused by their owner. */
  private parts: Uint8Array[] = [];
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
    if (this.skipping) {
      this.skipping = false;
      return;
    }
    if (this.heldBytes === 0) {
      if (tail.length > this.maxLineBytes) this.onOverflow();
      else this.onLine(tail);
      return;
    }
    const length = this.heldBytes + tail.length;
    const parts = this.parts;
    this.parts = [];
    this.heldBytes = 0;
    if (length > this.maxLineBytes) {
      this.onOverflow();
      return;
    }
    const line = new Uint8Array(length);
    let offset = 0;
    for (const part of parts) {
      line.set(part, offset);
      offset += part.length;
    }
    line.set(tail, offset);
    this.onLine(line);
  }

  private hold(part: Uint8Array): void {
    if (this.skipping) return;
    if (this.heldBytes + part.length > this.maxLineBytes) {
      this.parts = [];
      this.heldBytes = 0;
      this.skipping = true;
      this.onOverflow();
      return;
    }
    this.parts.push(part.slice());
    this.heldBytes += part.length;
  }
}
