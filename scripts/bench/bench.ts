import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as esbuild from 'esbuild';
import { captureBackendChoices } from '../../src/protocol/captureWire';
import type { BenchCapture } from './captures';
import { benchCaptures } from './captures';
import { benchLive } from './live/live';
import { Markdown } from './markdown';
import type { Measured, Measurement } from './measure';
import { measureCommand, median } from './measure';
import { benchModel } from './modelBench';
import type { Peer } from './peers';
import { capinfos, cli, missing, others, ours, oursWithModel, readsBytes, root } from './peers';

/**
 * `npm run bench -- model` measures the model alone.
 * `npm run bench [-- --quick] [--runs N] [--only NAME,...] [--minutes N]`: our analysis of a capture against the programs that do
 * comparable work, on this machine, in one run. Medians of wall time, processor time, peak memory and packets a second, as
 * Markdown on standard output and in `.artefacts/bench/result.md`. How a capture of 2 GB opens is what `npm run bench:editor` measures. When the minutes are over, what is left is measured once.
 */

const folder = path.join(root, '.artefacts/bench');
const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
    only: { type: 'string' },
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    directory: { type: 'string' },
    backend: { type: 'string' },
  },
  allowPositionals: true,
});
const runs = Math.max(1, Number(values.runs ?? (values.quick ? 1 : 5)) || 5);
const packets = values.quick ? 100_000 : 1_000_000;
/** What one rule costs shows on fewer packets, and more often measured, as well. */
const rulePackets = values.quick ? 50_000 : 200_000;
const endMs = Date.now() + Math.max(1, Number(values.minutes ?? 9) || 9) * 60_000;
const out = new Markdown((line) => void process.stdout.write(`${line}\n`));

/** The main capture is measured as often as was asked for, the others three times at most. */
function runsFor(name: string): number {
  if (Date.now() > endMs) return 1;
  return name === 'headers' ? runs : Math.min(runs, 3);
}

function middle(measured: readonly Measured[]): Measured {
  return {
    wallSeconds: median(measured.map((m) => m.wallSeconds)),
    cpuSeconds: median(measured.map((m) => m.cpuSeconds)),
    peakBytes: median(measured.map((m) => m.peakBytes)),
  };
}

const rate = (capture: BenchCapture, seconds: number): number => Math.round(capture.packets / seconds);

/** Whole programs, start-up included; the ratios say how many times as fast ours is. Returns what was measured, for the record. */
function besidePeers(capture: BenchCapture, peers: readonly Peer[]): Record<string, unknown> {
  out.head(['program', 'wall s', 'cpu s', 'peak MiB', 'packets/s', 'per cpu s', 'ours, wall', 'ours, cpu']);
  const record: Record<string, unknown> = {};
  const skipped: string[] = [];
  let own: Measured | null = null;
  for (const peer of peers) {
    const absent = missing(peer);
    const measured: Measurement =
      absent === null
        ? measureCommand(peer.command, peer.args(capture.file), peer.slow ? 1 : runsFor(capture.name))
        : { ok: false, reason: absent };
    record[peer.name] = measured;
    if (!measured.ok) {
      skipped.push(`${peer.name}: ${measured.reason}`);
      continue;
    }
    const one = middle(measured.runs);
    own ??= one;
    const { wallSeconds, cpuSeconds, peakBytes } = one;
    out.row([
      peer.name,
      wallSeconds.toFixed(3),
      cpuSeconds.toFixed(3),
      (peakBytes / 2 ** 20).toFixed(0),
      rate(capture, wallSeconds),
      rate(capture, cpuSeconds),
      `${(wallSeconds / own.wallSeconds).toFixed(2)}x`,
      `${(cpuSeconds / own.cpuSeconds).toFixed(2)}x`,
    ]);
  }
  if (skipped.length > 0) out.say('');
  for (const line of skipped) out.say(`- ${line}`);
  return record;
}

const stages: [string, string][] = [
  ['bytes', 'only read the bytes'],
  ['read', 'records'],
  ['decode', '+ decode'],
  ['flows', '+ flows, TCP'],
  ['applications', '+ application protocols'],
  ['statistics', '+ streams, names, counts'],
  ['engine', '+ all rules'],
];

