import { networkInterfaces } from 'node:os';
import type { AnalyzerEvent, StartCaptureRequest } from '../protocol/analyzerMessages';
import type { HelloLine } from '../protocol/captureWire';
import type { InterfaceFigures, LiveFigures, ModelFigures, StopCause } from '../protocol/liveCapture';
import { markerText } from '../protocol/markers';
import type { MarkerKind } from '../protocol/markers';
import type { CaptureFailure, CaptureLoss, LiveSource } from '../protocol/snapshot';
import { linkTypeName } from '../core/pcap/linkTypes';
import type { RawPacket } from '../core/pcap/rawPacket';
import type { CaptureFeed, FeedEvents, FeedStatistics } from './captureFeed';
import { CaptureError } from './captureError';
import type { ExportSource } from './exporter';
import { allFlows } from './fileRun';
import { PacketMerger } from './packetMerger';
import { ProgramLookup } from './programLookup';
import { ProgramTable } from '../core/tables/programTable';
import { PacketStore } from './packetStore';
import { Run } from './run';
import { Spool } from './spool';
import { stopCause } from './stopRules';

/** Packets between two looks at the clock, for the lag. */
const packetsPerLagSample = 1024;

const noModel: ModelFigures = { state: 'none', scoredFlows: 0, behindMs: 0, mostWaiting: 0, mostBehindMs: 0 };

/** How late an interface may hand its packets over without getting out of order, in a capture on several. */
const mergeHoldMs = 1100;

/** One interface of the capture. */
interface OpenInterface {
  readonly feed: CaptureFeed;
  figures: InterfaceFigures | null;
  /** Number in the spool, which packets carry. */
  spoolIndex: number;
  lost: number;
  passed: number;
  over: boolean;
}

/** A live capture on one or more interfaces: their feeds, put together by time, to engine and spool. */
export class LiveRun extends Run {
  private readonly store: PacketStore;
  private readonly merger: PacketMerger;
  private readonly interfaces: OpenInterface[] = [];
  private readonly names: readonly (string | null)[];
  private readonly lookup: ProgramLookup | null;
  private facts: LiveSource | null = null;
  private spool: Spool | null = null;
  private stoppedBy: StopCause | null = null;
  private finishing: Promise<void> | null = null;
  /** Some interface stamps finer than microseconds. */
  private nanoseconds = false;
  private startedMs = 0;
  private packets = 0;
  private capturedBytes = 0;
  private lagMs: number | null = null;
  private lagSampleMs: number | null = null;
  private untilLagSample = 0;

  /** @param openFeed makes the feed of one interface; null: the one that is detected */
  constructor(
    private readonly request: StartCaptureRequest,
    private readonly openFeed: (name: string | null, events: FeedEvents) => CaptureFeed,
    send: (event: AnalyzerEvent) => void,
  ) {
    // Of another machine it is not known which addresses are its own.
    const localAddresses = request.remote === null ? ownAddresses() : [];
    const programs = request.remote === null && process.platform === 'linux' ? new ProgramTable() : null;
    super(request.run, { localAddresses, rules: request.rules, series: 'slide' }, send, programs);
    this.lookup = programs === null ? null : new ProgramLookup(programs);
    this.names = request.interfaces.length === 0 ? [null] : request.interfaces;
    this.merger = new PacketMerger(this.names.length, mergeHoldMs, (packet) => this.take(packet));
    this.store = new PacketStore(() => {
      this.spool?.flush();
      return this.spool?.segments ?? [];
    }, this.sequences);
    this.store.decrypt(this.keyLog, () => this.sendSnapshot());
  }

  /** Resolves with the names of the interfaces when all are open. @throws CaptureError; the run is then `failed`. */
  async start(): Promise<string> {
    this.enter('authorising');
    try {
      this.spool = this.openSpool();
      // One after the other: a password that was given for the first is good for the rest.
      for (const [index, name] of this.names.entries()) await this.startInterface(index, name);
      this.startedMs = performance.now();
      if (this.currentState === 'authorising') this.enter('capturing');
      this.lookup?.start();
      this.finishWhenOver();
      return this.title;
    } catch (error) {
      const failure = failureOf(error);
      await this.stopFeeds();
      this.spool?.close();
      this.enter('failed', failure);
      throw CaptureError.from(failure);
    }
  }

  override async stop(): Promise<void> {
    await this.stopBecause('asked');
  }

