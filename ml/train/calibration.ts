import { softmax } from '../../src/core/model/treeEnsemble';
import type { TreeEnsemble } from '../../src/core/model/treeEnsemble';

/** Scores of rows that the model which gave them had not seen, row after row. */
export interface UnseenScores {
  classes: number;
  scores: Float64Array;
  labels: Uint8Array;
}

/** How scores become probabilities, and from which on a class is said. */
export interface Calibration {
  temperature: number;
  /** Added to the score of benign: what keeps the share of false alarms that was asked for. */
  benignBias: number;
  thresholds: number[];
}

/** Share of the benign rows that may be called an attack; of rows that fitted it, so somewhat less than is promised. */
const falseAlarmShare = 0.003;
const benignBiases = Array.from({ length: 31 }, (_, i) => i / 20);

/** Temperature, bias and thresholds of rows that neither learned nor are reported. */
export function fitCalibration(held: UnseenScores): Calibration {
  const temperature = findTemperature(held);
  const benignBias = findBenignBias(held, temperature);
  const probabilities = probabilitiesOf(held, { temperature, benignBias });
  return { temperature, benignBias, thresholds: findThresholds(probabilities, held.labels, held.classes) };
}

/** The least of a few biases with which at most {@link falseAlarmShare} of the benign rows are called an attack. */
function findBenignBias(held: UnseenScores, temperature: number): number {
  const benign = held.labels.reduce((sum, k) => sum + (k === 0 ? 1 : 0), 0);
  for (const benignBias of benignBiases) {
    const called = mostLikely(probabilitiesOf(held, { temperature, benignBias }), held.classes);
    const wrong = called.reduce((sum, k, i) => sum + (k !== 0 && held.labels[i] === 0 ? 1 : 0), 0);
    if (wrong <= benign * falseAlarmShare) return benignBias;
  }
  return benignBiases.at(-1) ?? 0;
}

/** The temperature with the least log loss (Guo and others, ICML 2017), by golden section. */
export function findTemperature({ classes, scores, labels }: UnseenScores): number {
  const row = new Float64Array(classes);
  const step = Math.max(1, Math.floor(labels.length / 50_000));
  const loss = (logT: number): number => {
    let total = 0;
    for (let i = 0; i < labels.length; i += step) {
      row.set(scores.subarray(i * classes, (i + 1) * classes));
      softmax(row, Math.exp(logT));
      total -= Math.log(Math.max(1e-12, row[labels[i] ?? 0] ?? 0));
    }
    return total;
  };
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [-1.5, 1.5];
  for (let i = 0; i < 20; i++) {
    const left = high - golden * (high - low);
    const right = low + golden * (high - low);
    if (loss(left) < loss(right)) high = right;
    else low = left;
  }
  return Number(Math.exp((low + high) / 2).toFixed(4));
}

type Scale = Pick<Calibration, 'temperature' | 'benignBias'>;

/** A model whose softmax is calibrated: scores divided by the temperature, benign moved by the bias. */
export function calibrated(model: TreeEnsemble, { temperature, benignBias }: Scale): TreeEnsemble {
  return {
    ...model,
    base: model.base.map((x, k) => Math.fround(x / temperature + (k === 0 ? benignBias : 0))),
    value: model.value.map((x) => x / temperature),
  };
}

/** Probabilities, row after row. */
export function probabilitiesOf(
  { classes, scores, labels }: UnseenScores,
  { temperature, benignBias }: Scale,
): Float32Array {
  const out = new Float32Array(labels.length * classes);
  const row = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) {
    row.set(scores.subarray(i * classes, (i + 1) * classes));
    row[0] = (row[0] ?? 0) + benignBias * temperature;
    softmax(row, temperature);
    out.set(row, i * classes);
  }
  return out;
}

/** Index of the largest probability of each row. */
export function mostLikely(probabilities: Float32Array, classes: number): Uint8Array {
  const rows = probabilities.length / classes;
  const out = new Uint8Array(rows);
  for (let i = 0; i < rows; i++) {
    let best = 0;
    for (let k = 1; k < classes; k++) {
      if ((probabilities[i * classes + k] ?? 0) > (probabilities[i * classes + best] ?? 0)) best = k;
    }
    out[i] = best;
  }
  return out;
}

