import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { Agent, get } from 'node:http';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { stopAtFirstFailure } from './support/steps';
import { TrafficLab } from './support/trafficLab';
import { Workbench } from './support/workbench';

const shopName = 'shop.nta-lab.test';

/** Who talks: names that were asked for on the wire, and the programs of this machine, as the dashboard draws them. */
describe('names and programs of live traffic in the workbench', function () {
  this.timeout(120_000);
  stopAtFirstFailure(this);
  let workbench: Workbench;
  let lab: TrafficLab;
  let dashboard: Frame;
  let nameServer: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;

  before(async function () {
    if (process.getuid?.() !== 0) {
      console.log('      skipped: a DNS server on its own port, and the sockets of all programs, want root');
      this.skip();
    }
    lab = await TrafficLab.create();
    const script = path.join(__dirname, 'support/nameServer.mjs');
    const [program = '', ...words] = [...lab.place.onPeer, process.execPath, script, lab.place.peer, lab.place.peer];
    nameServer = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(nameServer.stdout!, 'data');
    workbench = await Workbench.open({
      settings: { 'networkTraffic.notifyOfFindings': false },
      machineSettings: { 'networkTraffic.capture.bufferMebibytes': 1 },
    });
    await workbench.waitUntilOffered('Network Traffic: Start Capture');
    dashboard = await workbench.startCapture(lab.place.interfaceName, lab.place.filter);
    lab.startTraffic();
  });
  after(async () => {
    clearInterval(timer);
    nameServer?.stdin?.end();
    await workbench?.close();
    await lab?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench?.screenshot('live-names-failed');
  });

  /** Cells of the rows of a table, by the labels of its columns, as they are drawn. */
  const rowsOf = async (id: string): Promise<Record<string, string>[]> => {
    const labels = (await dashboard.locator(`#${id} thead th`).allTextContents()).map((text) => text.trim());
    // All at once: the rows move on between two questions.
    const rows = await dashboard
      .locator(`#${id} tbody tr`)
      .evaluateAll((found) => found.map((line) => [...line.children].map((cell) => cell.textContent?.trim() ?? '')));
    return rows.map((texts) => Object.fromEntries(texts.map((text, at) => [labels[at] ?? '', text])));
  };
  const row = async (id: string, wanted: (row: Record<string, string>) => boolean): Promise<Record<string, string>> => {
    for (const end = Date.now() + 20_000; Date.now() < end; await workbench.page.waitForTimeout(100)) {
      const found = (await rowsOf(id)).find(wanted);
      if (found !== undefined) return found;
    }
    throw new Error(`${id} holds ${JSON.stringify(await rowsOf(id))}`);
  };

  it('have the name of a host as soon as somebody asked for it, and none before', async () => {
    const { peer, self } = lab.place;
    assert.equal((await row('talkers', ({ Address }) => Address === peer))['Name'], '–');
    const resolver = new Resolver();
    resolver.setServers([peer]);
    assert.deepEqual(await resolver.resolve4(shopName), [peer]);
    const named = await row('talkers', ({ Address, Name }) => Address === peer && Name === shopName);
    assert.match(named['Packets'] ?? '', /^[1-9]/);
    const ours = await row('talkers', ({ Address }) => Address === `${self} (this machine)`);
    assert.equal(ours['Name'], '–');
  });

  it('name the program whose sockets they are, with its processes', async () => {
    // What comes and goes between two looks at the sockets belongs to nobody that is known: this one stays.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    timer = setInterval(
      () => get(lab.address, { agent }, (answer) => answer.resume()).on('error', () => undefined),
      50,
    );
    const ours = await row('programs', ({ Program }) => Program === path.basename(process.execPath));
    // The server is one of another network, as on another machine.
    assert.equal(ours['Processes'], String(process.pid));
    for (const label of ['Flows', 'Packets', 'Bytes', 'Sent', 'Received']) assert.match(ours[label] ?? '', /^[1-9]/);
  });

  it('and guess no program where no socket is', async () => {
    assert.ok(lab.place.onPeer.length > 0);
    const [program = '', ...words] = lab.place.onPeer;
    const send = `const s = require('dgram').createSocket('udp4'); s.send('x', 18099, '${lab.place.self}', () => s.close());`;
    await once(spawn(program, [...words, process.execPath, '-e', send], { stdio: 'ignore' }), 'exit');
    const unknown = await row('programs', ({ Program }) => Program === 'unknown');
    assert.match(unknown['Packets'] ?? '', /^[1-9]/);
    for (const label of ['Processes', 'Flows', 'Sent', 'Received']) assert.equal(unknown[label], '–', label);
    const names = (await rowsOf('programs')).map(({ Program }) => Program);
    assert.equal(new Set(names).size, names.length);
  });

  it('add another program as soon as it talks', async () => {
    const script = `const s = require('dgram').createSocket('udp4'); s.bind(0, () => { s.send('x', 18098, '${lab.place.peer}');
      setInterval(() => s.send('x', 18098, '${lab.place.peer}'), 100); });`;
    const other = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    try {
      const pids = (text = ''): string[] => text.split(', ');
      await row('programs', ({ Processes }) => pids(Processes).includes(String(other.pid)));
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('say what the model does with them', async () => {
    const model = dashboard.locator('[data-figure="model"]');
    await model
      .locator('dd')
      .filter({ hasText: /^[1-9][\d,.]*k? flows$/ })
      .waitFor({ timeout: 20_000 });
    assert.match((await model.getAttribute('title')) ?? '', /flows were scored/);
    await dashboard.locator('#programs').scrollIntoViewIfNeeded();
    await workbench.screenshot('live-programs');
  });

  it('mark every figure that misses packets, as soon as the capture has lost some', async function () {
    const reader = tcpdumpOn(lab.place.interfaceName);
    if (reader === null) {
      console.log(
        '      skipped: the packets do not come from tcpdump, which alone tells what it loses while it captures',
      );
      this.skip();
    }
    const marked = dashboard.locator('[data-tile] .tile-lossy:visible');
    assert.equal(await marked.count(), 0);
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const page = (): Promise<unknown> =>
      new Promise((resolve, reject) =>
        get(lab.address, { agent }, (answer) => answer.resume().on('end', resolve)).on('error', reject),
      );
    process.kill(reader, 'SIGSTOP');
    try {
      // Ten times what its buffer holds.
      await Promise.all(Array.from({ length: (10 * 1024 * 1024) / 16_384 }, page));
    } finally {
      process.kill(reader, 'SIGCONT');
      agent.destroy();
    }
    await marked.first().waitFor({ timeout: 20_000 });
    const tiles = await dashboard
      .locator('[data-tile]')
      .evaluateAll((all) =>
        all.map((tile) => [tile.getAttribute('data-tile'), tile.querySelector('.tile-lossy:not([hidden])') !== null]),
      );
    assert.ok(tiles.length > 5);
    for (const [id, lossy] of tiles) assert.equal(lossy, id !== 'captureLoss', String(id));
    assert.match(await dashboard.locator('[data-tile="captureLoss"] .tile-value').innerText(), /[1-9]/);
    assert.equal(await dashboard.locator('[data-figure="kernel"]').getAttribute('data-tone'), 'warning');
    await dashboard.locator('[data-tile="packets"]').scrollIntoViewIfNeeded();
    await workbench.screenshot('dashboard-lossy');
  });

  it('left no error of the extension on the console', () => {
    assert.deepEqual(workbench.extensionErrors(), []);
  });
});

/** The tcpdump that captures on an interface; null for none. */
function tcpdumpOn(interfaceName: string): number | null {
  const wordsOf = (pid: string): string[] => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    } catch {
      return [];
    }
  };
  const found = readdirSync('/proc').find((pid) => {
    const [program = '', ...words] = /^\d+$/.test(pid) ? wordsOf(pid) : [];
    return path.basename(program) === 'tcpdump' && words.includes(interfaceName);
  });
  return found === undefined ? null : Number(found);
}
