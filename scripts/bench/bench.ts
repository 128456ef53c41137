import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as esbuild from 'esbuild';
import type { BenchCapture } from './captures';
import { captureBackendChoices } from '../../src/protocol/captureWire';
import { benchCaptures } from './captures';
import { benchLive } from './live/live';
import type { Measured, Measurement } from './measure';
import { measureCommand, median } from './measure';
import { benchModel } from './modelBench';

/**
 * `npm run bench [-- --quick] [--runs N] [--only NAME,...]`: our analysis of a capture against the programs that do comparable work, on this
 * machine, in one run. Medians of wall time, processor time, peak memory and packets a second.
 */

const root = path.resolve(__dirname, '../..');
const folder = path.join(root, '.artefacts/bench');
const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
    only: { type: 'string' },
    seconds: { type: 'string' },
    backend: { type: 'string' },
  },
  allowPositionals: true,
});
const runs = Math.max(1, Number(values.runs ?? (values.quick ? 1 : 5)) || 5);
const packets = values.quick ? 100_000 : 1_000_000;

interface Peer {
  name: string;
  command: string;
  args: (file: string) => string[];
  /** What it does beside what we do, or leaves out. */
  work: string;
  /** Run just once: it takes minutes. */
  once?: true;
}

const scapyLoop = 'import sys\nfrom scapy.all import PcapReader\nfor p in PcapReader(sys.argv[1]): pass';
const bytesLoop =
  "const fs = require('node:fs'), file = fs.openSync(process.argv[1], 'r'), block = new Uint8Array(1 << 20);" +
  'while (fs.readSync(file, block, 0, block.length, null) > 0);';
const cli = path.join(root, 'dist/cli.js');

const ours: Peer = {
  name: 'ours: analyze',
  command: process.execPath,
  args: (file) => [cli, 'analyze', file, '--format', 'json'],
  work: 'flows, conversations, protocols, TCP loss, latency, names, all rules',
};
const peers: Peer[] = [
  {
    name: 'tshark -z io,phs -z conv,tcp',
    command: 'tshark',
    args: (file) => ['-r', file, '-n', '-q', '-z', 'io,phs', '-z', 'conv,tcp'],
    work: 'protocols and TCP conversations: the most alike; dissects deeper, has no rules',
  },
  {
    name: 'tcpdump -nn',
    command: 'tcpdump',
    args: (file) => ['-r', file, '-nn'],
    work: 'a line for each packet; no flows, nothing is remembered',
  },
  { name: 'capinfos', command: 'capinfos', args: (file) => [file], work: 'counts records; decodes nothing' },
  {
    name: 'Scapy PcapReader',
    command: 'python3',
    args: (file) => ['-c', scapyLoop, file],
    work: 'decodes each packet; no flows (one run)',
    once: true,
  },
  {
    name: 'node: only read the bytes',
    command: process.execPath,
    args: (file) => ['-e', bytesLoop, file],
    work: 'the same file in the same blocks, nothing looked at: the limit',
  },
];

function missing(peer: Peer): string | null {
  const probe =
    peer.command === 'python3'
      ? spawnSync('python3', ['-c', 'import scapy'], { stdio: 'ignore' })
      : spawnSync(peer.command, ['--version'], { stdio: 'ignore' });
  return probe.error === undefined && probe.status === 0 ? null : 'not installed on this machine: not measured';
}

