import { createHash } from 'node:crypto';
import { features, featureTableVersion, featuresOf } from '../../src/core/features/features';
import { classFacts, flowFamilies } from '../../src/core/features/labels';
import { metadataKey } from '../../src/core/model/modelMetadata';
import type { ModelMetadata } from '../../src/core/model/modelMetadata';
import { writeOnnx } from '../../src/core/model/onnxModel';
import type { TreeEnsemble } from '../../src/core/model/treeEnsemble';
import { boost } from '../boost/boost';
import { defaultBoost } from '../boost/shared';
import type { BoostParameters } from '../boost/shared';
import { noClass } from '../data/flowRows';
import type { FlowRows } from '../data/flowRows';
import { logisticBaseline, majorityClass } from '../report/baselines';
import type { KindMetrics, SplitMetrics } from '../report/metrics';
import { scorePredictions } from '../../src/core/model/scores';
import {
  calibrated,
  calibrationBins,
  calibrationError,
  fitCalibration,
  mostLikely,
  probabilitiesOf,
} from './calibration';
import type { UnseenScores } from './calibration';
import { fitSplit, groupSplit, joined, scoreRows, timeSplit } from './crossFit';
import type { FitOptions, Fitted } from './crossFit';
import { testLab } from './labTest';
import type { LabParts } from './labTest';
import type { LabRows } from '../lab/labFile';
import { classesOf, matrixOf, classWeights } from './matrix';
import type { Shape } from './matrix';

/** How much work a training may be. */
export interface Mode {
  name: string;
  maxRows: number;
  rounds: number;
  learningRate: number;
  /** Parts of the group split that are tested in turn; all of them when the rows are few. */
  folds: number;
  testedFolds: number;
  timeSplit: boolean;
  lab: LabParts;
  /** Flows of the lab that are learned. */
  labRows: number;
}

export const modes: Readonly<Record<'quick' | 'medium' | 'full', Mode>> = {
  quick: { name: 'quick', maxRows: 100_000, rounds: 60, learningRate: 0.15, folds: 5, testedFolds: 1, timeSplit: false, lab: { tools: 2, benign: 2 }, labRows: 6000 }, // prettier-ignore
  medium: { name: 'medium', maxRows: 600_000, rounds: 70, learningRate: 0.11, folds: 10, testedFolds: 5, timeSplit: true, lab: { tools: 8, benign: 5 }, labRows: Number.POSITIVE_INFINITY }, // prettier-ignore
  full: { name: 'full', maxRows: Number.POSITIVE_INFINITY, rounds: 70, learningRate: 0.11, folds: 10, testedFolds: 10, timeSplit: true, lab: { tools: 8, benign: 5 }, labRows: Number.POSITIVE_INFINITY }, // prettier-ignore
};

export interface KindOptions {
  mode: Mode;
  seed: number;
  threads: number;
  dataHash: string;
  /** Share of this kind's work that is done, and what is being done. */
  onProgress: (share: number, what: string) => void;
  cancelled: () => boolean;
}

/**
 * Measured on the group split: in official rows one shape of flow has several labels, and smaller trees on fewer inputs
 * follow that less. Eighty rounds of 24 leaves are what a processor scores 60,000 rows a second with.
 */
const growing = {
  improved: { leaves: 24, featureShare: 0.5, minimumHessian: 0.01 },
  // Small trees carry further: with 24 leaves a tenth more of the flows of unseen tools are taken for benign.
  live: { leaves: 4, featureShare: 0.5, minimumHessian: 5, l2: 10, earlyStop: 0 },
  official: { leaves: 15, featureShare: 0.3, minimumHessian: 0.3 },
} as const;

/** The improved rows that can be had are thin in benign ones, which the lab's attacks would otherwise crowd out. */
const weighing = { improved: { rareRows: 120, benign: 2 }, live: { rareRows: 120, benign: 2 }, official: { rareRows: 200, benign: 1 } } as const; // prettier-ignore

/** Rows beyond which one part of the group split is enough to measure. */
const manyRows = 400_000;

