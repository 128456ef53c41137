import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { stopAtFirstFailure } from './support/steps';
import { TrafficLab } from './support/trafficLab';
import { Workbench } from './support/workbench';

const themes = [
  ['Light Modern', 'light'],
  ['Dark High Contrast', 'high-contrast'],
  ['Dark Modern', 'dark'],
] as const;

/** What a person does with captures over their life, in the order in which they go it: each step stands on the one before. */
describe('the life of a capture in the workbench', function () {
  this.timeout(120_000);
  stopAtFirstFailure(this);
  let workbench: Workbench;
  let lab: TrafficLab;
  let dashboard: Frame;

  before(async () => {
    lab = await TrafficLab.create();
    workbench = await Workbench.open();
    lab.startTraffic();
  });
  after(async () => {
    await workbench?.close();
    await lab?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.screenshot('life-failed');
  });

  const figure = (id: string) => dashboard.locator(`[data-figure="${id}"] dd`);
  const packetsNow = async (): Promise<string> =>
    (await dashboard.locator('[data-tile="packets"] .tile-value').innerText()).trim();

  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    for (const end = Date.now() + 20_000; !(await holds()); await workbench.page.waitForTimeout(100))
      assert.ok(Date.now() < end, what);
  };

  it('has options, which it keeps', async () => {
    await workbench.waitUntilOffered('Network Traffic: Start Capture');
    await workbench.runCommand('Network Traffic: Capture Options');
    await workbench.quickPick('After packets').waitFor();
    await workbench.screenshot('capture-options');
    await workbench.quickPick('After packets').click();
    await workbench.quickInput().fill('1.5');
    await workbench.page.getByText('A whole number, please.').first().waitFor();
    await workbench.quickInput().fill('100000');
    await workbench.page.keyboard.press('Enter');
    await workbench.quickPick(/After packets\s*100,000 packets/).waitFor();
    await workbench.page.keyboard.press('Escape');
  });

  it('captures on several interfaces that were checked in the list', async () => {
    const { interfaceName } = lab.place;
    const { page } = workbench;
    await workbench.runCommand('Network Traffic: Start Capture');
    await page.getByPlaceholder(/Network interface/).waitFor();
    await page.getByRole('button', { name: 'Capture on several interfaces' }).click();
    await page.getByPlaceholder(/put together by time/).waitFor();
    for (const name of interfaceName === 'lo' ? ['127.0.0.1', 'any'] : [interfaceName, '127.0.0.1']) {
      await workbench.quickPick(name).click();
    }
    // A refresh in between takes no mark away.
    await page.waitForTimeout(2500);
    await workbench.screenshot('interfaces-several');
    await page.keyboard.press('Enter');
    await page.getByPlaceholder(/BPF filter/).waitFor();
    await workbench.quickInput().fill('tcp and host ');
    await workbench.quickPick('192.0.2.1').waitFor();
    const rows = await page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row').allInnerTexts();
    assert.doesNotMatch(rows[0] ?? '', /192/, 'what was typed is the first row');
    await workbench.screenshot('filter-completion');
    await workbench.quickInput().fill(lab.place.filter);
    await workbench.quickDescription('valid').waitFor();
    await page.keyboard.press('Enter');
    dashboard = await workbench.webview('body[data-view="dashboard"]');
    await figure('interface-1').waitFor({ timeout: 30_000 });
    assert.equal(await dashboard.locator('[data-figure^="interface-"]').count(), 2);
    for (const id of ['packets', 'bytes', 'kernel', 'shed', 'lag', 'disk']) {
      assert.notEqual((await figure(id).innerText()).trim(), '', id);
    }
  });

  it('says in the status bar what it loses and how far it lags', async () => {
    // tcpdump hands packets over once a second; before the first ones most of it is unknown.
    for (const id of ['lag', 'shed']) await figure(id).filter({ hasText: /\d/ }).waitFor({ timeout: 15_000 });
    await workbench.page.waitForTimeout(1500);
    const item = workbench.page.locator('.statusbar-item', { hasText: /pkt\/s/ });
    const label = await item.first().evaluate((node) => node.outerHTML);
    assert.match(label, /pkt\/s/);
    await item.first().hover();
    const hover = workbench.page
      .locator('.monaco-hover, .workbench-hover')
      .filter({ hasText: 'Dropped by the kernel' });
    await hover.first().waitFor({ timeout: 10_000 });
    const text = (await hover.first().innerText()).replaceAll('\u00a0', ' ');
    for (const line of [/Packets: \d/, /Bytes: \d/, /Dropped by the kernel: (unknown|\d)/, /Shed by us: \d/, /Lag: \d/])
      assert.match(text, line);
    await workbench.screenshot('status-tooltip');
  });

  it('holds the view still while the capture goes on, and lets it move again', async () => {
    await dashboard.getByRole('button', { name: 'Pause view' }).click();
    await dashboard.getByText('View paused').waitFor();
    const held = await packetsNow();
    await dashboard.getByText(/The capture goes on: [1-9][\d,]* packets? since/).waitFor({ timeout: 20_000 });
    assert.equal(await packetsNow(), held);
    for (const [label, name] of themes) {
      await workbench.setColorTheme(label);
      await workbench.screenshot(`capture-paused-${name}`);
    }
    await dashboard.getByRole('button', { name: 'Resume view' }).click();
    await dashboard.getByText('View paused').waitFor({ state: 'hidden' });
    for (const end = Date.now() + 10_000; (await packetsNow()) === held && Date.now() < end;)
      await workbench.page.waitForTimeout(100);
    assert.notEqual(await packetsNow(), held);
  });

  it('chooses a time by drawing on a chart: charts, flows, packets and exports are of it, until Escape', async () => {
    const plot = dashboard.locator('#bandwidth .brushed');
    const words = dashboard.locator('.selection .brush-words');
    // The chart shows a minute: what is drawn over below are its last ten seconds, before which there has to be something.
    await until('the capture is older than what will be chosen', async () => {
      const [minutes = 0, seconds = 0] = (await dashboard.locator('.status-elapsed').innerText())
        .split(':')
        .map(Number);
      return minutes * 60 + seconds >= 20;
    });
    const box = await plot.boundingBox();
    assert.ok(box !== null);
    const { mouse } = workbench.page;
    await mouse.move(box.x + box.width - 60, box.y + box.height / 2);
    await mouse.down();
    await mouse.move(box.x + box.width - 30, box.y + box.height / 2, { steps: 4 });
    await mouse.move(box.x + box.width - 10, box.y + box.height / 2, { steps: 4 });
    await mouse.up();
    await words.filter({ hasText: /Charts, flows, packets, findings and exports: .* to .* \(.*\)/ }).waitFor();
    await dashboard.locator('#selection-packets tbody tr').first().waitFor();
    await dashboard.locator('#selection-flows tbody tr').first().waitFor();
    const chosen = await plot.getAttribute('aria-description');
    for (const id of ['packet-rate', 'latency', 'loss'])
      assert.equal(await dashboard.locator(`#${id} .brushed`).getAttribute('aria-description'), chosen, id);
    await workbench.screenshot('dashboard-time');
    await dashboard.getByText(/^Tiles, protocols and tables are of the chosen time/).waitFor();
    const elapsed = await dashboard.locator('.status-elapsed').innerText();
    await until(
      'the capture goes on',
      async () => (await dashboard.locator('.status-elapsed').innerText()) !== elapsed,
    );
    await dashboard.getByRole('button', { name: 'Its packets as CSV' }).click();
    const text = await workbench.textOfEditor(/^number,time,source/);
    const first = Number(/^(\d+),/m.exec(text.split('\n').slice(1).join('\n'))?.[1]);
    assert.ok(first > 1, `what came before is left out: begins with packet ${first}`);
  });

  it('costs nothing while its dashboard is hidden, and shows the newest at once when it is seen again', async () => {
    const hidden = () => workbench.page.frames().filter((frame) => frame === dashboard).length;
    await until('the page is gone', async () => hidden() === 0 || !(await dashboard.locator('#app').isVisible()));
    await workbench.editorTab(/^Network Traffic/).click();
    dashboard = await workbench.webview('body[data-view="dashboard"]');
    await dashboard.locator('[data-tile="packets"] .tile-value').waitFor();
    await dashboard.locator('#recent tbody tr').first().waitFor();
    const shown = await packetsNow();
    await until('it moves', async () => (await packetsNow()) !== shown);
  });

  it('zooms and pans its charts while the capture goes on', async () => {
    const plot = dashboard.locator('#packet-rate .brushed');
    const words = dashboard.locator('.zoom-words');
    await plot.focus();
    await workbench.page.keyboard.press('+');
    await workbench.page.keyboard.press('+');
    await words.filter({ hasText: /^Charts show .* to .*/ }).waitFor();
    const zoomed = await words.innerText();
    const shown = await packetsNow();
    await until('the capture goes on', async () => (await packetsNow()) !== shown);
    assert.equal(await words.innerText(), zoomed, 'what is shown stays');
    await workbench.page.keyboard.press('Control+ArrowLeft');
    await until('it is moved', async () => (await words.innerText()) !== zoomed);
    await workbench.screenshot('dashboard-zoomed');
    await workbench.page.keyboard.press('0');
    await words.filter({ hasText: /^$/ }).waitFor({ state: 'attached' });
  });

  it('is kept as a picture and as a report, which open as documents', async () => {
    await dashboard.getByRole('button', { name: 'Picture…' }).click();
    await workbench.page
      .locator('.quick-input-widget:visible')
      .getByRole('button', { name: 'OK', exact: true })
      .click();
    await workbench.editorTab(/dashboard\.png/).waitFor();
    const [picture] = readdirSync(workbench.folder).filter((name) => name.endsWith('-dashboard.png'));
    assert.equal(readFileSync(path.join(workbench.folder, picture ?? '')).toString('latin1', 1, 4), 'PNG');
    await workbench.screenshot('dashboard-picture');
    await workbench.editorTab(/^Network Traffic/).click();
    dashboard = await workbench.webview('body[data-view="dashboard"]');
    await dashboard.getByRole('button', { name: 'Report', exact: true }).click();
    assert.match(await workbench.textOfEditor(/\| Packets/), new RegExp(lab.place.interfaceName));
    await workbench.editorTab(/^Network Traffic/).click();
    dashboard = await workbench.webview('body[data-view="dashboard"]');
    await dashboard.locator('[data-tile="packets"] .tile-value').waitFor();
  });

  it('restarts on the same interfaces', async () => {
    const before = Number((await packetsNow()).replaceAll(/\D/g, ''));
    await dashboard.getByRole('button', { name: 'Restart with the same settings' }).click();
    for (const end = Date.now() + 20_000; Date.now() < end; await workbench.page.waitForTimeout(100)) {
      if (Number((await packetsNow().catch(() => '0')).replaceAll(/\D/g, '')) < before) break;
    }
    await figure('interface-1').waitFor({ timeout: 20_000 });
    assert.ok(Number((await packetsNow()).replaceAll(/\D/g, '')) < before);
  });

  it('recovers what a killed analysis has kept', async () => {
    await workbench.page.waitForTimeout(2500);
    const locks = readdirSync(workbench.dataFolder, { recursive: true, encoding: 'utf8' }).filter(
      (file) => path.basename(file) === 'owner.lock',
    );
    const owners = locks.map((lock) => {
      return JSON.parse(readFileSync(path.join(workbench.dataFolder, lock), 'utf8')) as { pid: number };
    });
    const [owner] = owners.filter(({ pid }) => existsSync(`/proc/${pid}`));
    assert.ok(owner !== undefined, 'the analyzer is found by its lock');
    process.kill(owner.pid, 'SIGKILL');
    await dashboard
      .getByText(/analysis process ended/)
      .first()
      .waitFor({ timeout: 10_000 });
    await workbench.runCommand('Network Traffic: Recover Capture');
    await workbench.editorTab(/recovered-.*\.pcapng/).waitFor();
    const view = await workbench.webview('body[data-view="capture-editor"]');
    const packets = view.locator('[data-tile="packets"] .tile-value');
    await packets.waitFor({ timeout: 20_000 });
    assert.ok(Number((await packets.innerText()).replaceAll(/\D/g, '')) > 20);
    await workbench.screenshot('capture-recovered');
  });

  it('left no error of the extension on the console', () => {
    assert.deepEqual(workbench.extensionErrors(), []);
  });
});
