import type { AnalyzerReplies, ElevationOptions } from '../../protocol/analyzerMessages';
import type { RuleSettings } from '../../protocol/ruleSettings';
import type { InterfaceInfo } from '../../protocol/capture';
import type { CaptureBackendChoice } from '../../protocol/captureWire';
import type { StopRules } from '../../protocol/liveCapture';
import type { RunState } from '../../protocol/snapshot';
import type { AnalyzerClient } from '../client/analyzerClient';
import { Emitter } from '../emitter';
import { asNetworkTrafficError, NetworkTrafficError } from '../errors';
import type { Log } from '../log';
import { isGoing, Session } from './session';
import { t } from '../../protocol/l10n';

/** What one capture is started with. */
export interface CaptureOptions {
  /** Empty: the capture helper picks. */
  interfaces: string[];
  /** BPF; empty for everything. */
  filter: string;
  backend: CaptureBackendChoice;
  /** Destination of ssh to capture there; null for this machine. */
  remote: string | null;
  snapLengthBytes: number;
  promiscuous: boolean;
  bufferBytes: number;
  spoolLimitBytes: number;
  spoolFiles: number;
  stop: StopRules;
  rules: RuleSettings;
  methods: ElevationOptions['methods'];
}

/** A program that `sudo -A` may ask for the password, alive while a capture is being started. */
export interface Askpass {
  start(): Promise<NonNullable<ElevationOptions['askpass']>>;
  dispose(): void;
}

/** Where the packets of runs go. */
export interface SpoolDirectories {
  /** Makes an empty directory that only this user can look into. */
  create(): Promise<string>;
  remove(directory: string): Promise<void>;
}

export interface LiveSessionOptions {
  createClient: () => AnalyzerClient;
  createAskpass: () => Askpass | null;
  spools: SpoolDirectories;
  log: Log;
}

/** A process that only lists interfaces or checks filters is ended when it has had nothing to do for this long. */
const idleProcessMs = 60_000;

/** The live captures of this window: at most one at a time, each in a process of its own. */
export class LiveSession extends Session {
  readonly kind = 'live';
  private spoolDirectory: string | null = null;
  private wanted: { remote: string | null; interfaces: readonly string[]; filter: string } | null = null;
  private idleTimer: NodeJS.Timeout | null = null;
  private starting = false;
  private stopRequested = false;

  private readonly failures = new Emitter<NetworkTrafficError>();
  /** Fires when a capture that was running has failed. A failure to start is thrown by {@link start} instead. */
  readonly onDidFail = this.failures.event;

  constructor(private readonly options: LiveSessionOptions) {
    super(options.createClient);
  }

  override get title(): string {
    const source = this.snapshot?.source;
    return source?.kind === 'live' ? source.interface : this.wanted?.interfaces.join(', ') || 'auto-detect';
  }

  /** What the newest capture was asked for, whether it came to something or not; null before the first. */
  get requested(): {
    readonly remote: string | null;
    readonly interfaces: readonly string[];
    readonly filter: string;
  } | null {
    return this.wanted;
  }

  get isBusy(): boolean {
    return this.starting || isGoing(this.state);
  }

  async listInterfaces(): Promise<InterfaceInfo[]> {
    return this.askTool({ type: 'listInterfaces' });
  }

  async validateFilter(filter: string): Promise<AnalyzerReplies['validateFilter']> {
    return this.askTool({ type: 'validateFilter', filter });
  }

  /** What stands between this machine and a capture. */
  async examine(): Promise<AnalyzerReplies['doctor']> {
    return this.askTool({ type: 'doctor' });
  }

  /** Starts a capture and returns the interface that it captures on. @throws NetworkTrafficError */
  async start(capture: CaptureOptions): Promise<string> {
    if (this.isBusy) throw new NetworkTrafficError('BAD_REQUEST', t('A capture is running already.'));
    this.starting = true;
    this.stopRequested = false;
    this.cancelIdleTimer();
    this.wanted = { remote: capture.remote, interfaces: [...capture.interfaces], filter: capture.filter };
    const oldSpool = this.spoolDirectory;
    const died = this.analyzerDied;
    this.spoolDirectory = null;
    const run = this.beginRun('authorising');
    const askpass = capture.methods.includes('sudo -A') ? this.options.createAskpass() : null;
    try {
      // What an analysis process that died has kept can still be recovered.
      if (oldSpool !== null && !died) await this.options.spools.remove(oldSpool);
      this.spoolDirectory = await this.options.spools.create();
      const endpoint = askpass === null ? null : await this.startAskpass(askpass);
      if (this.stopRequested) throw new NetworkTrafficError('CANCELLED', t('The capture was stopped before it began.'));
      const reply = await this.askFresh({
        type: 'startCapture',
        run,
        backend: capture.backend,
        remote: capture.remote,
        interfaces: capture.interfaces,
        filter: capture.filter,
        snapLengthBytes: capture.snapLengthBytes,
        promiscuous: capture.promiscuous,
        bufferBytes: capture.bufferBytes,
        elevation: { methods: capture.methods, askpass: endpoint },
        rules: capture.rules,
        spoolDirectory: this.spoolDirectory,
        spoolLimitBytes: capture.spoolLimitBytes,
        spoolFiles: capture.spoolFiles,
        stop: capture.stop,
      });
      return reply.interface;
    } catch (error) {
      const failure = asNetworkTrafficError(error);
      this.fail(run, failure);
      throw failure;
    } finally {
      this.starting = false;
      askpass?.dispose();
    }
  }

  override async stop(): Promise<void> {
    this.stopRequested = true;
    await super.stop();
  }

  /** The directory of the newest run's packets, to be removed by whoever ends the session. */
  get spool(): string | null {
    return this.spoolDirectory;
  }

  override dispose(): void {
    this.cancelIdleTimer();
    this.failures.dispose();
    super.dispose();
  }

  protected override onStateChanged(from: RunState, to: RunState): void {
    const failure = this.snapshot?.failure ?? null;
    if (to === 'failed' && failure !== null && !this.starting && from !== 'authorising') {
      this.failures.fire(new NetworkTrafficError(failure.code, failure.message, failure.hint));
    }
  }

  private async askTool<
    R extends { type: 'listInterfaces' } | { type: 'doctor' } | { type: 'validateFilter'; filter: string },
  >(request: R): Promise<AnalyzerReplies[R['type']]> {
    this.cancelIdleTimer();
    try {
      return await this.askFresh(request);
    } finally {
      this.cancelIdleTimer();
      this.idleTimer = setTimeout(() => this.releaseIdleProcess(), idleProcessMs);
      this.idleTimer.unref();
    }
  }

  /** Without it, `sudo -A` is not tried; the other ways may still work. */
  private async startAskpass(askpass: Askpass): Promise<ElevationOptions['askpass']> {
    try {
      return await askpass.start();
    } catch (error) {
      this.options.log('warn', `The password cannot be asked for in the editor: ${String(error)}`);
      return null;
    }
  }

  private cancelIdleTimer(): void {
    if (this.idleTimer !== null) clearTimeout(this.idleTimer);
    this.idleTimer = null;
  }
}
