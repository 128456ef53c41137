import { networkInterfaces } from 'node:os';
import type { AnalyzerEvent, StartCaptureRequest } from '../protocol/analyzerMessages';
import type { HelloLine, StatsLine } from '../protocol/captureWire';
import { captureWireVersion } from '../protocol/captureWire';
import type { LiveSource } from '../protocol/snapshot';
import { linkTypeName } from '../core/pcap/linkTypes';
import { CaptureError } from './captureError';
import type { ExportSource } from './exporter';
import { allFlows } from './fileRun';
import { HelperSource } from './helperSource';
import { PacketStore } from './packetStore';
import { Run } from './run';
import { Spool } from './spool';

/** A live capture: helper to engine and spool. */
export class LiveRun extends Run {
  private readonly helper: HelperSource;
  private readonly store: PacketStore;
  private facts: LiveSource | null = null;
  private spool: Spool | null = null;
  private lostSoFar = 0;

  constructor(
    private readonly request: StartCaptureRequest,
    programs: { helperPath: string; runtimePath: string },
    send: (event: AnalyzerEvent) => void,
  ) {
    super(request.run, { localAddresses: ownAddresses(), rules: request.rules }, send);
    this.store = new PacketStore(() => {
      this.spool?.flush();
      return this.spool?.segments ?? [];
    });
    this.helper = new HelperSource({
      ...programs,
      start: {
        kind: 'start',
        version: captureWireVersion,
        interface: request.interface,
        filter: request.filter,
        snapLengthBytes: request.snapLengthBytes,
        bufferBytes: request.bufferBytes,
      },
      elevation: request.elevation,
      log: (level, message) => send({ type: 'log', level, message }),
      events: {
        hello: (line, elevation) => this.onHello(line, elevation),
        packet: (packet) => {
          this.engine.push(packet);
          this.spool?.append(packet);
        },
        stats: (line) => this.onStats(line),
        warning: (message) => send({ type: 'log', level: 'warn', message }),
      },
    });
  }

  /** Resolves with the interface when the device is open. @throws CaptureError; the run is then `failed`. */
  async start(): Promise<string> {
    this.enter('authorising');
    try {
      const hello = await this.helper.start();
      void this.helper.ended.then(async (failure) => {
        await this.finishEngine();
        this.spool?.close();
        this.enter(failure === null ? 'finished' : 'failed', failure);
      });
      return hello.interface;
    } catch (error) {
      const failure =
        error instanceof CaptureError
          ? { code: error.code, message: error.message, hint: error.hint }
          : { code: 'INTERNAL' as const, message: error instanceof Error ? error.message : String(error), hint: '' };
      this.enter('failed', failure);
      throw error;
    }
  }

  override async stop(): Promise<void> {
    if (this.currentState === 'finished' || this.currentState === 'failed') return;
    this.enter('stopping');
    await this.helper.stop();
    await this.helper.ended;
  }

  override exportSource(): ExportSource {
    return {
      packets: this.store,
      flows: () => allFlows(this),
      report: () =>
        this.engine.report(this.facts?.interface ?? '', {
          format: 'live',
          linkTypes: this.facts === null ? [] : [linkTypeName(this.facts.linkType)],
          damage: null,
        }),
      linkTypes: this.facts === null ? [] : [this.facts.linkType],
      nanoseconds: false,
      snapLengthBytes: this.request.snapLengthBytes,
    };
  }

  protected override source(): LiveSource | null {
    return this.facts === null ? null : { ...this.facts };
  }

  protected override onTimer(): void {
    if (this.currentState !== 'capturing') return;
    this.engine.tick(Date.now() * 1000);
    this.spool?.flush();
  }

  private onHello(line: HelloLine, elevation: string): void {
    this.facts = {
      kind: 'live',
      interface: line.interface,
      filter: this.request.filter,
      backend: line.backend,
      timestampSource: line.timestampSource,
      linkType: line.linkType,
      snapLengthBytes: line.snapLengthBytes,
      uid: line.uid,
      elevation,
    };
    this.spool = new Spool(this.request.spoolDirectory, this.request.spoolLimitBytes, line, (message) =>
      this.send({ type: 'log', level: 'error', message }),
    );
    this.enter('capturing');
  }

  private onStats(line: StatsLine): void {
    this.captureLoss = {
      received: line.received,
      droppedByKernel: line.droppedByKernel,
      shedByHelper: line.shed,
    };
    const lost = (line.droppedByKernel ?? 0) + line.shed;
    if (lost > this.lostSoFar) this.engine.noteCaptureLoss(line.timeUs, lost - this.lostSoFar);
    this.lostSoFar = Math.max(this.lostSoFar, lost);
  }
}

/** Addresses of this machine: what arrives at them is "in", what leaves them is "out". */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((entry) => entry.address));
}