function middle(measured: readonly Measured[]): Measured {
  return {
    wallSeconds: median(measured.map((m) => m.wallSeconds)),
    cpuSeconds: median(measured.map((m) => m.cpuSeconds)),
    peakBytes: median(measured.map((m) => m.peakBytes)),
  };
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function row(cells: (string | number)[]): void {
  const widths = [32, 9, 9, 9, 11, 11, 15];
  say(cells.map((c, i) => (i === 0 ? String(c).padEnd(32) : String(c).padStart(widths[i] ?? 10))).join(' '));
}

function line(name: string, capture: BenchCapture, one: Measured, last: string): void {
  const memory = one.peakBytes === 0 ? '-' : (one.peakBytes / 2 ** 20).toFixed(0);
  const rate = (seconds: number): number => Math.round(capture.packets / seconds);
  const { wallSeconds, cpuSeconds } = one;
  row([name, wallSeconds.toFixed(3), cpuSeconds.toFixed(3), memory, rate(wallSeconds), rate(cpuSeconds), last]);
}

/** Whole programs, start-up included; the ratios say how many times as fast ours is. Returns what was measured, for the record. */
function besidePeers(capture: BenchCapture, with_: Peer[]): Record<string, unknown> {
  row(['program', 'wall s', 'cpu s', 'peak MiB', 'packets/s', 'per cpu s', 'ours, wall/cpu']);
  const record: Record<string, unknown> = {};
  let own: Measured | null = null;
  for (const peer of [ours, ...with_]) {
    const absent = peer === ours ? null : missing(peer);
    const measured: Measurement =
      absent === null
        ? measureCommand(peer.command, peer.args(capture.file), peer.once ? 1 : runs)
        : { ok: false, reason: absent };
    record[peer.name] = measured;
    if (!measured.ok) {
      say(`${peer.name.padEnd(32)} ${measured.reason}`);
      continue;
    }
    const one = middle(measured.runs);
    own ??= one;
    const times = (theirs: number, mine: number): string => `${(theirs / mine).toFixed(2)}x`;
    const ratio = `${times(one.wallSeconds, own.wallSeconds)}/${times(one.cpuSeconds, own.cpuSeconds)}`;
    line(peer.name, capture, one, peer === ours ? '' : ratio);
  }
  return record;
}

const stages: [string, string][] = [
  ['bytes', 'only read the bytes'],
  ['read', 'records'],
  ['decode', '+ decode'],
  ['flows', '+ flows, TCP'],
  ['applications', '+ application protocols'],
  ['statistics', '+ statistics, report'],
  ['engine', '+ all rules'],
];

/** Our own stages, each in a process of its own, without start-up. */
function ownStages(capture: BenchCapture, program: string): Record<string, unknown> {
  row(['stage (in process, warm)', 'wall s', 'cpu s', 'peak MiB', 'packets/s', 'per cpu s', 'cpu ns/packet']);
  const record: Record<string, unknown> = {};
  for (const [stage, name] of stages) {
    const child = spawnSync(process.execPath, [program, stage, capture.file, String(runs)], { encoding: 'utf8' });
    if (child.status !== 0) {
      say(`${name.padEnd(32)} failed: ${child.stderr.trim().slice(-200)}`);
      continue;
    }
    const { results } = JSON.parse(child.stdout) as { results: Measured[] };
    record[stage] = results;
    // No memory: a child's peak begins with that of the process that forked it.
    const one = { ...middle(results), peakBytes: 0 };
    line(name, capture, one, ((1e9 * one.cpuSeconds) / capture.packets).toFixed(0));
  }
  return record;
}

/** What each rule costs beside the rest of the engine, with the engine without any rule measured in turns with it. */
function eachRule(capture: BenchCapture, program: string): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  const list = spawnSync(process.execPath, [program, 'rules'], { encoding: 'utf8' });
  if (list.status !== 0) return record;
  const { rules } = JSON.parse(list.stdout) as { rules: string[] };
  row(['rule alone (in process, warm)', '', '', '', '', 'ns/packet', '% of the rest']);
  for (const id of [...rules.map((rule) => `rule:${rule}`), 'engine']) {
    const child = spawnSync(process.execPath, [program, id, capture.file, String(runs)], { encoding: 'utf8' });
    if (child.status !== 0) {
      say(`${id.padEnd(32)} failed: ${child.stderr.trim().slice(-200)}`);
      continue;
    }
    const { results, without } = JSON.parse(child.stdout) as { results: Measured[]; without: Measured[] };
    record[id] = { results, without };
    const rest = median(without.map((m) => m.cpuSeconds));
    const own = median(results.map((m, i) => m.cpuSeconds - (without[i]?.cpuSeconds ?? 0)));
    const name = id === 'engine' ? 'all together' : id.slice('rule:'.length);
    row([name, '', '', '', '', ((1e9 * own) / capture.packets).toFixed(0), ((100 * own) / rest).toFixed(1)]);
  }
  return record;
}

function startup(): void {
  const measured = measureCommand(process.execPath, [cli, 'help'], Math.max(runs, 3));
  const bare = measureCommand(process.execPath, ['-e', '0'], Math.max(runs, 3));
  if (!measured.ok || !bare.ok) return;
  const milliseconds = (m: Measured[]): string => `${(1000 * middle(m).wallSeconds).toFixed(0)} ms`;
  say(`start-up: node dist/cli.js help ${milliseconds(measured.runs)}; node -e 0 ${milliseconds(bare.runs)}`);
}

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(cli)) throw new Error('dist/cli.js is missing: run npm run build first');
  const program = path.join(folder, 'stages.js');
  await esbuild.build({
    entryPoints: [path.join(__dirname, 'stages.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'warning',
  });
  const captures = benchCaptures(folder, packets, say).filter(
    ({ name }) => values.only === undefined || values.only.split(',').includes(name),
  );
  const [cpu] = os.cpus();
  say(
    `${os.platform()} ${os.release()}, ${os.cpus().length} x ${cpu?.model ?? 'unknown processor'}, Node ${process.version}`,
  );
  say(
    `load average ${os
      .loadavg()
      .map((load) => load.toFixed(2))
      .join(' ')}; medians of ${runs} runs`,
  );
  say('On a busy machine hold processor time against processor time. No two of these programs do the same work:');
  for (const { name, work } of [ours, ...peers]) say(`  ${name}: ${work}`);
  startup();
  const record: Record<string, unknown> = {};
  for (const capture of captures) {
    say('');
    say(
      `${capture.name}: ${capture.packets} packets, ${(statSync(capture.file).size / 1e6).toFixed(0)} MB; ${capture.about}`,
    );
    const repeated = capture.name === 'headers-x10';
    // The long capture is there for memory and for us; minutes of tshark and Scapy would say nothing new.
    record[capture.name] = {
      programs: besidePeers(
        capture,
        repeated ? peers.filter(({ name }) => name === 'capinfos' || name.startsWith('node:')) : peers,
      ),
      stages: repeated ? {} : ownStages(capture, program),
      rules: capture.name === 'headers' || capture.name === 'office' ? eachRule(capture, program) : {},
    };
  }
  const short = captures.filter(({ name }) => name !== 'headers-x10');
  record['model'] = await benchModel(cli, short, runs, say);
  const file = path.join(folder, 'result.json');
  writeFileSync(file, JSON.stringify({ node: process.version, runs, record }, null, 2));
  say(`\nall runs: ${path.relative(root, file)}`);
}

/** `npm run bench -- live`: see live/live.ts. */
async function live(): Promise<void> {
  const seconds = Math.max(1, Number(values.seconds ?? (values.quick ? 3 : 10)) || 10);
  const backend = captureBackendChoices.find((choice) => choice === values.backend) ?? 'auto';
  if (!(await benchLive({ quick: values.quick, seconds, backend, only: values.only?.split(',') ?? null }))) {
    process.exitCode = 1;
  }
}

(positionals[0] === 'live' ? live() : main()).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
