import { flowEvents } from './flow';
import { sequenceAfter } from './sequence';
import type { TcpDirection } from './tcpAnalysis';

/**
 * Without a measured round trip, or before any duplicate ACK asked for it, a gap that is filled within this time was
 * reordered and not lost (3 ms as in Wireshark; retransmission timers are far longer).
 */
export const defaultReorderWindowUs = 3000;
/**
 * Share of the round trip within which a gap that is filled was reordered: whoever sends a segment again first has to hear
 * that it is missing, which takes a round trip from any point of the path; half of one leaves room for jitter.
 */
const reorderShare = 0.5;
/** A repeated segment this soon after duplicate ACKs for it is a fast retransmission, whatever the round trip (Wireshark). */
export const fastRetransmissionWindowUs = 20_000;

/**
 * Whether a segment that begins before the highest sequence number seen was sent again or only overtaken. It was overtaken only when
 * it fills a gap, and soon after the gap was made. `tcp.analysis` asks how long ago the newest segment was instead, so in a busy
 * connection it takes what was sent again for out of order; loss is counted by this verdict.
 */
export function sentAgainEvent(
  forward: TcpDirection,
  reverse: TcpDirection,
  timeUs: number,
  sequence: number,
  payloadLength: number,
  end: number,
  handshakeUs: number,
): number {
  const gapUs = forward.holes?.fill(sequence, end) ?? Number.NaN;
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

/** Puts down whether `tcp.analysis` takes a segment for sent again or late, and whether the other side had asked for it. */
export function judgeRepeated(verdict: { again: boolean; asked?: boolean; spurious?: boolean }, events: number): void {
  verdict.again = (events & (flowEvents.suspectedRetransmission | flowEvents.suspectedOutOfOrder)) !== 0;
  verdict.asked = (events & flowEvents.fastRetransmission) !== 0;
  verdict.spurious = (events & flowEvents.spuriousRetransmission) !== 0;
}
