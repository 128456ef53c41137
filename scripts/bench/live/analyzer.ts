import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { AnalyzerEvent, AnalyzerRequest, FromAnalyzer } from '../../../src/protocol/analyzerMessages';
import type { Finding } from '../../../src/protocol/finding';
import type { Snapshot } from '../../../src/protocol/snapshot';

/** dist/analyzer.js in a network namespace, asked as the extension asks it. */
export class BenchAnalyzer {
  snapshot: Snapshot | null = null;
  findings: Finding[] = [];
  /** Largest that any snapshot told. */
  lagMs = 0;
  readonly ready: Promise<number>;
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  private requests = 0;

  constructor(namespace: string, bundle: string) {
    const words = ['netns', 'exec', namespace, process.execPath, bundle];
    this.child = spawn('ip', words, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.ready = new Promise((resolve, reject) => {
      this.child.once('exit', () => reject(new Error('the analyzer ended')));
      this.child.on('message', (message) => this.receive(message as FromAnalyzer, resolve));
    });
  }

  request(request: AnalyzerRequest): Promise<void> {
    const id = ++this.requests;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.send({ id, request });
    });
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await gone;
  }

  private receive(message: FromAnalyzer, ready: (pid: number) => void): void {
    if ('event' in message) return this.onEvent(message.event, ready);
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if ('ok' in message) waiting?.resolve();
    else waiting?.reject(new Error(`${message.error.code}: ${message.error.message}`));
  }

  private onEvent(event: AnalyzerEvent, ready: (pid: number) => void): void {
    if (event.type === 'ready') ready(event.pid);
    if (event.type === 'findings') this.findings = event.findings;
    if (event.type === 'log' && event.level !== 'info') process.stderr.write(`analyzer: ${event.message}\n`);
    if (event.type !== 'snapshot') return;
    this.snapshot = event.snapshot;
    this.lagMs = Math.max(this.lagMs, event.snapshot.live?.lagMs ?? 0);
  }
}
