import { fork, type ChildProcess } from 'node:child_process';
import type {
  AnalyzerEvent,
  AnalyzerReplies,
  AnalyzerRequest,
  AnalyzerRequestType,
  ToAnalyzer,
} from '../../protocol/analyzerMessages';
import { analyzerEnvironment, analyzerFlags } from '../../protocol/analyzerFlags';
import { analyzerProtocolVersion } from '../../protocol/analyzerMessages';
import type { Disposable } from '../disposable';
import { Emitter } from '../emitter';
import { NetworkTrafficError } from '../errors';
import type { Log } from '../log';
import { parseAnalyzerMessage, parseReply } from './analyzerSchemas';
import { forwardLines } from './forwardLines';
import { t } from '../../protocol/l10n';

/** How long each request may take. Starting waits for a person to type a password; exports may write gigabytes. */
const requestTimeoutsMs: Record<AnalyzerRequestType, number> = {
  listInterfaces: 15_000,
  doctor: 30_000,
  validateFilter: 5_000,
  startCapture: 300_000,
  openFile: 30_000,
  stop: 15_000,
  // A filter or an order over gigabytes.
  getPackets: 600_000,
  getPacketsByNumber: 60_000,
  getFlows: 30_000,
  completeFilter: 15_000,
  dissect: 60_000,
  findPacket: 300_000,
  getTable: 120_000,
  getOverview: 600_000,
  addKeyLog: 30_000,
  addMarker: 10_000,
  exportProgram: 600_000,
  followStream: 300_000,
  getBody: 300_000,
  saveBody: 300_000,
  getCurl: 300_000,
  export: 1_800_000,
  exportEvidence: 1_800_000,
  clearFindings: 10_000,
  setExclusions: 10_000,
  whatIf: 1_800_000,
  cancelWhatIf: 10_000,
  cancelSort: 10_000,
  searchPackets: 10_000,
};

/** A process that says nothing for this long after its start is not going to. */
const readyTimeoutMs = 20_000;

/** From the polite end to SIGKILL. The analyzer itself gives up after 3 s. */
const killAfterMs = 4_000;

/** Invalid messages that are logged one by one; later ones are only counted. */
const maxLoggedInvalid = 20;

interface PendingRequest {
  type: AnalyzerRequestType;
  resolve: (reply: unknown) => void;
  reject: (error: NetworkTrafficError) => void;
  timer: NodeJS.Timeout;
}

export interface AnalyzerClientOptions {
  /** The analyzer's program, run by the Node that runs this. */
  modulePath: string;
  /** Its arguments. */
  words?: readonly string[];
  log: Log;
  /** For tests: shorter waits. */
  timeoutsMs?: Partial<Record<AnalyzerRequestType | 'ready' | 'kill', number>>;
}

/**
 * One analysis process: forked at construction, ended by {@link dispose} or by itself.
 * Every request ends in a reply, an error or `TIMEOUT`; when the process ends, all that wait fail.
 */
export class AnalyzerClient implements Disposable {
  private readonly child: ChildProcess;
  private readonly pending = new Map<number, PendingRequest>();
  private readonly events = new Emitter<AnalyzerEvent>((error) =>
    this.options.log('error', `In a listener: ${String(error)}`),
  );
  private readonly ends = new Emitter<NetworkTrafficError>();
  private readonly readyTimer: NodeJS.Timeout;
  private nextId = 1;
  private invalidMessages = 0;
  private disposed = false;
  private ended: NetworkTrafficError | null = null;

  readonly onEvent = this.events.event;
  /** Fires once when the process ended without having been told to. */
  readonly onUnexpectedEnd = this.ends.event;
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;

