import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SpoolOwner } from '../protocol/liveCapture';
import { formatSpoolOwner, parseSpoolOwner, spoolLockName } from '../protocol/liveCapture';
import { CaptureError } from './captureError';

/**
 * Makes this process the one that writes to a spool folder. A lock whose process is gone is taken over; it is never
 * given back, because it ends with the process.
 *
 * @throws CaptureError SPOOL when a process that lives has it, or the folder cannot be written
 */
export function takeSpoolLock(directory: string): void {
  const file = path.join(directory, spoolLockName);
  const own = formatSpoolOwner({ pid: process.pid, started: processStart(process.pid) });
  // Twice, because a lock that is left behind has to go first; of two that remove it, `wx` lets one write.
  for (const last of [false, true]) {
    try {
      writeFileSync(file, own, { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!exists) throw new CaptureError('SPOOL', `The packets cannot be kept in ${directory}: ${String(error)}`);
      const owner = readOwner(file);
      if (owner?.pid === process.pid && owner.started === processStart(process.pid)) return;
      if (last || (owner !== null && isRunning(owner))) {
        throw new CaptureError(
          'SPOOL',
          `Another capture (process ${owner?.pid ?? 'unknown'}) keeps its packets in ${directory}.`,
          'Stop it first.',
        );
      }
      rmSync(file, { force: true });
    }
  }
}

function readOwner(file: string): SpoolOwner | null {
  try {
    return parseSpoolOwner(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** Whether the process is there and is not a later one with the same number. */
export function isRunning(owner: SpoolOwner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const started = processStart(owner.pid);
  return owner.started === null || started === null || owner.started === started;
}

/** Start time of a process in clock ticks since boot: field 22 of Linux' `/proc/PID/stat`; null elsewhere. */
export function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in brackets, which may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
