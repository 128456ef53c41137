import type { ChildProcess, SpawnOptions } from 'node:child_process';

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs?: number;
  /** Receives stdout and stderr. */
  onOutput?: (chunk: Buffer) => void;
  /** Keeps the output off the terminal. */
  quiet?: boolean;
}

export function start(command: string, args: readonly string[], options?: SpawnOptions): ChildProcess;
export function end(child: ChildProcess): Promise<void>;
export function run(
  command: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<{ code: number; timedOut: boolean; output: string }>;
/** What must happen when this process is told to stop; the function that it gives takes it back. */
export function whenEnded(cleanUp: () => void | Promise<void>): () => void;
export function endAllOnSignal(options?: { exitCode?: number }): void;