/** Trains, measures and writes one model; flows of the lab, or rows lent by the other kind, only teach. @throws TrainingCancelled */
export async function trainKind(
  kind: ModelMetadata['kind'],
  rows: FlowRows,
  lab: LabRows | null,
  lent: FlowRows | null,
  cse: FlowRows | null,
  options: KindOptions,
): Promise<{ bytes: Uint8Array; metrics: KindMetrics }> {
  const { mode, seed, threads } = options;
  const classes = classesOf(rows);
  const weights = classWeights(rows, classes, weighing[kind]);
  // The lab has many flows of classes that are rare in the dataset; lent rows are there because they are rare.
  const extraWeights = lab === null ? weights : weights.map(() => 1);
  const shape: Shape = { inputs: featuresOf(kind === 'live' ? 'improved' : kind), classes, weights, extraWeights };
  const grown = kind === 'live' ? { rounds: Math.round(1.5 * mode.rounds), learningRate: 0.15 } : { rounds: mode.rounds, learningRate: mode.learningRate }; // prettier-ignore
  const parameters: BoostParameters = { ...defaultBoost, seed, ...grown, ...growing[kind] };
  // How the live model does on rows of the dataset is beside the point.
  const tested = kind === 'live' || rows.count > manyRows ? 1 : mode.testedFolds;
  const labSteps = lab === null ? 0 : 4;
  const steps = tested + 1 + (mode.timeSplit ? 1 : 0) + labSteps;
  let done = 0;
  const fitOptions = (what: string, share = 1): FitOptions => ({
    parameters,
    threads,
    onRound: (of) => options.onProgress((done + of * share) / steps, what),
    cancelled: options.cancelled,
  });
  const extra = lab?.rows ?? lent;
  const labTest =
    lab === null ? null : await testLab(rows, lab, shape, mode.lab, fitOptions('measuring on unseen tools', labSteps));
  done += labSteps;
  const given = labTest === null ? {} : { calibration: labTest.calibration };
  const parts: Fitted[] = [];
  for (let fold = 0; fold < tested; fold++) {
    const split = groupSplit(rows, mode.folds, fold, seed);
    parts.push(await fitSplit(rows, split, shape, extra, { ...fitOptions(`measuring, part ${fold + 1} of ${tested}`), ...given })); // prettier-ignore
    done++;
  }
  const measured = mergeFitted(parts);
  // What ships is calibrated by all rows that were held back; what is reported, by those that its test rows are not in.
  const calibration = labTest?.calibration ?? fitCalibration(mergeScores(parts.map((part) => part.held)));
  const measure = (name: string, keep: (at: number) => boolean): SplitMetrics =>
    splitMetrics(name, measured, shape, keep);
  const groupName = `${tested} of ${mode.folds} parts by groups of nearly equal rows`;
  const timePart = mode.timeSplit ? timeSplit(rows, seed) : null;
  let time: SplitMetrics | null = null;
  if (timePart !== null) {
    const fit = await fitSplit(rows, timePart, shape, extra, { ...fitOptions('measuring by time'), ...given });
    time = splitMetrics('last 30 % of each class by time', fit, shape, () => true);
    done++;
  }
  const everything = Array.from({ length: rows.count }, (_, i) => i);
  const training = joined(rows, everything, extra, shape);
  const stopped = Math.round((1.1 * parts.reduce((sum, p) => sum + p.rounds, 0)) / parts.length);
  const rounds = parameters.earlyStop === 0 ? parameters.rounds : Math.max(10, stopped);
  const final = await boost(training, null, { ...parameters, rounds, earlyStop: 0 }, {
    threads,
    onRound: (p) => options.onProgress((done + p.round / p.rounds) / steps, 'training on all rows'),
    cancelled: options.cancelled,
  }); // prettier-ignore
  const model = calibrated(final.model, calibration);
  const group = measure(groupName, () => true);
  const called = calledOf(measured, shape);
  const metadata: ModelMetadata = {
    format: 1,
    featureTable: featureTableVersion,
    kind,
    inputs: shape.inputs.map((i) => features[i]?.id ?? ''),
    classes: [...shape.classes],
    thresholds: calibration.thresholds,
    precision: shape.classes.map((name, k) =>
      called[k] === 0 ? null : rounded(group.classes.perClass[name]?.precision ?? null),
    ),
    called,
    ...ranges(training, shape),
    trained: { rows: rows.count, labRows: lab?.rows.count ?? 0, dataHash: options.dataHash, seed, mode: mode.name },
  };
  const bytes = writeOnnx(model, { [metadataKey]: JSON.stringify(metadata) });
  const metrics: KindMetrics = {
    kind,
    rows: rows.count,
    labRows: lab?.rows.count ?? 0,
    lentRows: lent?.count ?? 0,
    rowsPerClass: countClasses(rows, shape),
    group,
    groupWithoutAttempted: measured.picks.some((i) => rows.attempted[i] === 1)
      ? measure(`${groupName}, without attempted attacks`, (at) => rows.attempted[measured.picks[at] ?? 0] === 0)
      : null,
    time,
    temperature: calibration.temperature,
    benignBias: calibration.benignBias,
    ...calibrationOf(measured.probabilities, measured.labels, shape),
    baselines: baselines(rows, shape, mode, seed),
    importance: importance(model, shape),
    lab: labTest?.tools ?? [],
    labBenign: labTest?.benign ?? null,
    crossDataset: cse === null || cse.count === 0 ? null : crossDataset(model, cse, shape),
    model: {
      file: `${kind}.onnx`,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.length,
      rounds,
      trees: model.roots.length,
      nodes: model.feature.length,
    },
  };
  return { bytes, metrics };
}

