import { LimitCounter, engineLimits } from '../limits';

/** What reads the bytes of one direction of a connection. */
export interface StreamReader {
  /** Bytes from the first unread one on that `read` needs to get further; it is not called with fewer. */
  readonly needed: number;
  /** False when nothing in what follows is of interest: nothing is kept for it any more. */
  readonly reading: boolean;
  /**
   * Takes the bytes `start` to `end`, which follow on what was read before. Returns the offset up to which they are done
   * with: less than `end` to get the rest again with what follows, more to leave out bytes that are still to come.
   */
  read(bytes: Uint8Array, start: number, end: number): number;
  /**
   * Bytes are missing after `start` to `end`, which were not read; the next bytes can be from the middle of anything.
   * `cut`: they were there, but the capture kept only the beginning of their packet.
   */
  lose(bytes: Uint8Array, start: number, end: number, cut: boolean): void;
}

/** A segment that came before the ones in front of it. */
interface HeldSegment {
  sequence: number;
  /** Bytes on the wire; `bytes` has fewer when the capture cut them. */
  wireLength: number;
  bytes: Uint8Array;
}

/** Memory of all streams together, and how often a bound of it was hit. */
export class StreamMemory {
  /** Bytes held now. */
  bytes = 0;
  readonly limit: LimitCounter;
  readonly segmentLimit = new LimitCounter(
    'segments that wait for an earlier one',
    engineLimits.heldSegmentsPerDirection,
  );
  readonly messageLimit = new LimitCounter('bytes of an unfinished message', engineLimits.unreadStreamBytes);

  constructor(maxBytes: number = engineLimits.streamBytes) {
    this.limit = new LimitCounter('bytes held of streams', maxBytes);
  }

  get limits(): readonly LimitCounter[] {
    return [this.limit, this.segmentLimit, this.messageLimit];
  }
}

const nothing = new Uint8Array(0);

/**
 * Puts the segments of one direction of a TCP connection in order (RFC 9293 section 3.10.7.4) and gives their bytes to a
 * reader. Of bytes that were sent twice the first ones count. Segments that come in order are read where they are; only
 * unfinished messages and segments that came early are copied. Sequence numbers are signed 32-bit integers.
 */
export class StreamDirection {
  #started = false;
  #next = 0;
  /** Bytes from `#next` on that the reader does not want. */
  #skip = 0;
  #unread = nothing;
  #unreadLength = 0;
  #held: HeldSegment[] = [];
  #heldBytes = 0;
  #gapTimeUs = 0;

  constructor(
    readonly reader: StreamReader,
    readonly memory: StreamMemory,
  ) {}

  /** True while segments wait for an earlier one. */
  get waiting(): boolean {
    return this.#held.length > 0;
  }

