import { randomUUID } from 'node:crypto';
import type { AnalyzerEvent, AnalyzerReplies, AnalyzerRequest } from '../../protocol/analyzerMessages';
import type { SilencedCount } from '../../protocol/exclusions';
import type { FilterSearch, SearchMode } from '../../protocol/filterSearch';
import type { Finding } from '../../protocol/finding';
import type { MarkerKind } from '../../protocol/markers';
import type { FindQuery } from '../../protocol/packetFind';
import type { PacketSort } from '../../protocol/packetSort';
import type { PartQuery } from '../../protocol/partOverview';
import type { RuleSettings } from '../../protocol/ruleSettings';
import type { RunFailure, RunState, Snapshot } from '../../protocol/snapshot';
import type { BodyPart, RequestPlace, StreamForm, StreamTarget } from '../../protocol/streams';
import type { TableQuery } from '../../protocol/tables';
import type { AnalyzerClient } from '../client/analyzerClient';
import { failureCodes } from '../client/snapshotSchema';
import type { Disposable } from '../disposable';
import { Emitter } from '../emitter';
import { NetworkTrafficError } from '../errors';
import { emptySnapshot } from './emptySnapshot';
import { ToldFindings } from './toldFindings';
import { t } from '../../protocol/l10n';

/** What changed in a session. */
export type SessionChange = 'snapshot' | 'findings' | 'progress';

export interface ReadProgress {
  readBytes: number;
  totalBytes: number;
  packets: number;
}

/** States in which packets still come. */
export function isGoing(state: RunState): boolean {
  return state === 'authorising' || state === 'capturing' || state === 'reading' || state === 'stopping';
}

/**
 * One analysis and what is known of it: the newest snapshot and findings of one run. A run has an analysis process of
 * its own; messages of any other run are dropped.
 */
export abstract class Session implements Disposable {
  abstract readonly kind: 'live' | 'file';
  /** Short name for a person: the interface or the file. */
  abstract readonly title: string;

  private readonly changes = new Emitter<SessionChange>();
  readonly onDidChange = this.changes.event;
  private readonly sorts = new Emitter<number>();
  /** Fires while packets are sorted, with the part that is done: 0 to 1. */
  readonly onSortProgress = this.sorts.event;
  private readonly searches = new Emitter<FilterSearch>();
  /** Fires while packets are searched for a display filter, and at the end. */
  readonly onFilterSearch = this.searches.event;

  private client: AnalyzerClient | null = null;
  private readonly leaving = new Set<AnalyzerClient>();
  private currentRun: string | null = null;
  private newestSnapshot: Snapshot | null = null;
  private newestFindings: readonly Finding[] = [];
  private readonly told = new ToldFindings();
  private newestSilenced: readonly SilencedCount[] = [];
  private exclusions: readonly string[] = [];
  private whatIfProgress: ((packets: number, totalPackets: number) => void) | null = null;
  private newestProgress: ReadProgress | null = null;
  private disposed = false;
  private died = false;

  constructor(private readonly createClient: () => AnalyzerClient) {}

  /** Null before the first run. */
  get snapshot(): Snapshot | null {
    return this.newestSnapshot;
  }

  get findings(): readonly Finding[] {
    return this.newestFindings;
  }

  /** How many findings each exclusion silences. */
  get silenced(): readonly SilencedCount[] {
    return this.newestSilenced;
  }

  get progress(): ReadProgress | null {
    return this.newestProgress;
  }

