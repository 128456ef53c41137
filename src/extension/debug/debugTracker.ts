import type * as vscode from 'vscode';

/** What a debug adapter says that matters to a capture. */
export interface DebugEvents {
  /** The program, or a process that it will run in. */
  process(pid: number): void;
  stopped(reason: string, threadId: number | null): void;
}

/** Reads the messages of one debug adapter (Debug Adapter Protocol). Never throws: they are anybody's. */
export class DebugTracker implements vscode.DebugAdapterTracker {
  constructor(private readonly events: DebugEvents) {}

  onDidSendMessage(message: unknown): void {
    const body = field(message, 'body');
    if (field(message, 'type') !== 'event') return;
    const event = field(message, 'event');
    if (event === 'process') this.pid(field(body, 'systemProcessId'));
    if (event !== 'stopped') return;
    const reason = field(body, 'reason');
    const threadId = field(body, 'threadId');
    // Steps are the person's own: only what the program ran into is a moment.
    if (typeof reason !== 'string' || reason === 'step') return;
    this.events.stopped(reason, typeof threadId === 'number' ? threadId : null);
  }

  /** The answer to `runInTerminal` names the process of the terminal, or the program itself. */
  onWillReceiveMessage(message: unknown): void {
    if (field(message, 'type') !== 'response' || field(message, 'command') !== 'runInTerminal') return;
    const body = field(message, 'body');
    this.pid(field(body, 'processId') ?? field(body, 'shellProcessId'));
  }

  private pid(value: unknown): void {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 1) this.events.process(value);
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Where a stopped thread stands, `app.js:12`; null when the adapter does not say. */
export async function stoppedAt(session: vscode.DebugSession, threadId: number): Promise<string | null> {
  try {
    const answer: unknown = await session.customRequest('stackTrace', { threadId, startFrame: 0, levels: 1 });
    const frames = field(answer, 'stackFrames');
    const frame: unknown = Array.isArray(frames) ? frames[0] : undefined;
    const name = field(field(frame, 'source'), 'name');
    const line = field(frame, 'line');
    return typeof name === 'string' && typeof line === 'number' ? `${name}:${line}` : null;
  } catch {
    return null;
  }
}
