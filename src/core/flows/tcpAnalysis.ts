import { tcpFlags } from '../decode/packetView';
import type { PacketView } from '../decode/packetView';
import { engineLimits } from '../limits';
import { flowEvents } from './flow';
import { defaultReorderWindowUs, fastRetransmissionWindowUs, sentAgainEvent } from './sentAgain';
import { sequenceAfter } from './sequence';
import { SequenceHoles } from './sequenceHoles';
import { UnacknowledgedSegments } from './unacknowledgedSegments';
import type { SegmentBudget } from './unacknowledgedSegments';

const controlFlags = tcpFlags.syn | tcpFlags.fin | tcpFlags.rst;

/** What the judgement of a segment needs of its packet. */
export type TcpSegment = Pick<
  PacketView,
  'timeUs' | 'tcpSequence' | 'tcpAcknowledgment' | 'tcpFlags' | 'tcpWindow' | 'tcpWindowScale' | 'payloadWireLength'
>;

/** What is known of how long segments travel, before the one that is judged; `Flow` has it. Read for late segments only. */
export interface RoundTrips {
  /** As `tcp.analysis` takes it, in microseconds; NaN when none was measured. */
  readonly initialRttUs: number;
  /** Of a whole handshake, in milliseconds; NaN when none was seen. */
  readonly tcpHandshakeMs: number;
}

/** What was seen in one direction of a connection. */
export class TcpDirection {
  /** False until the first segment of this direction. */
  seen = false;
  /** Highest sequence number seen plus one, and when it was seen. */
  nextSequence = 0;
  nextSequenceTimeUs = 0;
  /** End of what was seen without a gap. */
  contiguousSequence = 0;
  /** It was told that the other side acknowledged more than was sent here, as far as seen; until this side acknowledges something new. */
  unseenAcknowledged = false;
  /** As in the header; -1 before the first segment. */
  window = -1;
  /** Shift count of `window`; -1 when the SYN was not seen, or had none. */
  windowScale = -1;
  synSeen = false;
  /** Sequence number before the first byte: that of the SYN, or as the first segment of either side tells. */
  baseSeen = false;
  baseSequence = 0;
  /** The window of a SYN is not scaled (RFC 7323 section 2.2). */
  windowIsOfSyn = false;
  acknowledgment = 0;
  acknowledgmentSeen = false;
  acknowledgmentTimeUs = 0;
  duplicateAcks = 0;
  /** `flowEvents` bits of the newest segment. */
  newestEvents = 0;
  /** Made with the first gap. */
  holes: SequenceHoles | null = null;
  readonly unacknowledged: UnacknowledgedSegments;

  constructor(budget: SegmentBudget) {
    this.unacknowledged = new UnacknowledgedSegments(budget, engineLimits.unacknowledgedSegmentsPerDirection);
  }

  /** Forgets everything: the object is for another connection. */
  reset(): void {
    this.seen = false;
    this.nextSequence = 0;
    this.nextSequenceTimeUs = 0;
    this.contiguousSequence = 0;
    this.unseenAcknowledged = false;
    this.window = -1;
    this.windowScale = -1;
    this.synSeen = false;
    this.baseSeen = false;
    this.baseSequence = 0;
    this.windowIsOfSyn = false;
    this.acknowledgment = 0;
    this.acknowledgmentSeen = false;
    this.acknowledgmentTimeUs = 0;
    this.duplicateAcks = 0;
    this.newestEvents = 0;
    this.holes?.clear();
    this.unacknowledged.clear();
  }
}

/**
 * Judges one segment by what was seen before it, by the rules of `tcp.analysis.*` (Wireshark User's Guide section 7.5, "TCP
 * Analysis"), and updates `forward`. Returns `flowEvents` bits. `suspectedRetransmission` is set for fast and spurious ones too. Beside it stands our own verdict on late segments (`retransmission`, `outOfOrder`, see `sentAgainEvent`).
 */
