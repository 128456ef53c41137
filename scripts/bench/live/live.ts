import type { ChildProcess } from 'node:child_process';
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { CaptureBackendChoice } from '../../../src/protocol/captureWire';
import type { ModelFigures } from '../../../src/protocol/liveCapture';
import { noStopRules } from '../../../src/protocol/liveCapture';
import { defaultRuleSettings } from '../../../src/protocol/ruleSettings';
import { headersCapture } from '../captures';
import { BenchAnalyzer } from './analyzer';
import { BenchLink } from './link';
import type { ProcessTime } from './processTimes';
import { processTimes } from './processTimes';
import { countPackets } from './spoolCount';

/**
 * `npm run bench -- live [--quick] [--seconds N] [--backend auto|stream|cap] [--only NAME,...] [--directory PATH]`: a live
 * capture, from the link to the findings, at several rates, with `tcpdump -w` listening beside it. Needs Linux and root.
 * Both keep their packets in the folder; where its disk is slower than both together, use one in memory, such as /dev/shm.
 */

const root = path.resolve(__dirname, '../../..');
const folder = path.join(root, '.artefacts/bench');
/** What was sent is still under way for this long at most. */
const drainMs = 20_000;

export interface LiveOptions {
  quick: boolean;
  seconds: number;
  backend: CaptureBackendChoice;
  only: readonly string[] | null;
  /** Where packets are kept; null for the folder of the bench. */
  directory: string | null;
}

interface Scenario {
  name: string;
  perSecond: number;
  frames: 'small' | 'full';
  /** `whole`: every packet is analyzed and kept on disk; `counted`: those that are not are counted to the packet. */
  demand: 'whole' | 'counted';
}

interface Outcome {
  scenario: Scenario;
  backend: string;
  sent: number;
  seconds: number;
  analyzed: number;
  dropped: number;
  shed: number;
  spooled: number;
  findings: number;
  lagMs: number;
  model: ModelFigures | null;
  beside: { captured: number; dropped: number } | null;
  processes: { name: string; userUs: number; systemUs: number }[];
}

const scenarios: Scenario[] = [
  { name: 'small-50k', perSecond: 50_000, frames: 'small', demand: 'whole' },
  { name: 'small-100k', perSecond: 100_000, frames: 'small', demand: 'whole' },
  { name: 'small-200k', perSecond: 200_000, frames: 'small', demand: 'counted' },
  { name: 'small-400k', perSecond: 400_000, frames: 'small', demand: 'counted' },
  // 1 Gbit/s with preamble, frame check sequence and gap: 1538 byte times a frame.
  { name: 'full-1gbit', perSecond: 81_274, frames: 'full', demand: 'whole' },
];

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function missing(): string | null {
  if (process.platform !== 'linux') return 'it needs network namespaces, which are of Linux';
  if (process.getuid?.() !== 0) return 'it needs root, for network namespaces';
  if (!existsSync(path.join(root, 'dist/analyzer.js'))) return 'dist/analyzer.js is missing: run npm run build first';
  for (const program of ['ip', 'tcpdump', 'cc']) {
    if (spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status !== 0) return `${program} is not installed`;
  }
  return null;
}

/** Measures all scenarios. @returns whether each did what it demands */
export async function benchLive(options: LiveOptions): Promise<boolean> {
  const reason = missing();
  if (reason !== null) throw new Error(`The live bench cannot run here: ${reason}.`);
  mkdirSync(folder, { recursive: true });
  const sender = path.join(folder, 'sendFrames');
  execFileSync('cc', ['-O2', '-o', sender, path.join(__dirname, 'sendFrames.c')], { stdio: 'inherit' });
  const headers = headersCapture(folder, options.quick ? 100_000 : 1_000_000, say);
  const [cpu] = os.cpus();
  say(`${os.release()}, ${os.cpus().length} x ${cpu?.model ?? 'unknown'}, Node ${process.version}`);
  say(`load average ${os.loadavg()[0]?.toFixed(2) ?? ''} before; tcpdump -w listens beside each capture`);
  say(`packets are kept in ${options.directory ?? folder}, which takes ${diskMegabytesPerSecond(options)} MB/s`);
  const outcomes: Outcome[] = [];
  for (const one of scenarios) {
    if (options.only !== null && !options.only.includes(one.name)) continue;
    const scenario = options.quick ? { ...one, perSecond: one.perSecond / 10 } : one;
    const outcome = await measure(scenario, options, sender, headers);
    outcomes.push(outcome);
    report(outcome);
  }
  const file = path.join(folder, 'live.json');
  writeFileSync(file, JSON.stringify({ node: process.version, outcomes }, null, 2));
  const failed = outcomes.flatMap((outcome) => verdict(outcome) ?? []);
  say(failed.length === 0 ? '\nall as demanded' : `\n${failed.join('\n')}`);
  say(`all figures: ${path.relative(root, file)}`);
  return failed.length === 0;
}

