import { batchScores } from '../../src/core/model/treeEnsemble';
import type { TreeEnsemble } from '../../src/core/model/treeEnsemble';
import { boost } from '../boost/boost';
import type { BoostParameters } from '../boost/shared';
import { noClass } from '../data/flowRows';
import type { FlowRows } from '../data/flowRows';
import { mix } from '../random';
import { abstentions, fitCalibration, probabilitiesOf } from './calibration';
import type { Calibration, UnseenScores } from './calibration';
import { matrixOf } from './matrix';
import type { Shape } from './matrix';

export interface FitOptions {
  parameters: BoostParameters;
  threads: number;
  /** How scores become probabilities; else the rows to calibrate by decide. */
  calibration?: Calibration;
  onRound?: (share: number) => void;
  cancelled?: () => boolean;
}

/**
 * Which rows learn, which stop the learning and fit the calibration, and which are only scored, as positions. No row is in
 * two of them, so that what is reported of the test rows is about rows that decided nothing.
 */
export interface Split {
  train: number[];
  calibrate: number[];
  test: number[];
}

/**
 * The part of each row: rows that are nearly equal are in the same one, and every class has its share of each, the rarest
 * first, so that a class of eight rows is not all in one part.
 */
export function foldsOf(rows: FlowRows, folds: number, seed: number): Uint8Array {
  const byClass = new Map<number, { order: number; group: number }[]>();
  for (let i = 0; i < rows.count; i++) {
    const k = (rows.classes[i] ?? 0) * 256 + (rows.families[i] ?? 0);
    const group = rows.groups[i] ?? 0;
    const list = byClass.get(k);
    if (list === undefined) byClass.set(k, [{ order: mix(seed, 3, group), group }]);
    else list.push({ order: mix(seed, 3, group), group });
  }
  const ofGroup = new Map<number, number>();
  for (const [k, list] of [...byClass].sort((x, y) => x[1].length - y[1].length || x[0] - y[0])) {
    // Classes begin with different parts, or the first one would get the first row of each.
    let next = mix(seed, 13, k) % folds;
    for (const { group } of list.sort((x, y) => x.order - y.order || x.group - y.group)) {
      if (ofGroup.has(group)) continue;
      ofGroup.set(group, next);
      next = (next + 1) % folds;
    }
  }
  return Uint8Array.from({ length: rows.count }, (_, i) => ofGroup.get(rows.groups[i] ?? 0) ?? 0);
}

/** Split by group: rows that are nearly equal are never on both sides. Rows without a class only learn. */
export function groupSplit(rows: FlowRows, folds: number, fold: number, seed: number): Split {
  const split: Split = { train: [], calibrate: [], test: [] };
  for (const [i, f] of foldsOf(rows, folds, seed).entries()) {
    if (f === fold) {
      // Each copy is a row of its own: what is common must weigh what it weighs.
      if (rows.classes[i] !== noClass) for (let n = 0; n < (rows.copies[i] ?? 1); n++) split.test.push(i);
    } else if (f === (fold + 1) % folds) {
      if (rows.classes[i] !== noClass) for (let n = 0; n < (rows.copies[i] ?? 1); n++) split.calibrate.push(i);
    } else split.train.push(i);
  }
  return split;
}

/** Split by time: of each class the last part is tested. Null where rows have no times. */
export function timeSplit(rows: FlowRows, seed: number): Split | null {
  const byClass = new Map<number, number[]>();
  for (let i = 0; i < rows.count; i++) {
    const k = rows.classes[i] ?? noClass;
    if (k === noClass || !Number.isFinite(rows.times[i] ?? Number.NaN)) continue;
    const times = byClass.get(k);
    if (times === undefined) byClass.set(k, [rows.times[i] ?? 0]);
    else times.push(rows.times[i] ?? 0);
  }
  if (byClass.size < 2) return null;
  const cuts = new Map(
    [...byClass].map(([k, times]) => [k, times.sort((x, y) => x - y)[Math.floor(times.length * 0.7)] ?? 0]),
  );
  const split: Split = { train: [], calibrate: [], test: [] };
  for (let i = 0; i < rows.count; i++) {
    const cut = cuts.get(rows.classes[i] ?? noClass);
    const time = rows.times[i] ?? Number.NaN;
    if (cut === undefined || !Number.isFinite(time)) continue;
    if (time >= cut) split.test.push(i);
    else if (mix(seed, 5, rows.groups[i] ?? 0) % 8 === 0) split.calibrate.push(i);
    else split.train.push(i);
  }
  return split;
}

/** What a model gave for the test rows of a split, calibrated by other rows. */
export interface Fitted {
  picks: number[];
  labels: Uint8Array;
  probabilities: Float32Array;
  /** 1 where the model abstained. */
  abstained: Uint8Array;
  /** Scores of the rows that the calibration was fitted to. */
  held: UnseenScores;
  rounds: number;
}

/** Trains on a split, with more rows that only learn, calibrates, and scores its test rows. */
export async function fitSplit(
  rows: FlowRows,
  split: Split,
  shape: Shape,
  extra: FlowRows | null,
  options: FitOptions,
): Promise<Fitted> {
  const { parameters, threads, onRound, cancelled } = options;
  const training = joined(rows, split.train, extra, shape);
  const result = await boost(training, matrixOf(rows, split.calibrate, shape), parameters, {
    threads,
    ...(onRound === undefined ? {} : { onRound: (p) => onRound(p.round / p.rounds) }),
    ...(cancelled === undefined ? {} : { cancelled }),
  });
  const held = scoreRows(result.model, rows, split.calibrate, shape);
  const calibration = options.calibration ?? fitCalibration(held);
  const unseen = scoreRows(result.model, rows, split.test, shape);
  const probabilities = probabilitiesOf(unseen, calibration);
  return {
    picks: split.test,
    labels: unseen.labels,
    probabilities,
    abstained: abstentions(probabilities, calibration.thresholds),
    held,
    rounds: result.rounds,
  };
}

/** The rows of two tables as one matrix, the second with the weights that the shape has for it. */
export function joined(
  rows: FlowRows,
  picks: readonly number[],
  extra: FlowRows | null,
  shape: Shape,
): ReturnType<typeof matrixOf> {
  const own = matrixOf(rows, picks, shape);
  if (extra === null) return own;
  const all = Array.from({ length: extra.count }, (_, i) => i);
  const more = matrixOf(extra, all, { ...shape, weights: shape.extraWeights });
  const values = new Float32Array(own.values.length + more.values.length);
  const labels = new Uint8Array(own.labels.length + more.labels.length);
  const weights = new Float32Array(labels.length);
  values.set(own.values);
  values.set(more.values, own.values.length);
  labels.set(own.labels);
  labels.set(more.labels, own.labels.length);
  weights.set(own.weights);
  weights.set(more.weights, own.labels.length);
  return { ...own, values, labels, weights };
}

/** Scores of picked rows. */
export function scoreRows(model: TreeEnsemble, rows: FlowRows, picks: readonly number[], shape: Shape): UnseenScores {
  const matrix = matrixOf(rows, picks, shape);
  const count = matrix.labels.length;
  const scores = new Float64Array(count * model.classes);
  const block = 512;
  for (let from = 0; from < count; from += block) {
    const some = Math.min(block, count - from);
    const values = matrix.values.subarray(from * matrix.inputs, (from + some) * matrix.inputs);
    batchScores(model, values, some, scores.subarray(from * model.classes, (from + some) * model.classes));
  }
  return { classes: model.classes, scores, labels: matrix.labels };
}
