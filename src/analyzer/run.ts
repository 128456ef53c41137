import type { AnalyzerEvent } from '../protocol/analyzerMessages';
import type { LiveFigures } from '../protocol/liveCapture';
import { maxMarkers } from '../protocol/markers';
import type { Marker } from '../protocol/markers';
import type { RuleSettings } from '../protocol/ruleSettings';
import type { CaptureFailure, CaptureLoss, RunState, Snapshot } from '../protocol/snapshot';
import { Engine } from '../core/engine/engine';
import type { EngineOptions } from '../core/engine/engine';
import type { Exclusion } from '../core/findings/exclusions';
import { SequenceBases } from '../core/flows/sequenceBases';
import type { RawPacket } from '../core/pcap/rawPacket';
import { LimitCounter } from '../core/limits';
import { KeyLog } from '../core/streams/keyLog';
import { MessageTables } from '../core/tables/messageTables';
import type { ProgramTable } from '../core/tables/programTable';
import type { PartOverview, PartQuery } from '../protocol/partOverview';
import type { TablePage, TableQuery } from '../protocol/tables';
import type { WhatIfResult } from '../protocol/whatIf';
import type { ExportSource } from './exporter';
import { FindingNews } from './findingNews';
import { readKeyLog } from './keyLogFile';
import { chosenModels } from './modelChoice';
import { ModelScoring } from './modelScoring';
import { partOverview } from './partOverview';
import { TableService } from './tableService';
import { WhatIf } from './whatIf';

/** Snapshots a second while packets come; views draw at most this often. */
const snapshotIntervalMs = 250;

/** Findings are looked at for news at most this often; a long list, which costs more, less often. */
const findingsIntervalMs = 500;
const findingsCharactersPerMs = 500;

/** Progress of a replay is told each time so many packets went through. */
const packetsPerProgress = 50_000;

const nothingLost: CaptureLoss = { received: null, droppedByKernel: null, shedByHelper: null };

/** One capture being analysed, live or from a file: the engine, its state, and what is told of it. */
export abstract class Run {
  protected readonly engine: Engine;
  /** For relative sequence numbers in the packet list. */
  protected readonly sequences = new SequenceBases();
  /** Null without a model that can be used. */
  protected readonly model: ModelScoring | null;
  private readonly tables: TableService;
  /** Secrets of TLS connections: in memory, never told. */
  readonly keyLog = new KeyLog();
  /** Moments that somebody besides the network tells of, oldest first. */
  readonly markers: Marker[] = [];
  private readonly markerLimit = new LimitCounter('moments marked', maxMarkers);
  protected captureLoss: CaptureLoss = nothingLost;
  private state: RunState = 'idle';
  private failure: CaptureFailure | null = null;
  private sequence = 0;
  private timer: NodeJS.Timeout | null = null;
  private findingsSentMs = 0;
  private readonly findingNews = new FindingNews();
  private exclusions: readonly Exclusion[] = [];
  private replay: AbortController | null = null;
  private part: AbortController | null = null;

  constructor(
    readonly id: string,
    private readonly options: EngineOptions & { rules: RuleSettings },
    protected readonly send: (event: AnalyzerEvent) => void,
    /** Null where nobody can tell which programs talk. */
    protected readonly programs: ProgramTable | null = null,
  ) {
    this.model = ModelScoring.choose(chosenModels(), (message) => send({ type: 'log', level: 'warn', message }));
    const messages = new MessageTables();
    this.engine = new Engine({
      ...options,
      detectors: [
        ...(this.model === null ? [] : [this.model.witness]),
        messages,
        ...(programs === null ? [] : [programs]),
      ],
    });
    this.tables = new TableService(
      this.engine,
      messages,
      (visit, signal) => this.exportSource().packets.eachRaw(visit, signal),
      () => this.exportSource().packets.recorded.packets,
      programs,
      this.keyLog,
    );
  }

  abstract stop(): Promise<void>;
  abstract exportSource(): ExportSource;
  protected abstract source(): Snapshot['source'];

  /** Figures that only a live capture has; null for a file. */
  protected live(): LiveFigures | null {
    return null;
  }

  /** Called every {@link snapshotIntervalMs} while the run is going. */
  protected onTimer(): void {}

  /** The one file that holds the capture; null for the spool of a live capture. */
  get capturePath(): string | null {
    return null;
  }

  get currentState(): RunState {
    return this.state;
  }

