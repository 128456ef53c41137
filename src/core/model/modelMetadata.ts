import { features, featureTableVersion } from '../features/features';
import { flowClasses } from '../features/labels';
import type { FlowClass } from '../features/labels';
import { ModelFormatError } from './onnxModel';
import type { TreeEnsemble } from './treeEnsemble';

/** Name of the entry of `metadata_props` that holds {@link ModelMetadata} as JSON. */
export const metadataKey = 'networkTrafficModel';

/** What a model scores: rows of either kind, or flows of captures, which are measured like `improved` rows. */
export const modelKinds = ['improved', 'official', 'live'] as const;

/** What a model says of itself; written with it, so that the two never part. */
export interface ModelMetadata {
  format: 1;
  /** `featureTableVersion` it was trained with. */
  featureTable: number;
  kind: (typeof modelKinds)[number];
  /** Feature ids in the order of its inputs. */
  inputs: string[];
  /** In the order of its outputs. */
  classes: FlowClass[];
  /** Least calibrated probability of each class; below it the model abstains. */
  thresholds: number[];
  /** Share of the flows called so that were, on rows it had not seen; null for a class never called. */
  precision: (number | null)[];
  /** Rows behind each precision: those that were called so. Models of older versions do not say. */
  called?: number[];
  /** 5 %, 50 % and 95 % of each input over benign flows. */
  usual: [number, number, number][];
  /** Least and largest value of each input in training. */
  seen: [number, number][];
  trained: { rows: number; labRows: number; dataHash: string; seed: number; mode: string };
}

/**
 * What the file says of the model, checked against this version's tables.
 * @throws ModelFormatError that says why the model cannot be used.
 */
export function readModelMetadata(text: string | undefined, model: TreeEnsemble): ModelMetadata {
  if (text === undefined)
    throw new ModelFormatError('it was not made by this product: it says nothing of its features');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new ModelFormatError('what it says of itself is damaged');
  }
  const data = parsed as Partial<ModelMetadata> | null;
  if (typeof data !== 'object' || data === null || data.format !== 1) {
    throw new ModelFormatError('it was made by another version of the product');
  }
  if (data.featureTable !== featureTableVersion) {
    throw new ModelFormatError(
      `it was trained with version ${String(data.featureTable)} of the feature table, this is version ${featureTableVersion}: train it again`,
    );
  }
  const { inputs, classes, thresholds, precision, usual, seen, trained } = data;
  const known = new Set(features.map((f) => f.id));
  const sound =
    modelKinds.some((kind) => kind === data.kind) &&
    isList(inputs, model.inputs) &&
    inputs.every((id) => known.has(id)) &&
    isList(classes, model.classes) &&
    classes.every((name) => flowClasses.includes(name)) &&
    classes[0] === 'BENIGN' &&
    isList(thresholds, model.classes) &&
    thresholds.every((t) => typeof t === 'number') &&
    isList(precision, model.classes) &&
    (data.called === undefined || isList(data.called, model.classes)) &&
    isList(usual, model.inputs) &&
    usual.every((u) => isList(u, 3)) &&
    isList(seen, model.inputs) &&
    seen.every((s) => isList(s, 2)) &&
    typeof trained === 'object';
  if (!sound) throw new ModelFormatError('what it says of itself does not fit its inputs and outputs');
  return data as ModelMetadata;
}

function isList(value: unknown, length: number): value is unknown[] {
  return Array.isArray(value) && value.length === length;
}

/** Positions in `features` of the model's inputs. */
export function inputPositions(metadata: ModelMetadata): Int32Array {
  return Int32Array.from(metadata.inputs, (id) => features.findIndex((f) => f.id === id));
}

/**
 * How many inputs of a row lie outside everything that training showed: from three on the model abstains, because it
 * would be guessing.
 */
export const strangeInputs = 3;

export function countStrange(metadata: ModelMetadata, row: Float32Array, offset: number): number {
  const { seen } = metadata;
  let strange = 0;
  for (let i = 0; i < seen.length; i++) {
    const range = seen[i] as [number, number];
    const value = row[offset + i] ?? 0;
    if (value < range[0] || value > range[1]) strange++;
  }
  return strange;
}