/** Of what is written there and has reached the disk, rounded. */
function diskMegabytesPerSecond({ directory }: LiveOptions): number {
  const file = path.join(directory ?? folder, `nta-disk-${process.pid}`);
  const block = Buffer.alloc(4 * 1024 * 1024, 1);
  const blocks = 64;
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    const start = performance.now();
    for (let written = 0; written < blocks; written++) writeSync(descriptor, block);
    fsyncSync(descriptor);
    return Math.round((blocks * block.length) / 1000 / (performance.now() - start));
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
}

async function measure(scenario: Scenario, options: LiveOptions, sender: string, headers: string): Promise<Outcome> {
  const directory = mkdtempSync(path.join(options.directory ?? folder, 'nta-live-'));
  const link = new BenchLink();
  const analyzer = new BenchAnalyzer(link.near, path.join(root, 'dist/analyzer.js'));
  let beside: Beside | null = null;
  try {
    const pid = await analyzer.ready;
    await analyzer.request({
      type: 'startCapture',
      run: scenario.name,
      backend: options.backend,
      remote: null,
      interfaces: [link.name],
      filter: '',
      snapLengthBytes: 65_535,
      promiscuous: true,
      bufferBytes: 64 * 1024 * 1024,
      elevation: { methods: [], askpass: null },
      rules: defaultRuleSettings,
      spoolDirectory: directory,
      spoolLimitBytes: 8 * 1024 * 1024 * 1024,
      spoolFiles: 8,
      stop: noStopRules,
    });
    beside = await Beside.start(link, path.join(directory, 'beside.pcap'));
    const before = link.received;
    const beforeTimes = processTimes(pid);
    const { seconds, time } = await send(link, sender, scenario, options.seconds, headers);
    const sent = link.received - before;
    const drained = (): boolean => {
      const { received, droppedByKernel, shedByHelper } = analyzer.snapshot?.captureLoss ?? {};
      return (received ?? 0) + (droppedByKernel ?? 0) + (shedByHelper ?? 0) >= sent;
    };
    for (const until = performance.now() + drainMs; performance.now() < until && !drained();) await sleep(100);
    const times = [...processTimes(pid), ...processTimes(beside.pid)];
    await analyzer.request({ type: 'stop' });
    const besideCounts = await beside.stop();
    const { snapshot } = analyzer;
    const { captureLoss, packets: analyzed = 0, source } = snapshot ?? {};
    const perPacket = ({ pid: of, name, userSeconds, systemSeconds }: ProcessTime) => {
      const first = beforeTimes.find((one) => one.pid === of);
      const userUs = (1e6 * (userSeconds - (first?.userSeconds ?? 0))) / sent;
      const systemUs = (1e6 * (systemSeconds - (first?.systemSeconds ?? 0))) / sent;
      return { name: of === beside?.pid ? 'tcpdump -w' : name, userUs, systemUs };
    };
    const spool = readdirSync(directory).filter((name) => name.endsWith('.pcapng'));
    return {
      scenario,
      backend: source?.kind === 'live' ? source.backend : 'unknown',
      sent,
      seconds,
      analyzed,
      dropped: captureLoss?.droppedByKernel ?? 0,
      shed: captureLoss?.shedByHelper ?? 0,
      spooled: spool.reduce((sum, name) => sum + countPackets(path.join(directory, name)), 0),
      findings: analyzer.findings.length,
      lagMs: analyzer.lagMs,
      model: snapshot?.live?.model ?? null,
      beside: besideCounts,
      processes: [...times, { ...time, pid: -1 }].map(perPacket),
    };
  } finally {
    await analyzer.close();
    await beside?.stop();
    link.dispose();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function send(link: BenchLink, sender: string, scenario: Scenario, seconds: number, headers: string) {
  const { perSecond, frames } = scenario;
  const count = String(Math.round(perSecond * seconds));
  const words = [sender, link.name, count, String(perSecond), frames === 'full' ? 'full' : headers];
  // The shell tells what its child used.
  const script = '"$@"; times';
  const args = ['netns', 'exec', link.far, 'sh', '-c', script, 'sh', ...words];
  const { stdout } = await promisify(execFile)('ip', args, { encoding: 'utf8' });
  const result = JSON.parse(stdout.split('\n', 1)[0] ?? '{}') as { sent: number; seconds: number };
  const [, , children = ''] = stdout.trim().split('\n');
  const [user = 0, system = 0] = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, m, s]) => 60 * Number(m) + Number(s),
  );
  return { ...result, time: { name: 'sender', userSeconds: user, systemSeconds: system } };
}

