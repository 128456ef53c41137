import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

const isWindows = process.platform === 'win32';

/** Where the system and its administrator put programs; nothing is ever looked for on a PATH. */
const directories = isWindows
  ? ['C:\\Program Files\\Wireshark']
  : ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin', '/usr/local/sbin', '/run/current-system/sw/bin'];

/** Absolute path of a program that this process may run and that nobody but root can have written, or null. */
export function findTrustedProgram(name: string, within: readonly string[] = directories): string | null {
  return within.map((directory) => path.join(directory, isWindows ? `${name}.exe` : name)).find(isTrusted) ?? null;
}

function isTrusted(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    const isRoots = (at: string): boolean => statSync(at).uid === 0 && (statSync(at).mode & 0o022) === 0;
    let at = isWindows ? '/' : realpathSync(file);
    while (at !== '/' && isRoots(at)) at = path.dirname(at);
    return at === '/';
  } catch {
    return false;
  }
}
