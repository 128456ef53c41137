import type { Finding } from '../../protocol/finding';
import type { PacketView } from '../decode/packetView';
import type { Detector } from '../detectors/detector';
import { checkpointDue } from '../features/checkpoints';
import { columns, measureColumns } from '../features/columns';
import { writeSomeFeatures } from '../features/features';
import { FlowMetering } from '../features/flowMetering';
import { classFacts } from '../features/labels';
import type { Flow } from '../flows/flow';
import type { FlowMeter } from '../flows/flowMeter';
import type { FlowTable } from '../flows/flowTable';
import { LimitCounter, engineLimits } from '../limits';
import { decide } from './decision';
import { FlowShape, FlowShapes } from './flowShapes';
import { countStrange, inputPositions, strangeInputs } from './modelMetadata';
import type { ModelMetadata } from './modelMetadata';
import { VoteTable } from './modelVotes';
import type { FlowFacts } from './modelVotes';
import { modelFinding } from './modelWords';
import { RowList } from './rowList';
import type { TreeEnsemble } from './treeEnsemble';

/** Flows that wait: `count` rows one after another, as wide as the model's inputs, are to be scored. */
export interface ScoreBatch {
  readonly rows: Float32Array;
  readonly count: number;
  /** Every flow in the order in which it was asked about; most are of a shape that is known or is one of the rows. */
  readonly flows: readonly WaitingFlow[];
  /** Inputs of flows that are alike one of the rows, or a shape that is known, in rank only. */
  readonly alike: RowList;
}

interface WaitingFlow {
  readonly serial: number;
  /** Null for a flow that is known to be benign. */
  readonly facts: FlowFacts | null;
  readonly shape: FlowShape;
  /** Place of its inputs: in the rows from 0 on, among those alike below it; null where the shape has them. */
  readonly place: number | null;
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
  /** Rows that the model had to be asked about; of all other flows it was known what it says. */
  scoredRows = 0;
  readonly #metering: FlowMetering;
  readonly #positions: Int32Array;
  readonly #pendingLimit = new LimitCounter('flows waiting for the model', engineLimits.modelPendingFlows);
  readonly #singleLimit = new LimitCounter('shapes of single packets', engineLimits.modelSingleShapes);
  readonly #votes = new VoteTable();
  readonly #columns = new Float64Array(columns.length);
  readonly #row: Float32Array;
  readonly #shapes: FlowShapes;
  readonly #singles = new Map<number, FlowShape>();
  readonly #sentAt: number;
  readonly #resetsAt: number;
  #rows: RowList;
  #alike: RowList;
  #flows: WaitingFlow[] = [];
  /** Handed out and not yet scored. */
  #batchesOut = 0;