  get state(): RunState {
    return this.newestSnapshot?.state ?? 'idle';
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Process id of the analyzer; undefined while there is none. */
  get analyzerPid(): number | undefined {
    return this.client?.pid;
  }

  /** The process of the newest run ended although nobody asked it to. */
  get analyzerDied(): boolean {
    return this.died;
  }

  getPackets(
    from: number,
    count: number,
    filter: string,
    fields: string[] = [],
    sort?: PacketSort,
    search?: SearchMode,
  ): Promise<AnalyzerReplies['getPackets']> {
    return this.ask({
      type: 'getPackets',
      from,
      count,
      filter,
      fields,
      ...(sort === undefined ? {} : { sort }),
      ...(search === undefined ? {} : { search }),
    });
  }

  /** Stops the search for the packets of a display filter, or goes on with it. */
  async searchPackets(filter: string, go: boolean): Promise<void> {
    if (this.client?.isAlive === true) await this.client.request({ type: 'searchPackets', filter, go });
  }

  /** Ends the sorts that go on. */
  async cancelSort(): Promise<void> {
    if (this.client?.isAlive === true) await this.client.request({ type: 'cancelSort' });
  }

  findPacket(query: FindQuery): Promise<AnalyzerReplies['findPacket']> {
    return this.ask({ type: 'findPacket', ...query });
  }

  /** What is wrong with a display filter, and what can stand at `caret` in it. */
  completeFilter(filter: string, caret: number): Promise<AnalyzerReplies['completeFilter']> {
    return this.ask({ type: 'completeFilter', filter, caret });
  }

  /** Packets by number, as far as they are still there. */
  packetsByNumber(numbers: readonly number[]): Promise<AnalyzerReplies['getPacketsByNumber']> {
    return this.ask({ type: 'getPacketsByNumber', numbers: [...numbers] });
  }

  /** @param query the part of the recorded packets that is asked about */
  getOverview(query: PartQuery): Promise<AnalyzerReplies['getOverview']> {
    return this.ask({ type: 'getOverview', ...query });
  }

  getTable(query: TableQuery): Promise<AnalyzerReplies['getTable']> {
    return this.ask({ type: 'getTable', ...query });
  }

  /** Decrypts TLS with the secrets of a key log file. Returns how many connections there are keys of. */
  async addKeyLog(path: string): Promise<number> {
    return (await this.ask({ type: 'addKeyLog', path })).connections;
  }

  /** Marks this moment of a live capture. */
  async addMarker(kind: MarkerKind, text: string): Promise<void> {
    await this.ask({ type: 'addMarker', kind, text });
  }

  /** Writes the packets of some processes, and of those that they started, to `path` as pcapng. */
  exportProgram(processes: readonly number[], path: string): Promise<AnalyzerReplies['exportProgram']> {
    return this.ask({ type: 'exportProgram', processes: [...processes], path });
  }

  followStream(target: StreamTarget, form: StreamForm): Promise<AnalyzerReplies['followStream']> {
    return this.ask({ type: 'followStream', target, form });
  }

  getBody(place: RequestPlace, part: BodyPart): Promise<AnalyzerReplies['getBody']> {
    return this.ask({ type: 'getBody', ...place, part });
  }

  saveBody(place: RequestPlace, part: BodyPart, path: string): Promise<AnalyzerReplies['saveBody']> {
    return this.ask({ type: 'saveBody', ...place, part, path });
  }

  getCurl(place: RequestPlace): Promise<AnalyzerReplies['getCurl']> {
    return this.ask({ type: 'getCurl', ...place });
  }

  /** @param tshark absolute path of the program that is to say what is in the packet */
  dissect(number: number, tshark?: string): Promise<AnalyzerReplies['dissect']> {
    return this.ask({ type: 'dissect', number, ...(tshark === undefined ? {} : { tshark }) });
  }

  export(
    kind: Extract<AnalyzerRequest, { type: 'export' }>['kind'],
    path: string,
    filter: string,
  ): Promise<AnalyzerReplies['export']> {
    return this.ask({ type: 'export', kind, path, filter });
  }

  /** Writes the packets of a finding to `path` as pcapng. */
  exportEvidence(
    evidence: Omit<Extract<AnalyzerRequest, { type: 'exportEvidence' }>, 'type'>,
  ): Promise<AnalyzerReplies['exportEvidence']> {
    return this.ask({ type: 'exportEvidence', ...evidence });
  }

  async clearFindings(): Promise<void> {
    if (this.client?.isAlive === true) await this.client.request({ type: 'clearFindings' });
    this.newestFindings = [];
    this.changes.fire('findings');
  }

  /**
   * Contents of the exclusions files; they hold for this session from now on. Resolves with what in each has no effect, or
   * null while there is no process to say so.
   */
  async setExclusions(texts: readonly string[]): Promise<AnalyzerReplies['setExclusions']['problems'] | null> {
    this.exclusions = texts;
    if (this.client?.isAlive !== true) return null;
    return (await this.client.request({ type: 'setExclusions', texts: [...texts] })).problems;
  }

  /** What other settings of the rules would change over the recorded packets. */
  async whatIf(
    rules: RuleSettings,
    onProgress: (packets: number, totalPackets: number) => void,
  ): Promise<AnalyzerReplies['whatIf']> {
    this.whatIfProgress = onProgress;
    try {
      return await this.ask({ type: 'whatIf', rules });
    } finally {
      if (this.whatIfProgress === onProgress) this.whatIfProgress = null;
    }
  }

  async cancelWhatIf(): Promise<void> {
    if (this.client?.isAlive === true) await this.client.request({ type: 'cancelWhatIf' });
  }

  /** Ends reading or capturing; what came so far is kept. Returns when it has ended. */
  async stop(): Promise<void> {
    if (this.client === null || !isGoing(this.state)) return;
    await this.client.request({ type: 'stop' });
  }

  /** Resolves when every process of the session is gone. */
  async exited(): Promise<void> {
    const clients = [...this.leaving, ...(this.client === null ? [] : [this.client])];
    await Promise.all(clients.map((client) => client.exited));
  }

  dispose(): void {
    this.disposed = true;
    this.leave();
    this.changes.dispose();
    this.sorts.dispose();
    this.searches.dispose();
  }

  /** Begins a run in a process that has had none, and forgets the run before. Returns its identifier. */
  protected beginRun(state: RunState): string {
    if (this.currentRun !== null) this.leave();
    const run = randomUUID();
    this.currentRun = run;
    this.died = false;
    this.newestProgress = null;
    this.newestFindings = this.told.update([], []);
    this.newestSilenced = [];
    this.newestSnapshot = emptySnapshot(run, state);
    this.changes.fire('findings');
    this.changes.fire('snapshot');
    return run;
  }

  /** A request to the process of the session, which is started when there is none. */
  protected async askFresh<R extends AnalyzerRequest>(request: R): Promise<AnalyzerReplies[R['type']]> {
    if (this.disposed) throw new NetworkTrafficError('CANCELLED', t('The analysis was closed.'));
    if (this.client?.isAlive !== true) {
      this.letGo();
      this.client = this.connect();
    }
    return this.client.request(request);
  }

  /** Ends the process when no run holds on to it. */
  protected releaseIdleProcess(): void {
    if (this.currentRun === null) this.leave();
  }

  /** Ends the process of a run that came to nothing; what is known of the run stays. */
  protected endRun(): void {
    this.leave();
  }

  /** Says that the run failed before the analyzer could. */
  protected fail(run: string, error: NetworkTrafficError): void {
    if (run !== this.currentRun || this.state === 'failed') return;
    const known = this.newestSnapshot ?? emptySnapshot(run, 'failed');
    this.newestSnapshot = {
      ...known,
      state: 'failed',
      failure: failureOf(error),
      source: known.source ?? this.knownSource(),
    };
    this.changes.fire('snapshot');
  }

  /** What is known of the source before the analyzer has said anything. */
  protected knownSource(): Snapshot['source'] {
    return null;
  }

  /** Called when the file of the run, which had finished, has other bytes. */
  protected onFileChanged(): void {}

  /** Called when the newest snapshot has another state than the one before. */
  protected onStateChanged(_from: RunState, _to: RunState): void {}

  private async ask<R extends AnalyzerRequest>(request: R): Promise<AnalyzerReplies[R['type']]> {
    if (this.client === null || this.currentRun === null) {
      throw new NetworkTrafficError('BAD_REQUEST', t('There is no capture to read from.'));
    }
    return this.client.request(request);
  }

  private connect(): AnalyzerClient {
    const client = this.createClient();
    client.onEvent((event) => {
      if (client === this.client) this.onEvent(event);
    });
    if (this.exclusions.length > 0) {
      // Without them, findings are told that would not have been: nothing that a run should fail for.
      client.request({ type: 'setExclusions', texts: [...this.exclusions] }).catch(() => undefined);
    }
    client.onUnexpectedEnd((error) => {
      if (client !== this.client) return;
      const run = this.currentRun;
      this.died = run !== null;
      if (run !== null && isGoing(this.state)) {
        const from = this.state;
        this.fail(run, error);
        this.onStateChanged(from, 'failed');
      }
    });
    return client;
  }

  private leave(): void {
    this.currentRun = null;
    this.letGo();
  }

  private letGo(): void {
    const client = this.client;
    this.client = null;
    if (client === null) return;
    this.leaving.add(client);
    void client.exited.then(() => this.leaving.delete(client));
    client.dispose();
  }

  private onEvent(event: AnalyzerEvent): void {
    switch (event.type) {
      case 'snapshot': {
        if (event.snapshot.run !== this.currentRun) return;
        const from = this.state;
        this.newestSnapshot = event.snapshot;
        this.changes.fire('snapshot');
        if (from !== event.snapshot.state) this.onStateChanged(from, event.snapshot.state);
        break;
      }
      case 'findings':
        if (event.run !== this.currentRun) return;
        this.newestFindings = this.told.update(event.ids, event.findings);
        this.newestSilenced = event.silenced;
        this.changes.fire('findings');
        break;
      case 'progress':
        if (event.run !== this.currentRun) return;
        this.newestProgress = { readBytes: event.readBytes, totalBytes: event.totalBytes, packets: event.packets };
        this.changes.fire('progress');
        break;
      case 'sortProgress':
        if (event.run === this.currentRun) this.sorts.fire(event.part);
        break;
      case 'filterSearch':
        if (event.run === this.currentRun) this.searches.fire(event.search);
        break;
      case 'whatIfProgress':
        if (event.run === this.currentRun) this.whatIfProgress?.(event.packets, event.totalPackets);
        break;
      case 'fileChanged':
        if (event.run === this.currentRun) this.onFileChanged();
        break;
      case 'ready':
      case 'log':
        break;
    }
  }
}

function failureOf(error: NetworkTrafficError): RunFailure {
  const code = failureCodes.find((known) => known === error.code) ?? 'INTERNAL';
  return { code, message: error.message, hint: error.hint };
}
