import { tcpFlags } from '../decode/packetView';

/** Age at which a flow is cut, as CICFlowMeter does: what follows is measured as the next flow (CNS 2022, section 3). */
export const meterCutUs = 120_000_000;

/** A longer gap between two packets is idle time (CICFlowMeter's activity timeout). */
const activityTimeoutUs = 5_000_000;

// Numbers of one running summary, from its base on.
const count = 0;
const sum = 1;
const squares = 2;
const least = 3;
const most = 4;
const summarySlots = 5;

/** Where each running summary begins in `FlowMeter.values`. */
export const summaries = {
  forwardLength: 0,
  backwardLength: summarySlots,
  gap: 2 * summarySlots,
  forwardGap: 3 * summarySlots,
  backwardGap: 4 * summarySlots,
  active: 5 * summarySlots,
  idle: 6 * summarySlots,
} as const;
const summaryEnd = 7 * summarySlots;

/** Where each single number is in `FlowMeter.values`. */
export const singles = {
  startUs: summaryEnd,
  lastUs: summaryEnd + 1,
  lastForwardUs: summaryEnd + 2,
  lastBackwardUs: summaryEnd + 3,
  activeSinceUs: summaryEnd + 4,
  forwardData: summaryEnd + 5,
  fin: summaryEnd + 6,
  syn: summaryEnd + 7,
  rst: summaryEnd + 8,
  psh: summaryEnd + 9,
  ack: summaryEnd + 10,
  forwardPsh: summaryEnd + 11,
  backwardPsh: summaryEnd + 12,
  forwardRst: summaryEnd + 13,
  backwardRst: summaryEnd + 14,
  connectionStartUs: summaryEnd + 15,
} as const;
const slots = summaryEnd + 16;

/**
 * What one flow looks like from outside, as running sums: constant work and memory a packet. The meaning of each number
 * is that of the improved CICIDS2017 ("Error Prevalence in NIDS datasets", CNS 2022): payload from the lengths of the
 * headers, never from the frame; each packet once; flags counted over all packets. All in one typed array, so that a
 * packet allocates nothing. Times in microseconds, lengths in bytes of transport payload.
 */
export class FlowMeter {
  readonly values = new Float64Array(slots);
  /** How many checkpoints by age it has passed. */
  checkpoint = 0;
  /** Whether the model was asked about its flow before. */
  asked = false;

  /** Begins with the first packet of a flow, or of its next part, whose connection began earlier. */
  start(timeUs: number, forward: boolean, lengthBytes: number, flags: number, connectionStartUs = timeUs): void {
    const { values } = this;
    values.fill(0);
    this.checkpoint = 0;
    values[singles.startUs] = timeUs;
    values[singles.connectionStartUs] = connectionStartUs;
    values[singles.lastUs] = timeUs;
    values[singles.lastForwardUs] = -1;
    values[singles.lastBackwardUs] = -1;
    values[singles.activeSinceUs] = timeUs;
    this.#packet(timeUs, forward, lengthBytes, flags);
    // The first packet of a flow opens it: it is no answer to anything (CICFlowMeter counts from the second one).
    values[singles.forwardData] = 0;
  }

  /** Counts one more packet; a time before the last one counts as that one's (a capture may be out of order). */
  add(timeUs: number, forward: boolean, lengthBytes: number, flags: number): void {
    const { values } = this;
    const lastUs = values[singles.lastUs] ?? 0;
    const gapUs = Math.max(0, timeUs - lastUs);
    note(values, summaries.gap, gapUs);
    if (gapUs > activityTimeoutUs) {
      const stretchUs = lastUs - (values[singles.activeSinceUs] ?? 0);
      // A stretch of one packet has no length, and the last one never counts, as in CICFlowMeter.
      if (stretchUs > 0) note(values, summaries.active, stretchUs);
      note(values, summaries.idle, gapUs);
      values[singles.activeSinceUs] = timeUs;
    }
    if (timeUs > lastUs) values[singles.lastUs] = timeUs;
    this.#packet(timeUs, forward, lengthBytes, flags);
  }

  get packets(): number {
    return (this.values[summaries.forwardLength] ?? 0) + (this.values[summaries.backwardLength] ?? 0);
  }

  get startUs(): number {
    return this.values[singles.startUs] ?? 0;
  }

  get lastUs(): number {
    return this.values[singles.lastUs] ?? 0;
  }

  count(summary: number): number {
    return this.values[summary + count] ?? 0;
  }

  total(summary: number): number {
    return this.values[summary + sum] ?? 0;
  }

  /** 0 for an empty summary, like each of the following. */
  minimum(summary: number): number {
    return this.values[summary + least] ?? 0;
  }

  maximum(summary: number): number {
    return this.values[summary + most] ?? 0;
  }

  mean(summary: number): number {
    const n = this.count(summary);
    return n === 0 ? 0 : this.total(summary) / n;
  }

  /** Sample standard deviation (divided by n - 1); 0 for fewer than two values. */
  deviation(summary: number): number {
    const n = this.count(summary);
    if (n < 2) return 0;
    const total = this.total(summary);
    return Math.sqrt(Math.max(0, ((this.values[summary + squares] ?? 0) - (total * total) / n) / (n - 1)));
  }

  #packet(timeUs: number, forward: boolean, lengthBytes: number, flags: number): void {
    const { values } = this;
    const last = forward ? singles.lastForwardUs : singles.lastBackwardUs;
    const lastUs = values[last] ?? -1;
    note(values, forward ? summaries.forwardLength : summaries.backwardLength, lengthBytes);
    if (lastUs >= 0) note(values, forward ? summaries.forwardGap : summaries.backwardGap, Math.max(0, timeUs - lastUs));
    if (timeUs > lastUs) values[last] = timeUs;
    if (forward && lengthBytes > 0) bump(values, singles.forwardData);
    if (flags === 0) return;
    if ((flags & tcpFlags.ack) !== 0) bump(values, singles.ack);
    if ((flags & tcpFlags.psh) !== 0) {
      bump(values, singles.psh);
      bump(values, forward ? singles.forwardPsh : singles.backwardPsh);
    }
    if ((flags & tcpFlags.syn) !== 0) bump(values, singles.syn);
    if ((flags & tcpFlags.fin) !== 0) bump(values, singles.fin);
    if ((flags & tcpFlags.rst) !== 0) {
      bump(values, singles.rst);
      bump(values, forward ? singles.forwardRst : singles.backwardRst);
    }
  }
}

function bump(values: Float64Array, slot: number): void {
  values[slot] = (values[slot] ?? 0) + 1;
}

function note(values: Float64Array, summary: number, value: number): void {
  const n = values[summary] ?? 0;
  values[summary] = n + 1;
  values[summary + sum] = (values[summary + sum] ?? 0) + value;
  values[summary + squares] = (values[summary + squares] ?? 0) + value * value;
  if (n === 0 || value < (values[summary + least] ?? 0)) values[summary + least] = value;
  if (n === 0 || value > (values[summary + most] ?? 0)) values[summary + most] = value;
}