  override exportSource(): ExportSource {
    const linkTypes = [
      ...new Set(this.interfaces.flatMap(({ figures }) => (figures === null ? [] : [figures.linkType]))),
    ];
    return {
      packets: this.store,
      flows: () => allFlows(this),
      report: () => ({
        ...this.engine.report(this.title, { format: 'live', linkTypes: linkTypes.map(linkTypeName), damage: null }),
        ...(this.programs === null ? {} : { programs: this.programs.figures() }),
      }),
      linkTypes,
      nanoseconds: this.nanoseconds,
      snapLengthBytes: this.request.snapLengthBytes,
      owners: this.programs,
      markers: this.markers,
    };
  }

  /** Marks this moment. */
  addMarker(kind: MarkerKind, text: string): void {
    const marker = { timeUs: Date.now() * 1000, kind, text: markerText(text) };
    if (this.keepMarker(marker)) this.spool?.moment(marker);
  }

  protected override source(): LiveSource | null {
    return this.facts === null ? null : { ...this.facts, interface: this.title };
  }

  protected override live(): LiveFigures {
    return {
      interfaces: this.interfaces.flatMap(({ figures }) => (figures === null ? [] : [{ ...figures }])),
      lagMs: this.lagMs,
      spool: this.spool?.figures ?? null,
      ...(this.programs === null ? {} : { programs: this.programs.figures() }),
      model: this.model?.figures() ?? noModel,
      stoppedBy: this.stoppedBy,
    };
  }

  protected override onTimer(): void {
    this.merger.drain(performance.now());
    if (this.currentState !== 'capturing') return;
    if (this.lagSampleMs !== null) this.lagMs = this.lagSampleMs;
    this.lagSampleMs = null;
    this.untilLagSample = 0;
    this.engine.tick(Date.now() * 1000);
    this.spool?.flush();
    this.checkStopRules();
  }

  private get title(): string {
    return this.interfaces.flatMap(({ figures }) => (figures === null ? [] : [figures.name])).join(', ');
  }

  private openSpool(): Spool {
    return new Spool({
      directory: this.request.spoolDirectory,
      limitBytes: this.request.spoolLimitBytes,
      files: this.request.spoolFiles,
      onError: (message) => this.send({ type: 'log', level: 'error', message }),
    });
  }

  private async startInterface(index: number, name: string | null): Promise<void> {
    if (this.stoppedBy !== null) throw cancelled();
    const feed = this.openFeed(name, {
      hello: (line, elevation) => this.onHello(index, line, elevation),
      packet: (packet) => this.onPacket(index, packet),
      stats: (line) => this.onStats(index, line),
      warning: (message) => this.send({ type: 'log', level: 'warn', message }),
    });
    this.interfaces[index] = { feed, figures: null, spoolIndex: 0, lost: 0, passed: 0, over: false };
    try {
      await feed.start();
    } catch (error) {
      if (name === null || this.names.length === 1) throw error;
      const { code, message, hint } = failureOf(error);
      throw new CaptureError(code, `${name}: ${message}`, hint);
    }
    void feed.ended.then((failure) => this.onEnded(index, failure));
  }

  private onHello(index: number, line: HelloLine, elevation: string): void {
    const open = this.interfaces[index];
    if (open === undefined) return;
    const { backend, timestampSource, linkType, snapLengthBytes, uid } = line;
    const timeDigits = line.nanoseconds ? 9 : 6;
    this.nanoseconds ||= line.nanoseconds;
    const unknown = { received: null, droppedByKernel: null, droppedByInterface: null, shed: null };
    open.figures = { name: line.interface, linkType, backend, timestampSource, ...unknown, ended: null };
    open.spoolIndex = this.spool?.addInterface({ name: line.interface, linkType, snapLengthBytes, timeDigits }) ?? 0;
    const approximate = timestampSource === 'process' || this.facts?.timestampSource === 'process';
    this.facts ??= {
      kind: 'live',
      interface: line.interface,
      filter: this.request.filter,
      backend,
      timestampSource,
      linkType,
      snapLengthBytes,
      uid,
      elevation,
    };
    if (approximate) this.facts.timestampSource = 'process';
  }

  private onPacket(index: number, packet: RawPacket): void {
    packet.interfaceIndex = this.interfaces[index]?.spoolIndex ?? 0;
    this.merger.push(index, packet, this.names.length === 1 ? 0 : performance.now());
  }

  /** Packets come in order here. */
  private take(packet: RawPacket): void {
    // What is under way when a rule has ended the capture is beyond its limit.
    if (this.stoppedBy !== null && this.stoppedBy !== 'asked') return;
    this.packets += 1;
    this.capturedBytes += packet.bytes.length;
    packet.number = this.packets;
    this.push(packet);
    this.lookup?.wake();
    this.spool?.append(packet);
    // The clock of another machine says nothing about ours.
    if (this.untilLagSample-- <= 0 && this.request.remote === null) {
      this.untilLagSample = packetsPerLagSample;
      const lagMs = Math.max(0, Date.now() - packet.seconds * 1000 - packet.nanoseconds / 1e6);
      this.lagSampleMs = Math.max(this.lagSampleMs ?? 0, lagMs);
    }
    const { afterPackets, afterBytes } = this.request.stop;
    if (this.packets === afterPackets || (afterBytes !== null && this.capturedBytes >= afterBytes)) {
      this.checkStopRules();
    }
  }

