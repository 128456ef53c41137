import { batchScores } from '../../src/core/model/treeEnsemble';
import type { TreeEnsemble } from '../../src/core/model/treeEnsemble';
import { boost } from '../boost/boost';
import type { BoostParameters } from '../boost/shared';
import { noClass } from '../data/flowRows';
import type { FlowRows } from '../data/flowRows';
import { mix } from '../random';
import { abstentions, fitCalibration, probabilitiesOf } from './calibration';
import type { UnseenScores } from './calibration';
import { matrixOf } from './matrix';
import type { Shape } from './matrix';

export interface FitOptions {
  parameters: BoostParameters;
  threads: number;
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

/** Split by group: rows that are nearly equal are never on both sides. Rows without a class only learn. */
export function groupSplit(rows: FlowRows, folds: number, fold: number, seed: number): Split {
  const split: Split = { train: [], calibrate: [], test: [] };
  for (let i = 0; i < rows.count; i++) {
    const f = mix(seed, 3, rows.groups[i] ?? 0) % folds;
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
    byClass.set(k, [...(byClass.get(k) ?? []), rows.times[i] ?? 0]);
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
  const calibration = fitCalibration(held);
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

/** The rows of two tables as one matrix. */
export function joined(
  rows: FlowRows,
  picks: readonly number[],
  extra: FlowRows | null,
  shape: Shape,
): ReturnType<typeof matrixOf> {
  if (extra === null) return matrixOf(rows, picks, shape);
  const both = rows.pick(picks);
  both.grow(extra.count);
  both.append(extra);
  return matrixOf(both, Array.from({ length: both.count }, (_, i) => i), shape); // prettier-ignore
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
