import { engineLimits } from '../limits';

/**
 * A message that needs more segments: its place in the sequence space, which of its bytes have come, and the first of them
 * themselves. Segments that come early fill their place.
 */
export class SegmentedMessage {
  active = false;
  /** Sequence number of its first byte. */
  sequence = 0;
  /** Bytes it needs; infinite when only its end tells. */
  needed = 0;
  /** Any segment that follows may complete it. */
  oneMore = false;
  /** Bytes that have come without a gap. */
  contiguous = 0;
  bytes: Uint8Array = new Uint8Array(0);
  /** Bytes kept from the beginning. */
  kept = 0;
  /** Bytes that are of use. */
  keepBytes = Number.POSITIVE_INFINITY;
  /** Stretches behind the gap, `from, to` in turns. */
  readonly #early: number[] = [];

  begin(sequence: number, needed: number, keepBytes: number): void {
    this.keepBytes = Math.min(keepBytes, engineLimits.namedMessageBytes);
    this.active = true;
    this.sequence = sequence | 0;
    this.needed = needed;
    this.oneMore = !Number.isFinite(needed);
    this.contiguous = 0;
    this.kept = 0;
    if (this.#early.length > 0) this.#early.length = 0;
  }

  /** Counts bytes in the middle of the message of which none is of use; false when there is more to do with them. */
  passes(offset: number, length: number): boolean {
    if (offset !== this.contiguous || offset + length >= this.needed || this.kept < this.keepBytes) return false;
    if (this.#early.length > 0) return false;
    this.contiguous = offset + length;
    return true;
  }

  /** True for the place of a byte of the newest message, whole or not. */
  holds(sequence: number): boolean {
    const offset = (sequence - this.sequence) | 0;
    return offset >= 0 && offset < this.contiguous;
  }

  clear(): void {
    this.active = false;
    this.kept = 0;
    if (this.bytes.length > reusedBytes) this.bytes = nothing;
    if (this.#early.length > 0) this.#early.length = 0;
  }

  /** Takes `length` bytes at `offset` of the message, of which those from `start` to `end` are kept while they follow on. */
  put(offset: number, bytes: Uint8Array, start: number, end: number, length: number): void {
    if (offset > this.contiguous) {
      this.#putEarly(offset, offset + length);
      return;
    }
    const from = this.contiguous - offset;
    if (from >= length) return;
    if (this.kept === this.contiguous) this.#keep(bytes, start + from, Math.min(end, start + length));
    this.contiguous = offset + length;
    for (let index = 0; index < this.#early.length; index += 2) {
      const earlyFrom = this.#early[index] ?? 0;
      const earlyTo = this.#early[index + 1] ?? 0;
      if (earlyFrom > this.contiguous || earlyTo <= this.contiguous) continue;
      this.contiguous = earlyTo;
      index = -2;
    }
  }

  /** Joins what follows on an earlier stretch with it: after a loss, many segments in order wait for one. */
  #putEarly(from: number, to: number): void {
    const early = this.#early;
    for (let index = early.length - 2; index >= 0; index -= 2) {
      const earlyFrom = early[index] ?? 0;
      const earlyTo = early[index + 1] ?? 0;
      if (from > earlyTo || to < earlyFrom) continue;
      early[index] = Math.min(from, earlyFrom);
      early[index + 1] = Math.max(to, earlyTo);
      return;
    }
    if (early.length < maxEarly) early.push(from, to);
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const length = Math.min(end - start, this.keepBytes - this.kept);
    if (length <= 0) return;
    if (this.kept + length > this.bytes.length) {
      const wanted = Math.max(2 * this.bytes.length, this.kept + length);
      const larger = new Uint8Array(Math.min(engineLimits.namedMessageBytes, wanted));
      larger.set(this.bytes.subarray(0, this.kept));
      this.bytes = larger;
    }
    const { bytes: to, kept } = this;
    // A few, as of the head of a record, are copied sooner than the call and its view of the bytes are made.
    if (length <= fewBytes) for (let index = 0; index < length; index++) to[kept + index] = bytes[start + index] ?? 0;
    else to.set(bytes.subarray(start, start + length), kept);
    this.kept += length;
  }
}

const nothing = new Uint8Array(0);
const fewBytes = 16;
/** A buffer of no more is kept for the next message. */
const reusedBytes = 64;
/** Stretches behind a gap that are remembered for one message, twice their number. */
const maxEarly = 32;
