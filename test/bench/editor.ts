/**
 * `npm run bench:editor [-- GIGABYTES|FILE]`: how the capture editor does with a large capture, made of real packets and
 * removed afterwards, or with the one that is there. Prints what was measured; nothing here is a test.
 *
 * Memory is added up over our processes as it is at one moment, and the highest sum counts: while the file is read, and while the
 * list is scrolled through. Counted: all that is resident of the analyzer, with Node's own program, some 60 MiB that the extension host
 * has, too; of the extension host, which is not ours alone, what its heap grew by while it took the analyzer's messages (this program,
 * which keeps only the newest of each kind as the session does); of the page, which has a process together with others, what its
 * scripts, its document and their buffers have allocated. Garbage that waits to be collected counts; what the page holds without it
 * is told apart. While the file is read, the page counts as it is with its first rows.
 */
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { PacketsMessage } from '../../src/protocol/webviewMessages';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import { writeBigCapture } from '../../scripts/bench/bigCapture';
import { PreviewHarness, chromiumPath } from '../e2e/preview/previewHarness';
import { AnalyzerProcess } from '../support/analyzerProcess';

const root = path.resolve(__dirname, '../..');
const given = process.argv[2] ?? '2';
const made = path.join(root, '.artefacts/bench/big.pcap');
const file = existsSync(given) ? path.resolve(given) : made;
const lab = path.resolve(root, '../shared/data/lab');
const pageRows = 200;

function sources(): string[] {
  const found = existsSync(lab)
    ? readdirSync(lab, { recursive: true })
        .map(String)
        .filter((name) => name.endsWith('.pcap.gz'))
        .sort()
        .map((name) => path.join(lab, name))
        .filter((name) => statSync(name).size < 8_000_000)
    : [];
  return found.length > 0 ? found : [path.join(root, 'media/samples/web-browsing.pcap')];
}

/** Resident memory of a process, in MiB: now, or the most so far. */
function residentMebibytes(pid: number | undefined, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
}

const say = (name: string, value: string | number): void => console.log(`${name.padEnd(46)} ${value}`);
const milliseconds = (times: number[]): string => {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
  return `median ${at(0.5)} ms, worst ${at(1)} ms (${times.length})`;
};

