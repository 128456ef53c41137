import { tcpFlags } from '../decode/packetView';
import { engineLimits } from '../limits';
import { flowEvents } from './flow';

/**
 * Without a measured round trip, or before any duplicate ACK asked for it, a gap that is filled within this time was
 * reordered and not lost (3 ms as in Wireshark; retransmission timers are far longer).
 */
const defaultReorderWindowUs = 3000;
/**
 * Share of the round trip within which a gap that is filled was reordered: whoever sends a segment again first has to hear
 * that it is missing, which takes a round trip from any point of the path; half of one leaves room for jitter.
 */
const reorderShare = 0.5;
/** A repeated segment this soon after duplicate ACKs for it is a fast retransmission, whatever the round trip (Wireshark). */
const fastRetransmissionWindowUs = 20_000;

const controlFlags = tcpFlags.syn | tcpFlags.fin | tcpFlags.rst;

/** `x` after `y` in sequence space (RFC 9293 section 3.4); both as signed 32-bit integers. */
export function sequenceAfter(x: number, y: number): boolean {
  return ((x - y) | 0) > 0;
}

/** What was seen in one direction of a connection. */
export class TcpDirection {
  /** False until the first segment of this direction. */
  seen = false;
  /** Highest sequence number seen plus one. */
  nextSequence = 0;
  window = 0;
  acknowledgment = 0;
  acknowledgmentSeen = false;
  acknowledgmentTimeUs = 0;
  duplicateAcks = 0;
  /** The newest segment was a keep-alive or a zero-window probe, so its answer is no duplicate ACK. */
  probed = false;
  // Unseen stretches below `nextSequence`: pairs of first and one past last.
  #holes: Int32Array | null = null;
  #holeTimesUs: Float64Array | null = null;
  #holeCount = 0;

  /** Remembers that `[first, end)` was skipped at `timeUs`. At the limit the oldest hole is forgotten. */
  addHole(first: number, end: number, timeUs: number): void {
    const limit = engineLimits.sequenceHolesPerDirection;
    this.#holes ??= new Int32Array(2 * limit);
    this.#holeTimesUs ??= new Float64Array(limit);
    if (this.#holeCount === limit) this.#removeHole(0);
    this.#holes[2 * this.#holeCount] = first;
    this.#holes[2 * this.#holeCount + 1] = end;
    this.#holeTimesUs[this.#holeCount] = timeUs;
    this.#holeCount++;
  }

  /** When the first hole that `[first, end)` fills, at least in part, was made; NaN when all of it was seen before. */
  fill(first: number, end: number): number {
    const holes = this.#holes;
    const times = this.#holeTimesUs;
    if (holes === null || times === null) return Number.NaN;
    let madeUs = Number.NaN;
    for (let i = 0; i < this.#holeCount; i++) {
      const holeFirst = holes[2 * i] ?? 0;
      const holeEnd = holes[2 * i + 1] ?? 0;
      if (!sequenceAfter(end, holeFirst) || !sequenceAfter(holeEnd, first)) continue;
      const timeUs = times[i] ?? 0;
      if (!(madeUs <= timeUs)) madeUs = timeUs;
      const leavesHead = sequenceAfter(first, holeFirst);
      const leavesTail = sequenceAfter(holeEnd, end);
      if (leavesHead) {
        holes[2 * i + 1] = first;
        // The segment lies within this hole alone, so nothing is left to look at.
        if (leavesTail) {
          this.addHole(end, holeEnd, timeUs);
          return madeUs;
        }
      } else if (leavesTail) {
        holes[2 * i] = end;
      } else {
        this.#removeHole(i);
        i--;
      }
    }
    return madeUs;
  }

  #removeHole(index: number): void {
    this.#holes?.copyWithin(2 * index, 2 * index + 2, 2 * this.#holeCount);
    this.#holeTimesUs?.copyWithin(index, index + 1, this.#holeCount);
    this.#holeCount--;
  }
}

/**
 * Judges one segment by what was seen before it, as `tcp.analysis.*` of Wireshark does (User's Guide section 7.5, "TCP
 * Analysis"), and updates `forward`. Returns `flowEvents` bits. `handshakeUs` is NaN when no handshake was measured.
 *
 * Differences: fast and spurious retransmissions count as retransmissions. A late segment is out of order only when it fills
 * a gap, and soon after the gap was made. Wireshark asks how long ago the newest segment was, so in a busy connection it takes
 * retransmissions for out of order.
 */