function runStage<Result>(program: string, args: readonly string[]): Result | null {
  const child = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  if (child.status === 0) return JSON.parse(child.stdout) as Result;
  out.say(`| ${args[0] ?? ''} failed: ${child.stderr.trim().slice(-200)} |`);
  return null;
}

/** Our own stages, each in a process of its own, without start-up. */
function ownStages(capture: BenchCapture, program: string): Record<string, unknown> {
  out.head(['stage (in process, warm)', 'wall s', 'cpu s', 'packets/s', 'per cpu s', 'cpu ns/packet']);
  const record: Record<string, unknown> = {};
  for (const [stage, name] of stages) {
    const run = runStage<{ results: Measured[] }>(program, [stage, capture.file, String(runsFor(capture.name))]);
    if (run === null) continue;
    record[stage] = run.results;
    // No memory: a child's peak begins with that of the process that forked it.
    const { wallSeconds, cpuSeconds } = middle(run.results);
    out.row([
      name,
      wallSeconds.toFixed(3),
      cpuSeconds.toFixed(3),
      rate(capture, wallSeconds),
      rate(capture, cpuSeconds),
      ((1e9 * cpuSeconds) / capture.packets).toFixed(0),
    ]);
  }
  return record;
}

const filters: readonly string[] = [
  'tcp.port == 443',
  'ip.addr == 10.0.0.0/16 && tcp.flags.syn == 1 && tcp.flags.ack == 0',
  'udp || frame.len > 1000 && !(ip.ttl < 64)',
  'http.request.method == "GET"',
  'tcp.analysis.retransmission',
];

/** Display filters over every packet, decoding included; the last two follow connections. */
function displayFilters(capture: BenchCapture, program: string): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  out.head(['display filter (in process, warm)', 'cpu s', 'per cpu s', 'cpu ns/packet']);
  for (const filter of filters) {
    const run = runStage<{ results: Measured[] }>(program, [
      `filter:${filter}`,
      capture.file,
      String(Math.min(runs, 3)),
    ]);
    if (run === null) continue;
    record[filter] = run.results;
    const { cpuSeconds } = middle(run.results);
    const name = `\`${filter.replaceAll('|', '\\|')}\``;
    out.row([
      name,
      cpuSeconds.toFixed(3),
      rate(capture, cpuSeconds),
      ((1e9 * cpuSeconds) / capture.packets).toFixed(0),
    ]);
  }
  return record;
}

/**
 * What each rule costs beside the engine without any, measured in turns with it, several copies of the rule at once; then all
 * rules together, over the whole capture, in processes of their own by turns. `(noise)` is the engine without any rule against itself.
 */
function eachRule(capture: BenchCapture, program: string): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  const list = runStage<{ rules: { id: string; copies: number }[] }>(program, ['rules']);
  if (list === null) return record;
  out.head(['rule (in process, warm)', 'measured at once', 'ns/packet', '% of the rest']);
  const often = String(values.quick || Date.now() > endMs ? 3 : 7);
  const row = (name: string, copies: number, own: number, rest: number, counted: number): void => {
    const each = own / copies;
    out.row([name, copies, ((1e9 * each) / counted).toFixed(1), ((100 * each) / rest).toFixed(1)]);
  };
  for (const { id, copies } of [...list.rules, { id: '(noise)', copies: 1 }]) {
    const args = [`rule:${id}`, capture.file, often, String(rulePackets)];
    const run = runStage<{ results: Measured[]; without: Measured[] }>(program, args);
    if (run === null) continue;
    record[id] = run;
    const rest = leastCpu(run.without);
    row(id, copies, leastCpu(run.results) - rest, rest, rulePackets);
  }
  const turns = values.quick || Date.now() > endMs ? 1 : 3;
  const all: Record<string, Measured[]> = { statistics: [], engine: [] };
  for (let turn = 0; turn < turns; turn++) {
    for (const [stage, measured] of Object.entries(all)) {
      measured.push(...(runStage<{ results: Measured[] }>(program, [stage, capture.file, '3'])?.results ?? []));
    }
  }
  record['all'] = all;
  const rest = leastCpu(all['statistics'] ?? []);
  row('all together', 1, leastCpu(all['engine'] ?? []) - rest, rest, capture.packets);
  return record;
}

