/** The command line of design 4.4: results on stdout, everything else on stderr. */
import { commands, usage } from './cliCommands';
import { CommandError } from './commandError';
import { FileError } from './fileError';
import { restrainHeap } from './heapGrowth';
import { FilterError } from './packetStore';
import { OutputClosed } from './stdout';

restrainHeap();

async function main(): Promise<number> {
  const [name = '', ...args] = process.argv.slice(2);
  if (name === '' || name === 'help' || name === '--help' || name === '-h') {
    process.stderr.write(usage);
    return name === '' ? 2 : 0;
  }
  const command = commands[name];
  if (command === undefined) throw new CommandError(`There is no command "${name}".\n\n${usage}`);
  return command(args);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (error instanceof OutputClosed) return;
    const known = error instanceof CommandError || error instanceof FileError || error instanceof FilterError;
    const text = error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`${text}${error instanceof FileError && error.hint !== '' ? ` ${error.hint}` : ''}\n`);
    process.exitCode = 2;
  },
);
