/**
 * `npm run bench:editor [-- GIGABYTES]`: how the capture editor does with a large capture, made of real packets and
 * removed afterwards. Prints what was measured; nothing here is a test.
 */
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { PacketsMessage } from '../../src/protocol/webviewMessages';
import { defaultRuleSettings } from '../../src/protocol/ruleSettings';
import { writeBigCapture } from '../../scripts/bench/bigCapture';
import { PreviewHarness, chromiumPath } from '../e2e/preview/previewHarness';
import { AnalyzerProcess } from '../support/analyzerProcess';

const root = path.resolve(__dirname, '../..');
const file = path.join(root, '.artefacts/bench/big.pcap');
const lab = path.resolve(root, '../shared/data/lab');
const gigabytes = Number(process.argv[2] ?? 2);
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
  const packets = writeBigCapture(file, sources(), gigabytes * 1e9);
  say('capture', `${(statSync(file).size / 1e9).toFixed(2)} GB, ${packets} packets`);
  const analyzer = new AnalyzerProcess();
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
  say('analyzer, most memory', `${peakMebibytes(analyzer.child.pid)} MiB`);
  if (existsSync(chromiumPath)) await scroll(analyzer, snapshot.packets);
  await analyzer.close();
}

/** Scrolls through the whole list in the real page, whose rows come from the analyzer. */
async function scroll(analyzer: AnalyzerProcess, packets: number): Promise<void> {
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
  for (let step = 0; step < 120; step++) {
    await page.evaluate((part) => {
      const scroller = document.querySelector('#panel-packets .rows-scroller');
      if (scroller) scroller.scrollTop = (scroller.scrollHeight - scroller.clientHeight) * part;
    }, step / 119);
    await page.waitForTimeout(40);
  }
  await page.mouse.move(600, 500);
  for (let step = 0; step < 120; step++) {
    await page.mouse.wheel(0, -700);
    await page.waitForTimeout(25);
  }
  const measured = await page.evaluate(() => ({
    tasks: (window as unknown as { longTasks: number[] }).longTasks,
    heap: (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
    rows: document.querySelectorAll('#panel-packets .row').length,
  }));
  say('tasks over 50 ms while scrolling', `${measured.tasks.length} ${measured.tasks.map(Math.round).join(' ')}`);
  say(
    'page, memory of scripts',
    `${Math.round(measured.heap / 1048576)} MiB, ${measured.rows} rows for ${packets} packets`,
  );
  await page.context().close();
  await harness.stop();
}

main()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => rmSync(file, { force: true }));