/** Of the quickest run: what disturbs a run only makes it longer. */
function leastCpu(measured: readonly Measured[]): number {
  return Math.min(...measured.map((m) => m.cpuSeconds));
}

/** The model by itself: rows a second, `score`, and what it adds to a packet. */
async function model(captures: readonly BenchCapture[]): Promise<Record<string, unknown>> {
  out.say('');
  out.say('## The model');
  out.say('');
  out.say('```text');
  const record = await benchModel(cli, captures, Math.min(runs, 3), (line) => out.say(line));
  out.say('```');
  return record;
}

function startup(): void {
  const measured = measureCommand(process.execPath, [cli, 'help'], Math.max(runs, 3));
  const bare = measureCommand(process.execPath, ['-e', '0'], Math.max(runs, 3));
  if (!measured.ok || !bare.ok) return;
  const milliseconds = (m: Measured[]): string => `${(1000 * middle(m).wallSeconds).toFixed(0)} ms`;
  out.say(
    `Start-up: \`node dist/cli.js help\` ${milliseconds(measured.runs)}, \`node -e 0\` ${milliseconds(bare.runs)}.`,
  );
}

function introduce(): void {
  const [cpu] = os.cpus();
  const load = os.loadavg().map((each) => each.toFixed(2));
  out.say(`# Bench of ${new Date().toISOString().slice(0, 16)}Z`);
  out.say('');
  out.say(
    `${os.platform()} ${os.release()}, ${os.cpus().length} x ${cpu?.model ?? 'unknown processor'}, Node ${process.version}; load average ${load.join(' ')}.`,
  );
  out.say(
    `Medians of ${runs} runs on \`headers\`, of up to 3 on the others. On a busy machine hold processor time against`,
  );
  out.say(
    'processor time. The last two columns say how many times as long a program takes as ours. No two do the same work:',
  );
  out.say('');
  for (const { name, work } of [ours, oursWithModel, ...others]) out.say(`- ${name}: ${work}`);
  out.say('');
  startup();
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
  const captures = benchCaptures(folder, packets, (line) => void process.stderr.write(`${line}\n`)).filter(
    ({ name }) => values.only === undefined || values.only.split(',').includes(name),
  );
  introduce();
  const record: Record<string, unknown> = {};
  // What matters most comes first, in case the minutes run out.
  record['model'] = await model(captures.filter(({ name }) => name === 'headers' || name === 'answered'));
  const order = ['headers', 'headers-x10', 'office', 'synflood', 'answered'];
  const whole = positionals[0] !== 'model';
  for (const capture of (whole ? captures : []).sort((x, y) => order.indexOf(x.name) - order.indexOf(y.name))) {
    const { name, file } = capture;
    const size = (statSync(file).size / 1e6).toFixed(0);
    out.say('');
    out.say(`## ${name}: ${capture.packets} packets, ${size} MB; ${capture.about}`);
    // These are there for memory and for us; minutes of tshark would say nothing new.
    const beside =
      name === 'headers-x10' || name === 'answered'
        ? [capinfos, readsBytes]
        : others.filter((peer) => name === 'headers' || !peer.slow);
    record[name] = {
      programs: besidePeers(capture, [ours, oursWithModel, ...beside]),
      stages: name === 'headers' || name === 'office' ? ownStages(capture, program) : {},
      filters: name === 'headers' ? displayFilters(capture, program) : {},
      rules: name === 'headers' ? eachRule(capture, program) : {},
    };
  }
  writeFileSync(path.join(folder, 'result.json'), JSON.stringify({ node: process.version, runs, record }, null, 2));
  writeFileSync(path.join(folder, 'result.md'), out.text);
  process.stderr.write('\nwritten: .artefacts/bench/result.md, all runs in result.json\n');
}

/** `npm run bench -- live`: see live/live.ts. */
async function live(): Promise<void> {
  const seconds = Math.max(1, Number(values.seconds ?? (values.quick ? 3 : 10)) || 10);
  const backend = captureBackendChoices.find((choice) => choice === values.backend) ?? 'auto';
  if (
    !(await benchLive({
      quick: values.quick,
      seconds,
      backend,
      only: values.only?.split(',') ?? null,
      directory: values.directory ?? null,
    }))
  ) {
    process.exitCode = 1;
  }
}

(positionals[0] === 'live' ? live() : main()).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