  constructor(private readonly options: AnalyzerClientOptions) {
    const environment: NodeJS.ProcessEnv = { ...process.env, ...analyzerEnvironment, ELECTRON_RUN_AS_NODE: '1' };
    // Meant for the extension host, not for its children.
    delete environment['NODE_OPTIONS'];
    this.child = fork(options.modulePath, options.words ?? [], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: environment,
      // Not inherited: a debugged extension host would hand its inspector port to the child.
      execArgv: [...analyzerFlags],
    });
    this.exited = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        this.onEnd(
          t(
            'The analysis process ended ({0}).',
            signal === null ? t('exit code {0}', code ?? t('unknown')) : t('signal {0}', signal),
          ),
        );
        resolve();
      });
      this.child.once('error', (error) => {
        this.onEnd(t('The analysis process cannot be started: {0}', error.message));
        if (this.child.pid === undefined) resolve();
      });
    });
    this.child.on('message', (value: unknown) => this.onMessage(value));
    forwardLines(this.child.stdout, (line) => options.log('info', `analyzer: ${line}`));
    forwardLines(this.child.stderr, (line) => options.log('warn', `analyzer: ${line}`));
    this.readyTimer = setTimeout(
      () => this.giveUp(t('The analysis process did not start in time.')),
      options.timeoutsMs?.ready ?? readyTimeoutMs,
    );
  }

  /** Process id; undefined when the process could not be started. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  get isAlive(): boolean {
    return this.ended === null && !this.disposed;
  }

  /** @throws NetworkTrafficError with the analyzer's code, `TIMEOUT`, or `INTERNAL` when the process is gone */
  request<R extends AnalyzerRequest>(request: R): Promise<AnalyzerReplies[R['type']]> {
    if (this.disposed) return Promise.reject(new NetworkTrafficError('CANCELLED', t('The analysis was closed.')));
    if (this.ended !== null) return Promise.reject(this.ended);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(id);
        reject(new NetworkTrafficError('TIMEOUT', t('No answer to {0}.', request.type)));
      }, this.options.timeoutsMs?.[request.type] ?? requestTimeoutsMs[request.type]);
      this.pending.set(id, {
        type: request.type,
        // The content was checked against the schema of this very request type.
        resolve: (reply) => resolve(reply as AnalyzerReplies[R['type']]),
        reject,
        timer,
      });
      this.child.send({ id, request } satisfies ToAnalyzer, (error) => {
        if (error !== null) this.take(id)?.reject(new NetworkTrafficError('INTERNAL', error.message));
      });
    });
  }

  /** Ends the process: politely by closing its channel, after a while by force. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    clearTimeout(this.readyTimer);
    this.rejectAll(new NetworkTrafficError('CANCELLED', t('The analysis was closed.')));
    this.events.dispose();
    this.ends.dispose();
    this.end();
  }

  private end(): void {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    if (this.child.connected) this.child.disconnect();
    else this.child.kill('SIGTERM');
    const force = setTimeout(() => this.child.kill('SIGKILL'), this.options.timeoutsMs?.kill ?? killAfterMs);
    force.unref();
    void this.exited.then(() => clearTimeout(force));
  }

  private giveUp(message: string): void {
    this.onEnd(message);
    this.end();
  }

  private onMessage(value: unknown): void {
    if (!this.isAlive) return;
    const message = parseAnalyzerMessage(value);
    switch (message.kind) {
      case 'event':
        this.onEventMessage(message.event);
        break;
      case 'failure':
        this.take(message.id)?.reject(
          new NetworkTrafficError(message.error.code, message.error.message, message.error.hint),
        );
        break;
      case 'reply':
        this.onReply(message.id, message.ok);
        break;
      case 'invalid':
        this.noteInvalid(message.reason);
        break;
    }
  }

  private onReply(id: number, value: unknown): void {
    const request = this.take(id);
    if (request === undefined) return;
    const parsed = parseReply(request.type, value);
    if (parsed.ok) {
      request.resolve(parsed.reply);
      return;
    }
    this.noteInvalid(t('reply to {0}: {1}', request.type, parsed.reason));
    request.reject(
      new NetworkTrafficError('INTERNAL', t('The analysis gave an answer to {0} that is not valid.', request.type)),
    );
  }

  private onEventMessage(event: AnalyzerEvent): void {
    if (event.type === 'ready') {
      clearTimeout(this.readyTimer);
      if (event.version !== analyzerProtocolVersion) {
        this.giveUp(
          t(
            'The analysis process speaks version {0}, not {1}: the installation is mixed up.',
            event.version,
            analyzerProtocolVersion,
          ),
        );
      }
      return;
    }
    if (event.type === 'log') {
      this.options.log(event.level, `analyzer: ${event.message}`);
      return;
    }
    this.events.fire(event);
  }

  private noteInvalid(reason: string): void {
    this.invalidMessages += 1;
    if (this.invalidMessages <= maxLoggedInvalid)
      this.options.log('error', `Invalid message of the analyzer: ${reason}`);
  }

  private onEnd(message: string): void {
    clearTimeout(this.readyTimer);
    if (this.ended !== null) return;
    const error = new NetworkTrafficError(
      'INTERNAL',
      message,
      t('See the log. Recover Capture in the Command Palette opens what a capture has kept.'),
    );
    this.ended = error;
    if (this.disposed) return;
    this.options.log('error', message);
    this.rejectAll(error);
    this.ends.fire(error);
  }

  private take(id: number): PendingRequest | undefined {
    const request = this.pending.get(id);
    if (request === undefined) return undefined;
    this.pending.delete(id);
    clearTimeout(request.timer);
    return request;
  }

  private rejectAll(error: NetworkTrafficError): void {
    for (const id of [...this.pending.keys()]) this.take(id)?.reject(error);
  }
}
