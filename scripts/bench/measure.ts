import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Measured {
  wallSeconds: number;
  cpuSeconds: number;
  /** Peak resident memory of the process. */
  peakBytes: number;
}

/** What a measured command line came to, or why it could not be measured. */
export type Measurement = { ok: true; runs: Measured[] } | { ok: false; reason: string };

const gnuFormat = '%e %U %S %M';

/** Runs the command `runs` times under `/usr/bin/time`, its output thrown away. */
export function measureCommand(command: string, args: string[], runs: number): Measurement {
  const measured: Measured[] = [];
  for (let run = 0; run < runs; run++) {
    const one = runOnce(command, args);
    if (typeof one === 'string') return { ok: false, reason: one };
    measured.push(one);
  }
  return { ok: true, runs: measured };
}

/** The middle one; of an even number the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
}

function runOnce(command: string, args: string[]): Measured | string {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-'));
  const facts = path.join(folder, 'time');
  try {
    const bsd = process.platform === 'darwin';
    const timeArgs = bsd ? ['-l', '-o', facts] : ['-f', gnuFormat, '-o', facts];
    const started = process.hrtime.bigint();
    const result = spawnSync('/usr/bin/time', [...timeArgs, command, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    });
    const wallSeconds = Number(process.hrtime.bigint() - started) / 1e9;
    if (result.error !== undefined) return `/usr/bin/time: ${result.error.message}`;
    if (result.status !== 0) return `exit status ${String(result.status)}: ${result.stderr.trim().slice(-200)}`;
    const measured = bsd ? parseBsd(readFileSync(facts, 'utf8')) : parseGnu(readFileSync(facts, 'utf8'));
    return measured === null ? '/usr/bin/time printed nothing known' : { ...measured, wallSeconds };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `-f '%e %U %S %M'` of GNU time; memory in KiB. */
export function parseGnu(text: string): Measured | null {
  const match = /^([\d.]+) ([\d.]+) ([\d.]+) (\d+)$/m.exec(text);
  if (match === null) return null;
  const [wall = 0, user = 0, system = 0, kibibytes = 0] = match.slice(1).map(Number);
  return { wallSeconds: wall, cpuSeconds: user + system, peakBytes: kibibytes * 1024 };
}

/** `-l` of BSD time on macOS; memory in bytes. */
export function parseBsd(text: string): Measured | null {
  const times = /([\d.]+) real\s+([\d.]+) user\s+([\d.]+) sys/.exec(text);
  const memory = /(\d+)\s+maximum resident set size/.exec(text);
  if (times === null || memory === null) return null;
  const [wall = 0, user = 0, system = 0] = times.slice(1).map(Number);
  return { wallSeconds: wall, cpuSeconds: user + system, peakBytes: Number(memory[1]) };
}
