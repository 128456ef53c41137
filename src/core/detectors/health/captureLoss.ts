import type { Finding } from '../../../protocol/finding';
import type { LimitCounter } from '../../limits';
import type { Detector } from '../detector';
import type { Rule } from '../rule';

export type CaptureLossNumber = 'lostPercent' | 'lostPackets';

const ruleId = 'capture-loss';
const windowUs = 10_000_000;
/** From here on most that is said of connections is doubtful. */
const seriousPercent = 10;

/** Packets that our own capture lost: what makes every other finding, and their absence, less certain. */
export const captureLossRule: Rule<CaptureLossNumber> = {
  id: ruleId,
  title: 'Loss in the capture',
  description:
    'Our own capture loses packets, since the kernel, the network card or the capture helper had no room for them. Nothing on the ' +
    'network is lost by it, but whatever else is told is then told of a part of the traffic.',
  threats: ['health'],
  mitre: [],
  sources: [
    'pcap_stats(3PCAP): packets dropped for want of room in the buffer of the operating system',
    'Zeek, misc/capture-loss.zeek: measures loss of the monitor itself, and tells it as a notice',
  ],
  numbers: {
    lostPercent: {
      label: 'Part of the packets that the capture lost within 10 s',
      unit: '%',
      minimum: 0.01,
      maximum: 100,
      integer: false,
      presets: { low: 5, medium: 1, high: 0.1 },
      source: 'own choice: below it, counts and percentiles hardly change; Zeek tells from 10 % on',
    },
    lostPackets: {
      label: 'Packets that the capture lost within 10 s',
      unit: 'packets',
      minimum: 1,
      maximum: 1_000_000,
      integer: true,
      presets: { low: 200, medium: 20, high: 5 },
      source: 'own choice: a handful lost while a capture begins is no loss rate',
    },
  },
  create: (numbers) => new CaptureLossDetector(numbers),
};

interface Count {
  timeUs: number;
  lost: number;
  passed: number;
}

/** One finding a capture. Counts come about once a second for each interface. */
class CaptureLossDetector implements Detector {
  readonly limits: readonly LimitCounter[] = [];
  readonly #numbers: Readonly<Record<CaptureLossNumber, number>>;
  #window: Count[] = [];
  #totalLost = 0;
  #totalPassed = 0;
  #worstPercent = 0;
  #worstLost = 0;
  #firstUs = 0;
  #lastUs = 0;
  #lossyCounts = 0;
  #changed = false;

  constructor(numbers: Readonly<Record<CaptureLossNumber, number>>) {
    this.#numbers = numbers;
  }

  captureLoss(timeUs: number, lost: number, passed: number): void {
    this.#totalLost += lost;
    this.#totalPassed += passed;
    this.#window.push({ timeUs, lost, passed });
    this.#window = this.#window.filter((count) => timeUs - count.timeUs < windowUs);
    if (lost === 0) return;
    const windowLost = this.#window.reduce((sum, count) => sum + count.lost, 0);
    const windowPassed = this.#window.reduce((sum, count) => sum + count.passed, 0);
    const percent = (100 * windowLost) / (windowLost + windowPassed);
    if (windowLost < this.#numbers.lostPackets || percent <= this.#numbers.lostPercent) return;
    if (this.#lossyCounts === 0) this.#firstUs = timeUs;
    this.#lossyCounts += 1;
    this.#lastUs = timeUs;
    if (percent > this.#worstPercent) {
      this.#worstPercent = percent;
      this.#worstLost = windowLost;
    }
    this.#changed = true;
  }

  advance(): void {}

  finish(): void {}

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
      id: ruleId,
      rule: ruleId,
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
        {
          name: 'packets lost, worst span',
          observed: worst,
          threshold: this.#numbers.lostPercent,
          unit: '%',
          window: '10 s',
        },
        {
          name: 'packets lost in that span',
          observed: this.#worstLost,
          threshold: this.#numbers.lostPackets,
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