  private onStats(index: number, line: FeedStatistics): void {
    const open = this.interfaces[index];
    if (open === undefined || open.figures === null) return;
    const { received, droppedByKernel, droppedByInterface, shed } = line;
    Object.assign(open.figures, { received, droppedByKernel, droppedByInterface, shed });
    this.captureLoss = sumLoss(this.interfaces);
    const lost = (droppedByKernel ?? 0) + (droppedByInterface ?? 0) + shed;
    const passed = received - shed;
    this.engine.noteCaptureLoss(line.timeUs, Math.max(0, lost - open.lost), Math.max(0, passed - open.passed));
    open.lost = Math.max(open.lost, lost);
    open.passed = Math.max(open.passed, passed);
    this.spool?.statistics(open.spoolIndex, line.timeUs, {
      received: droppedByKernel === null ? null : received + droppedByKernel,
      droppedByInterface,
      droppedByKernel,
      delivered: passed,
    });
  }

  private onEnded(index: number, failure: CaptureFailure | null): void {
    const open = this.interfaces[index];
    if (open === undefined || open.over) return;
    open.over = true;
    if (open.figures !== null) open.figures.ended = failure?.message ?? 'The capture ended.';
    this.merger.end(index, performance.now());
    const rest = this.interfaces.some(({ over }) => !over);
    if (rest && failure !== null && this.stoppedBy === null) {
      const message = `${open.figures?.name ?? ''}: ${failure.message} The capture goes on without it.`;
      this.send({ type: 'log', level: 'warn', message });
    }
    this.firstFailure ??= failure;
    this.finishWhenOver();
  }

  private firstFailure: CaptureFailure | null = null;

  private finishWhenOver(): void {
    const { currentState } = this;
    if (currentState !== 'capturing' && currentState !== 'stopping') return;
    if (this.interfaces.length < this.names.length || this.interfaces.some(({ over }) => !over)) return;
    this.finishing ??= this.finishRun();
  }

  private async finishRun(): Promise<void> {
    this.merger.finish();
    this.spool?.close();
    await this.lookup?.finish();
    await this.finishEngine();
    const failure = this.stoppedBy === null ? this.firstFailure : null;
    this.stoppedBy ??= 'interfaces';
    this.enter(failure === null ? 'finished' : 'failed', failure);
  }

  private checkStopRules(): void {
    if (this.stoppedBy !== null) return;
    const { packets, capturedBytes } = this;
    const elapsedSeconds = this.startedMs === 0 ? 0 : (performance.now() - this.startedMs) / 1000;
    const extent = { elapsedSeconds, packets, capturedBytes };
    const cause = stopCause(this.request.stop, extent, () => this.engine.findings());
    if (cause !== null) void this.stopBecause(cause);
  }

  private async stopBecause(cause: StopCause): Promise<void> {
    if (this.currentState === 'finished' || this.currentState === 'failed') return;
    this.stoppedBy ??= cause;
    if (this.currentState === 'capturing') this.enter('stopping');
    await this.stopFeeds();
    await this.finishing;
  }

  private async stopFeeds(): Promise<void> {
    await Promise.all(
      this.interfaces.map(async ({ feed }) => {
        await feed.stop();
        await feed.ended;
      }),
    );
    await this.finishing;
  }
}

/** A number is known only when every interface knows it. */
function sumLoss(interfaces: readonly OpenInterface[]): CaptureLoss {
  const sum = (pick: (figures: InterfaceFigures) => number | null): number | null => {
    let total = 0;
    for (const { figures } of interfaces) {
      const value = figures === null ? null : pick(figures);
      if (value === null) return null;
      total += value;
    }
    return total;
  };
  return {
    received: sum((figures) => figures.received),
    droppedByKernel: sum((figures) => figures.droppedByKernel),
    shedByHelper: sum((figures) => figures.shed),
  };
}

function cancelled(): CaptureError {
  return new CaptureError('CANCELLED', 'The capture was stopped before it began.');
}

function failureOf(error: unknown): CaptureFailure {
  if (error instanceof CaptureError) return error.toFailure();
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), hint: '' };
}

/** Addresses of this machine: what arrives at them is "in", what leaves them is "out". */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((entry) => entry.address));
}