/** 1 for each row whose likeliest class stays below its threshold. */
export function abstentions(probabilities: Float32Array, thresholds: readonly number[]): Uint8Array {
  const classes = thresholds.length;
  return mostLikely(probabilities, classes).map((k, i) =>
    (probabilities[i * classes + k] ?? 0) < (thresholds[k] ?? 0.5) ? 1 : 0,
  );
}

/** Of ten equal ranges of the probability of the predicted class: how many rows, how sure, how often right. */
export interface CalibrationBin {
  from: number;
  rows: number;
  confidence: number;
  accuracy: number;
}

export function calibrationBins(probabilities: Float32Array, labels: Uint8Array, classes: number): CalibrationBin[] {
  const predicted = mostLikely(probabilities, classes);
  const bins = Array.from({ length: 10 }, (_, b) => ({ from: b / 10, rows: 0, confidence: 0, accuracy: 0 }));
  for (const [i, k] of predicted.entries()) {
    const p = probabilities[i * classes + k] ?? 0;
    const bin = bins[Math.min(9, Math.floor(p * 10))];
    if (bin === undefined) continue;
    bin.rows++;
    bin.confidence += p;
    bin.accuracy += labels[i] === k ? 1 : 0;
  }
  return bins.map((b) => ({
    ...b,
    confidence: b.confidence / Math.max(1, b.rows),
    accuracy: b.accuracy / Math.max(1, b.rows),
  }));
}

/** Mean distance between how sure and how often right, weighted by rows. */
export function calibrationError(bins: readonly CalibrationBin[]): number {
  const rows = bins.reduce((sum, b) => sum + b.rows, 0);
  return bins.reduce((sum, b) => sum + b.rows * Math.abs(b.confidence - b.accuracy), 0) / Math.max(1, rows);
}

/**
 * For each class the least probability at which at most this share of all benign rows is called so, at least one half;
 * for benign itself one half.
 */
export function findThresholds(
  probabilities: Float32Array,
  labels: Uint8Array,
  classes: number,
  share = 0.0005,
): number[] {
  const predicted = mostLikely(probabilities, classes);
  const benign = labels.reduce((sum, k) => sum + (k === 0 ? 1 : 0), 0);
  const allowed = Math.floor(benign * share);
  return Array.from({ length: classes }, (_, k) => {
    if (k === 0) return 0.5;
    const wrong: number[] = [];
    for (const [i, p] of predicted.entries()) {
      if (p === k && labels[i] === 0) wrong.push(probabilities[i * classes + k] ?? 0);
    }
    wrong.sort((x, y) => y - x);
    const over = wrong[allowed];
    return over === undefined ? 0.5 : Number(Math.min(0.99, Math.max(0.5, over + 0.001)).toFixed(3));
  });
}

/** What a benign flow was called that the model had been shown nothing like. */
export interface FalseCall {
  ofClass: number;
  probability: number;
}

/** A threshold above this one would never be reached. */
const highestThreshold = 0.97;

/**
 * Thresholds that benign programs of kinds never shown come to less often: at most this share of their flows for each of
 * the classes that may be raised; others stay.
 */
export function raisedThresholds(
  thresholds: readonly number[],
  calls: readonly FalseCall[],
  benignFlows: number,
  mayRaise: (ofClass: number) => boolean,
  share = 0.002,
): number[] {
  const allowed = Math.floor(benignFlows * share);
  return thresholds.map((threshold, k) => {
    if (!mayRaise(k)) return threshold;
    const wrong = calls.filter(({ ofClass }) => ofClass === k).map(({ probability }) => probability);
    const over = wrong.sort((x, y) => y - x)[allowed];
    if (over === undefined || over < threshold) return threshold;
    return Number(Math.min(highestThreshold, over + 0.001).toFixed(3));
  });
}
