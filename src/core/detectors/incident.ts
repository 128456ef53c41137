import type { Finding, FlowReference, Severity } from '../../protocol/finding';
import { transportName } from '../flows/flow';
import type { Flow } from '../flows/flow';
import { engineLimits } from '../limits';

/** What a rule says of an incident; what was collected on the way (times, packets, flows, subjects) is added by the incident. */
export type FindingWords = Pick<
  Finding,
  'threat' | 'severity' | 'confidence' | 'title' | 'summary' | 'evidence' | 'against' | 'next' | 'mitre'
>;

/** A repeat is told when the count passes the next of 1, 2, 5, 10, 20, 50, … (as Slips and Suricata's `backoff` do). */
const stepsPerDecade = [1, 2, 5] as const;
/** An incident that goes on is told again when it has become this much longer, so that a view shows it is alive. */
const longerBy = 0.1;
const longerAtLeastUs = 1e6;

/**
 * One incident while it goes on: everything a finding carries beside the rule's words, bounded. Subclass it, or keep a
 * record beside it, for what a rule measures. Everything said must follow from the packets alone, never from when it was
 * asked for: live, replayed and read from a file must give equal findings.
 */
export class Incident {
  readonly id: string;
  firstUs: number;
  lastUs: number;
  /** Events so far: contacts, attempts, packets: whatever the rule counts. */
  count = 0;
  readonly sources = new Set<string>();
  readonly targets = new Set<string>();
  readonly ports = new Set<number>();
  readonly #packets: number[] = [];
  readonly #flows: FlowReference[] = [];
  readonly #flowSerials = new Set<number>();
  #changed = true;
  #toldCount = 0;
  #toldLastUs = 0;
  #toldSeverity: Severity | null = null;

  /** `subject` tells incidents of the rule apart: `10.0.0.7`, `10.0.0.7>10.0.0.2:22`. Times in microseconds of packet time. */
  constructor(
    readonly rule: string,
    readonly subject: string,
    firstUs: number,
  ) {
    this.firstUs = firstUs;
    this.lastUs = firstUs;
    this.id = `${rule}|${subject}|${Math.floor(firstUs)}`;
  }

  /** One more event, or `by` of them. `packet` is its number; 0 when there is none to show. */
  note(timeUs: number, packet: number, flow: Flow | null = null, by = 1): void {
    this.#changed = true;
    this.count += by;
    if (timeUs > this.lastUs) this.lastUs = timeUs;
    if (timeUs < this.firstUs) this.firstUs = timeUs;
    if (packet > 0 && this.#packets.length < engineLimits.findingPackets) this.#packets.push(packet);
    if (flow !== null) this.addFlow(flow);
  }

  addSource(address: string): void {
    if (this.sources.size < engineLimits.findingTargets) this.sources.add(address);
  }

  addTarget(address: string): void {
    if (this.targets.size < engineLimits.findingTargets) this.targets.add(address);
  }

  /** -1, a flow's port when it has none, is left out. */
  addPort(port: number): void {
    if (port >= 0 && this.ports.size < engineLimits.findingPorts) this.ports.add(port);
  }

  addFlow(flow: Flow): void {
    if (this.#flows.length >= engineLimits.findingFlows || this.#flowSerials.has(flow.serial)) return;
    this.#flowSerials.add(flow.serial);
    this.#flows.push(flowReference(flow));
  }

  /** What the words say has changed beside the count: severity, evidence. */
  touch(): void {
    this.#changed = true;
  }

  get changed(): boolean {
    return this.#changed;
  }

  get seconds(): number {
    return Math.max(0, this.lastUs - this.firstUs) / 1e6;
  }

  /**
   * Whether the state is worth telling since it was told last: the count passed a step of the logarithmic scale, the severity
   * changed, or it went on for a good while. Marks it told when it is.
   */
  isNews(severity: Severity): boolean {
    if (!this.#changed) return false;
    this.#changed = false;
    const longerUs = Math.max(longerAtLeastUs, longerBy * (this.lastUs - this.firstUs));
    const news =
      severity !== this.#toldSeverity ||
      logStep(this.count) !== logStep(this.#toldCount) ||
      this.lastUs - this.#toldLastUs >= longerUs;
    if (!news) return false;
    this.#toldSeverity = severity;
    this.#toldCount = this.count;
    this.#toldLastUs = this.lastUs;
    return true;
  }

  /** The finding: the rule's words with everything collected, in stable order. */
  finding(words: FindingWords): Finding {
    return {
      id: this.id,
      rule: this.rule,
      detector: 'rule',
      ...words,
      sources: [...this.sources],
      targets: [...this.targets],
      ports: [...this.ports].sort((x, y) => x - y),
      firstSeen: this.firstUs / 1e6,
      lastSeen: this.lastUs / 1e6,
      count: this.count,
      packets: [...new Set(this.#packets)].sort((x, y) => x - y),
      flows: [...this.#flows],
      stages: [],
    };
  }
}

/** A flow as findings name it; by value, since flows are pooled. */
export function flowReference(flow: Flow): FlowReference {
  return {
    transport: transportName(flow.ipProtocol),
    a: flow.a.text,
    aPort: flow.aPort < 0 ? null : flow.aPort,
    b: flow.b.text,
    bPort: flow.bPort < 0 ? null : flow.bPort,
    start: flow.startUs / 1e6,
  };
}

/** Number of the highest of 1, 2, 5, 10, 20, 50, … that `count` has reached; 0 below 1. */
export function logStep(count: number): number {
  if (!(count >= 1)) return 0;
  const decade = Math.floor(Math.log10(count) + 1e-9);
  const lead = count / 10 ** decade;
  const within = stepsPerDecade.filter((step) => lead >= step).length;
  return decade * stepsPerDecade.length + within;
}
