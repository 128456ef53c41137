import { accessSync, constants } from 'node:fs';
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