async function main(): Promise<void> {
  if (file === made) writeBigCapture(file, sources(), Number(given) * 1e9);
  say('capture', `${(statSync(file).size / 1e9).toFixed(2)} GB`);
  const analyzer = new AnalyzerProcess();
  const memory = new ProcessMemory(analyzer);
  // The editor shows its frame while this comes up; it is told apart.
  const spawned = performance.now();
  await analyzer.event((event) => (event.type === 'ready' ? true : null), 60_000);
  say('analyzer ready after', `${Math.round(performance.now() - spawned)} ms`);
  const ask = async (from: number): Promise<number> => {
    const start = performance.now();
    await analyzer.request({ type: 'getPackets', from, count: pageRows, filter: '' });
    return performance.now() - start;
  };
  const start = performance.now();
  await analyzer.request({ type: 'openFile', run: 'bench', path: file, rules: defaultRuleSettings });
  // Until the reader has come to the first packets there are none to answer with.
  while ((await analyzer.request({ type: 'getPackets', from: 0, count: pageRows, filter: '' })).rows.length === 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
  say('first packets after', `${Math.round(performance.now() - start)} ms`);
  const whole = analyzer.event(
    (event) =>
      event.type === 'snapshot' && (event.snapshot.state === 'finished' || event.snapshot.state === 'failed')
        ? event.snapshot
        : null,
    3_600_000,
  );
  let isRead = false;
  void whole.then(() => (isRead = true));
  const whileReading: number[] = [];
  while (!isRead && whileReading.length < 200) {
    const known = analyzer.events.findLast((event) => event.type === 'progress');
    whileReading.push(await ask(Math.floor(Math.random() * (known?.type === 'progress' ? known.packets : 1))));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const snapshot = await whole;
  say(
    'whole file read and analysed',
    `${((performance.now() - start) / 1000).toFixed(1)} s, ${snapshot.packets} packets`,
  );
  say('a page of rows while reading', milliseconds(whileReading));
  const jumps: number[] = [];
  for (let jump = 0; jump < 100; jump++) jumps.push(await ask(Math.floor(Math.random() * snapshot.packets)));
  say('a page of rows anywhere', milliseconds(jumps));
  const trees: number[] = [];
  for (let jump = 0; jump < 50; jump++) {
    const begun = performance.now();
    await analyzer.request({ type: 'dissect', number: 1 + Math.floor(Math.random() * snapshot.packets) });
    trees.push(performance.now() - begun);
  }
  say('all fields of a packet', milliseconds(trees));
  const reading = memory.most;
  say('analyzer, most of all', `${Math.round(residentMebibytes(analyzer.child.pid, 'VmHWM'))} MiB`);
  say('analyzer, once the file is read', `${Math.round(residentMebibytes(analyzer.child.pid, 'VmRSS'))} MiB`);
  const page = existsSync(chromiumPath) ? await scroll(analyzer, snapshot.packets, memory) : null;
  memory.end();
  sayMemory('while reading', { ...reading, page: page?.firstMebibytes ?? 0 });
  if (page !== null) sayMemory('while scrolling', page.most);
  await analyzer.close();
}

/** MiB at one moment. */
interface Parts {
  analyzer: number;
  host: number;
  page: number;
}

const sumOf = ({ analyzer, host, page }: Parts): number => analyzer + host + page;

function sayMemory(when: string, parts: Parts): void {
  const { analyzer, host, page } = parts;
  const sum = sumOf(parts);
  say(
    `memory ${when}: analyzer + host + page`,
    `${[analyzer, host, page].map(Math.round).join(' + ')} MiB = ${Math.round(sum * 1.048576)} MB`,
  );
}

/** Memory of the analyzer and of what takes the place of the extension host: this program. */
class ProcessMemory {
  most: Parts = { analyzer: 0, host: 0, page: 0 };
  private readonly before = usedMebibytes();
  private readonly timer;

  constructor(private readonly analyzer: AnalyzerProcess) {
    let seen = 0;
    this.timer = setInterval(() => {
      // The newest of each kind are looked for from the end.
      for (const end = analyzer.events.length - 20; seen < end; seen++)
        analyzer.events[seen] = { type: 'log', level: 'info', message: '' };
      const now = this.now();
      if (sumOf(now) > sumOf(this.most)) this.most = now;
    }, 100);
  }

  now(page = 0): Parts {
    const host = Math.max(0, usedMebibytes() - this.before);
    return { analyzer: residentMebibytes(this.analyzer.child.pid, 'VmRSS'), host, page };
  }

  end(): void {
    clearInterval(this.timer);
  }
}

function usedMebibytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1048576;
}

/** Scrolls through the whole list in the real page, whose rows come from the analyzer. */
async function scroll(
  analyzer: AnalyzerProcess,
  packets: number,
  memory: ProcessMemory,
): Promise<{ firstMebibytes: number; most: Parts }> {
  const harness = await PreviewHarness.start();
  const { page } = await harness.open({ view: 'capture-editor', theme: 'dark', width: 1400 });
  await page.exposeFunction('askAnalyzer', async (message: { request: number; from: number; count: number }) => {
    const page = await analyzer.request({ type: 'getPackets', from: message.from, count: message.count, filter: '' });
    const answer: PacketsMessage = { type: 'packets', request: message.request, ...page };
    return answer;
  });
  await page.evaluate(() => {
    const scope = window as unknown as {
      longTasks: number[];
      preview: { answer?: (message: { type: string }) => boolean };
      askAnalyzer: (message: unknown) => Promise<unknown>;
    };
    scope.longTasks = [];
    scope.preview.answer = (message) => {
      if (message.type !== 'getPackets') return false;
      void scope.askAnalyzer(message).then((answer) => window.postMessage(answer, '*'));
      return true;
    };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) scope.longTasks.push(entry.duration);
    }).observe({ type: 'longtask' });
  });
  await page.evaluate(() => window.preview.show('capture-editor', 'read'));
  await page.getByRole('tab', { name: /^Packets/ }).click();
  await page.getByRole('gridcell', { name: '1', exact: true }).first().waitFor();
  await page.evaluate(() => ((window as unknown as { longTasks: number[] }).longTasks = []));
  const devtools = await page.context().newCDPSession(page);
  const pageMebibytes = async (): Promise<number[]> => {
    const heap = (await devtools.send('Runtime.getHeapUsage')) as Record<string, number | undefined>;
    const { usedSize = 0, embedderHeapUsedSize = 0, backingStorageSize = 0 } = heap;
    return [usedSize, embedderHeapUsedSize, backingStorageSize].map((bytes) => bytes / 1048576);
  };
  const total = (parts: readonly number[]): number => parts.reduce((sum, part) => sum + part, 0);
  const told = (parts: readonly number[]): string => `${parts.map(Math.round).join(' + ')} MiB`;
  const firstMebibytes = total(await pageMebibytes());
  let most: Parts = { analyzer: 0, host: 0, page: 0 };
  let mostOfPage: number[] = [];
  const look = async (step: number): Promise<void> => {
    if (step % 5 !== 0) return;
    const parts = await pageMebibytes();
    const now = memory.now(total(parts));
    if (sumOf(now) > sumOf(most)) most = now;
    if (total(parts) > total(mostOfPage)) mostOfPage = parts;
  };
  for (let step = 0; step < 120; step++) {
    await look(step);
    await page.evaluate((part) => {
      const scroller = document.querySelector('#panel-packets .rows-scroller');
      if (scroller) scroller.scrollTop = (scroller.scrollHeight - scroller.clientHeight) * part;
    }, step / 119);
    await page.waitForTimeout(40);
  }
  await page.mouse.move(600, 500);
  for (let step = 0; step < 120; step++) {
    await look(step);
    await page.mouse.wheel(0, -700);
    await page.waitForTimeout(25);
  }
  const measured = await page.evaluate(() => ({
    tasks: (window as unknown as { longTasks: number[] }).longTasks,
    rows: document.querySelectorAll('#panel-packets .row').length,
  }));
  say('tasks over 50 ms while scrolling', `${measured.tasks.length} ${measured.tasks.map(Math.round).join(' ')}`);
  say('page', `${measured.rows} rows for ${packets} packets`);
  say('page, scripts + document + buffers', told(mostOfPage));
  await devtools.send('HeapProfiler.collectGarbage');
  say('page without what waits to be collected', told(await pageMebibytes()));
  await page.context().close();
  await harness.stop();
  return { firstMebibytes, most };
}

main()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => rmSync(made, { force: true }));
