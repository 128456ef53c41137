const maxWaiting = 64;
const maxHashed = 1472;
/** Bytes at the beginning that the sender of an echo uses for its time stamp. */
const stampLength = 16;
const leastPatternLength = 24;

/** What the echo requests and replies between two hosts hold. */
export class EchoExchange {
  requests = 0;
  replies = 0;
  /** Replies whose data are not those of their request. */
  changed = 0;
  /** Replies to no request that was seen. */
  unasked = 0;
  /** Packets whose data follow no simple pattern. */
  patternless = 0;
  bytes = 0;
  readonly lengths = new Set<number>();
  /** Hash of the data of a request by its identifier and number, newest last. */
  readonly #waiting = new Map<number, number>();

  /** `start` to `end` is the data behind the header; `whole` when the capture cut none of it. */
  note(reply: boolean, key: number, bytes: Uint8Array, start: number, end: number, whole: boolean): void {
    const length = end - start;
    this.bytes += length;
    if (this.lengths.size < maxWaiting) this.lengths.add(length);
    const hash = hashOf(bytes, start, Math.min(end, start + maxHashed));
    if (length >= leastPatternLength && !followsPattern(bytes, start + stampLength, end)) this.patternless++;
    if (!reply) {
      this.requests++;
      this.#waiting.delete(key);
      if (this.#waiting.size >= maxWaiting) {
        const oldest = this.#waiting.keys().next().value;
        if (oldest !== undefined) this.#waiting.delete(oldest);
      }
      this.#waiting.set(key, hash);
      return;
    }
    this.replies++;
    const asked = this.#waiting.get(key);
    if (asked === undefined) this.unasked++;
    else if (asked !== hash && whole) this.changed++;
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ (end - start);
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  return hash;
}

/** Constant, counting or going round, as what ping programs fill their packets with. */
function followsPattern(bytes: Uint8Array, start: number, end: number): boolean {
  let steps = 0;
  for (let index = start + 1; index < end; index++) {
    const step = ((bytes[index] ?? 0) - (bytes[index - 1] ?? 0)) & 255;
    if (step <= 1) steps++;
  }
  return steps >= 0.85 * (end - start - 1);
}
