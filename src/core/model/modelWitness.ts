import type { Finding } from '../../protocol/finding';
import type { PacketView } from '../decode/packetView';
import type { Detector } from '../detectors/detector';
import { checkpointDue } from '../features/checkpoints';
import { columns, measureColumns } from '../features/columns';
import { features, writeFeatures } from '../features/features';
import { FlowMetering } from '../features/flowMetering';
import { classFacts } from '../features/labels';
import { transportName } from '../flows/flow';
import type { Flow } from '../flows/flow';
import type { FlowMeter } from '../flows/flowMeter';
import type { FlowTable } from '../flows/flowTable';
import { LimitCounter, engineLimits } from '../limits';
import { decide } from './decision';
import { countStrange, inputPositions, strangeInputs } from './modelMetadata';
import type { ModelMetadata } from './modelMetadata';
import { VoteTable } from './modelVotes';
import type { FlowFacts, Vote } from './modelVotes';
import { modelFinding } from './modelWords';
import type { TreeEnsemble } from './treeEnsemble';

/** Flows that wait for their scores: `count` rows one after another, as wide as the model's inputs. */
export interface ScoreBatch {
  readonly rows: Float32Array;
  readonly count: number;
  /** For each row the flow, or the flows of one packet that all have this shape. */
  readonly flows: readonly (PendingFlow | SingleShape)[];
}

interface PendingFlow {
  readonly facts: FlowFacts;
}

/** What the model says of all flows of one packet that are alike. */
interface SingleShape {
  verdict: Vote | 'benign' | null;
  waiting: FlowFacts[];
}

/**
 * The model as a witness: measures every flow, hands batches of them out to be scored (at their end, when they are cut,
 * and at checkpoints while they last), takes the scores back and adds the votes up to incidents. Pure; who runs the model
 * calls {@link takeBatch} and {@link scored} in turn. What it finds alone is at most `medium`.
 */
export class ModelWitness implements Detector {
  readonly limits: readonly LimitCounter[];
  /** Flows scored, those among them that the model abstained from, and packets that came to a checkpoint. */
  scoredFlows = 0;
  abstained = 0;
  readonly #metering: FlowMetering;
  readonly #positions: Int32Array;
  readonly #pendingLimit = new LimitCounter('flows waiting for the model', engineLimits.modelPendingFlows);
  readonly #shapeLimit = new LimitCounter('shapes of single packets', engineLimits.modelSingleShapes);
  readonly #votes = new VoteTable();
  readonly #columns = new Float64Array(columns.length);
  readonly #features = new Float32Array(features.length);
  readonly #shapes = new Map<number, SingleShape>();
  #rows: Float32Array;
  #flows: (PendingFlow | SingleShape)[] = [];

