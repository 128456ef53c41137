/** What decides how trees grow. */
export interface BoostParameters {
  seed: number;
  rounds: number;
  learningRate: number;
  leaves: number;
  /** Added to the hessian of every leaf: without it tiny classes make the scores diverge. */
  l2: number;
  minimumHessian: number;
  minimumRows: number;
  /** Share of the inputs that each tree may use. */
  featureShare: number;
  /** Rounds without a better validation loss after which training stops; 0 never stops early. */
  earlyStop: number;
  /** Gradient-based one-side sampling (LightGBM, NIPS 2017) above this many rows. */
  sampleAbove: number;
}

export const defaultBoost: BoostParameters = {
  seed: 20170703,
  rounds: 150,
  learningRate: 0.1,
  leaves: 31,
  l2: 1,
  minimumHessian: 0.01,
  minimumRows: 5,
  featureShare: 0.7,
  earlyStop: 15,
  sampleAbove: 20_000,
};

/** Labels from here on stand for several classes. */
export const partialLabel = 128;

/** Memory that all threads of a training see. */
export interface SharedTraining {
  parameters: BoostParameters;
  rows: number;
  /** The first so many rows are trained on; the rest only keeps its scores, for early stopping. */
  trainRows: number;
  inputs: number;
  classes: number;
  /** Rows one after another, one byte an input. */
  bins: Uint8Array;
  /** Bins of each input. */
  binCounts: Int32Array;
  /** Class of each row, or `partialLabel` plus a place in `partial`. */
  labels: Uint8Array;
  /** Classes that a row may belong to whose label names a family only. */
  partial: readonly (readonly number[])[];
  weights: Float32Array;
  /** Class after class. */
  scores: Float64Array;
  probabilities: Float32Array;
  /** One tree a class. */
  trees: TreeSlots;
  /** See `signals`. */
  control: Int32Array;
}

/** Nodes of the newest tree of each class: `leaves * 2 - 1` places a class. */
export interface TreeSlots {
  feature: Int32Array;
  bin: Int32Array;
  left: Int32Array;
  right: Int32Array;
  value: Float64Array;
  /** Rows of training below. */
  cover: Float64Array;
  used: Int32Array;
}

/** Places in `control`. */
export const signals = {
  /** Raised by one for each phase; workers wait on it. */
  phase: 0,
  /** What to do in it. */
  task: 1,
  /** Next class or block of rows that nobody has taken yet. */
  next: 2,
  /** Workers that have finished the phase. */
  finished: 3,
  round: 4,
  workers: 5,
} as const;

export const tasks = { probabilities: 1, trees: 2, stop: 3 } as const;

/** Rows of one block of the softmax. */
export const blockRows = 4096;

export function nodesPerTree(leaves: number): number {
  return leaves * 2 - 1;
}