export function analyzeSegment(
  forward: TcpDirection,
  reverse: TcpDirection,
  timeUs: number,
  sequence: number,
  acknowledgment: number,
  payloadLength: number,
  flags: number,
  window: number,
  handshakeUs: number,
): number {
  let events = 0;
  const control = flags & controlFlags;
  const expected = forward.nextSequence;
  const zeroWindowProbe =
    payloadLength === 1 && forward.seen && sequence === expected && reverse.seen && reverse.window === 0;
  let probe = zeroWindowProbe;
  let answersProbe = false;

  if (!zeroWindowProbe) {
    if (window === 0 && control === 0) events |= flowEvents.zeroWindow;
    if (forward.seen && (flags & tcpFlags.rst) === 0 && sequenceAfter(sequence, expected)) {
      events |= flowEvents.lostSegment;
    }
    const keepAlive = payloadLength <= 1 && forward.seen && control === 0 && sequence === ((expected - 1) | 0);
    probe = keepAlive;
    const repeatsAck =
      payloadLength === 0 &&
      control === 0 &&
      forward.acknowledgmentSeen &&
      window === forward.window &&
      sequence === expected &&
      acknowledgment === forward.acknowledgment;
    answersProbe = repeatsAck && reverse.probed;
    if (repeatsAck && !answersProbe && window !== 0) {
      forward.duplicateAcks++;
      events |= flowEvents.duplicateAck;
    }
  }
  if (acknowledgment !== forward.acknowledgment) forward.duplicateAcks = 0;

  const sequenceLength = payloadLength + ((flags & (tcpFlags.syn | tcpFlags.fin)) !== 0 ? 1 : 0);
  const end = (sequence + sequenceLength) | 0;
  if (sequenceLength > 0 && forward.seen && !probe && sequenceAfter(expected, sequence)) {
    events |= lateSegmentEvent(forward, reverse, timeUs, sequence, payloadLength, end, handshakeUs);
  }

  // A bare acknowledgment that is ahead proves the gap as well as data does.
  if ((events & flowEvents.lostSegment) !== 0) forward.addHole(expected, sequence, timeUs);
  if (!zeroWindowProbe && (!forward.seen || sequenceAfter(end, expected))) {
    forward.nextSequence = end;
  }
  forward.seen = true;
  forward.window = window;
  if ((flags & tcpFlags.ack) !== 0) {
    forward.acknowledgment = acknowledgment;
    forward.acknowledgmentSeen = true;
    forward.acknowledgmentTimeUs = timeUs;
  }
  forward.probed = probe;
  return events;
}

/** A segment that begins before the highest sequence number seen: retransmitted or out of order. */
function lateSegmentEvent(
  forward: TcpDirection,
  reverse: TcpDirection,
  timeUs: number,
  sequence: number,
  payloadLength: number,
  end: number,
  handshakeUs: number,
): number {
  const gapUs = forward.fill(sequence, end);
  if (payloadLength > 0 && reverse.acknowledgmentSeen && !sequenceAfter(end, reverse.acknowledgment)) {
    return flowEvents.retransmission;
  }
  // After a keep-alive or zero-window probe of one byte, that byte comes again with what follows it.
  if (payloadLength > 1 && sequence === ((forward.nextSequence - 1) | 0)) return 0;
  if (
    reverse.duplicateAcks >= 2 &&
    reverse.acknowledgment === sequence &&
    timeUs - reverse.acknowledgmentTimeUs < fastRetransmissionWindowUs
  ) {
    return flowEvents.retransmission;
  }
  const asked = reverse.duplicateAcks > 0 && reverse.acknowledgment === sequence;
  const shareUs = handshakeUs > 0 ? handshakeUs * reorderShare : 0;
  const reorderWindowUs = shareUs > 0 && asked ? shareUs : Math.max(shareUs, defaultReorderWindowUs);
  return timeUs - gapUs < reorderWindowUs ? flowEvents.outOfOrder : flowEvents.retransmission;
}
