import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

/** Where systems keep the programs that their administrator installed. The PATH of a user is no such place. */
const directories = [
  ...['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/run/wrappers/bin', '/run/current-system/sw/bin'],
  ...['/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin'],
];

/** Absolute path of a program of the system, or null. Always null on Windows. */
export function findSystemProgram(name: string): string | null {
  if (process.platform === 'win32') return null;
  for (const directory of directories) {
    const file = path.join(directory, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here.
    }
  }
  return null;
}

/**
 * Absolute path of a program of the system that nobody but root can have written, or null. What is put on a command line
 * that root runs is found this way only.
 */
export function findRootsProgram(name: string, within: readonly string[] = directories): string | null {
  if (process.platform === 'win32') return null;
  return within.map((directory) => path.join(directory, name)).find(isRoots) ?? null;
}

function isRoots(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    for (let at = realpathSync(file); ; at = path.dirname(at)) {
      const { uid, mode } = statSync(at);
      if (uid !== 0 || (mode & 0o022) !== 0) return false;
      if (at === '/') return true;
    }
  } catch {
    return false;
  }
}