/** How many of the measured rows were called each class. */
function calledOf({ probabilities }: Measured, shape: Shape): number[] {
  const counts = shape.classes.map(() => 0);
  for (const k of mostLikely(probabilities, shape.classes.length)) counts[k] = (counts[k] ?? 0) + 1;
  return counts;
}

const rounded = (x: number | null): number | null => (x === null ? null : Number(x.toFixed(4)));

function mergeScores(parts: readonly UnseenScores[]): UnseenScores {
  const classes = parts[0]?.classes ?? 0;
  return { classes, scores: Float64Array.from(flat(parts.map((p) => p.scores))), labels: Uint8Array.from(flat(parts.map((p) => p.labels))) }; // prettier-ignore
}

type Measured = Pick<Fitted, 'picks' | 'labels' | 'probabilities' | 'abstained'>;

function mergeFitted(parts: readonly Fitted[]): Measured {
  return {
    picks: parts.flatMap((p) => p.picks),
    labels: Uint8Array.from(flat(parts.map((p) => p.labels))),
    probabilities: Float32Array.from(flat(parts.map((p) => p.probabilities))),
    abstained: Uint8Array.from(flat(parts.map((p) => p.abstained))),
  };
}

function* flat(lists: readonly ArrayLike<number>[]): Generator<number> {
  for (const list of lists) for (let i = 0; i < list.length; i++) yield list[i] ?? 0;
}

const familyNames: readonly string[] = flowFamilies;

function familiesOf(labels: ArrayLike<number>, shape: Shape): number[] {
  return Array.from(labels, (k) => familyNames.indexOf(classFacts[shape.classes[k] ?? 'BENIGN'].family));
}

function splitMetrics(
  split: string,
  { probabilities, labels, abstained }: Measured,
  shape: Shape,
  keep: (at: number) => boolean,
): SplitMetrics {
  const width = shape.classes.length;
  const all = mostLikely(probabilities, width);
  const kept = Array.from(labels.keys()).filter(keep);
  const truth = kept.map((i) => labels[i] ?? 0);
  const predicted = kept.map((i) => all[i] ?? 0);
  const benign = truth.filter((k) => k === 0).length;
  const wrong = truth.filter((k, at) => k === 0 && predicted[at] !== 0).length;
  return {
    split,
    testRows: kept.length,
    classes: scorePredictions(truth, predicted, shape.classes),
    families: scorePredictions(familiesOf(truth, shape), familiesOf(predicted, shape), familyNames),
    benignFalsePositiveRate: benign === 0 ? 0 : wrong / benign,
    abstained: kept.filter((i) => abstained[i] === 1).length,
  };
}

function calibrationOf(
  probabilities: Float32Array,
  labels: Uint8Array,
  shape: Shape,
): Pick<KindMetrics, 'calibration' | 'confusion'> {
  const width = shape.classes.length;
  const bins = calibrationBins(probabilities, labels, width);
  const counts = shape.classes.map(() => new Array<number>(width).fill(0));
  for (const [i, k] of mostLikely(probabilities, width).entries()) {
    const row = counts[labels[i] ?? 0];
    if (row !== undefined) row[k] = (row[k] ?? 0) + 1;
  }
  return { calibration: { error: calibrationError(bins), bins }, confusion: { names: [...shape.classes], counts } };
}