  constructor(
    private readonly metadata: ModelMetadata,
    private readonly model: TreeEnsemble,
  ) {
    this.#positions = inputPositions(metadata);
    this.#rows = new Float32Array(256 * model.inputs);
    this.#metering = new FlowMetering((flow, meter) => this.#ask(flow, meter));
    this.limits = [this.#pendingLimit, this.#shapeLimit, ...this.#votes.limits];
  }

  packet(view: PacketView, table: FlowTable): void {
    const meter = this.#metering.packet(view, table);
    if (meter !== null && table.flow !== null && checkpointDue(meter, view.timeUs)) this.#ask(table.flow, meter);
  }

  flowEnded(flow: Flow): void {
    if (flow.meter === null) this.#askSingle(flow);
    else {
      this.#ask(flow, flow.meter);
      this.#metering.release(flow);
    }
  }

  get pending(): number {
    return this.#flows.length;
  }

  /** Hands out all flows that wait; null when there are none. */
  takeBatch(): ScoreBatch | null {
    if (this.#flows.length === 0) return null;
    const batch = { rows: this.#rows, count: this.#flows.length, flows: this.#flows };
    this.#rows = new Float32Array(256 * this.model.inputs);
    this.#flows = [];
    return batch;
  }

  /** Takes the probabilities of a batch, class after class for each row. */
  scored(batch: ScoreBatch, probabilities: Float32Array): void {
    const { classes, inputs } = this.model;
    for (const [i, flow] of batch.flows.entries()) {
      const row = batch.rows.subarray(i * inputs, (i + 1) * inputs);
      const judge = (facts: FlowFacts): Vote | null => this.#judge(facts, row, probabilities, i * classes);
      if ('facts' in flow) this.#count(flow.facts.serial, judge(flow.facts));
      else {
        for (const facts of flow.waiting) {
          const vote = judge(facts);
          flow.verdict ??= vote === null ? 'benign' : { ...vote, row: vote.row.slice() };
          this.#count(facts.serial, vote);
        }
        flow.waiting = [];
      }
    }
  }

  advance(nowUs: number): void {
    this.#votes.advance(nowUs);
  }

  finish(): void {
    // The engine ends every flow after this.
  }

  collect(put: (finding: Finding) => void): void {
    for (const incident of this.#votes.raised()) {
      if (!incident.changed) continue;
      incident.changed = false;
      const finding = modelFinding(incident, this.metadata, this.model);
      if (finding !== null) put(finding);
    }
  }

  clear(): void {
    this.#votes.clear();
  }

  #count(serial: number, vote: Vote | null): void {
    this.scoredFlows++;
    if (vote === null) this.#votes.take(serial);
    else this.#votes.add(vote);
  }

  #ask(flow: Flow, meter: FlowMeter): void {
    if (this.#flows.length >= this.#pendingLimit.limit) {
      this.#pendingLimit.hits++;
      return;
    }
    this.#writeRow(flow, meter);
    this.#flows.push({ facts: factsOf(flow) });
  }

  /** A flow of one packet is what many others are: its shape is scored once. */
  #askSingle(flow: Flow): void {
    const meter = this.#metering.of(flow);
    const shape =
      (flow.firstPayloadBytes * 256 + flow.firstFlags) * 512 + flow.ipProtocol * 2 + (flow.firstFromA ? 1 : 0);
    const known = this.#shapes.get(shape);
    if (known === undefined) {
      if (this.#shapes.size >= this.#shapeLimit.limit) {
        this.#shapeLimit.hits++;
        this.#ask(flow, meter);
        return;
      }
      if (this.#flows.length >= this.#pendingLimit.limit) {
        this.#pendingLimit.hits++;
        return;
      }
      const made: SingleShape = { verdict: null, waiting: [factsOf(flow)] };
      this.#shapes.set(shape, made);
      this.#writeRow(flow, meter);
      this.#flows.push(made);
    } else if (known.verdict === null) {
      if (known.waiting.length < this.#pendingLimit.limit) known.waiting.push(factsOf(flow));
      else this.#pendingLimit.hits++;
    } else if (known.verdict === 'benign') {
      this.#count(flow.serial, null);
    } else this.#count(flow.serial, { ...known.verdict, flow: factsOf(flow) });
  }

  #writeRow(flow: Flow, meter: FlowMeter): void {
    const width = this.model.inputs;
    const at = this.#flows.length * width;
    if (at + width > this.#rows.length) {
      const wider = new Float32Array(this.#rows.length * 2);
      wider.set(this.#rows);
      this.#rows = wider;
    }
    measureColumns(meter, flow.ipProtocol, this.#columns);
    writeFeatures(this.#columns, this.#features, 0);
    for (let j = 0; j < width; j++) this.#rows[at + j] = this.#features[this.#positions[j] ?? 0] ?? 0;
  }

  /** The vote of a flow; null for benign ones, for abstentions, and for what one flow alone does not show. */
  #judge(flow: FlowFacts, row: Float32Array, probabilities: Float32Array, offset: number): Vote | null {
    const { classes, thresholds } = this.metadata;
    const { family, ofClass: best, probability } = decide(classes, probabilities, offset);
    if (probability < (thresholds[best] ?? 1) || countStrange(this.metadata, row, 0) >= strangeInputs) {
      this.abstained++;
      return null;
    }
    if (family === 'BENIGN' || !this.#plausible(family, flow.application, row)) return null;
    let other = 0;
    for (let k = 1; k < classes.length; k++) {
      const foreign = classFacts[classes[k] ?? 'BENIGN'].family !== family;
      if (foreign && (probabilities[offset + k] ?? 0) > (probabilities[offset + other] ?? 0)) other = k;
    }
    return {
      flow,
      ofClass: classes[best] ?? 'BENIGN',
      probability,
      other: classes[other] ?? 'BENIGN',
      otherProbability: probabilities[offset + other] ?? 0,
      row,
    };
  }

  /**
   * A scan's connections carry nothing from the opener or are reset; every other attack needs payload. The web attacks of
   * CICIDS2017 were in clear HTTP: what resembles one inside TLS was not learned from anything like it.
   */
  #plausible(family: string, application: string | null, row: Float32Array): boolean {
    if (family === 'WebAttack' && application === 'tls') return false;
    const sent = row[this.#inputAt('forwardBytes')] ?? 0;
    const resets = row[this.#inputAt('rst')] ?? 0;
    return family === 'PortScan' ? sent === 0 || resets > 0 : sent > 0;
  }

  #inputAt(id: string): number {
    return this.metadata.inputs.indexOf(id);
  }
}

function factsOf(flow: Flow): FlowFacts {
  const { a, b, aPort, bPort } = flow;
  return {
    serial: flow.serial,
    source: a.text,
    target: b.text,
    port: bPort,
    timeUs: flow.endUs,
    packet: flow.firstPacket,
    application: flow.application,
    reference: {
      transport: transportName(flow.ipProtocol),
      a: a.text,
      aPort: aPort < 0 ? null : aPort,
      b: b.text,
      bPort: bPort < 0 ? null : bPort,
      start: flow.startUs / 1e6,
    },
  };
}