  constructor(
    private readonly metadata: ModelMetadata,
    private readonly model: TreeEnsemble,
  ) {
    this.#positions = inputPositions(metadata);
    this.#row = new Float32Array(model.inputs);
    this.#rows = new RowList(model.inputs);
    this.#alike = new RowList(model.inputs);
    this.#shapes = new FlowShapes(model, metadata);
    this.#sentAt = metadata.inputs.indexOf('forwardBytes');
    this.#resetsAt = metadata.inputs.indexOf('rst');
    this.#metering = new FlowMetering((flow, meter) => this.#ask(flow, meter));
    this.limits = [this.#pendingLimit, this.#singleLimit, ...this.#votes.limits];
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

  /** Rows among them that the model has to be asked about. */
  get waitingRows(): number {
    return this.#rows.count;
  }

  /** Hands out all flows that wait; null when there are none. There may be no row to be scored among them. */
  takeBatch(): ScoreBatch | null {
    if (this.#flows.length === 0) return null;
    const batch = { rows: this.#rows.values, count: this.#rows.count, flows: this.#flows, alike: this.#alike };
    this.#rows = new RowList(this.model.inputs);
    this.#alike = new RowList(this.model.inputs);
    this.#flows = [];
    this.#batchesOut++;
    return batch;
  }

  /** Takes the probabilities of the rows of a batch, class after class for each row. Batches come back in their order. */
  scored(batch: ScoreBatch, probabilities: Float32Array): void {
    const { classes, inputs } = this.model;
    this.scoredRows += batch.count;
    this.#batchesOut--;
    for (const flow of batch.flows) {
      const { shape, place } = flow;
      if (shape.call === undefined && place !== null && place >= 0) {
        this.#judge(shape, batch.rows, place * inputs, probabilities, place * classes);
      }
      this.#count(flow, batch);
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

  #count({ serial, facts, shape, place }: WaitingFlow, { rows, alike }: ScoreBatch): void {
    const { inputs } = this.model;
    if (!shape.call || facts === null) this.#vote(serial, null, shape, this.#row);
    else if (place === null) this.#vote(serial, facts, shape, shape.row ?? this.#row);
    else if (place >= 0) this.#vote(serial, facts, shape, rows.subarray(place * inputs, (place + 1) * inputs));
    else this.#vote(serial, facts, shape, alike.at(-1 - place));
  }

  #vote(serial: number, facts: FlowFacts | null, shape: FlowShape, row: Float32Array): void {
    this.scoredFlows++;
    if (shape.abstained) this.abstained++;
    const { call } = shape;
    // The web attacks of CICIDS2017 were in clear HTTP: what resembles one inside TLS was not learned from anything like it.
    const hidden = call?.family === 'WebAttack' && facts?.application === 'tls';
    // One who gets in at once guesses nothing: rules read that in the replies, and in their lengths where they are encrypted.
    const worked = facts?.login === 'worked' && call !== null && call !== undefined && classFacts[call.ofClass].threat === 'brute-force'; // prettier-ignore
    if (call === null || call === undefined || facts === null || hidden || worked) this.#votes.take(serial);
    else {
      const { ofClass, probability, other, otherProbability } = call;
      this.#votes.add({ flow: facts, ofClass, probability, other, otherProbability, row });
    }
  }

  #ask(flow: Flow, meter: FlowMeter): void {
    if (this.#flows.length >= this.#pendingLimit.limit) {
      this.#pendingLimit.hits++;
      return;
    }
    const asked = meter.asked;
    meter.asked = true;
    this.#writeRow(flow, meter);
    const shape = this.#shapes.of(this.#row, 0);
    if (!this.#known(flow, shape, asked, this.#row)) {
      const place = shape.waits ? -1 - this.#alike.add(this.#row) : this.#rows.add(this.#row);
      this.#flows.push({ serial: flow.serial, facts: factsOf(flow), shape, place });
      shape.waits = true;
    }
  }

  /** A flow of one packet is what many others are: its shape is scored once, and known before its features are. */
  #askSingle(flow: Flow): void {
    const key =
      (flow.firstPayloadBytes * 256 + flow.firstFlags) * 512 + flow.ipProtocol * 2 + (flow.firstFromA ? 1 : 0);
    const known = this.#singles.get(key);
    if (known !== undefined) {
      if (this.#known(flow, known, false, known.row ?? this.#row)) return;
      if (this.#flows.length >= this.#pendingLimit.limit) this.#pendingLimit.hits++;
      else this.#flows.push({ serial: flow.serial, facts: factsOf(flow), shape: known, place: null });
      return;
    }
    if (this.#singles.size >= this.#singleLimit.limit) {
      this.#singleLimit.hits++;
      this.#ask(flow, this.#metering.of(flow));
      return;
    }
    if (this.#flows.length >= this.#pendingLimit.limit) {
      this.#pendingLimit.hits++;
      return;
    }
    this.#writeRow(flow, this.#metering.of(flow));
    const made = new FlowShape();
    made.row = this.#row.slice();
    made.waits = true;
    this.#singles.set(key, made);
    this.#flows.push({ serial: flow.serial, facts: factsOf(flow), shape: made, place: this.#rows.add(this.#row) });
  }

  /**
   * Counts a flow of a shape that was scored, and tells whether it did. While scores of other flows are awaited, only flows
   * that were never asked about and are no attack may come before them: of each flow the newest score counts.
   */
  #known(flow: Flow, shape: FlowShape, asked: boolean, row: Float32Array): boolean {
    const { call } = shape;
    if (call === undefined) return false;
    const alone = this.#flows.length === 0 && this.#batchesOut === 0;
    if (alone) this.#vote(flow.serial, call === null ? null : factsOf(flow), shape, row);
    else if (call !== null) return false;
    else if (asked) this.#flows.push({ serial: flow.serial, facts: null, shape, place: null });
    else {
      this.scoredFlows++;
      if (shape.abstained) this.abstained++;
    }
    return true;
  }

  #writeRow(flow: Flow, meter: FlowMeter): void {
    measureColumns(meter, flow.ipProtocol, this.#columns);
    writeSomeFeatures(this.#columns, this.#positions, this.#row);
  }

  /** Notes what the model says of flows of a shape, from the probabilities of one of them. */
  #judge(shape: FlowShape, rows: Float32Array, rowOffset: number, probabilities: Float32Array, offset: number): void {
    const { classes, thresholds } = this.metadata;
    const { family, ofClass: best, probability } = decide(classes, probabilities, offset);
    shape.call = null;
    if (probability < (thresholds[best] ?? 1) || countStrange(this.metadata, rows, rowOffset) >= strangeInputs) {
      shape.abstained = true;
      return;
    }
    if (family === 'BENIGN' || !this.#plausible(family, rows, rowOffset)) return;
    let other = 0;
    for (let k = 1; k < classes.length; k++) {
      const foreign = classFacts[classes[k] ?? 'BENIGN'].family !== family;
      if (foreign && (probabilities[offset + k] ?? 0) > (probabilities[offset + other] ?? 0)) other = k;
    }
    shape.call = {
      family,
      ofClass: classes[best] ?? 'BENIGN',
      probability,
      other: classes[other] ?? 'BENIGN',
      otherProbability: probabilities[offset + other] ?? 0,
    };
  }

  /** A scan's connections carry nothing from the opener or are reset; every other attack needs payload. */
  #plausible(family: string, rows: Float32Array, offset: number): boolean {
    const sent = this.#sentAt < 0 ? 0 : (rows[offset + this.#sentAt] ?? 0);
    const resets = this.#resetsAt < 0 ? 0 : (rows[offset + this.#resetsAt] ?? 0);
    return family === 'PortScan' ? sent === 0 || resets > 0 : sent > 0;
  }
}

function factsOf(flow: Flow): FlowFacts {
  const { a, b, aPort, bPort, login } = flow;
  return {
    serial: flow.serial,
    source: a.text,
    target: b.text,
    port: bPort,
    timeUs: flow.endUs,
    packet: flow.firstPacket,
    application: flow.application,
    login,
    ipProtocol: flow.ipProtocol,
    sourcePort: aPort,
    startUs: flow.startUs,
  };
}
