import type { FlowReference, Threat } from '../../protocol/finding';
import type { FlowClass, FlowFamily } from '../features/labels';
import { classFacts } from '../features/labels';
import { transportName } from '../flows/flow';
import { LimitCounter, engineLimits } from '../limits';

/** Votes older than this count no longer. */
export const voteWindowUs = 60e6;

/** Scores come some time after their flows, and not in order. */
const settledAfterUs = 5 * voteWindowUs;

/**
 * How many flows of a family it takes within the window; for scans different ports or targets, because one connection
 * that nobody answers says nothing. Chosen, not measured: no benign capture of the lab, on which the model was also
 * trained, comes to a finding with them.
 */
export const votesNeeded: Readonly<Record<FlowFamily, number>> = {
  BENIGN: Number.POSITIVE_INFINITY,
  DDoS: 20,
  DoS: 20,
  PortScan: 10,
  BruteForce: 4,
  WebAttack: 3,
  Bot: 3,
  Infiltration: 2,
};

/** Sources that make a denial of service a distributed one. */
const distributedSources = 3;

/**
 * Scanners of one port of one target at a time: what more sources than that ask of it is a flood with made-up sources, or a
 * service that is down, and no scan by each of them.
 */
const scannersOfPort = 40;

/** Flows that a finding names. */
const incidentFlows = 20;

/** What is kept of a scored flow. */
export interface FlowFacts {
  readonly serial: number;
  readonly source: string;
  readonly target: string;
  readonly port: number;
  readonly timeUs: number;
  readonly packet: number;
  /** What its payload was recognised as when it was asked about; null for nothing. */
  readonly application: string | null;
  /** What rules saw become of the login that it began with. */
  readonly login: 'worked' | 'failed' | null;
  readonly ipProtocol: number;
  /** -1 without ports, like `port`. */
  readonly sourcePort: number;
  readonly startUs: number;
}

function referenceOf({ ipProtocol, source, sourcePort, target, port, startUs }: FlowFacts): FlowReference {
  return {
    transport: transportName(ipProtocol),
    a: source,
    aPort: sourcePort < 0 ? null : sourcePort,
    b: target,
    bPort: port < 0 ? null : port,
    start: startUs / 1e6,
  };
}

/** A flow that the model calls an attack. */
export interface Vote {
  readonly flow: FlowFacts;
  readonly ofClass: FlowClass;
  readonly probability: number;
  /** The most likely class of another family, and how likely. */
  readonly other: FlowClass;
  readonly otherProbability: number;
  /** The model's inputs, for the explanation; whoever keeps a vote copies them. */
  readonly row: Float32Array;
}

/** What an incident keeps of each of its votes; of the surest one it keeps everything. */
interface CountedVote {
  readonly timeUs: number;
  readonly probability: number;
  readonly source: string;
  readonly target: string;
  readonly port: number;
}

/** All votes for one threat, source and target; bounded. */
export class VoteIncident {
  private readonly votes = new Map<number, CountedVote>();
  /** Of the votes that were forgotten because they are over. */
  private settledProbability: number | null = null;
  /** What {@link VoteTable} remembers for a flow that voted for nothing else. */
  readonly keys: readonly string[];
  raised = false;
  changed = true;
  firstUs = Number.POSITIVE_INFINITY;
  lastUs = 0;
  /** Flows ever counted. */
  total = 0;
  /** The vote that was surest; it explains the finding. */
  best: Vote | null = null;
  readonly ports = new Set<number>();
  readonly sources = new Set<string>();
  readonly targets = new Set<string>();
  readonly packets: number[] = [];
  readonly flows: FlowReference[] = [];

  constructor(
    readonly key: string,
    readonly threat: Threat,
    readonly family: FlowFamily,
    /** Where the first flow went. */
    readonly firstTarget: string,
    readonly limit: LimitCounter,
  ) {
    this.keys = [key];
  }

  /** Votes that are kept. */
  get size(): number {
    return this.votes.size;
  }

