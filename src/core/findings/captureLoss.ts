import type { Finding } from '../../protocol/finding';

/** Loss above this part of the packets is told: below it, counts and percentiles hardly change. */
const toldPercent = 1;
/** From here on most that is said of connections is doubtful. */
const seriousPercent = 10;
/** A handful lost while a capture begins is no loss rate. */
const leastLost = 20;
const windowUs = 10_000_000;

interface Count {
  timeUs: number;
  lost: number;
  passed: number;
}

/**
 * Tells when our own capture loses more than one packet in a hundred: whatever else is said of the traffic is then said
 * of a part of it. One finding a capture. Counts come about once a second for each interface.
 */
export class CaptureLoss {
  #window: Count[] = [];
  #totalLost = 0;
  #totalPassed = 0;
  #worstPercent = 0;
  #worstLost = 0;
  #firstUs = 0;
  #lastUs = 0;
  #lossyCounts = 0;
  #changed = false;

  /** `lost` and `passed` packets since the count before, at the packet time `timeUs`. */
  note(timeUs: number, lost: number, passed: number): void {
    this.#totalLost += lost;
    this.#totalPassed += passed;
    this.#window.push({ timeUs, lost, passed });
    this.#window = this.#window.filter((count) => timeUs - count.timeUs < windowUs);
    if (lost === 0) return;
    const windowLost = this.#window.reduce((sum, count) => sum + count.lost, 0);
    const windowPassed = this.#window.reduce((sum, count) => sum + count.passed, 0);
    const percent = (100 * windowLost) / (windowLost + windowPassed);
    if (windowLost < leastLost || percent <= toldPercent) return;
    if (this.#lossyCounts === 0) this.#firstUs = timeUs;
    this.#lossyCounts += 1;
    this.#lastUs = timeUs;
    if (percent > this.#worstPercent) {
      this.#worstPercent = percent;
      this.#worstLost = windowLost;
    }
    this.#changed = true;
  }

  collect(put: (finding: Finding) => void): void {
    if (!this.#changed) return;
    this.#changed = false;
    put(this.#finding());
  }

  clear(): void {
    this.#window = [];
    this.#totalLost = 0;
    this.#totalPassed = 0;
    this.#worstPercent = 0;
    this.#lossyCounts = 0;
    this.#changed = false;
  }

  #finding(): Finding {
    const worst = round(this.#worstPercent);
    const total = round((100 * this.#totalLost) / Math.max(1, this.#totalLost + this.#totalPassed));
    return {
      id: 'capture-loss',
      rule: 'capture-loss',
      threat: 'health',
      detector: 'rule',
      severity: this.#worstPercent >= seriousPercent ? 'medium' : 'low',
      confidence: 1,
      title: `The capture loses packets: up to ${worst} % in 10 s`,
      summary:
        `This machine could not keep up: ${this.#totalLost} packets were lost before they were analyzed. ` +
        'Packet and byte counts are too low, connections may seem to have gaps, and findings may be missing.',
      sources: [],
      targets: [],
      ports: [],
      firstSeen: this.#firstUs / 1e6,
      lastSeen: this.#lastUs / 1e6,
      count: this.#totalLost,
      evidence: [
        { name: 'packets lost, worst span', observed: worst, threshold: toldPercent, unit: '%', window: '10 s' },
        {
          name: 'packets lost in that span',
          observed: this.#worstLost,
          threshold: leastLost,
          unit: 'packets',
          window: '10 s',
        },
        { name: 'packets lost so far', observed: total, threshold: null, unit: '%', window: null },
      ],
      against: ['Nothing on the network was lost by this: only the capture missed what was there.'],
      packets: [],
      flows: [],
      mitre: [],
      next: [
        'Capture less: set a capture filter, or keep fewer bytes of each packet (networkTraffic.capture.snapLengthBytes).',
        'Give the kernel a larger buffer (networkTraffic.capture.bufferMebibytes).',
      ],
      stages: [],
    };
  }
}

function round(percent: number): number {
  return Math.round(percent * 10) / 10;
}
