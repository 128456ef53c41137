/**
 * `npm run bench:dashboard [-- SECONDS]`: what the dashboard costs while a capture of 50,000 packets a second goes on: the tasks
 * of the page and its memory, and what each state costs the extension host. Prints what was measured; no test.
 */
import { existsSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { parseAnalyzerMessage } from '../../src/extension/client/analyzerSchemas';
import { busyState } from '../e2e/preview/busyStates';
import { PreviewHarness, chromiumPath } from '../e2e/preview/previewHarness';
import { say, sayTasks, type TraceEvent } from './tasks';

const seconds = Math.max(5, Number(process.argv[2] ?? 30));
/** As the settings say at most, and as the analyzer sends them. */
const statesPerSecond = 10;
const snapshotsPerSecond = 4;

/** What the extension host does with each state of the busiest capture: takes it, checks it, and sends it on to the page. */
function extensionHost(): void {
  const { snapshot, findings } = busyState(1000);
  const wires = [
    { event: { type: 'snapshot', snapshot } },
    { event: { type: 'findings', run: snapshot.run, ids: findings.map(({ id }) => id), findings, silenced: [] } },
  ].map((message) => serialize(message));
  const rounds = 500;
  let refused = 0;
  const began = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    for (const wire of wires) if (parseAnalyzerMessage(deserialize(wire)).kind === 'invalid') refused++;
    // As the editor packs a message for a page: JSON, with typed arrays beside it.
    const buffers: Uint8Array[] = [];
    JSON.stringify({ snapshot, findings }, (_key, value: unknown) => {
      if (!(value instanceof Float64Array)) return value;
      buffers.push(new Uint8Array(value.buffer).slice());
      return { $buffer: buffers.length - 1 };
    });
  }
  const { user, system } = process.cpuUsage(began);
  const eachMs = (user + system) / 1000 / rounds;
  const bytes = wires.reduce((sum, { length }) => sum + length, 0);
  say('extension host, a state with its findings', `${eachMs.toFixed(2)} ms, ${bytes} bytes, ${refused} refused`);
  say(
    'extension host, of a core',
    `${((eachMs * snapshotsPerSecond) / 10).toFixed(2)} % at ${snapshotsPerSecond} a second`,
  );
}

async function page(): Promise<void> {
  const harness = await PreviewHarness.start();
  const { page } = await harness.open({ view: 'dashboard', theme: 'dark', width: 1400 });
  const browser = page.context().browser();
  if (browser === null) throw new Error('The page has no browser.');
  await page.evaluate(() => window.preview.show('dashboard', 'capturing'));
  const run = (from: number, states: number): Promise<void> =>
    page.evaluate(
      async ([first, count, everyMs]) => {
        for (let step = first; step < first + count; step++) {
          const began = performance.now();
          await window.preview.showBusy(step);
          await new Promise((done) => setTimeout(done, Math.max(0, everyMs - (performance.now() - began))));
        }
        window.preview.posted.length = 0;
      },
      [from, states, 1000 / statesPerSecond] as const,
    );
  const cdp = await page.context().newCDPSession(page);
  const heapMebibytes = async (): Promise<string> => {
    await cdp.send('HeapProfiler.collectGarbage');
    const { usedSize } = await cdp.send('Runtime.getHeapUsage');
    return (usedSize / 1048576).toFixed(1);
  };
  // What is compiled and made once is no cost of a state.
  await run(1, 5 * statesPerSecond);
  const categories = ['devtools.timeline', 'disabled-by-default-devtools.timeline'];
  await browser.startTracing(page, { categories });
  await run(51, seconds * statesPerSecond);
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  say('states drawn', `${seconds * statesPerSecond}`);
  sayTasks(trace.traceEvents);
  // A minute of the capture in six seconds.
  const heaps = [await heapMebibytes()];
  for (let part = 0; part < memoryParts; part++) {
    const from = 51 + (seconds + part * 60) * statesPerSecond;
    await page.evaluate(
      async ([first, count]) => {
        for (let at = 0; at < count; at++) await window.preview.showBusy(first + at * 10);
        window.preview.posted.length = 0;
      },
      [from, 6 * statesPerSecond] as const,
    );
    heaps.push(await heapMebibytes());
  }
  say('page, memory of scripts, by the minute', `${heaps.join(' ')} MiB`);
  await page.context().close();
  await harness.stop();
}

const memoryParts = 10;

async function main(): Promise<void> {
  extensionHost();
  if (existsSync(chromiumPath)) await page();
  else say('page', `no Chromium at ${chromiumPath}`);
}

void main();