  add(vote: Vote): void {
    const { flow, probability } = vote;
    const { timeUs, source, target, port } = flow;
    this.changed = true;
    if (!this.votes.has(flow.serial)) this.total++;
    this.votes.delete(flow.serial);
    this.votes.set(flow.serial, { timeUs, probability, source, target, port });
    this.settledProbability = null;
    if (this.votes.size > this.limit.limit) {
      this.limit.hits++;
      for (const oldest of this.votes.keys()) {
        this.votes.delete(oldest);
        break;
      }
    }
    for (const [serial, old] of this.votes) {
      if (old.timeUs >= flow.timeUs - voteWindowUs) break;
      this.votes.delete(serial);
    }
    this.firstUs = Math.min(this.firstUs, flow.timeUs);
    this.lastUs = Math.max(this.lastUs, flow.timeUs);
    if (this.best === null || probability > this.best.probability) this.best = { ...vote, row: vote.row.slice() };
    if (this.ports.size < engineLimits.findingPorts) this.ports.add(flow.port);
    if (this.sources.size < engineLimits.findingTargets) this.sources.add(flow.source);
    if (this.targets.size < engineLimits.findingTargets) this.targets.add(flow.target);
    if (this.packets.length < engineLimits.findingPackets && flow.packet > 0) this.packets.push(flow.packet);
    if (this.flows.length < incidentFlows) {
      const reference = referenceOf(flow);
      const known = this.flows.some((f) => f.start === reference.start && f.aPort === reference.aPort);
      if (!known) this.flows.push(reference);
    }
    const needed = votesNeeded[this.family];
    if (!this.raised && this.votes.size >= needed && this.hasStrength(needed)) this.raised = true;
  }

  /** The newest score of a flow says something else. */
  take(serial: number): void {
    if (this.votes.delete(serial)) this.changed = true;
  }

  /** Whether enough of the votes are for different things. Ends at the first that are: a flood votes thousands of times. */
  private hasStrength(needed: number): boolean {
    if (this.family === 'PortScan') return this.differ(needed, ({ target, port }) => `${target} ${port}`);
    return this.threat !== 'ddos' || this.differ(distributedSources, ({ source }) => source);
  }

  private differ(needed: number, of: (vote: CountedVote) => string): boolean {
    const seen = new Set<string>();
    for (const vote of this.votes.values()) {
      seen.add(of(vote));
      if (seen.size >= needed) return true;
    }
    return false;
  }

  /** Forgets the votes of an incident that is raised, and over for long: the next vote would have them forgotten. */
  settle(nowUs: number): void {
    if (!this.raised || this.votes.size === 0 || this.lastUs >= nowUs - settledAfterUs) return;
    this.settledProbability = this.meanProbability();
    this.votes.clear();
  }

  meanProbability(): number {
    if (this.settledProbability !== null) return this.settledProbability;
    let sum = 0;
    for (const vote of this.votes.values()) sum += vote.probability;
    return this.votes.size === 0 ? (this.best?.probability ?? 0) : sum / this.votes.size;
  }
}

/** The incidents that the model's votes add up to, keyed by threat, source, target and, where it matters, port. */
export class VoteTable {
  readonly limits: readonly LimitCounter[];
  readonly #incidentLimit = new LimitCounter('model incidents', engineLimits.incidents);
  readonly #voteLimit = new LimitCounter('flows of a model incident', engineLimits.modelVotesPerIncident);
  readonly #incidents = new Map<string, VoteIncident>();
  /** How many sources' scans began at a port of a target. */
  readonly #scansFrom = new Map<string, number>();
  /** Where the newest vote of a flow is. */
  readonly #ofFlow = new Map<number, readonly string[]>();

