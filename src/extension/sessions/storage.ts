import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatSpoolOwner } from '../../protocol/liveCapture';
import type { Log } from '../log';
import type { SpoolDirectories } from './liveSession';
import { isRunning, ownProcess, readOwner } from './processOwner';

const dayMs = 24 * 60 * 60 * 1000;
/**
 * What nobody wanted to have recovered, and what nobody was asked about, stays this long: its captured packets are
 * readable, and may be all that is left of what was being looked for.
 */
const leftoverLifetimeMs = { captures: 7 * dayMs, exports: dayMs };

/** Entries that one sweep looks at. */
const maxSweptEntries = 200;

/** Name of the file in a run's directory that says which window it belongs to. */
export const windowLockName = 'window.lock';

/** Name of a run's directory: time, process id of the owner, something random. */
export const runDirectoryName = /^\d{8}T\d{6}-(\d{1,10})-[0-9a-f]{8}$/;

/**
 * The extension's files below `globalStorage`: `captures/<run>` for the packets of live captures, `exports/` for exports
 * that are opened from there. All of it is readable by this user alone.
 */
export class Storage implements SpoolDirectories {
  private swept: Promise<void> | null = null;

  constructor(
    private readonly root: string,
    private readonly log: Log,
  ) {}

  async create(): Promise<string> {
    await this.sweepOnce();
    const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '');
    const directory = path.join(this.root, 'captures', `${time}-${process.pid}-${randomBytes(4).toString('hex')}`);
    await makePrivate(path.join(this.root, 'captures'));
    await mkdir(directory, { mode: 0o700 });
    await writeFile(path.join(directory, windowLockName), formatSpoolOwner(await ownProcess()), { mode: 0o600 });
    return directory;
  }

  /** Where the directories of runs are. */
  get capturesFolder(): string {
    return path.join(this.root, 'captures');
  }

  async remove(directory: string): Promise<void> {
    if (!this.owns(directory)) return;
    await rm(directory, { recursive: true, force: true }).catch((error: unknown) => {
      this.log('warn', `${directory} cannot be removed: ${String(error)}`);
    });
  }

  /** Like {@link remove}, for when there is no time left to wait. */
  removeNow(directory: string): void {
    if (!this.owns(directory)) return;
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch (error) {
      this.log('warn', `${directory} cannot be removed: ${String(error)}`);
    }
  }

  /** A path for a new export: `name` in a directory of its own, so that the name can stay readable. */
  async exportPath(name: string): Promise<string> {
    await this.sweepOnce();
    const directory = path.join(this.root, 'exports', randomBytes(6).toString('hex'));
    await makePrivate(path.join(this.root, 'exports'));
    await mkdir(directory, { mode: 0o700 });
    return path.join(directory, name);
  }

  /** Removes an export made at a path from {@link exportPath}, with its directory. */
  async removeExport(file: string): Promise<void> {
    const directory = path.dirname(file);
    if (path.dirname(directory) !== path.join(this.root, 'exports')) return;
    await rm(directory, { recursive: true, force: true });
  }

  private owns(directory: string): boolean {
    return (
      path.dirname(directory) === path.join(this.root, 'captures') && runDirectoryName.test(path.basename(directory))
    );
  }

  private sweepOnce(): Promise<void> {
    this.swept ??= this.sweep().catch((error: unknown) =>
      this.log('warn', `Leftovers were not swept: ${String(error)}`),
    );
    return this.swept;
  }

  /** Removes what windows that ended without cleaning up left, once it is old. */
  private async sweep(): Promise<void> {
    for (const folder of ['captures', 'exports'] as const) {
      const parent = path.join(this.root, folder);
      const names = await readdir(parent).catch(() => []);
      for (const name of names.slice(0, maxSweptEntries)) {
        const entry = path.join(parent, name);
        const owner = runDirectoryName.exec(name)?.[1];
        const signed = await readOwner(path.join(entry, windowLockName));
        if (signed !== null ? await isRunning(signed) : owner !== undefined && isAlive(Number(owner))) continue;
        const facts = await stat(entry).catch(() => null);
        if (facts === null) continue;
        if (Date.now() - facts.mtimeMs > leftoverLifetimeMs[folder]) await rm(entry, { recursive: true, force: true });
        else if (folder === 'captures')
          this.log('info', `A capture that ended unexpectedly is kept for a week: ${entry}`);
      }
    }
  }
}

async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
