/**
 * `npm run bench:editor [-- GIGABYTES|FILE]`: how the capture editor does with a large capture, made of real packets and
 * removed afterwards, or with the one that is there. Prints what was measured; nothing here is a test.
 *
 * Memory is added up over our processes: all that is resident of the analyzer, at its highest, with Node's own program; of the
 * extension host what its heap grew by at most while it took the analyzer's messages (this program, which keeps only the newest of
 * each kind as the session does); of the page what its scripts, its document and their buffers have allocated, at the highest of some
 * looks while it scrolls. Garbage that waits to be collected counts.
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

/** Largest resident memory of a process so far, in MiB. */
function peakMebibytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
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
  const host = new HostMemory(analyzer);
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
  let reading = true;
  void whole.then(() => (reading = false));
  const whileReading: number[] = [];
  while (reading && whileReading.length < 200) {
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
  const hostMebibytes = host.end();
  const pageMebibytes = existsSync(chromiumPath) ? await scroll(analyzer, snapshot.packets) : 0;
  const analyzerMebibytes = peakMebibytes(analyzer.child.pid);
  const sum = analyzerMebibytes + hostMebibytes + pageMebibytes;
  say('memory, most of analyzer + host + page', `${analyzerMebibytes} + ${hostMebibytes} + ${pageMebibytes} MiB`);
  say('memory of all our processes', `${sum} MiB = ${Math.round(sum * 1.048576)} MB`);
  await analyzer.close();
}

/** What the heap of this program grows by while it takes the place of the extension host. */
class HostMemory {
  private most = 0;
  private readonly before = usedBytes();
  private readonly timer;

  constructor(analyzer: AnalyzerProcess) {
    let seen = 0;
    this.timer = setInterval(() => {
      // The newest of each kind are looked for from the end.
      for (const end = analyzer.events.length - 20; seen < end; seen++)
        analyzer.events[seen] = { type: 'log', level: 'info', message: '' };
      this.most = Math.max(this.most, usedBytes() - this.before);
    }, 100);
  }

  /** Mebibytes. */
  end(): number {
    clearInterval(this.timer);
    return Math.round(this.most / 1048576);
  }
}

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Scrolls through the whole list in the real page, whose rows come from the analyzer. Mebibytes that the page took at most. */
async function scroll(analyzer: AnalyzerProcess, packets: number): Promise<number> {
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
  let pageBytes = 0;
  let parts = '';
  const look = async (step: number): Promise<void> => {
    if (step % 5 !== 0) return;
    const heap = (await devtools.send('Runtime.getHeapUsage')) as Record<string, number | undefined>;
    const { usedSize = 0, embedderHeapUsedSize = 0, backingStorageSize = 0 } = heap;
    if (usedSize + embedderHeapUsedSize + backingStorageSize <= pageBytes) return;
    pageBytes = usedSize + embedderHeapUsedSize + backingStorageSize;
    parts = [usedSize, embedderHeapUsedSize, backingStorageSize]
      .map((bytes) => Math.round(bytes / 1048576))
      .join(' + ');
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
  say('page, scripts + document + buffers', `${parts} MiB`);
  await page.context().close();
  await harness.stop();
  return Math.round(pageBytes / 1048576);
}

main()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => rmSync(made, { force: true }));
