import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { metadataKey, modelKinds, readModelMetadata } from '../core/model/modelMetadata';
import type { ModelMetadata } from '../core/model/modelMetadata';
import { ModelFormatError, readOnnx } from '../core/model/onnxModel';
import type { TreeEnsemble } from '../core/model/treeEnsemble';

/** A model that was checked, ready to be run. */
export interface LoadedModel {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly model: TreeEnsemble;
  readonly metadata: ModelMetadata;
}

/** There is no model that can be used; the message says why, in words for a person. */
export class ModelError extends Error {}

/** Where the shipped models are: beside the bundles, or among the sources. */
export function shippedModels(): string {
  const beside = path.join(__dirname, 'models');
  return existsSync(beside) ? beside : path.resolve(__dirname, '../../ml/models');
}

/**
 * Reads a model and checks it: the hash that was written when it was trained, the version of the feature table, and that
 * it is a tree ensemble that fits what it says of itself.
 * @throws ModelError
 */
export function loadModel(folder: string, kind: ModelMetadata['kind']): LoadedModel {
  const list = readList(folder);
  const entry = list.find((m) => m.kind === kind);
  if (entry === undefined) throw new ModelError(`${path.join(folder, 'models.json')} names no model for ${kind} rows.`);
  const file = path.join(folder, entry.file);
  const refuse = (reason: string): never => {
    throw new ModelError(`The model ${file} is not used: ${reason}.`);
  };
  const bytes = readBytes(file) ?? refuse('it cannot be read');
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash !== entry.sha256) refuse('its content is not what was trained (the hash differs)');
  try {
    const { model, metadata } = readOnnx(bytes);
    const facts = readModelMetadata(metadata[metadataKey], model);
    if (facts.kind !== kind) refuse(`it is for ${facts.kind} rows`);
    return { file, bytes, model, metadata: facts };
  } catch (error) {
    if (error instanceof ModelFormatError) return refuse(error.message);
    throw error;
  }
}

/**
 * Reads the model for flows of captures. A folder that was trained without flows of a lab, or by an earlier version, has none;
 * then that for improved rows is taken, which are measured alike.
 * @throws ModelError
 */
export function loadLiveModel(folder: string): LoadedModel {
  return loadModel(folder, readList(folder).some((m) => m.kind === 'live') ? 'live' : 'improved');
}

/**
 * Reads each model that a folder lists, and the one for captures, which has to be there.
 * @returns their files
 * @throws ModelError for the first that cannot be used
 */
export function checkModels(folder: string): string[] {
  const listed = readList(folder);
  const kinds = modelKinds.filter((kind) => listed.some((m) => m.kind === kind));
  const models = [loadLiveModel(folder), ...kinds.map((kind) => loadModel(folder, kind))];
  return [...new Set(models.map(({ file }) => file))];
}

function readBytes(file: string): Uint8Array | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

function readList(folder: string): { kind: string; file: string; sha256: string }[] {
  const file = path.join(folder, 'models.json');
  const bytes = readBytes(file);
  if (bytes === null) throw new ModelError(`There is no model: ${file} cannot be read.`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new ModelError(`There is no model: ${file} is damaged.`);
  }
  const models = (parsed as { models?: unknown } | null)?.models;
  const isEntry = (m: unknown): m is { kind: string; file: string; sha256: string } => {
    const entry = m as Record<string, unknown> | null;
    // A plain name: a list from elsewhere must not lead out of its folder.
    const name = entry?.['file'];
    return typeof name === 'string' && path.basename(name) === name && typeof entry?.['sha256'] === 'string';
  };
  if (!Array.isArray(models)) throw new ModelError(`There is no model: ${file} is damaged.`);
  return models.filter(isEntry);
}
