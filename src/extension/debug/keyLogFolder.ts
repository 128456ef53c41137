import { rmSync } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** The key log of one debug run: 0600, in a folder of its own that is 0700, removed when the run was read. */
export class KeyLogFolder {
  /** @param file in a folder made for it, which only this user can look into */
  private constructor(readonly file: string) {}

  static async create(file: string): Promise<KeyLogFolder> {
    await (await open(file, 'wx', 0o600)).close();
    return new KeyLogFolder(file);
  }

  /** Whether the program has written something. */
  async hasKeys(): Promise<boolean> {
    const facts = await stat(this.file).catch(() => null);
    return facts !== null && facts.size > 0;
  }

  async remove(): Promise<void> {
    await rm(path.dirname(this.file), { recursive: true, force: true });
  }

  /** For when there is no time left to wait. */
  removeNow(): void {
    rmSync(path.dirname(this.file), { recursive: true, force: true });
  }
}
