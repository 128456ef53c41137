import type { Finding, FlowReference } from '../../protocol/finding';
import { transportName } from '../flows/flow';
import type { Flow } from '../flows/flow';
import { engineLimits } from '../limits';

/** What a rule says of an incident; what was collected on the way (times, packets, flows, subjects) is added by the incident. */
export type FindingWords = Pick<
  Finding,
  'threat' | 'severity' | 'confidence' | 'title' | 'summary' | 'evidence' | 'against' | 'next' | 'mitre'
>;

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
  /** Whether it is not what was handed over last. */
  changed = true;

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
    this.changed = true;
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
    this.changed = true;
  }

  get seconds(): number {
    return Math.max(0, this.lastUs - this.firstUs) / 1e6;
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
