import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { spoolLockName } from '../../protocol/liveCapture';
import type { Log } from '../log';
import { isRunning, readOwner } from './processOwner';
import { runDirectoryName, windowLockName, type Storage } from './storage';

/** A header with a few interfaces and no packet. */
const emptyBytes = 512;
/** Entries that are looked at. */
const maxEntries = 200;
/** Files of one ring. */
const maxFiles = 1000;

/** A capture whose window, or whose analysis process, ended without finishing it. */
export interface Leftover {
  readonly directory: string;
  /** Oldest packets first. */
  readonly files: readonly string[];
  readonly bytes: number;
  /** When the capture was started, in milliseconds since 1970. */
  readonly startedMs: number;
}

/** Finds what crashes left behind, and makes capture files of it. Nothing of a process that lives is touched. */
export class Leftovers {
  constructor(
    private readonly storage: Storage,
    /** Directory of this window's newest run; null when there is none. */
    private readonly ownSpool: () => string | null,
    private readonly log: Log,
  ) {}

  /** Newest first. What holds no packet is removed on the way. */
  async list(): Promise<Leftover[]> {
    const parent = this.storage.capturesFolder;
    const found: Leftover[] = [];
    for (const name of (await readdir(parent).catch(() => [])).slice(0, maxEntries)) {
      const directory = path.join(parent, name);
      if (!runDirectoryName.test(name) || !(await this.isAbandoned(directory))) continue;
      const leftover = await read(directory);
      if (leftover.bytes > 0) found.push(leftover);
      else await this.storage.remove(directory);
    }
    return found.sort((x, y) => y.startedMs - x.startedMs);
  }

  /**
   * Makes one capture file of a leftover and removes the leftover. Files of a ring are captures of their own, one after
   * the other: so is a file that holds them all. Returns its path. @throws Error when it is gone or cannot be written
   */
  async recover(leftover: Leftover): Promise<string> {
    // Of two windows that want it, one can rename it.
    const claimed = `${leftover.directory}.recovering-${process.pid}`;
    await rename(leftover.directory, claimed);
    const time = new Date(leftover.startedMs).toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
    const target = await this.storage.exportPath(`recovered-${time}.pcapng`);
    try {
      for (const file of leftover.files) {
        const source = createReadStream(path.join(claimed, path.basename(file)));
        await pipeline(source, createWriteStream(target, { flags: 'a', mode: 0o600 }));
      }
    } catch (error) {
      await rename(claimed, leftover.directory).catch(() => undefined);
      throw error;
    }
    await rm(claimed, { recursive: true, force: true });
    this.log('info', `Recovered a capture: ${target}`);
    return target;
  }

  async discard(leftover: Leftover): Promise<void> {
    if (await this.isAbandoned(leftover.directory)) await this.storage.remove(leftover.directory);
  }

  private async isAbandoned(directory: string): Promise<boolean> {
    const writer = await readOwner(path.join(directory, spoolLockName));
    if (writer !== null && (await isRunning(writer))) return false;
    const window = await readOwner(path.join(directory, windowLockName));
    if (window === null) return true;
    // A window that lives may still look at the newest capture, and has let go of all others.
    if (window.pid === process.pid && (await isRunning(window))) return this.ownSpool() !== directory;
    return !(await isRunning(window));
  }
}

async function read(directory: string): Promise<Leftover> {
  const names = (await readdir(directory).catch(() => []))
    .filter((name) => /^capture-\d+\.pcapng$/.test(name))
    .sort()
    .slice(0, maxFiles);
  const files: string[] = [];
  let bytes = 0;
  for (const name of names) {
    const file = path.join(directory, name);
    const size = (await stat(file).catch(() => null))?.size ?? 0;
    // A file whose first write was cut says nothing, and would hide those behind it.
    if (size === 0) continue;
    files.push(file);
    bytes += size;
  }
  return { directory, files, bytes: bytes <= emptyBytes ? 0 : bytes, startedMs: startOf(path.basename(directory)) };
}

/** The time in a run's directory name, which is UTC. */
function startOf(name: string): number {
  const [, date = '', time = ''] = /^(\d{8})T(\d{6})/.exec(name) ?? [];
  const iso = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`;
  const parsed = Date.parse(iso);
  return Number.isNaN(parsed) ? 0 : parsed;
}
