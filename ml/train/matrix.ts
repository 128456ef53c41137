import { classFacts, flowClasses, flowFamilies } from '../../src/core/features/labels';
import type { FlowClass } from '../../src/core/features/labels';
import type { TrainingRows } from '../boost/boost';
import { partialLabel } from '../boost/shared';
import { noClass } from '../data/flowRows';
import type { FlowRows } from '../data/flowRows';

/** Which inputs and classes a model has. */
export interface Shape {
  /** Positions in `features`. */
  inputs: readonly number[];
  classes: readonly FlowClass[];
  /** What a row of each class counts for: of the dataset, and of what is learned beside it. */
  weights: readonly number[];
  extraWeights: readonly number[];
}

/**
 * What a row of each class counts for: of classes with fewer than `rareRows` more than one, by the square root, because a
 * whole weight costs false alarms; of benign `benign`.
 */
export function classWeights(
  rows: FlowRows,
  classes: readonly FlowClass[],
  { rareRows, benign }: { rareRows: number; benign: number },
): number[] {
  const counts = new Map<number, number>();
  for (const k of rows.classes.subarray(0, rows.count)) counts.set(k, (counts.get(k) ?? 0) + 1);
  const count = (name: FlowClass): number => Math.max(1, counts.get(flowClasses.indexOf(name)) ?? 0);
  return classes.map((name) => (name === 'BENIGN' ? benign : Math.max(1, Math.sqrt(rareRows / count(name)))));
}

/** The classes that rows name, in the order of the table, `BENIGN` first. */
export function classesOf(rows: FlowRows): FlowClass[] {
  const present = new Set(rows.classes.subarray(0, rows.count));
  return flowClasses.filter((name, k) => present.has(k) || name === 'BENIGN');
}

/** Classes that a label of a family may stand for: what samples call DoS holds DDoS and Heartbleed, too. */
function partialClasses(shape: Shape): number[][] {
  return flowFamilies.map((family) =>
    shape.classes.flatMap((name, k) => {
      const own = classFacts[name].family;
      return own === family || (family === 'DoS' && own === 'DDoS') ? [k] : [];
    }),
  );
}

/** Weight of a row whose label names a family only: samples that hold such rows have other shares of the classes. */
const partialWeight = 0.2;

/** The picked rows as the trainer takes them. Rows of a class that the shape does not have are left out. */
export function matrixOf(rows: FlowRows, picks: readonly number[], shape: Shape): TrainingRows {
  const place = new Map(shape.classes.map((name, k) => [flowClasses.indexOf(name), k]));
  const usable = picks.filter((i) => rows.classes[i] === noClass || place.has(rows.classes[i] ?? noClass));
  const width = shape.inputs.length;
  const values = new Float32Array(usable.length * width);
  const labels = new Uint8Array(usable.length);
  for (const [at, i] of usable.entries()) {
    for (let j = 0; j < width; j++) values[at * width + j] = rows.values[i * rows.inputs + (shape.inputs[j] ?? 0)] ?? 0;
    const k = place.get(rows.classes[i] ?? noClass);
    labels[at] = k ?? partialLabel + (rows.families[i] ?? 0);
  }
  const weights = Float32Array.from(
    labels,
    (k, at) => (rows.copies[usable[at] ?? 0] ?? 1) * (k >= partialLabel ? partialWeight : (shape.weights[k] ?? 1)),
  );
  return { inputs: width, classes: shape.classes.length, values, labels, partial: partialClasses(shape), weights };
}
