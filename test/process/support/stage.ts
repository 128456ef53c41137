import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';

const root = path.resolve(__dirname, '../../..');
const dist = path.join(root, 'dist');
const shipped = ['capture-helper.js', 'interface-lister.js', 'helper-hashes.json', 'askpass.js', 'askpass.sh'];

/** Why the tests that capture cannot run here, or null. */
export function cannotCapture(): string | null {
  if (process.platform !== 'linux') return 'needs Linux: network namespaces';
  if (process.getuid?.() !== 0) return 'needs root, for network namespaces and test users';
  const binding = `native/cap-linux-${process.arch}-abi${process.versions.modules}.node`;
  for (const name of [...shipped, binding]) {
    if (!existsSync(path.join(dist, name)))
      return `dist/${name} is missing: node scripts/native.mjs && node esbuild.mjs`;
  }
  if (!hasProgram('ip')) return 'the program ip (package iproute2) is not installed';
  return null;
}

export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name]).status === 0;
}

/** A copy of what is installed, in a folder that every user may read; its path is in the arguments of what it runs. */
export class Stage {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'nta-stage-'));
  readonly dist = path.join(this.directory, 'dist');
  readonly helperPath = path.join(this.dist, 'capture-helper.js');
  readonly driverPath = path.join(this.directory, 'driver.js');
  readonly serverPath = path.join(this.directory, 'server.js');
  /** For what a killed program leaves behind. */
  readonly temporary = path.join(this.directory, 'tmp');

  constructor() {
    chmodSync(this.directory, 0o755);
    mkdirSync(this.dist);
    mkdirSync(this.temporary);
    chmodSync(this.temporary, 0o1777);
    for (const name of [...shipped, 'native']) {
      cpSync(path.join(dist, name), path.join(this.dist, name), { recursive: true });
    }
    for (const [entry, outfile] of [
      ['captureDriver.ts', this.driverPath],
      ['trafficServer.ts', this.serverPath],
    ] as const) {
      buildSync({
        entryPoints: [path.join(__dirname, entry)],
        outfile,
        bundle: true,
        platform: 'node',
        format: 'cjs',
        target: 'node20',
        logLevel: 'warning',
      });
    }
  }

  /** Ids of all processes that run something of this stage, whoever they run as. */
  processes(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .filter((name) => commandLine(Number(name)).includes(this.directory))
      .map(Number);
  }

  dispose(): void {
    for (const pid of this.processes()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone in the meantime.
      }
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Arguments joined with spaces; empty when there is no such process. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Waits until `condition` holds. @returns whether it did in time */
export async function eventually(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  while (performance.now() < until) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return condition();
}
