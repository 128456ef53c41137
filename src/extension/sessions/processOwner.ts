import { readFile } from 'node:fs/promises';
import type { SpoolOwner } from '../../protocol/liveCapture';
import { parseSpoolOwner } from '../../protocol/liveCapture';

/** This process, as it signs what it owns. */
export async function ownProcess(): Promise<SpoolOwner> {
  return { pid: process.pid, started: await processStart(process.pid) };
}

/** Whose signature a file holds; null when there is none. */
export async function readOwner(file: string): Promise<SpoolOwner | null> {
  return parseSpoolOwner(await readFile(file, 'utf8').catch(() => ''));
}

/** Whether the process is there and is not a later one with the same number. */
export async function isRunning(owner: SpoolOwner): Promise<boolean> {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const started = await processStart(owner.pid);
  return owner.started === null || started === null || owner.started === started;
}

/** Start time of a process in clock ticks since boot: field 22 of Linux' `/proc/PID/stat`; null elsewhere. */
async function processStart(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The second field is the program's name in brackets, which may hold anything.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
