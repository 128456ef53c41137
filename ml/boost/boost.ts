import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { averageInnerNodes } from '../../src/core/model/treeEnsemble';
import type { TreeEnsemble } from '../../src/core/model/treeEnsemble';
import { binRows, findBins } from './bins';
import type { BinEdges } from './bins';
import { nodesPerTree, partialLabel, signals, tasks } from './shared';
import type { BoostParameters, SharedTraining } from './shared';

/** Rows one after another, one class a row. */
export interface TrainingRows {
  readonly inputs: number;
  readonly classes: number;
  readonly values: Float32Array;
  /** Class of each row, or `partialLabel` plus a place in `partial`. */
  readonly labels: Uint8Array;
  readonly partial: readonly (readonly number[])[];
  readonly weights: Float32Array;
}

export interface BoostProgress {
  round: number;
  rounds: number;
  /** Log loss of the validation rows; NaN without any. */
  loss: number;
}

export interface BoostResult {
  model: TreeEnsemble;
  rounds: number;
  loss: number;
}

/** The training was given up on request. */
export class TrainingCancelled extends Error {}

/**
 * Trains one tree a class and round on softmax. The trees do not depend on the number of threads.
 * @throws TrainingCancelled
 */
export async function boost(
  training: TrainingRows,
  validation: TrainingRows | null,
  parameters: BoostParameters,
  options: { threads: number; onRound?: (progress: BoostProgress) => void; cancelled?: () => boolean },
): Promise<BoostResult> {
  const edges = findBins(training.values, training.labels.length, training.inputs, parameters.seed);
  const shared = share(training, validation, parameters, edges);
  const base = logPriors(training);
  for (let k = 0; k < shared.classes; k++) shared.scores.fill(base[k] ?? 0, k * shared.rows, (k + 1) * shared.rows);
  const team = new Team(shared, options.threads);
  const grown: GrownTree[][] = [];
  let best = { round: 0, loss: Number.POSITIVE_INFINITY };
  try {
    await team.phase(tasks.probabilities);
    for (let round = 0; round < parameters.rounds; round++) {
      if (options.cancelled?.() === true) throw new TrainingCancelled('The training was cancelled.');
      Atomics.store(shared.control, signals.round, round);
      await team.phase(tasks.trees);
      grown.push(takeTrees(shared, edges));
      await team.phase(tasks.probabilities);
      const loss = validationLoss(shared);
      if (!(loss >= best.loss - 1e-6)) best = { round: round + 1, loss };
      options.onRound?.({ round: round + 1, rounds: parameters.rounds, loss });
      if (parameters.earlyStop > 0 && validation !== null && round + 1 - best.round >= parameters.earlyStop) break;
    }
  } finally {
    await team.stop();
  }
  const rounds = validation === null || parameters.earlyStop === 0 ? grown.length : best.round;
  return { model: assemble(grown.slice(0, rounds), base, training.inputs), rounds, loss: best.loss };
}

interface GrownTree {
  feature: Int32Array;
  threshold: Float32Array;
  left: Int32Array;
  right: Int32Array;
  value: Float32Array;
  cover: Float32Array;
}

function sharedArray<T>(make: (buffer: SharedArrayBuffer) => T, bytes: number): T {
  return make(new SharedArrayBuffer(Math.max(8, bytes)));
}

function share(
  training: TrainingRows,
  validation: TrainingRows | null,
  parameters: BoostParameters,
  edges: BinEdges,
): SharedTraining {
  const { inputs, classes } = training;
  const trainRows = training.labels.length;
  const more = validation?.labels.length ?? 0;
  const rows = trainRows + more;
  const places = classes * nodesPerTree(parameters.leaves);
  const integers = (n: number): Int32Array => sharedArray((b) => new Int32Array(b), n * 4);
  const doubles = (n: number): Float64Array => sharedArray((b) => new Float64Array(b), n * 8);
  const bins = sharedArray((b) => new Uint8Array(b), rows * inputs);
  binRows(training.values, trainRows, edges, bins);
  if (validation !== null) binRows(validation.values, more, edges, bins.subarray(trainRows * inputs));
  const labels = sharedArray((b) => new Uint8Array(b), rows);
  labels.set(training.labels);
  if (validation !== null) labels.set(validation.labels, trainRows);
  const weights = sharedArray((b) => new Float32Array(b), rows * 4);
  weights.set(training.weights);
  if (validation !== null) weights.set(validation.weights, trainRows);
  const binCounts = integers(inputs);
  binCounts.set(edges.map((list) => list.length + 1));
  return {
    parameters,
    rows,
    trainRows,
    inputs,
    classes,
    bins,
    binCounts,
    labels,
    partial: training.partial,
    weights,
    scores: doubles(rows * classes),
    probabilities: sharedArray((b) => new Float32Array(b), rows * classes * 4),
    trees: {
      feature: integers(places),
      bin: integers(places),
      left: integers(places),
      right: integers(places),
      value: doubles(places),
      cover: doubles(places),
      used: integers(classes),
    },
    control: integers(8),
  };
}

