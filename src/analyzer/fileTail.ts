import { stat } from 'node:fs/promises';

/** Times in milliseconds. */
export interface TailPace {
  pollMs: number;
  /** A file that nobody has written to for this long counts as whole. */
  quietMs: number;
  /** The same, once it was seen to grow. */
  quietAfterGrowthMs: number;
}

const usualPace: TailPace = { pollMs: 500, quietMs: 1500, quietAfterGrowthMs: 60_000 };

/** A file that another program may still be writing to. */
export class FileTail {
  private inode = 0;
  /** As of the last look. */
  sizeBytes = 0;
  private grown: boolean;

  /** @param grown it is known to grow */
  constructor(
    private readonly path: string,
    grown: boolean,
    private readonly pace: TailPace = usualPace,
  ) {
    this.grown = grown;
  }

  /**
   * Waits until there are bytes behind `position`. False when there will be none: the file is quiet, was cut or replaced,
   * or the wait was given up.
   */
  async more(position: number, signal: AbortSignal): Promise<boolean> {
    const begunMs = Date.now();
    for (;;) {
      const facts = await stat(this.path).catch(() => null);
      if (facts === null || signal.aborted) return false;
      this.inode ||= facts.ino;
      if (facts.ino !== this.inode || facts.size < position) return false;
      this.sizeBytes = facts.size;
      if (facts.size > position) {
        this.grown = true;
        return true;
      }
      const quietMs = this.grown ? this.pace.quietAfterGrowthMs : this.pace.quietMs;
      // The clock of a network drive may run ahead: nobody waits longer than that here.
      const now = Date.now();
      if (now - facts.mtimeMs >= quietMs || now - begunMs >= quietMs) return false;
      await pause(this.pace.pollMs, signal);
    }
  }

  /** Resolves with true when the file is another than the one that was read, false when the wait is given up. */
  async changed(readBytes: number, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      await pause(this.pace.pollMs * 4, signal);
      if (signal.aborted) return false;
      const facts = await stat(this.path).catch(() => null);
      // Gone for a moment while it is replaced, or for good: what was read stays.
      if (facts === null || facts.size === 0) continue;
      if (facts.size !== readBytes || (this.inode !== 0 && facts.ino !== this.inode)) return true;
    }
  }
}

function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, timeMs);
    signal.addEventListener('abort', done);
  });
}
