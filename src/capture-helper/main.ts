/**
 * The capture helper: the one program of the product that may run as root. It reads one line from stdin, opens the
 * device, gives root up, and then puts packets on stdout unread until stdin ends. It takes no arguments, no settings
 * and no environment but the user id that sudo or pkexec left, and it opens no file for writing.
 */
import { loadCap } from './capSource';
import { OutputQueue } from './outputQueue';
import type { Identity } from './privileges';
import { dropPrivileges } from './privileges';
import { Session } from './session';
import { WallClock } from './wallClock';

/** A reader that takes nothing must not keep a helper alive. */
const exitTimeoutMs = 700;

function exitWhenWritten(code: number): void {
  setTimeout(() => process.exit(code), exitTimeoutMs);
  process.stdout.write('', () => process.exit(code));
}

const clock = new WallClock();
const session = new Session({
  output: new OutputQueue(process.stdout),
  clock,
  loadSource: () => loadCap(clock),
  dropPrivileges: () => dropPrivileges(process.platform === 'win32' ? null : (process as Identity), process.env),
  pid: process.pid,
  exit: exitWhenWritten,
});

process.stdout.on('error', () => process.exit(1));
process.on('uncaughtException', (error) => session.fail(error));
process.on('unhandledRejection', (reason) => session.fail(reason));
process.stdin.on('data', (chunk: Buffer) => session.input(chunk));
process.stdin.on('end', () => session.stop('stdin-closed'));
process.stdin.on('error', () => session.stop('stdin-closed'));
