import { execFile } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { rememberHelper } from './helperIntegrity';

const askTimeoutMs = 5000;

const chosen = new Map<string, Promise<string>>();

/**
 * The Node that runs the capture helper, as an absolute path: the one that runs us when `dist/native` holds a binding
 * for its ABI, else the `node` on the PATH when there is one for that, else the one that runs us all the same (the
 * helper then says which binding is missing). Asked once a process and directory.
 */
export function chooseRuntime(distDirectory: string): Promise<string> {
  rememberHelper(distDirectory);
  let choice = chosen.get(distDirectory);
  if (choice === undefined) {
    choice = choose(distDirectory);
    chosen.set(distDirectory, choice);
  }
  return choice;
}

async function choose(distDirectory: string): Promise<string> {
  if (hasBinding(distDirectory, process.versions.modules)) return process.execPath;
  for (const candidate of nodesOnPath(process.env['PATH'] ?? '')) {
    const abi = await abiOf(candidate);
    if (abi !== null && hasBinding(distDirectory, abi)) return candidate;
  }
  return process.execPath;
}

function hasBinding(distDirectory: string, abi: string): boolean {
  return existsSync(path.join(distDirectory, 'native', `cap-${process.platform}-${process.arch}-abi${abi}.node`));
}

function nodesOnPath(searchPath: string): string[] {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const found = new Set<string>();
  for (const directory of searchPath.split(path.delimiter)) {
    // A relative entry would mean another program in every folder.
    if (!path.isAbsolute(directory)) continue;
    try {
      const file = realpathSync(path.join(directory, name));
      // It may run as root soon: one that anybody could have replaced is none of the person's.
      if (process.platform === 'win32' || (statSync(file).mode & 0o002) === 0) found.add(file);
    } catch {
      // Not here.
    }
  }
  return [...found].slice(0, 4);
}

function abiOf(file: string): Promise<string | null> {
  return new Promise((resolve) => {
    const environment = { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'] };
    const options = { timeout: askTimeoutMs, env: environment, maxBuffer: 4096, windowsHide: true };
    execFile(file, ['-p', 'process.versions.modules'], options, (error, stdout) => {
      const abi = stdout.trim();
      resolve(error === null && /^\d{1,5}$/.test(abi) ? abi : null);
    });
  });
}