  /** Takes the secrets of a key log file: what they decrypt is in streams, bodies and the table of HTTP from now on. @throws FileError */
  async addKeyLog(path: string): Promise<number> {
    await readKeyLog(path, this.keyLog);
    const { packets } = this.exportSource();
    packets.searches.forget();
    packets.orders.cancel();
    this.sendSnapshot();
    return this.keyLog.size;
  }

  /** Keeps a moment, in the order of time. False at the limit. */
  protected keepMarker(marker: Marker): boolean {
    if (this.markers.length >= maxMarkers) {
      this.markerLimit.hits++;
      return false;
    }
    const after = this.markers.findIndex(({ timeUs }) => timeUs > marker.timeUs);
    this.markers.splice(after < 0 ? this.markers.length : after, 0, marker);
    return true;
  }

  clearFindings(): void {
    this.engine.clearFindings();
    this.sendFindings(true);
  }

  /** Findings that are silenced from now on. */
  exclude(exclusions: readonly Exclusion[]): void {
    this.exclusions = exclusions;
    this.sendFindings(true);
  }

  /** What `rules` would change, over the packets that are recorded by now. */
  async whatIf(rules: RuleSettings): Promise<WhatIfResult> {
    this.cancelWhatIf();
    const abort = new AbortController();
    this.replay = abort;
    const { packets: store } = this.exportSource();
    const { packets: totalPackets, complete } = store.recorded;
    const { rules: current, ...options } = this.options;
    const comparison = new WhatIf(options, current, rules);
    let packets = 0;
    await store.eachRaw((packet) => {
      comparison.push(packet);
      packets += 1;
      if (packets % packetsPerProgress === 0) {
        this.send({ type: 'whatIfProgress', run: this.id, packets, totalPackets });
      }
    }, abort.signal);
    const difference = comparison.finish(this.exclusions, Date.now());
    return { ...difference, packets, complete: complete && !abort.signal.aborted };
  }

  /** What a snapshot shows, of a part of the packets recorded by now; null when another was asked for meanwhile. @throws FilterError, FileError */
  overview(query: PartQuery): Promise<PartOverview | null> {
    this.cancelOverview();
    this.part = new AbortController();
    const { localAddresses, series } = this.options;
    const options = { localAddresses, keyLog: this.keyLog, clockUs: this.engine.snapshot().clockUs };
    const { packets } = this.exportSource();
    return partOverview(packets, query, series === undefined ? options : { ...options, series }, this.part.signal);
  }

  cancelOverview(): void {
    this.part?.abort();
  }

  cancelWhatIf(): void {
    this.replay?.abort();
  }

  /** Hands a packet to the engine. */
  protected push(packet: RawPacket): void {
    this.engine.push(packet);
    this.sequences.add(this.engine.view);
  }

  flows(from: number, count: number): ReturnType<Engine['flowRows']> {
    return this.engine.flowRows(from, count);
  }

  /** One page of a table; null when another range was asked for meanwhile. @throws FileError */
  table(query: TableQuery): Promise<TablePage | null> {
    return this.tables.page(query);
  }

  /** Has the model score the flows that wait, when at least so many are new to it. */
  protected scoreFlows(leastRows = 0): Promise<void> {
    return this.model?.drain(leastRows) ?? Promise.resolve();
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
        void this.scoreFlows();
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

  protected sendSnapshot(): void {
    this.sequence += 1;
    const live = this.live();
    const engine = this.engine.snapshot();
    const { limit: keyLimit, size } = this.keyLog;
    const { decryptedLimit } = this.exportSource().packets;
    const own = [keyLimit, this.markerLimit, ...(decryptedLimit === null ? [] : [decryptedLimit])];
    this.send({
      type: 'snapshot',
      snapshot: {
        ...engine,
        limits: [...engine.limits, ...own.map((one) => ({ ...one }))],
        run: this.id,
        sequence: this.sequence,
        state: this.state,
        failure: this.failure,
        source: this.source(),
        captureLoss: this.captureLoss,
        ...(live === null ? {} : { live }),
        ...(this.markers.length === 0 ? {} : { markers: [...this.markers] }),
        ...(size === 0 ? {} : { decryption: { connections: size } }),
      },
    });
  }

  private sendFindings(now: boolean): void {
    const time = Date.now();
    const interval = findingsIntervalMs + this.findingNews.lengthOfAll / findingsCharactersPerMs;
    if (!now && time - this.findingsSentMs < interval) return;
    this.engine.exclude(this.exclusions, time);
    const { findings, silenced } = this.engine.tell();
    const news = this.findingNews.update(findings, silenced);
    if (news === null) return;
    this.findingsSentMs = time;
    this.send({ type: 'findings', run: this.id, ...news, silenced });
  }
}