  /** Sets the sequence number of the first byte; without it the stream begins with the first segment. */
  begin(sequence: number): void {
    if (this.#started) return;
    this.#started = true;
    this.#next = sequence | 0;
  }

  /**
   * Takes a segment with `wireLength` bytes, of which `start` to `end` were captured. The bytes are not needed after the
   * call.
   */
  push(timeUs: number, sequence: number, bytes: Uint8Array, start: number, end: number, wireLength: number): void {
    if (!this.reader.reading) return this.release();
    if (!this.#started) this.begin(sequence);
    let ahead = (sequence - this.#next) | 0;
    if (ahead > 0 && ahead <= this.#skip) {
      this.#skip -= ahead;
      this.#next = sequence;
      ahead = 0;
    }
    if (ahead > maxDistance || ahead < -maxDistance) {
      // No window is as large: another connection on the same ports, or nonsense.
      this.#loseTo(sequence);
      ahead = 0;
    }
    if (ahead > 0 || this.#held.length > 0) this.#hold(timeUs, sequence, bytes, start, end, wireLength);
    else this.#deliver(sequence, bytes, start, end, wireLength);
    if (this.#held.length > 0) this.#catchUp(timeUs);
    if (!this.reader.reading) this.release();
  }

  /**
   * The other side has acknowledged everything before `sequence`, so what is missing of it was not lost on the way: it was
   * not captured and will not come.
   */
  acknowledged(timeUs: number, sequence: number): void {
    if (this.#held.length === 0 || ((sequence - this.#next) | 0) <= 0) return;
    this.#giveUpGap();
    this.#catchUp(timeUs);
  }

  /** No more segments come: reads what waits, gaps or not. */
  finish(): void {
    while (this.#held.length > 0) this.#giveUpGap();
    this.release();
  }

  /** Forgets everything that is held. */
  release(): void {
    this.memory.bytes -= this.#heldBytes + this.#unread.length;
    this.#held = [];
    this.#heldBytes = 0;
    this.#unread = nothing;
    this.#unreadLength = 0;
  }

  #deliver(sequence: number, bytes: Uint8Array, start: number, end: number, wireLength: number): void {
    const seen = (this.#next - sequence) | 0;
    if (seen >= wireLength) return;
    const from = start + seen;
    const missing = wireLength - Math.max(seen, end - start);
    const left = from < end ? this.#read(bytes, from, end, missing > 0) : end;
    this.#next = (sequence + wireLength) | 0;
    if (missing <= 0) return;
    if (left >= end) return this.#lose(missing, true);
    this.#skip = 0;
    this.reader.lose(bytes, left, end, true);
  }

  /**
   * `cut`: what follows `end` was not captured. Returns where the bytes begin that the reader left and that are not kept, because they
   * are lost at once; else `end`.
   */
  #read(bytes: Uint8Array, start: number, end: number, cut: boolean): number {
    const { reader } = this;
    const skipped = Math.min(this.#skip, end - start);
    this.#skip -= skipped;
    const from = start + skipped;
    if (from >= end || !reader.reading) return end;
    if (this.#unreadLength === 0) {
      const done = end - from < reader.needed ? from : reader.read(bytes, from, end);
      if (done >= end) this.#skip = done - end;
      else if (reader.reading && cut) return done;
      else if (reader.reading) this.#keep(bytes, done, end);
      return end;
    }
    if (!this.#keep(bytes, from, end) || this.#unreadLength < reader.needed) return end;
    const length = this.#unreadLength;
    const done = reader.read(this.#unread, 0, length);
    if (done >= length) {
      this.#skip = done - length;
      this.#unreadLength = 0;
    } else if (done > 0) {
      this.#unread.copyWithin(0, done, length);
      this.#unreadLength = length - done;
    }
    if (this.#unreadLength === 0) this.#forgetUnread();
    return end;
  }

  /** Appends to the unread bytes; false when there are too many, which are then given up. */
  #keep(bytes: Uint8Array, start: number, end: number): boolean {
    const length = this.#unreadLength + end - start;
    if (length > this.#unread.length) {
      const capacity = Math.min(Math.max(length, 2 * this.#unread.length), engineLimits.unreadStreamBytes);
      const tooLong = length > capacity;
      if (tooLong || this.memory.bytes + capacity - this.#unread.length > this.memory.limit.limit) {
        (tooLong ? this.memory.messageLimit : this.memory.limit).hits++;
        const unread = this.#unread;
        const unreadLength = this.#unreadLength;
        this.#forgetUnread();
        if (unreadLength > 0) this.reader.lose(unread, 0, unreadLength, false);
        else this.reader.lose(bytes, start, end, false);
        return false;
      }
      const larger = new Uint8Array(capacity);
      larger.set(this.#unread.subarray(0, this.#unreadLength));
      this.memory.bytes += capacity - this.#unread.length;
      this.#unread = larger;
    }
    this.#unread.set(bytes.subarray(start, end), this.#unreadLength);
    this.#unreadLength = length;
    return true;
  }

  #forgetUnread(): void {
    this.memory.bytes -= this.#unread.length;
    this.#unread = nothing;
    this.#unreadLength = 0;
  }

  /** Keeps the parts of a segment that no other one has brought yet: of bytes that came twice the first ones count. */
  #hold(timeUs: number, sequence: number, bytes: Uint8Array, start: number, end: number, wireLength: number): void {
    const { memory } = this;
    if (this.#held.length === 0) this.#gapTimeUs = timeUs;
    let from = Math.max(0, (this.#next - sequence) | 0);
    let index = 0;
    for (; index < this.#held.length && from < wireLength; index++) {
      const other = this.#held[index];
      if (other === undefined) break;
      const otherFrom = (other.sequence - sequence) | 0;
      const otherEnd = otherFrom + other.wireLength;
      if (otherEnd <= from) continue;
      if (otherFrom >= wireLength) break;
      if (otherFrom > from) this.#insert(index++, sequence + from, bytes, start + from, end, otherFrom - from);
      from = otherEnd;
    }
    if (from < wireLength) this.#insert(index, sequence + from, bytes, start + from, end, wireLength - from);
    while (this.#held.length > 0) {
      const limit =
        this.#held.length > memory.segmentLimit.limit
          ? memory.segmentLimit
          : memory.bytes > memory.limit.limit
            ? memory.limit
            : null;
      if (limit === null) return;
      limit.hits++;
      this.#giveUpGap();
    }
  }

  #insert(index: number, sequence: number, bytes: Uint8Array, from: number, end: number, wireLength: number): void {
    const copy = bytes.slice(Math.min(from, end), Math.min(end, from + wireLength));
    this.#held.splice(index, 0, { sequence: sequence | 0, wireLength, bytes: copy });
    this.#heldBytes += copy.length;
    this.memory.bytes += copy.length;
  }

  /** Reads the held segments that follow on what was read; gives a gap up that was open for too long. */
  #catchUp(timeUs: number): void {
    for (;;) {
      const first = this.#held[0];
      if (first === undefined) return;
      const ahead = (first.sequence - this.#next) | 0;
      if (ahead > this.#skip) {
        const waitedUs = timeUs - this.#gapTimeUs;
        if (waitedUs < engineLimits.streamGapWaitUs && waitedUs >= 0) return;
        this.#giveUpGap();
        this.#gapTimeUs = timeUs;
        continue;
      }
      if (ahead > 0) {
        this.#skip -= ahead;
        this.#next = first.sequence;
      }
      this.#takeHeld();
    }
  }

  #takeHeld(): void {
    const first = this.#held.shift();
    if (first === undefined) return;
    this.#heldBytes -= first.bytes.length;
    this.memory.bytes -= first.bytes.length;
    this.#deliver(first.sequence, first.bytes, 0, first.bytes.length, first.wireLength);
  }

  #giveUpGap(): void {
    const first = this.#held[0];
    if (first === undefined) return;
    const ahead = (first.sequence - this.#next) | 0;
    if (ahead > 0) this.#loseTo(first.sequence);
    this.#takeHeld();
  }

  #loseTo(sequence: number): void {
    const missing = (sequence - this.#next) | 0;
    this.#next = sequence;
    this.#lose(missing > 0 ? missing : Number.POSITIVE_INFINITY, false);
  }

  #lose(missing: number, cut: boolean): void {
    if (missing <= this.#skip && missing !== Number.POSITIVE_INFINITY) {
      this.#skip -= missing;
      return;
    }
    this.#skip = 0;
    const unread = this.#unread;
    const length = this.#unreadLength;
    this.#forgetUnread();
    this.reader.lose(unread, 0, length, cut);
  }
}

/** Twice the largest window there is (RFC 7323 section 2.3: 2^30 bytes, of which nothing comes near). */
const maxDistance = 0x10000000;
