import type { InferenceSession } from 'onnxruntime-node';
import { CompactTrees } from '../core/model/compactTrees';
import { batchScores, softmax } from '../core/model/treeEnsemble';
import type { LoadedModel } from './modelFile';
import { loadOnnxRuntime } from './onnxRuntime';

/** Gives each row the calibrated probabilities of all classes. */
export interface FlowScorer {
  readonly engine: 'ONNX Runtime' | 'TypeScript';
  /** `count` rows one after another, as wide as the model's inputs; the result is as wide as its classes. */
  score(rows: Float32Array, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * The model in ONNX Runtime, or, where its binary is missing or does not load (Alpine, Intel Mac), in the evaluator of
 * this project, which gives the same within 1e-6. `onFallback` gets the reason.
 */
export async function createScorer(loaded: LoadedModel, onFallback?: (reason: string) => void): Promise<FlowScorer> {
  try {
    const runtime = await loadOnnxRuntime();
    const session = await runtime.InferenceSession.create(loaded.bytes, {
      // One row costs some microseconds: threads would cost more, and packets need the other cores.
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      // Buffers kept between runs are no faster for trees, and stay as large as the largest batch.
      enableCpuMemArena: false,
      enableMemPattern: false,
      logSeverityLevel: 3,
    });
    return new RuntimeScorer(session, runtime.Tensor, loaded.model.inputs);
  } catch (error) {
    onFallback?.(error instanceof Error ? error.message : String(error));
    return new TreeScorer(loaded);
  }
}

/**
 * For files of flows, where nothing else waits: the compact trees, which take a third less time a row than ONNX Runtime and
 * give the same within 1e-6, and ONNX Runtime for a model that does not fit into them.
 */
export async function createFileScorer(loaded: LoadedModel): Promise<FlowScorer> {
  return CompactTrees.of(loaded.model) === null ? createScorer(loaded) : new TreeScorer(loaded);
}

class RuntimeScorer implements FlowScorer {
  readonly engine = 'ONNX Runtime';
  /** One run at a time; a session is never released while one goes on, which would end the process. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly session: InferenceSession,
    private readonly tensor: (typeof import('onnxruntime-node'))['Tensor'],
    private readonly inputs: number,
  ) {}

  score(rows: Float32Array, count: number): Promise<Float32Array> {
    const data = rows.subarray(0, count * this.inputs);
    const run = this.#last.then(async () => {
      const feed = { features: new this.tensor('float32', data, [count, this.inputs]) };
      const results = await this.session.run(feed, ['probabilities']);
      return results['probabilities']?.data as Float32Array;
    });
    this.#last = run.catch(() => undefined);
    return run;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.session.release();
  }
}

/** Rows of one call of `batchScores`: their inputs fit into the second cache. */
const blockRows = 512;

/** The trees walked by this project's own code. */
export class TreeScorer implements FlowScorer {
  readonly engine = 'TypeScript';
  readonly #compact: CompactTrees | null;
  #scores = new Float64Array(0);

  constructor(private readonly loaded: LoadedModel) {
    this.#compact = CompactTrees.of(loaded.model);
  }

  score(rows: Float32Array, count: number): Promise<Float32Array> {
    const { model } = this.loaded;
    const { classes, inputs } = model;
    if (this.#scores.length < count * classes) this.#scores = new Float64Array(count * classes);
    const scores = this.#scores.subarray(0, count * classes);
    if (this.#compact !== null) this.#compact.score(rows, count, scores);
    else {
      for (let from = 0; from < count; from += blockRows) {
        const some = Math.min(blockRows, count - from);
        batchScores(model, rows.subarray(from * inputs, (from + some) * inputs), some, scores.subarray(from * classes));
      }
    }
    for (let i = 0; i < count; i++) softmax(scores.subarray(i * classes, (i + 1) * classes));
    return Promise.resolve(new Float32Array(scores));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
