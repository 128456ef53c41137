import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { NetworkTrafficError } from '../errors';
import { t } from '../../protocol/l10n';

/** A file that is on no disk of this machine is held in memory once, whole: the editor gives no parts of it. */
export const maxForeignBytes = 256 * 1024 * 1024;

/** What `vscode.workspace.fs` does for such a file. */
export interface ForeignFile {
  /** For a person, and for the last part of the copy's name. */
  path: string;
  scheme: string;
  size: () => Promise<number>;
  read: () => Promise<Uint8Array>;
}

/**
 * Copies it to `copyPath`, which only this user can read. @throws NetworkTrafficError FILE_UNREADABLE when it is too large, or cannot
 * be read or written
 */
export async function copyForeignFile(file: ForeignFile, copyPath: string): Promise<void> {
  const name = path.posix.basename(file.path);
  const refuse = (message: string, hint: string): NetworkTrafficError =>
    new NetworkTrafficError('FILE_UNREADABLE', message, hint);
  const tooLarge = (sizeBytes: number): NetworkTrafficError =>
    refuse(
      t(
        '{0} has {1} MB. Captures that are in {2} are read up to {3} MB.',
        name,
        Math.ceil(sizeBytes / 1e6),
        file.scheme,
        Math.floor(maxForeignBytes / 1e6),
      ),
      t('Save it to a folder of this machine and open it there.'),
    );
  try {
    const sizeBytes = await file.size();
    if (sizeBytes > maxForeignBytes) throw tooLarge(sizeBytes);
    const bytes = await file.read();
    if (bytes.length > maxForeignBytes) throw tooLarge(bytes.length);
    await writeFile(copyPath, bytes, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (error instanceof NetworkTrafficError) throw error;
    throw refuse(
      t('{0} cannot be read from {1}: {2}', name, file.scheme, String(error).slice(0, 300)),
      t('Save it to a disk.'),
    );
  }
}

/** The name that a copy has: what no file system refuses. */
export function copyName(filePath: string): string {
  const name = path.posix
    .basename(filePath)
    .replace(/[<>:"|?*\\\u0000-\u001f]/g, '_')
    .slice(-120);
  return /^\.*$/.test(name) ? 'capture.pcap' : name;
}
