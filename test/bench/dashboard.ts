/**
 * `npm run bench:dashboard [-- SECONDS]`: what the dashboard costs while a capture of 50,000 packets a second goes on: tasks of
 * the page above 50 ms and its memory, and what each state costs the extension host. Prints what was measured; no test.
 */
import { existsSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { parseAnalyzerMessage } from '../../src/extension/client/analyzerSchemas';
import { fixtureFinding, fixtureSeries, fixtureSnapshot } from '../e2e/preview/fixtures';
import { PreviewHarness, chromiumPath } from '../e2e/preview/previewHarness';

const seconds = Math.max(5, Number(process.argv[2] ?? 30));
/** As the settings say at most, and as the analyzer sends them. */
const statesPerSecond = 10;
const snapshotsPerSecond = 4;
const packetsPerSecond = 50_000;
const buckets = 600;

const say = (name: string, value: string): void => console.log(`${name.padEnd(46)} ${value}`);

function extensionHost(): void {
  const snapshot = fixtureSnapshot('live', { series: fixtureSeries(buckets, 'live') });
  const wire = serialize({ event: { type: 'snapshot', snapshot } });
  const rounds = 500;
  let refused = 0;
  const began = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    const message = parseAnalyzerMessage(deserialize(wire));
    if (message.kind === 'invalid') refused++;
    // What postMessage does with it, towards the page.
    serialize(snapshot);
  }
  const { user, system } = process.cpuUsage(began);
  const eachMs = (user + system) / 1000 / rounds;
  say('extension host, a state', `${eachMs.toFixed(2)} ms, ${wire.length} bytes, ${refused} refused`);
  say(
    'extension host, of a core',
    `${((eachMs * snapshotsPerSecond) / 10).toFixed(2)} % at ${snapshotsPerSecond} a second`,
  );
}

async function page(): Promise<void> {
  const harness = await PreviewHarness.start();
  const { page } = await harness.open({ view: 'dashboard', theme: 'dark', width: 1400 });
  await page.evaluate(() => window.preview.show('dashboard', 'capturing'));
  await page.evaluate(() => {
    const scope = window as unknown as { longTasks: number[] };
    scope.longTasks = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) scope.longTasks.push(entry.duration);
    }).observe({ type: 'longtask' });
  });
  const heaps: number[] = [];
  const findings = Array.from({ length: 200 }, (_, index) => fixtureFinding(index, index % 3 === 0 ? 'high' : 'low'));
  const began = Date.now();
  for (let state = 0; state < seconds * statesPerSecond; state++) {
    const packets = Math.round((state / statesPerSecond) * packetsPerSecond);
    const base = fixtureSnapshot('live', { series: fixtureSeries(buckets, 'live'), packets });
    const snapshot = {
      ...base,
      recentPackets: base.recentPackets.map((row, at) => ({ ...row, number: packets + at })),
    };
    await page.evaluate(
      ({ json, found }) => {
        const next = JSON.parse(json) as Parameters<typeof window.preview.showSnapshot>[0];
        for (const [name, value] of Object.entries(next.series))
          if (Array.isArray(value))
            Object.assign(next.series, { [name]: Float64Array.from(value, (one) => one ?? NaN) });
        return window.preview.showSnapshot(next, found);
      },
      {
        json: JSON.stringify(snapshot, (_key, value: unknown) => (value instanceof Float64Array ? [...value] : value)),
        found: findings,
      },
    );
    if (state % (statesPerSecond * 5) === 0)
      heaps.push(
        await page.evaluate(
          () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
        ),
      );
    const wait = began + ((state + 1) * 1000) / statesPerSecond - Date.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  const tasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
  say('states drawn', `${seconds * statesPerSecond} in ${((Date.now() - began) / 1000).toFixed(0)} s`);
  say(
    'tasks of the page over 50 ms',
    `${tasks.length}${tasks.length > 0 ? `, the longest ${Math.round(Math.max(...tasks))} ms` : ''}`,
  );
  say('page, memory of scripts, every 5 s', heaps.map((heap) => `${Math.round(heap / 1048576)}`).join(' ') + ' MiB');
  await page.context().close();
  await harness.stop();
}

async function main(): Promise<void> {
  extensionHost();
  if (existsSync(chromiumPath)) await page();
  else say('page', `no Chromium at ${chromiumPath}`);
}

void main();
