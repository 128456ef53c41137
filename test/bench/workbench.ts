/**
 * `npm run bench:workbench -- [SECONDS] [PACKETS_PER_SECOND] [SAMPLES.tsv]`: what a capture costs in the real workbench: the tasks of
 * the page with the dashboard in it, the extension host, the analyzer and their memory. Wants root (a network namespace with traffic
 * that tcpreplay sends), a Chromium and the host of the browser tests. Prints what was measured; no test.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { CDPSession } from 'playwright-core';
import { TrafficLab } from '../e2e/support/trafficLab';
import { Workbench } from '../e2e/support/workbench';
import { liveHeap } from './liveHeap';
import { say, sayTasks, type TraceEvent } from './tasks';

const seconds = Math.max(10, Number(process.argv[2] ?? 60));
const packetsPerSecond = Number(process.argv[3] ?? 50_000);
const samplesFile = process.argv[4] ?? null;
const sampleEverySeconds = Math.min(30, seconds / 2);
/** A trace is kept in memory until its end. */
const longestTraceSeconds = 60;
/** What is compiled and made once is no cost of a capture that goes on. */
const warmUpSeconds = 10;
const recorded = path.resolve(__dirname, '../../../shared/data/lab/mixed/mixed.pcap.gz');

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Sends a recorded capture over and over from the other end, with other addresses in each round. */
function replay(lab: TrafficLab, folder: string): ChildProcess {
  const file = path.join(folder, 'replayed.pcap');
  writeFileSync(file, gunzipSync(readFileSync(recorded)));
  const [program = '', ...words] = lab.place.onPeer;
  const device = `${lab.place.interfaceName}p`;
  // Segments as the sending host saw them are larger than a frame of the wire.
  execFileSync('ip', ['link', 'set', lab.place.interfaceName, 'mtu', '65535']);
  execFileSync(program, [...words, 'ip', 'link', 'set', device, 'mtu', '65535']);
  const options = ['-i', device, `--pps=${packetsPerSecond}`, '--loop=0', '--unique-ip', '--preload-pcap', file];
  return spawn(program, [...words, 'tcpreplay', ...options], { stdio: 'ignore' });
}

interface ProcessCost {
  /** Time on a core since its start, ms. */
  readonly cpuMs: number;
  readonly residentMebibytes: number;
}

/** The processes that a process has started, and those of these, by what their command line holds. */
function descendants(root: number): { pid: number; commandLine: string }[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = /^\d+ \(.*\) . (\d+)/s.exec(readProc(`${name}/stat`))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (at === root) return true;
    return false;
  };
  return [...parents.keys()]
    .filter(isBelow)
    .map((pid) => ({ pid, commandLine: readProc(`${pid}/cmdline`).replaceAll('\0', ' ') }));
}

function readProc(name: string): string {
  try {
    return readFileSync(`/proc/${name}`, 'utf8');
  } catch {
    return '';
  }
}

