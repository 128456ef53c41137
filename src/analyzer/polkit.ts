import { execFile } from 'node:child_process';
import { findRootsProgram } from './systemPrograms';

const askTimeoutMs = 3000;

/**
 * Whether somebody answers when pkexec asks: a dialog on the screen that this process belongs to, or a rule of the
 * administrator that needs no dialog. Elsewhere, as behind SSH, a dialog is not seen by whoever waits for it: polkit may show
 * it on a screen of the same user that stands in another room. Where there is a screen but no agent, pkexec ends at once.
 */
export async function pkexecAnswers(environment: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  if (process.platform !== 'linux' || findRootsProgram('pkexec') === null) return false;
  const isRemote = environment['SSH_CONNECTION'] !== undefined;
  if (!isRemote && Boolean(environment['DISPLAY'] ?? environment['WAYLAND_DISPLAY'])) return true;
  return isGranted();
}

/** pkcheck(1) asks nobody unless it is told to: 0 is granted, everything else is not. */
function isGranted(): Promise<boolean> {
  const pkcheck = findRootsProgram('pkcheck');
  if (pkcheck === null) return Promise.resolve(false);
  const words = ['--action-id', 'org.freedesktop.policykit.exec', '--process', String(process.pid)];
  const options = { timeout: askTimeoutMs, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, cwd: '/' };
  return new Promise((resolve) => execFile(pkcheck, words, options, (error) => resolve(error === null)));
}