  constructor() {
    this.limits = [this.#incidentLimit, this.#voteLimit];
  }

  /** Counts a vote; an earlier one of the same flow counts no longer. */
  add(vote: Vote): void {
    const keys = keysOf(vote);
    for (const key of this.#ofFlow.get(vote.flow.serial) ?? []) {
      if (keys.every((k) => k.key !== key)) this.#incidents.get(key)?.take(vote.flow.serial);
    }
    let votedFor: readonly string[] = [];
    for (const { key, threat, family } of keys) {
      let incident = this.#incidents.get(key);
      if (incident === undefined) {
        const firstTarget = `${vote.flow.target}:${vote.flow.port}`;
        if (this.#isOneOfMany(threat, firstTarget)) continue;
        if (this.#incidents.size >= this.#incidentLimit.limit) this.#forget(vote.flow.timeUs);
        incident = new VoteIncident(key, threat, family, firstTarget, this.#voteLimit);
        this.#incidents.set(key, incident);
        if (threat === 'port-scan') this.#scansFrom.set(firstTarget, (this.#scansFrom.get(firstTarget) ?? 0) + 1);
      }
      incident.add(vote);
      votedFor = votedFor.length === 0 ? incident.keys : [...votedFor, incident.key];
    }
    this.#remember(vote.flow.serial, votedFor);
  }

  /** Packets have come to `nowUs`: what is over for long takes less room. */
  advance(nowUs: number): void {
    for (const incident of this.#incidents.values()) incident.settle(nowUs);
  }

  #remember(serial: number, keys: readonly string[]): void {
    this.#ofFlow.delete(serial);
    if (keys.length === 0) return;
    if (this.#ofFlow.size >= engineLimits.modelVotedFlows) {
      for (const oldest of this.#ofFlow.keys()) {
        this.#ofFlow.delete(oldest);
        break;
      }
    }
    this.#ofFlow.set(serial, keys);
  }

  /** Votes that are kept, over all incidents. */
  get size(): number {
    let size = 0;
    for (const incident of this.#incidents.values()) size += incident.size;
    return size;
  }

  /** Takes back the vote of a flow, when there is one. */
  take(serial: number): void {
    const keys = this.#ofFlow.get(serial);
    if (keys === undefined) return;
    this.#ofFlow.delete(serial);
    for (const key of keys) this.#incidents.get(key)?.take(serial);
  }

  /** Incidents that were raised; a distributed attack stands for those of its sources. */
  *raised(): Generator<VoteIncident> {
    for (const incident of this.#incidents.values()) {
      if (!incident.raised) continue;
      const port = incident.threat === 'dos' ? [...incident.ports][0] : undefined;
      const target = [...incident.targets][0] ?? '';
      if (port !== undefined && this.#incidents.get(distributedKey(target, port))?.raised === true) continue;
      yield incident;
    }
  }

  clear(): void {
    this.#incidents.clear();
    this.#scansFrom.clear();
    this.#ofFlow.clear();
  }

  /** Whether a new source's incident would be one of many like it, which one incident of the target stands for. */
  #isOneOfMany(threat: Threat, firstTarget: string): boolean {
    if (threat === 'port-scan') return (this.#scansFrom.get(firstTarget) ?? 0) >= scannersOfPort;
    return threat === 'dos' && this.#incidents.get(`${distributed}${firstTarget}`)?.raised === true;
  }

  /** Makes room: what has come to nothing within the window first, which nobody misses. */
  #forget(nowUs: number): void {
    let made = false;
    for (const incident of this.#incidents.values()) {
      if (incident.raised || incident.lastUs >= nowUs - voteWindowUs) continue;
      this.#remove(incident);
      made = true;
    }
    if (made) return;
    this.#incidentLimit.hits++;
    let oldest: VoteIncident | null = null;
    for (const incident of this.#incidents.values()) {
      if (oldest === null || Number(incident.raised) < Number(oldest.raised) || (incident.raised === oldest.raised && incident.lastUs < oldest.lastUs)) oldest = incident; // prettier-ignore
    }
    if (oldest !== null) this.#remove(oldest);
  }

  #remove({ key, threat, firstTarget }: VoteIncident): void {
    this.#incidents.delete(key);
    if (threat !== 'port-scan') return;
    const left = (this.#scansFrom.get(firstTarget) ?? 1) - 1;
    if (left > 0) this.#scansFrom.set(firstTarget, left);
    else this.#scansFrom.delete(firstTarget);
  }
}

const distributed = 'ddos|*>';
const distributedKey = (target: string, port: number): string => `${distributed}${target}:${port}`;

function keysOf({ flow, ofClass }: Vote): { key: string; threat: Threat; family: FlowFamily }[] {
  const { family, threat } = classFacts[ofClass];
  const pair = `${flow.source}>${flow.target}`;
  if (threat === null) return [];
  if (family === 'PortScan') return [{ key: `port-scan|${pair}`, threat: 'port-scan', family }];
  if (threat === 'dos' || threat === 'ddos') {
    return [
      { key: `dos|${pair}:${flow.port}`, threat: 'dos', family: 'DoS' },
      { key: distributedKey(flow.target, flow.port), threat: 'ddos', family: 'DDoS' },
    ];
  }
  return [{ key: `${threat}|${pair}:${flow.port}`, threat, family }];
}