function costOf(pid: number): ProcessCost {
  const fields = readProc(`${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  const resident = Number(/VmRSS:\s+(\d+)/.exec(readProc(`${pid}/status`))?.[1] ?? 0);
  // Fields 14 and 15 of proc(5), in hundredths of a second.
  return { cpuMs: (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10, residentMebibytes: resident / 1024 };
}

/** Traces what the threads of the page do. */
async function trace(cdp: CDPSession, forMs: number): Promise<TraceEvent[]> {
  const categories = 'devtools.timeline,disabled-by-default-devtools.timeline';
  await cdp.send('Tracing.start', { categories, transferMode: 'ReturnAsStream' });
  await wait(forMs);
  const complete = new Promise<string>((done) => cdp.once('Tracing.tracingComplete', (e) => done(e.stream ?? '')));
  await cdp.send('Tracing.end');
  const handle = await complete;
  let text = '';
  for (;;) {
    const { data, eof, base64Encoded } = await cdp.send('IO.read', { handle, size: 1 << 22 });
    text += base64Encoded === true ? Buffer.from(data, 'base64').toString() : data;
    if (eof) break;
  }
  return (JSON.parse(text) as { traceEvents: TraceEvent[] }).traceEvents;
}

async function main(): Promise<void> {
  if (process.getuid?.() !== 0 || spawnSync('tcpreplay', ['--version']).error !== undefined)
    throw new Error('It wants root and tcpreplay.');
  const folder = mkdtempSync(path.join(tmpdir(), 'nta-bench-'));
  const lab = await TrafficLab.create();
  const workbench = await Workbench.open({ settings: { 'networkTraffic.notifications.enabled': false } });
  const sender = replay(lab, folder);
  try {
    lab.startTraffic();
    await workbench.waitUntilOffered('Network Traffic: Start Capture');
    const dashboard = await workbench.startCapture(lab.place.interfaceName, '');
    const tile = async (name: string): Promise<string> =>
      (await dashboard.locator(`[data-tile="${name}"]`).innerText()).replaceAll(/\s+/g, ' ').trim();
    await wait(warmUpSeconds * 1000);

    const cdp = await workbench.page.context().newCDPSession(workbench.page);
    const ours = descendants(process.pid);
    const find = (text: string): number => {
      const found = ours.find(({ commandLine }) => commandLine.includes(text));
      if (found === undefined) throw new Error(`No process with ${text}.`);
      return found.pid;
    };
    const processes = { host: find('--type=extensionHost'), analyzer: find('analyzer.js') };
    const renderers = ours.filter(({ commandLine }) => commandLine.includes('--type=renderer')).map(({ pid }) => pid);
    const heapMebibytes = async (): Promise<number> => {
      await cdp.send('HeapProfiler.collectGarbage');
      return (await cdp.send('Runtime.getHeapUsage')).usedSize / 1048576;
    };
    const keep = (line: string): void => {
      if (samplesFile !== null) appendFileSync(samplesFile, `${line}\n`);
    };
    keep('seconds\thostMiB\thostCorePercent\tanalyzerMiB\tanalyzerCorePercent\trenderersMiB\tpageHeapMiB\tpackets');
    say('rate sent', `${packetsPerSecond} packets a second`);

    // What lives on after a full collection, by itself: a collection in between would keep low what is resident.
    const live = async (): Promise<string> => {
      const text: string[] = [];
      for (const [name, pid] of Object.entries(processes)) {
        const { heapBytes, externalBytes } = await liveHeap(pid);
        text.push(`${name} ${(heapBytes / 1048576).toFixed(1)} + ${(externalBytes / 1048576).toFixed(1)}`);
      }
      return text.join(', ');
    };
    say('live heap + external at the beginning, MiB', await live());

    const began = Date.now();
    let last = { at: began, host: costOf(processes.host).cpuMs, analyzer: costOf(processes.analyzer).cpuMs };
    const samples: { host: number; analyzer: number; heap: number; hostCpu: number; analyzerCpu: number }[] = [];
    const sample = async (): Promise<void> => {
      const [host, analyzer] = [costOf(processes.host), costOf(processes.analyzer)];
      const now = Date.now();
      const share = (cpuMs: number, before: number): number => (100 * (cpuMs - before)) / (now - last.at);
      const hostCpu = share(host.cpuMs, last.host);
      const analyzerCpu = share(analyzer.cpuMs, last.analyzer);
      last = { at: now, host: host.cpuMs, analyzer: analyzer.cpuMs };
      const heap = await heapMebibytes();
      const drawn = renderers.reduce((sum, pid) => sum + costOf(pid).residentMebibytes, 0);
      samples.push({ host: host.residentMebibytes, analyzer: analyzer.residentMebibytes, heap, hostCpu, analyzerCpu });
      const figures = [host.residentMebibytes, hostCpu, analyzer.residentMebibytes, analyzerCpu, drawn, heap];
      keep([((now - began) / 1000).toFixed(0), ...figures.map((n) => n.toFixed(1)), await tile('packets')].join('\t'));
    };
    const events = await trace(cdp, Math.min(seconds / 2, longestTraceSeconds) * 1000);
    await sample();
    while (Date.now() - began < seconds * 1000) {
      await wait(sampleEverySeconds * 1000);
      await sample();
    }
    say('live heap + external at the end, MiB', await live());
    sayTasks(events);
    for (const [name, cpu, memory] of [
      ['extension host', 'hostCpu', 'host'],
      ['analyzer', 'analyzerCpu', 'analyzer'],
    ] as const) {
      const shares = samples.map((each) => each[cpu]);
      const sizes = samples.map((each) => each[memory]);
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
      say(`${name}, of a core`, `mean ${mean.toFixed(1)} %, most ${Math.max(...shares).toFixed(1)} %`);
      say(`${name}, resident`, `${span(sizes)} MiB`);
    }
    say('page, memory of scripts', `${span(samples.map(({ heap }) => heap))} MiB`);
    for (const name of ['packets', 'bandwidth', 'lost']) say(`tile ${name}`, await tile(name).catch(() => '-'));
    await workbench.screenshot('bench-workbench');
  } finally {
    sender.kill();
    await workbench.close();
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first, the last and the most of a figure over time. */
function span(values: readonly number[]): string {
  return `first ${values[0]?.toFixed(1)}, last ${values.at(-1)?.toFixed(1)}, most ${Math.max(...values).toFixed(1)}`;
}

void main();
