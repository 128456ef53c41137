import { ModelWitness } from '../core/model/modelWitness';
import type { ModelFigures, ModelState } from '../protocol/liveCapture';
import { createScorer } from './flowScorer';
import type { FlowScorer } from './flowScorer';
import { ModelError, loadLiveModel, shippedModels } from './modelFile';
import type { LoadedModel } from './modelFile';

/** Rows of one call of the runtime; more are no faster a row. */
const rowsAtOnce = 4096;

/** Flows that do not wait for more rows. */
const manyFlows = 16_384;

/** Rows that make a good batch where nobody waits for the newest score. */
export const goodBatchRows = 2048;

const none = new Float32Array(0);

/** A model is read once for all runs of the process. */
const loaded = new Map<string, LoadedModel>();

/** Scores the flows of one run in batches, outside of the packets' path: packets never wait for the model. */
export class ModelScoring {
  readonly witness: ModelWitness;
  #scorer: Promise<FlowScorer> | null = null;
  #draining: Promise<void> | null = null;
  #failed = false;
  #mostWaiting = 0;
  #mostBehindMs = 0;
  /** Since when the flows that are being scored have waited; null when none is. */
  #scoringSinceMs: number | null = null;
  /** When no flow waited the last time. */
  #emptyMs = performance.now();

  private constructor(
    private readonly model: LoadedModel,
    private readonly log: (message: string) => void,
    private readonly kind: ModelState,
  ) {
    this.witness = new ModelWitness(model.metadata, model.model);
  }

  /** The model that the person chose, or, where there is none or it is refused, the shipped one. */
  static choose(chosen: string | null, log: (message: string) => void): ModelScoring | null {
    if (chosen !== null) {
      const own = ModelScoring.open(chosen, log, 'The shipped model is used.');
      if (own !== null) return own;
      return ModelScoring.open(shippedModels(), log, undefined, 'instead');
    }
    return ModelScoring.open(shippedModels(), log);
  }

  /** Null when there is no model that can be used; `log` gets the reason, and the rules go on without it. */
  static open(
    folder: string,
    log: (message: string) => void,
    then = 'The rules go on without it.',
    kind: ModelState = 'chosen',
  ): ModelScoring | null {
    try {
      const known = loaded.get(folder) ?? loadLiveModel(folder);
      loaded.set(folder, known);
      return new ModelScoring(known, log, kind);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      log(`${error.message} ${then}`);
      return null;
    }
  }

  /**
   * Scores all flows that wait, when at least so many rows do: a call of the runtime costs as much as some ten rows. Calls that
   * come meanwhile end with the one that goes on.
   */
  drain(leastRows = 0): Promise<void> {
    if (this.witness.waitingRows < leastRows && this.witness.pending < manyFlows) return Promise.resolve();
    this.#draining ??= this.#drain().finally(() => (this.#draining = null));
    return this.#draining;
  }

  figures(): ModelFigures {
    const { scoredFlows, pending } = this.witness;
    const sinceMs = this.#scoringSinceMs ?? (pending > 0 ? this.#emptyMs : null);
    return {
      state: this.#failed ? 'failed' : this.kind,
      scoredFlows,
      behindMs: this.#failed || sinceMs === null ? 0 : performance.now() - sinceMs,
      mostWaiting: this.#mostWaiting,
      mostBehindMs: this.#mostBehindMs,
    };
  }

  async close(): Promise<void> {
    await this.#draining;
    await (await this.#scorer)?.close();
    this.#scorer = null;
  }

  async #drain(): Promise<void> {
    try {
      await this.#scoreAll();
    } catch (error) {
      // The rules go on; the flows that were handed out count as not scored.
      if (!this.#failed) this.log(`The model failed: ${error instanceof Error ? error.message : String(error)}`);
      this.#failed = true;
    } finally {
      this.#scoringSinceMs = null;
    }
  }

  async #scoreAll(): Promise<void> {
    for (;;) {
      this.#mostWaiting = Math.max(this.#mostWaiting, this.witness.pending);
      const sinceMs = this.#emptyMs;
      this.#emptyMs = performance.now();
      const batch = this.witness.takeBatch();
      if (batch === null) return;
      if (this.#failed) continue;
      if (batch.count === 0) {
        this.witness.scored(batch, none);
        continue;
      }
      this.#scorer ??= createScorer(this.model, (reason) =>
        this.log(`ONNX Runtime is not here (${reason.split('\n')[0] ?? ''}); the model runs in TypeScript.`),
      );
      this.#scoringSinceMs = sinceMs;
      const scorer = await this.#scorer;
      const { inputs, classes } = this.model.model;
      const probabilities = new Float32Array(batch.count * classes);
      for (let from = 0; from < batch.count; from += rowsAtOnce) {
        const count = Math.min(rowsAtOnce, batch.count - from);
        probabilities.set(await scorer.score(batch.rows.subarray(from * inputs), count), from * classes);
      }
      this.witness.scored(batch, probabilities);
      this.#mostBehindMs = Math.max(this.#mostBehindMs, performance.now() - sinceMs);
    }
  }
}