/** `tcpdump -w` on the same link at the same time. */
class Beside {
  private stderr = '';

  private constructor(private readonly child: ChildProcess) {
    child.stderr?.on('data', (text: Buffer) => (this.stderr += text.toString()));
  }

  static async start(link: BenchLink, file: string): Promise<Beside> {
    const words = ['tcpdump', '-i', link.name, '-n', '-s', '65535', '-B', '65536', '-Z', 'root', '-w', file];
    const child = spawn('ip', ['netns', 'exec', link.near, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    const beside = new Beside(child);
    await once(child.stderr, 'data');
    return beside;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async stop(): Promise<{ captured: number; dropped: number } | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGINT');
      await once(this.child, 'close');
    }
    const count = (what: string): number => Number(new RegExp(`(\\d+) packets? ${what}`).exec(this.stderr)?.[1] ?? NaN);
    return { captured: count('captured'), dropped: count('dropped by kernel') };
  }
}

function report(outcome: Outcome): void {
  const { scenario, sent, seconds, analyzed, dropped, shed, spooled, beside } = outcome;
  const percent = ((100 * (sent - analyzed)) / sent).toFixed(2);
  say('');
  say(
    `${scenario.name} (${outcome.backend}): ${sent} packets in ${seconds.toFixed(1)} s, ${Math.round(sent / seconds)} a second; ` +
      `analyzed ${analyzed}, dropped by the kernel ${dropped}, shed ${shed}, not accounted for ${sent - analyzed - dropped - shed}, ` +
      `lost ${percent} %; on disk ${spooled}; findings ${outcome.findings}; lag at most ${outcome.lagMs.toFixed(0)} ms`,
  );
  const { model } = outcome;
  say(
    model === null
      ? '  no model'
      : `  the model: ${model.scoredFlows} scores, at most ${model.mostWaiting} flows waited, a score came at most ${model.mostBehindMs.toFixed(0)} ms late`,
  );
  if (beside !== null) say(`  tcpdump -w beside it: captured ${beside.captured}, dropped ${beside.dropped}`);
  say(`  ${'process'.padEnd(22)} ${'user us/packet'.padStart(15)} ${'system us/packet'.padStart(17)}`);
  for (const { name, userUs, systemUs } of outcome.processes) {
    if (userUs + systemUs < 0.005) continue;
    say(`  ${name.padEnd(22)} ${userUs.toFixed(2).padStart(15)} ${systemUs.toFixed(2).padStart(17)}`);
  }
}

/** What is not as demanded; null when all is. */
function verdict({ scenario, sent, analyzed, dropped, shed, spooled }: Outcome): string | null {
  const off = sent - analyzed - dropped - shed;
  if (off !== 0) return `${scenario.name}: ${off} packets are not accounted for`;
  if (spooled !== analyzed) return `${scenario.name}: ${analyzed - spooled} packets are not on disk`;
  if (scenario.demand === 'whole' && analyzed !== sent) return `${scenario.name}: ${sent - analyzed} packets were lost`;
  return null;
}
