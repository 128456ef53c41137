import { tcpFlags } from '../decode/packetView';
import type { PacketView } from '../decode/packetView';
import { flowEvents } from './flow';
import type { Flow } from './flow';
import { ackRttUs, analyzeSegment } from './tcpAnalysis';
import type { TcpDirection } from './tcpAnalysis';
import type { TcpDirections } from './tcpDirections';

/**
 * Moves the state of a TCP flow by one segment (RFC 9293 section 3.3.2, seen from outside) and judges the segment. The
 * packet is already counted in the flow. Returns `flowEvents` bits.
 */
export function advanceTcp(flow: Flow, view: PacketView, fromA: boolean, directions: TcpDirections): number {
  const flags = view.tcpFlags;
  const sequence = view.tcpSequence | 0;
  flow.ackRttFresh = false;
  flow.initialRttFresh = false;
  const syn = (flags & tcpFlags.syn) !== 0;
  const ack = (flags & tcpFlags.ack) !== 0;
  let events = 0;

  if (flow.packetsAToB + flow.packetsBToA === 1) {
    if (syn && !ack) {
      flow.state = 'syn-sent';
      flow.synSeen = true;
      flow.initialSequence = sequence;
      flow.synTimeUs = view.timeUs;
      flow.newestSynUs = view.timeUs;
      flow.synWindowScale = view.tcpWindowScale;
    } else if (syn) {
      flow.state = 'syn-received';
    } else if ((flags & tcpFlags.rst) !== 0) {
      flow.state = 'reset';
    } else {
      // Without ACK it is no part of any connection, so nothing is known about one.
      flow.state = ack ? 'established' : 'active';
      noteFin(flow, flags, fromA);
    }
    if (flow.state === 'syn-sent') return 0;
  } else {
    events |= changeState(flow, view, fromA);
  }

  // The first SYN was not judged, to spare floods the memory; it is made up for here.
  flow.aToB ??= firstDirection(flow, fromA ? view.payloadWireLength : 0, directions);
  flow.bToA ??= directions.take();
  const forward = fromA ? flow.aToB : flow.bToA;
  const reverse = fromA ? flow.bToA : flow.aToB;
  if (syn && !ack) flow.newestSynUs = view.timeUs;
  // A segment is judged by what was known before it.
  events |= analyzeSegment(forward, reverse, view, flow);
  if (flow.synSeen && ack && !syn && !flow.initialRttKnown && view.timeUs !== flow.newestSynUs) {
    flow.initialRttUs = view.timeUs - flow.newestSynUs;
    flow.initialRttKnown = true;
    flow.initialRttFresh = true;
  }
  // Also without the ACK flag, as tshark measures: a reset may carry the number of what it answers.
  const waitedUs = ackRttUs(reverse, view.tcpAcknowledgment, view.timeUs);
  // None within the resolution of the clock is no measurement (tshark shows none either); a clock set back gives less than 0.
  if (waitedUs !== 0 && !Number.isNaN(waitedUs)) {
    flow.ackRttUs = waitedUs;
    flow.ackRttFresh = true;
    flow.ackRttSamples++;
    flow.ackRttSumUs += waitedUs;
  }
  if ((events & flowEvents.retransmission) !== 0) flow.retransmittedSegments++;
  return events;
}

/** `laterBytes` of the payload from A are not of the first SYN. */
function firstDirection(flow: Flow, laterBytes: number, directions: TcpDirections): TcpDirection {
  const direction = directions.take();
  if (!flow.synSeen) return direction;
  const end = (flow.initialSequence + 1 + flow.payloadBytesAToB - laterBytes) | 0;
  direction.seen = true;
  direction.nextSequence = end;
  direction.nextSequenceTimeUs = flow.startUs;
  direction.contiguousSequence = end;
  direction.synSeen = true;
  direction.baseSeen = true;
  direction.baseSequence = flow.initialSequence;
  direction.windowScale = flow.synWindowScale;
  direction.unacknowledged.add(end, flow.startUs);
  return direction;
}

function changeState(flow: Flow, view: PacketView, fromA: boolean): number {
  const flags = view.tcpFlags;
  const ack = (flags & tcpFlags.ack) !== 0;
  const { state } = flow;
  if ((flags & tcpFlags.rst) !== 0) {
    if (state === 'closed' || state === 'reset') return flowEvents.reset;
    flow.state = 'reset';
    if (state === 'syn-sent' && !fromA) return flowEvents.reset | flowEvents.refused;
    if (state === 'syn-received' && fromA) return flowEvents.reset | flowEvents.halfOpenReset;
    return flowEvents.reset;
  }
  if ((flags & tcpFlags.syn) !== 0) {
    if (!ack) {
      if (fromA) flow.synTimeUs = view.timeUs;
      return 0;
    }
    if (state === 'syn-sent' && !fromA) {
      flow.state = 'syn-received';
      return flowEvents.synAnswered;
    }
    return 0;
  }
  let events = 0;
  if (ack && fromA && (state === 'syn-received' || state === 'syn-sent')) {
    // From syn-sent: the SYN/ACK was not captured, but somebody acknowledged it.
    flow.state = 'established';
    events = flowEvents.established;
    if (state === 'syn-received' && flow.synSeen) flow.tcpHandshakeMs = (view.timeUs - flow.synTimeUs) / 1000;
  }
  const bothFinished = flow.finFromA && flow.finFromB;
  noteFin(flow, flags, fromA);
  if (bothFinished && ack && flow.state === 'closing') flow.state = 'closed';
  return events;
}

function noteFin(flow: Flow, flags: number, fromA: boolean): void {
  if ((flags & (tcpFlags.fin | tcpFlags.ack)) !== (tcpFlags.fin | tcpFlags.ack)) return;
  if (fromA) flow.finFromA = true;
  else flow.finFromB = true;
  if (flow.state === 'established') flow.state = 'closing';
}
