/* The capture helper: the one program of the product that may run as root. It reads one line from stdin, opens the device
 * or has tcpdump or dumpcap open it, gives root up, and puts packets on stdout unread until stdin ends. It takes no arguments
 * and no environment but the user id that sudo or pkexec left, and it opens no file for writing. */
import type { CaptureBackendChoice } from '../protocol/captureWire';
import { loadCap } from './capSource';
import { OutputQueue } from './outputQueue';
import type { PacketSource } from './packetSource';
import { dropPrivileges, findInvoker, type Identity } from './privileges';
import { Session } from './session';
import { StreamSource } from './streamSource';
import { findTrustedProgram } from './trustedProgram';

/** A reader that takes nothing must not keep a helper alive; one that is behind gets the rest. */
function exitWhenWritten(code: number): void {
  const { stdout } = process;
  let left = -1;
  setInterval(() => (stdout.writableLength === left ? process.exit(code) : (left = stdout.writableLength)), 700);
  stdout.write('', () => process.exit(code));
}

const identity = process.platform === 'win32' ? null : (process as Identity);

/** tcpdump before dumpcap: it tells of lost packets while it runs. */
function backends(choice: CaptureBackendChoice): (() => Promise<PacketSource>)[] {
  if (choice === 'cap') return [loadCap];
  const invoker = findInvoker(identity, process.env);
  const streams = (['tcpdump', 'dumpcap'] as const).flatMap((name) => {
    const tool = findTrustedProgram(name);
    const programs = { setpriv: findTrustedProgram('setpriv'), sh: findTrustedProgram('sh') };
    return tool === null ? [] : [async () => new StreamSource(name, { tool, ...programs }, invoker)];
  });
  return choice === 'stream' ? streams : [...streams, loadCap];
}

const session = new Session({
  output: new OutputQueue(process.stdout),
  backends,
  dropPrivileges: () => dropPrivileges(identity, findInvoker(identity, process.env)),
  pid: process.pid,
  exit: exitWhenWritten,
});

process.stdout.on('error', () => process.exit(1));
process.on('uncaughtException', (error) => session.fail(error));
process.on('unhandledRejection', (reason) => session.fail(reason));
process.stdin.on('data', (chunk: Buffer) => session.input(chunk));
for (const end of ['end', 'error']) process.stdin.on(end, () => session.stop('stdin-closed'));