function logPriors({ labels, weights, classes }: TrainingRows): Float64Array {
  const totals = new Float64Array(classes);
  let all = 0;
  for (let i = 0; i < labels.length; i++) {
    const k = labels[i] ?? 0;
    if (k >= partialLabel) continue;
    totals[k] = (totals[k] ?? 0) + (weights[i] ?? 0);
    all += weights[i] ?? 0;
  }
  return totals.map((total) => Math.log(Math.max(total, 1e-3) / Math.max(all, 1e-3)));
}

/** The threads of one training, kept in step phase by phase. */
class Team {
  readonly #workers: Worker[] = [];
  #failure: Error | null = null;

  constructor(
    private readonly shared: SharedTraining,
    threads: number,
  ) {
    for (let i = 0; i < threads; i++) {
      const worker = startWorker(shared);
      worker.on('error', (error) => {
        this.#failure ??= error;
        // Lets the wait end, so that the failure is told.
        Atomics.add(shared.control, signals.finished, threads);
        Atomics.notify(shared.control, signals.finished);
      });
      this.#workers.push(worker);
    }
  }

  async phase(task: number): Promise<void> {
    const { control } = this.shared;
    Atomics.store(control, signals.next, 0);
    Atomics.store(control, signals.finished, 0);
    Atomics.store(control, signals.task, task);
    Atomics.add(control, signals.phase, 1);
    Atomics.notify(control, signals.phase);
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      const done = Atomics.load(control, signals.finished);
      if (done >= this.#workers.length) return;
      Atomics.wait(control, signals.finished, done, 100);
      // Lets an error of a thread, or a request to stop, come through.
      await setImmediate();
    }
  }

  async stop(): Promise<void> {
    const { control } = this.shared;
    Atomics.store(control, signals.task, tasks.stop);
    Atomics.add(control, signals.phase, 1);
    Atomics.notify(control, signals.phase);
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function startWorker(shared: SharedTraining): Worker {
  const workerData = { boost: shared };
  if (!__filename.endsWith('.ts')) return new Worker(path.join(__dirname, 'train-worker.js'), { workerData });
  // From the sources: threads do not inherit the loader of TypeScript.
  const source = JSON.stringify(path.join(__dirname, 'worker.ts'));
  return new Worker(`require('tsx/cjs'); require(${source});`, { eval: true, workerData });
}

function validationLoss({ rows, trainRows, labels, probabilities }: SharedTraining): number {
  if (rows === trainRows) return Number.NaN;
  let total = 0;
  for (let i = trainRows; i < rows; i++) {
    total -= Math.log(Math.max(1e-9, probabilities[(labels[i] ?? 0) * rows + i] ?? 0));
  }
  return total / (rows - trainRows);
}

function takeTrees(shared: SharedTraining, edges: BinEdges): GrownTree[] {
  const { trees, classes, parameters } = shared;
  const places = nodesPerTree(parameters.leaves);
  return Array.from({ length: classes }, (_, k) => {
    const used = trees.used[k] ?? 0;
    const base = k * places;
    const feature = trees.feature.slice(base, base + used);
    const threshold = new Float32Array(used);
    const value = Float32Array.from(trees.value.subarray(base, base + used));
    for (let i = 0; i < used; i++) {
      const f = feature[i] ?? -1;
      if (f >= 0) threshold[i] = edges[f]?.[trees.bin[base + i] ?? 0] ?? 0;
    }
    return {
      feature,
      threshold,
      left: trees.left.slice(base, base + used),
      right: trees.right.slice(base, base + used),
      value,
      cover: Float32Array.from(trees.cover.subarray(base, base + used)),
    };
  });
}

function assemble(grown: GrownTree[][], base: Float64Array, inputs: number): TreeEnsemble {
  const list = grown.flatMap((round) => round.map((tree, k) => ({ tree, k })));
  const nodes = list.reduce((sum, { tree }) => sum + tree.feature.length, 0);
  const model = {
    classes: base.length,
    inputs,
    base: base.map(Math.fround),
    roots: new Int32Array(list.length),
    treeClass: new Int32Array(list.length),
    feature: new Int32Array(nodes),
    threshold: new Float32Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    value: new Float32Array(nodes),
    cover: new Float32Array(nodes),
  };
  let at = 0;
  for (const [i, { tree, k }] of list.entries()) {
    model.roots[i] = at;
    model.treeClass[i] = k;
    model.feature.set(tree.feature, at);
    model.threshold.set(tree.threshold, at);
    model.value.set(tree.value, at);
    model.cover.set(tree.cover, at);
    for (let n = 0; n < tree.feature.length; n++) {
      const inner = (tree.feature[n] ?? -1) >= 0;
      model.left[at + n] = inner ? at + (tree.left[n] ?? 0) : 0;
      model.right[at + n] = inner ? at + (tree.right[n] ?? 0) : 0;
    }
    at += tree.feature.length;
  }
  averageInnerNodes(model);
  return model;
}
