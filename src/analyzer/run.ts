import type { AnalyzerEvent } from '../protocol/analyzerMessages';
import type { RuleSettings } from '../protocol/ruleSettings';
import type { CaptureFailure, CaptureLoss, RunState, Snapshot } from '../protocol/snapshot';
import { Engine } from '../core/engine/engine';
import type { ExportSource } from './exporter';
import { shippedModels } from './modelFile';
import { ModelScoring } from './modelScoring';

/** Snapshots a second while packets come; views draw at most this often. */
const snapshotIntervalMs = 250;

/** Findings are sent at most this often, whole. */
const findingsIntervalMs = 500;

const nothingLost: CaptureLoss = { received: null, droppedByKernel: null, shedByHelper: null };

/** One capture being analysed, live or from a file: the engine, its state, and what is told of it. */
export abstract class Run {
  protected readonly engine: Engine;
  /** Null without a model that can be used. */
  protected readonly model: ModelScoring | null;
  protected captureLoss: CaptureLoss = nothingLost;
  private state: RunState = 'idle';
  private failure: CaptureFailure | null = null;
  private sequence = 0;
  private timer: NodeJS.Timeout | null = null;
  private findingsSentMs = 0;
  private findingsText = '[]';

  constructor(
    readonly id: string,
    options: { localAddresses: string[]; rules: RuleSettings },
    protected readonly send: (event: AnalyzerEvent) => void,
  ) {
    this.model = ModelScoring.open(shippedModels(), (message) => send({ type: 'log', level: 'warn', message }));
    this.engine = new Engine({ ...options, detectors: this.model === null ? [] : [this.model.witness] });
  }

  abstract stop(): Promise<void>;
  abstract exportSource(): ExportSource;
  protected abstract source(): Snapshot['source'];

  /** Called every {@link snapshotIntervalMs} while the run is going. */
  protected onTimer(): void {}

  get currentState(): RunState {
    return this.state;
  }

  clearFindings(): void {
    this.engine.clearFindings();
    this.sendFindings(true);
  }

  flows(from: number, count: number): ReturnType<Engine['flowRows']> {
    return this.engine.flowRows(from, count);
  }

  /** No more packets come: all flows end, and the model says what it has to say of them. */
  protected async finishEngine(): Promise<void> {
    this.engine.finish();
    await this.model?.drain();
    await this.model?.close();
  }

  protected enter(state: RunState, failure: CaptureFailure | null = null): void {
    this.state = state;
    this.failure = failure;
    const going = state === 'capturing' || state === 'reading' || state === 'authorising' || state === 'stopping';
    if (going && this.timer === null) {
      this.timer = setInterval(() => {
        this.onTimer();
        void this.model?.drain();
        this.sendSnapshot();
        this.sendFindings(false);
      }, snapshotIntervalMs);
    } else if (!going && this.timer !== null) {
      clearInterval(this.timer);
      this.timer = null;
    }
    this.sendFindings(true);
    this.sendSnapshot();
  }

  private sendSnapshot(): void {
    this.sequence += 1;
    this.send({
      type: 'snapshot',
      snapshot: {
        ...this.engine.snapshot(),
        run: this.id,
        sequence: this.sequence,
        state: this.state,
        failure: this.failure,
        source: this.source(),
        captureLoss: this.captureLoss,
      },
    });
  }

  private sendFindings(now: boolean): void {
    const time = Date.now();
    if (!now && time - this.findingsSentMs < findingsIntervalMs) return;
    const findings = this.engine.findings();
    const text = JSON.stringify(findings);
    if (text === this.findingsText) return;
    this.findingsText = text;
    this.findingsSentMs = time;
    this.send({ type: 'findings', run: this.id, findings });
  }
}