export function analyzeSegment(
  forward: TcpDirection,
  reverse: TcpDirection,
  segment: TcpSegment,
  known: RoundTrips,
): number {
  const reused = synAckOfAnother(forward, segment);
  const { timeUs, payloadWireLength: length, tcpFlags: flags, tcpWindow: window } = segment;
  const sequence = segment.tcpSequence | 0;
  const acknowledgment = segment.tcpAcknowledgment | 0;
  const expected = forward.nextSequence;
  // Tshark holds 0 for nothing: a direction that began with a reset of sequence number 0 has yet to begin.
  const seen = forward.seen && expected !== 0;
  const control = flags & controlFlags;
  const synOrFin = (flags & (tcpFlags.syn | tcpFlags.fin)) !== 0;
  const end = (sequence + length + (synOrFin ? 1 : 0)) | 0;

  let events = reused ? flowEvents.reusedPorts : 0;
  if (length === 1 && seen && sequence === expected && reverse.window === 0) {
    events |= flowEvents.zeroWindowProbe;
  } else {
    if (window === 0 && control === 0) events |= flowEvents.zeroWindow;
    if (seen && (flags & tcpFlags.rst) === 0 && sequenceAfter(sequence, expected)) events |= flowEvents.lostSegment;
    if (length > 0 && control === 0) events |= windowFullEvent(reverse, end);
    if (control === 0 && seen) {
      if (length <= 1 && sequence === ((expected - 1) | 0)) events |= flowEvents.keepAlive;
      if (length === 0 && sequence === expected) events |= bareAckEvent(forward, reverse, segment, acknowledgment);
    }
  }
  if (acknowledgment !== forward.acknowledgment) {
    forward.duplicateAcks = 0;
    forward.unseenAcknowledged = false;
  }

  const acknowledges = (flags & tcpFlags.ack) !== 0;
  if (acknowledges && reverse.seen && sequenceAfter(acknowledgment, reverse.contiguousSequence)) {
    if (reverse.contiguousSequence !== reverse.nextSequence) {
      events |= flowEvents.ackedUnseenSegment;
      reverse.contiguousSequence = reverse.nextSequence;
    } else {
      // Nothing new was seen of the other side since the last telling.
      if (!reverse.unseenAcknowledged && reverse.duplicateAcks === 0) events |= flowEvents.ackedUnseenSegment;
      reverse.unseenAcknowledged = true;
    }
  }

  const takesSequence = length > 0 || synOrFin;
  const late = takesSequence && seen && sequenceAfter(expected, sequence) && (events & flowEvents.keepAlive) === 0;
  if (isSpurious(reverse, sequence, length) && (events & flowEvents.keepAlive) === 0) {
    events |= flowEvents.suspectedRetransmission | flowEvents.spuriousRetransmission;
  } else if (late && !(length > 1 && sequence === ((expected - 1) | 0))) {
    // What begins with the byte of a probe and goes on is new.
    events |= lateSegmentEvents(forward, reverse, timeUs, sequence, end, known.initialRttUs);
  }
  if (late) {
    events |= sentAgainEvent(forward, reverse, timeUs, sequence, length, end, known.tcpHandshakeMs * 1000);
  }

  // A bare acknowledgment that is ahead proves the gap as well as data does.
  if ((events & flowEvents.lostSegment) !== 0) {
    forward.holes ??= new SequenceHoles();
    forward.holes.add(expected, sequence, timeUs);
  }
  if ((events & flowEvents.zeroWindowProbe) === 0) {
    if (!seen || sequenceAfter(end, expected)) {
      forward.nextSequence = end;
      forward.nextSequenceTimeUs = timeUs;
    }
    if (!seen || sequence === forward.contiguousSequence) {
      // What lies behind a gap was seen before the gap is filled.
      forward.contiguousSequence = forward.nextSequence;
    }
  }
  if (takesSequence) forward.unacknowledged.add(end, timeUs);
  if ((flags & tcpFlags.syn) !== 0) {
    forward.synSeen = true;
    forward.windowScale = segment.tcpWindowScale;
  }
  if (reused || !forward.baseSeen) {
    forward.baseSeen = true;
    forward.baseSequence = (flags & tcpFlags.syn) !== 0 ? sequence : (sequence - 1) | 0;
  }
  if (acknowledges && !reverse.baseSeen) {
    reverse.baseSeen = true;
    reverse.baseSequence = (acknowledgment - 1) | 0;
  }
  forward.windowIsOfSyn = (flags & tcpFlags.syn) !== 0;
  forward.seen = true;
  forward.window = window;
  forward.acknowledgment = acknowledgment;
  if (acknowledges) forward.acknowledgmentSeen = true;
  forward.acknowledgmentTimeUs = timeUs;
  forward.newestEvents = events;
  return events;
}

