import type { LossSummary } from '../../protocol/capture';
import { tcpFlags } from '../decode/packetView';
import type { PacketView } from '../decode/packetView';
import { flowEvents } from '../flows/flow';

const lossEvents =
  flowEvents.retransmission |
  flowEvents.outOfOrder |
  flowEvents.duplicateAck |
  flowEvents.zeroWindow |
  flowEvents.lostSegment;

/** Loss on the wire as TCP shows it, over all flows. */
export class LossCounters {
  #sequencedSegments = 0;
  #retransmitted = 0;
  #outOfOrder = 0;
  #duplicateAcks = 0;
  #zeroWindows = 0;
  #lostSegments = 0;

  /** Counts one TCP segment with the `flowEvents` bits it was given. */
  add(view: PacketView, events: number): void {
    if (view.payloadWireLength > 0 || (view.tcpFlags & (tcpFlags.syn | tcpFlags.fin)) !== 0) this.#sequencedSegments++;
    if ((events & lossEvents) === 0) return;
    if ((events & flowEvents.retransmission) !== 0) this.#retransmitted++;
    if ((events & flowEvents.outOfOrder) !== 0) this.#outOfOrder++;
    if ((events & flowEvents.duplicateAck) !== 0) this.#duplicateAcks++;
    if ((events & flowEvents.zeroWindow) !== 0) this.#zeroWindows++;
    if ((events & flowEvents.lostSegment) !== 0) this.#lostSegments++;
  }

  summary(): LossSummary {
    return {
      tcpRetransmittedSegments: this.#retransmitted,
      tcpRetransmissionPercent:
        this.#sequencedSegments === 0 ? null : (100 * this.#retransmitted) / this.#sequencedSegments,
      outOfOrder: this.#outOfOrder,
      dupAcks: this.#duplicateAcks,
      zeroWindows: this.#zeroWindows,
      lostSegments: this.#lostSegments,
    };
  }
}
