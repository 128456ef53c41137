import type { TcpAnalysisSummary } from '../../protocol/capture';
import type { PacketView } from '../decode/packetView';
import { flowEvents } from '../flows/flow';
import type { Flow } from '../flows/flow';
import { countForFlow } from '../flows/flowAnalysis';

/** Name in the summary of each event bit that is counted. */
const countedEvents = [
  ['retransmissions', flowEvents.suspectedRetransmission],
  ['fastRetransmissions', flowEvents.fastRetransmission],
  ['spuriousRetransmissions', flowEvents.spuriousRetransmission],
  ['outOfOrder', flowEvents.suspectedOutOfOrder],
  ['duplicateAcks', flowEvents.duplicateAck],
  ['zeroWindows', flowEvents.zeroWindow],
  ['zeroWindowProbes', flowEvents.zeroWindowProbe],
  ['zeroWindowProbeAcks', flowEvents.zeroWindowProbeAck],
  ['windowFull', flowEvents.windowFull],
  ['windowUpdates', flowEvents.windowUpdate],
  ['keepAlives', flowEvents.keepAlive],
  ['keepAliveAcks', flowEvents.keepAliveAck],
  ['lostSegments', flowEvents.lostSegment],
  ['ackedUnseenSegments', flowEvents.ackedUnseenSegment],
  ['reusedPorts', flowEvents.reusedPorts],
] as const;
const anyEvent = countedEvents.reduce((bits, [, bit]) => bits | bit, 0);

/** How often each `tcp.analysis` event was seen, over all flows, and the round trips. */
export class TcpAnalysisCounters {
  readonly #counts = new Float64Array(countedEvents.length);
  #initialRtts = 0;
  #initialRttSumUs = 0;
  #ackRtts = 0;
  #ackRttSumUs = 0;

  /**
   * Counts one TCP segment of `flow` with its `flowEvents` bits. Of one whose options the capture cut, tshark shows none of this,
   * although it judges the following segments by it; it counts for its flow only.
   */
  add(view: PacketView, events: number, flow: Flow): void {
    if (view.payloadOffset > view.bytes.length) {
      if ((events & anyEvent) !== 0) countForFlow(flow, events);
      return;
    }
    if (flow.ackRttFresh) {
      this.#ackRtts++;
      this.#ackRttSumUs += flow.ackRttUs;
    }
    if (flow.initialRttFresh) {
      this.#initialRtts++;
      this.#initialRttSumUs += flow.initialRttUs;
    }
    if ((events & anyEvent) === 0) return;
    countForFlow(flow, events);
    for (let i = 0; i < countedEvents.length; i++) {
      const counted = countedEvents[i];
      if (counted !== undefined && (events & counted[1]) !== 0) this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    }
  }

  summary(): TcpAnalysisSummary {
    const count = (name: (typeof countedEvents)[number][0]): number =>
      this.#counts[countedEvents.findIndex(([counted]) => counted === name)] ?? 0;
    return {
      retransmissions: count('retransmissions'),
      fastRetransmissions: count('fastRetransmissions'),
      spuriousRetransmissions: count('spuriousRetransmissions'),
      outOfOrder: count('outOfOrder'),
      duplicateAcks: count('duplicateAcks'),
      zeroWindows: count('zeroWindows'),
      zeroWindowProbes: count('zeroWindowProbes'),
      zeroWindowProbeAcks: count('zeroWindowProbeAcks'),
      windowFull: count('windowFull'),
      windowUpdates: count('windowUpdates'),
      keepAlives: count('keepAlives'),
      keepAliveAcks: count('keepAliveAcks'),
      lostSegments: count('lostSegments'),
      ackedUnseenSegments: count('ackedUnseenSegments'),
      reusedPorts: count('reusedPorts'),
      initialRtt: { count: this.#initialRtts, sumUs: this.#initialRttSumUs },
      ackRtt: { count: this.#ackRtts, sumUs: this.#ackRttSumUs },
    };
  }
}
