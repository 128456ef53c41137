import type { FlowClass, FlowFamily } from '../features/labels';
import { engineLimits } from '../limits';
import { InputRanks } from './inputRanks';
import type { ModelMetadata } from './modelMetadata';
import type { TreeEnsemble } from './treeEnsemble';

/** The attack that the model calls a flow. */
export interface AttackCall {
  readonly family: FlowFamily;
  readonly ofClass: FlowClass;
  readonly probability: number;
  /** The most likely class of another family, and how likely. */
  readonly other: FlowClass;
  readonly otherProbability: number;
}

/** Flows of which the model says the same. */
export class FlowShape {
  /** Undefined until it was scored; null for benign ones, for abstentions, and for what one flow does not show. */
  call: AttackCall | null | undefined = undefined;
  abstained = false;
  /** Whether one of its flows is among the rows that are to be scored. */
  waits = false;
  /** The inputs, where those of all its flows are the same. */
  row: Float32Array | null = null;
}

/**
 * Remembers what the model said of flows by the ranks of their inputs, so that a flood of flows that are alike is scored once
 * and not flow by flow. Two places for each hash; the older of two others makes room.
 */
export class FlowShapes {
  /** Shapes that made room; nothing is lost with them, they are scored again. */
  forgotten = 0;
  readonly #ranks: InputRanks | null;
  readonly #inputs: number;
  readonly #row: Uint16Array;
  readonly #shapes: (FlowShape | undefined)[];
  readonly #hashes: Int32Array;
  readonly #kept: Uint16Array;
  /** Of each pair of places which is to make room next. */
  readonly #next: Uint8Array;

  constructor(model: TreeEnsemble, metadata: ModelMetadata) {
    const places = engineLimits.modelFlowShapes;
    this.#ranks = InputRanks.of(model, metadata);
    this.#inputs = model.inputs;
    this.#row = new Uint16Array(model.inputs);
    this.#shapes = new Array<FlowShape | undefined>(places).fill(undefined);
    this.#hashes = new Int32Array(places);
    this.#kept = new Uint16Array(places * model.inputs);
    this.#next = new Uint8Array(places >> 1);
  }

  /** The shape of the row at `offset` of `rows`: a new one, without a call, for what was not seen or is forgotten. */
  of(rows: Float32Array, offset: number): FlowShape {
    if (this.#ranks === null) return new FlowShape();
    const hash = this.#ranks.write(rows, offset, this.#row);
    const pair = hash & (this.#shapes.length - 2);
    const first = this.#at(pair, hash);
    if (first !== null) return first;
    const second = this.#at(pair + 1, hash);
    if (second !== null) return second;
    const turn = this.#next[pair >> 1] as number;
    this.#next[pair >> 1] = turn ^ 1;
    const place = pair + turn;
    if (this.#shapes[place] !== undefined) this.forgotten++;
    const made = new FlowShape();
    this.#shapes[place] = made;
    this.#hashes[place] = hash;
    this.#kept.set(this.#row, place * this.#inputs);
    return made;
  }

  #at(place: number, hash: number): FlowShape | null {
    const shape = this.#shapes[place];
    if (shape === undefined || this.#hashes[place] !== hash) return null;
    const from = place * this.#inputs;
    for (let i = 0; i < this.#inputs; i++) if (this.#kept[from + i] !== this.#row[i]) return null;
    return shape;
  }
}