/**
 * Time since the segment that `acknowledgment` ends with was sent first, in microseconds; NaN when no segment seen ends there, or
 * it was acknowledged before. Forgets what is acknowledged.
 */
export function ackRttUs(reverse: TcpDirection, acknowledgment: number, timeUs: number): number {
  return timeUs - reverse.unacknowledged.acknowledge(acknowledgment | 0);
}

/** A SYN/ACK that begins another sequence than that of what was seen before. */
function synAckOfAnother(forward: TcpDirection, segment: TcpSegment): boolean {
  const synAck = tcpFlags.syn | tcpFlags.ack;
  return (
    (segment.tcpFlags & synAck) === synAck && forward.baseSeen && forward.baseSequence !== (segment.tcpSequence | 0)
  );
}

/** The segment fills the window that its receiver announced last. */
function windowFullEvent(reverse: TcpDirection, end: number): number {
  if (!reverse.synSeen) return 0;
  const scale = reverse.windowIsOfSyn || reverse.windowScale < 0 ? 0 : reverse.windowScale;
  // Sequence numbers wrap at 2^32, so larger shifts leave nothing; ** would take longer than the rest of the judgement.
  const window = scale < 32 ? reverse.window << scale : 0;
  return ((reverse.acknowledgment + window) | 0) === end ? flowEvents.windowFull : 0;
}

/** A segment without data and control flags at the expected place. */
function bareAckEvent(
  forward: TcpDirection,
  reverse: TcpDirection,
  segment: TcpSegment,
  acknowledgment: number,
): number {
  if (acknowledgment !== forward.acknowledgment) return 0;
  const { tcpWindow: window } = segment;
  const sameWindow = window === forward.window;
  if (window === 0) {
    return sameWindow && (reverse.newestEvents & flowEvents.zeroWindowProbe) !== 0 ? flowEvents.zeroWindowProbeAck : 0;
  }
  if (sameWindow && (reverse.newestEvents & flowEvents.keepAlive) !== 0) return flowEvents.keepAliveAck;
  if (sameWindow) {
    forward.duplicateAcks++;
    forward.unseenAcknowledged = false;
    return flowEvents.duplicateAck;
  }
  return flowEvents.windowUpdate;
}

/** Every byte was acknowledged before. 0 stands for nothing, as in the reset that forgets its acknowledgment. */
function isSpurious(reverse: TcpDirection, sequence: number, length: number): boolean {
  if (length === 0 || !reverse.acknowledgmentSeen || reverse.acknowledgment === 0) return false;
  return !sequenceAfter((sequence + length) | 0, reverse.acknowledgment);
}

/** A segment that begins before the highest sequence number seen, and brings something. */
function lateSegmentEvents(
  forward: TcpDirection,
  reverse: TcpDirection,
  timeUs: number,
  sequence: number,
  end: number,
  initialRttUs: number,
): number {
  // Acknowledged data that was not captured may be what asked for the copy.
  if (
    (reverse.duplicateAcks >= 2 || reverse.unseenAcknowledged) &&
    reverse.acknowledgment === sequence &&
    timeUs - reverse.acknowledgmentTimeUs < fastRetransmissionWindowUs
  ) {
    return flowEvents.suspectedRetransmission | flowEvents.fastRetransmission;
  }
  const reorderWindowUs = initialRttUs > 0 ? initialRttUs : defaultReorderWindowUs;
  if (timeUs - forward.nextSequenceTimeUs < reorderWindowUs && end !== forward.nextSequence) {
    return flowEvents.suspectedOutOfOrder;
  }
  return flowEvents.suspectedRetransmission;
}