function countClasses(rows: FlowRows, shape: Shape): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(shape.classes.map((name) => [name, 0]));
  const all = classesOf(rows);
  const indexes = new Map<number, string>();
  for (let i = 0; i < rows.count; i++) {
    const k = rows.classes[i] ?? noClass;
    if (!indexes.has(k)) indexes.set(k, k === noClass ? 'family only' : (all.find((n) => classIndex(n) === k) ?? ''));
    const name = indexes.get(k) ?? '';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const classNames = Object.keys(classFacts);
const classIndex = (name: string): number => classNames.indexOf(name);

function baselines(rows: FlowRows, shape: Shape, mode: Mode, seed: number): KindMetrics['baselines'] {
  const split = groupSplit(rows, mode.folds, 0, seed);
  const training = matrixOf(rows, split.train, shape);
  const test = matrixOf(rows, split.test, shape);
  const score = (predicted: ArrayLike<number>): { macroF1: number; accuracy: number } => {
    const { macroF1, accuracy } = scorePredictions(test.labels, predicted, shape.classes);
    return { macroF1, accuracy };
  };
  const most = majorityClass(training.labels);
  return { majority: score(test.labels.map(() => most)), logistic: score(logisticBaseline(training, test, seed)) };
}

/** Share of each input in what the splits explain: squared differences of the node means, by the rows they split. */
function importance(model: TreeEnsemble, shape: Shape): KindMetrics['importance'] {
  const sums = new Float64Array(model.inputs);
  const { feature, left, right, value, cover } = model;
  for (let n = 0; n < feature.length; n++) {
    const f = feature[n] ?? -1;
    if (f < 0) continue;
    for (const child of [left[n] ?? 0, right[n] ?? 0]) {
      sums[f] = (sums[f] ?? 0) + (cover[child] ?? 0) * ((value[child] ?? 0) - (value[n] ?? 0)) ** 2;
    }
  }
  const total = sums.reduce((x, y) => x + y, 0);
  return shape.inputs
    .map((i, j) => ({ feature: features[i]?.id ?? '', share: Number(((sums[j] ?? 0) / total).toFixed(5)) }))
    .sort((x, y) => y.share - x.share);
}

function ranges(training: ReturnType<typeof matrixOf>, shape: Shape): Pick<ModelMetadata, 'usual' | 'seen'> {
  const { values, labels, inputs } = training;
  const short = (x: number | undefined): number => Number((x ?? 0).toPrecision(6));
  const benignRows = labels.reduce((sum, k) => sum + (k === 0 ? 1 : 0), 0);
  const usual: ModelMetadata['usual'] = [];
  const seen: ModelMetadata['seen'] = [];
  for (let j = 0; j < shape.inputs.length; j++) {
    const benign = new Float32Array(benignRows);
    let filled = 0;
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < labels.length; i++) {
      const x = values[i * inputs + j] ?? 0;
      if (x < low) low = x;
      if (x > high) high = x;
      if (labels[i] === 0) benign[filled++] = x;
    }
    benign.sort();
    const at = (share: number): number => short(benign[Math.floor(share * (benign.length - 1))]);
    usual.push([at(0.05), at(0.5), at(0.95)]);
    // A little wider than seen, so that rounding never makes a row strange.
    seen.push([low - Math.abs(low) * 1e-3 - 1e-6, high + Math.abs(high) * 1e-3 + 1e-6]);
  }
  return { usual, seen };
}

function crossDataset(model: TreeEnsemble, cse: FlowRows, shape: Shape): KindMetrics['crossDataset'] {
  const picks = Array.from({ length: cse.count }, (_, i) => i).filter((i) => cse.classes[i] !== noClass);
  const scored = scoreRows(model, cse, picks, shape);
  const predicted = mostLikely(probabilitiesOf(scored, { temperature: 1, benignBias: 0 }), scored.classes);
  const benign = scored.labels.filter((k) => k === 0).length;
  const wrong = predicted.filter((k, i) => scored.labels[i] === 0 && k !== 0).length;
  return {
    name: 'CSE-CIC-IDS2018',
    rows: picks.length,
    families: scorePredictions(familiesOf(scored.labels, shape), familiesOf(predicted, shape), familyNames),
    benignFalsePositiveRate: benign === 0 ? 0 : wrong / benign,
  };
}
