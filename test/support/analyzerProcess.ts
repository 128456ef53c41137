import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { analyzerEnvironment, analyzerFlags } from '../../src/protocol/analyzerFlags';
import type {
  AnalyzerError,
  AnalyzerEvent,
  AnalyzerReplies,
  AnalyzerRequest,
  FromAnalyzer,
} from '../../src/protocol/analyzerMessages';

const root = path.resolve(__dirname, '../..');

/** A request was answered with an error. */
export class AnalyzerFailure extends Error {
  constructor(readonly error: AnalyzerError) {
    super(`${error.code}: ${error.message}`);
  }
}

/** The real dist/analyzer.js, forked as the extension host forks it. */
export class AnalyzerProcess {
  readonly events: AnalyzerEvent[] = [];
  readonly child: ChildProcess;
  private readonly waiting = new Map<number, { resolve: (ok: never) => void; reject: (error: Error) => void }>();
  private readonly listeners = new Set<() => void>();
  private nextId = 1;

  /** @param wrapper program and arguments to start it through, for example `ip netns exec NAME` */
  constructor(wrapper: readonly string[] = [], bundle = path.join(root, 'dist/analyzer.js')) {
    const [program = process.execPath, ...args] = [...wrapper, process.execPath, ...analyzerFlags, bundle];
    this.child = spawn(program, args, {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, ...analyzerEnvironment },
    });
    this.child.on('message', (message) => this.receive(message as FromAnalyzer));
    this.child.on('error', () => undefined);
    this.child.on('exit', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the analyzer ended'));
      this.waiting.clear();
    });
  }

  request<T extends AnalyzerRequest>(request: T): Promise<AnalyzerReplies[T['type']]> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (ok: never) => void, reject });
      this.child.send({ id, request });
    });
  }

  /** Sends anything at all, for tests of the guard. */
  sendRaw(value: object): void {
    this.child.send(value);
  }

  /** Resolves with the first event, past or future, for which `pick` gives something. */
  async event<T>(pick: (event: AnalyzerEvent) => T | null, timeoutMs = 10_000): Promise<T> {
    const end = Date.now() + timeoutMs;
    let seen = 0;
    for (;;) {
      for (; seen < this.events.length; seen++) {
        const picked = pick(this.events[seen]!);
        if (picked !== null) return picked;
      }
      const left = end - Date.now();
      if (left <= 0) throw new Error(`no such event within ${timeoutMs} ms (${this.events.length} others)`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, left);
        const listeners = this.listeners;
        function done(): void {
          clearTimeout(timer);
          listeners.delete(done);
          resolve();
        }
        listeners.add(done);
      });
    }
  }

  /** Disconnects, as a dying extension host would, and waits for the end. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await gone;
  }

  private receive(message: FromAnalyzer): void {
    if ('event' in message) {
      this.events.push(message.event);
      for (const listener of [...this.listeners]) listener();
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if ('ok' in message) waiting?.resolve(message.ok as never);
    else waiting?.reject(new AnalyzerFailure(message.error));
  }
}
