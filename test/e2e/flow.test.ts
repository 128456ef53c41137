import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import type { AnalysisReport, Percentiles } from '../../src/protocol/capture';
import {
  formatBytes,
  formatMilliseconds,
  formatPercent,
  formatShortCount,
  plural,
  setFormatLocale,
} from '../../webview/common/format';
import { stopAtFirstFailure } from './support/steps';
import { TrafficLab } from './support/trafficLab';
import { Workbench } from './support/workbench';

const cli = path.resolve(__dirname, '../../dist/cli.js');
const scannedPorts = 300;
const tileValue = '[data-tile="packets"] .tile-value';

/** The way of a person through the product, in the order in which they go it: each step stands on the one before. */
describe('capture, see, find, analyze, export in the workbench', function () {
  this.timeout(90_000);
  stopAtFirstFailure(this);
  let workbench: Workbench;
  let lab: TrafficLab;
  let dashboard: Frame;
  /** What the tiles said at the end of the capture. */
  const shown: Record<string, string> = {};

  before(async () => {
    lab = await TrafficLab.create();
    workbench = await Workbench.open();
  });

  after(async () => {
    await workbench?.close();
    await lab?.close();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.screenshot('flow-failed');
  });

  it('offers what can be done and nothing else', async () => {
    await workbench.waitUntilOffered('Network Traffic: Start Capture');
    assert.equal(await workbench.offersCommand('Network Traffic: Stop Capture'), false);
    assert.equal(await workbench.offersCommand('Network Traffic: Export as CSV'), false);
    await workbench.showAnomalies();
    await workbench.page.locator('.part.sidebar').getByRole('button', { name: 'Start Capture' }).first().waitFor();
    await workbench.screenshot('welcome');
  });

  it('starts a capture from the palette', async () => {
    const { interfaceName, filter } = lab.place;
    lab.startTraffic();
    await workbench.runCommand('Network Traffic: Start Capture');
    await workbench.quickPick(interfaceName).waitFor();
    // Another refresh of the list shows a rate that was measured.
    await workbench.page.waitForTimeout(2000);
    await workbench.screenshot('interfaces');
    await workbench.chooseInterface(interfaceName);
    await workbench.quickInput().fill('tcp prot 80');
    await workbench.quickDescription('not valid').waitFor();
    await workbench.screenshot('filter-not-valid');
    await workbench.quickInput().fill(filter);
    await workbench.quickDescription('valid').waitFor();
    await workbench.page.keyboard.press('Enter');
    dashboard = await workbench.webview('body[data-view="dashboard"]');
    await dashboard.locator(tileValue).waitFor({ timeout: 30_000 });
  });

  it('shows numbers that move', async () => {
    const read = async () => (await dashboard.locator(tileValue).innerText()).trim();
    const first = await read();
    const seen = new Set([first]);
    for (const end = Date.now() + 20_000; seen.size < 4 && Date.now() < end; await workbench.page.waitForTimeout(250)) {
      seen.add(await read());
    }
    assert.ok(seen.size >= 4, `the packet count moved from ${first} through ${[...seen].join(', ')}`);
    await dashboard.locator('#recent tbody tr').first().waitFor();
    assert.ok(await isPainted(dashboard, '#bandwidth canvas'), 'the bandwidth chart is drawn');
    assert.ok(await isPainted(dashboard, '#packet-rate canvas'), 'the packet rate chart is drawn');
    assert.ok(await isPainted(dashboard, '#protocols canvas'), 'the protocol chart is drawn');
    assert.match(await dashboard.locator('#talkers').innerText(), new RegExp(escapeDots(lab.place.peer)));
    await workbench.screenshot('dashboard-live');
    await workbench.waitUntilOffered('Network Traffic: Stop Capture');
    assert.equal(await workbench.offersCommand('Network Traffic: Start Capture'), false);
  });

  it('says which way and how well', async () => {
    const bandwidth = (await dashboard.locator('#bandwidth canvas').getAttribute('aria-label')) ?? '';
    for (const way of ['in', 'out']) assert.match(bandwidth, new RegExp(`\\b${way}\\b.*\\d`, 'i'), way);
    assert.match(await dashboard.locator('[data-tile="handshake"] .tile-value').innerText(), /\d.*s/);
    assert.match(await dashboard.locator('[data-tile="retransmissions"] .tile-value').innerText(), /\d.*%/);
  });

  it('holds charts, flows, packets and findings to a host that is chosen', async () => {
    const hosts = await dashboard.locator('#talkers tbody tr').count();
    await dashboard.locator('#talkers .cell-button').filter({ hasText: lab.place.peer }).click();
    await dashboard
      .locator('.selection .brush-words')
      .filter({ hasText: `only ${lab.place.peer}` })
      .waitFor();
    await dashboard.locator('#selection-packets tbody tr').first().waitFor();
    await dashboard.locator('#selection-flows tbody tr').first().waitFor();
    const rows = await dashboard.locator('#selection-packets tbody tr').allInnerTexts();
    for (const row of rows) assert.ok(row.includes(lab.place.peer), row);
    await dashboard.getByText('Charts, tiles and tables are of this host alone.').waitFor();
    for (const row of await dashboard.locator('#conversations tbody tr').allInnerTexts())
      assert.ok(row.includes(lab.place.peer), row);
    assert.ok((await dashboard.locator('#talkers tbody tr').count()) <= hosts);
    assert.ok(await isPainted(dashboard, '#bandwidth canvas'), 'the bandwidth of the host is drawn');
    await workbench.screenshot('dashboard-host');
    await dashboard.locator('#selection-packets').click();
    await workbench.page.keyboard.press('Escape');
    await dashboard.locator('#selection-packets').waitFor({ state: 'hidden' });
    await dashboard.getByText('Charts, tiles and tables are of this host alone.').waitFor({ state: 'hidden' });
  });

  it('tells of a port scan while it captures', async () => {
    await lab.scan(scannedPorts);
    await workbench.showAnomalies();
    const finding = workbench.treeItem(/\bscan of\b/i);
    await finding.waitFor({ timeout: 20_000 });
    assert.equal(
      await workbench.page.getByRole('treeitem', { name: /\bscan of\b/i }).count(),
      1,
      'one scan, one finding',
    );
    const text = await finding.innerText();
    assert.ok(
      text.includes(lab.place.self) || text.includes(lab.place.peer),
      `"${text}" names who scans or is scanned`,
    );
    const notification = workbench.page.locator('.notification-list-item', { hasText: /scan of/i });
    await notification.getByRole('button', { name: 'Show', exact: true }).waitFor();
    await notification.getByRole('button', { name: "Don't Show Again" }).waitFor();
    await dashboard.locator('#packet-rate canvas[aria-label*="Marked:"]').waitFor({ timeout: 10_000 });
    await dashboard
      .locator('#findings .finding')
      .filter({ hasText: /scan of/i })
      .waitFor();
    await workbench.screenshot('finding-notification');
    assert.equal(await notification.count(), 1, 'one notification');
    await notification.getByRole('button', { name: 'Show', exact: true }).click();
    await workbench.page.getByRole('tab', { name: /\bscan of\b/i }).waitFor();
    await workbench.screenshot('finding-live');
  });

  it('stops', async () => {
    await workbench.runCommand('Network Traffic: Stop Capture');
    await workbench.page
      .locator('.statusbar-item', { hasText: /capturing|pkt\/s/i })
      .waitFor({ state: 'hidden', timeout: 10_000 });
    lab.stopTraffic();
    await workbench.editorTab(/^Network Traffic/).click();
    await workbench.waitUntilOffered('Network Traffic: Start Capture');
    dashboard = await workbench.webview('body[data-view="dashboard"]');
    await dashboard.locator(tileValue).waitFor();
    for (const tile of await dashboard.locator('[data-tile]').all()) {
      const id = (await tile.getAttribute('data-tile')) ?? '';
      shown[id] =
        `${await tile.locator('.tile-value').innerText()} · ${await tile.locator('.tile-detail').innerText()}`;
    }
  });

  it('exports the packets as a CSV document', async () => {
    await workbench.runCommand('Network Traffic: Export as CSV');
    await workbench.quickPick('Packets').click();
    const text = await workbench.textOfEditor(/^number,time,source/);
    assert.match(text, /^number,time,source,destination,sourcePort,destinationPort,protocol,length,info/);
    assert.ok(text.includes(lab.place.peer), 'rows hold the address of the peer');
    await workbench.screenshot('export-csv');
  });

  it('exports the analysis as a JSON document', async () => {
    await workbench.runCommand('Network Traffic: Export Analysis as JSON');
    const text = await workbench.textOfEditor(/^\s*\{\s*"schema"/);
    assert.match(text, /"schema":\s*1/);
    await workbench.screenshot('export-json');
  });

  it('exports the packets as PCAP, into the capture view', async () => {
    await workbench.runCommand('Network Traffic: Export Packets as PCAP');
    await workbench.editorTab(/\.pcap/).waitFor();
    const view = await workbench.webview('body[data-view="capture-editor"]');
    await view.locator(tileValue).waitFor({ timeout: 20_000 });
    await workbench.screenshot('export-pcap');
  });

  it('had the figures on its dashboard that the command line has for the same packets', () => {
    const [name] = readdirSync(workbench.dataFolder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /exports.*\.pcap$/.test(file),
    );
    assert.ok(name !== undefined, 'the exported packets');
    const words = [cli, 'analyze', path.join(workbench.dataFolder, name), '--format', 'json'];
    const report = JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as AnalysisReport;
    const { capture, flows, latency, loss, findings } = report;
    setFormatLocale('en-US');
    const times = ({ p50, p95, p99, count }: Percentiles): string =>
      `${formatMilliseconds(p50)} · p95 ${formatMilliseconds(p95)} · p99 ${formatMilliseconds(p99)} · ${formatShortCount(count)} measured`;
    const segments = plural(loss.tcpRetransmittedSegments, 'segment');
    const expected: Record<string, string> = {
      packets: `${formatShortCount(capture.packets)} · ${formatBytes(capture.originalBytes)}`,
      handshake: times(latency.tcpHandshakeMs),
      retransmissions: `${formatPercent(loss.tcpRetransmissionPercent)} · ${segments}`,
    };
    for (const [id, text] of Object.entries(expected)) assert.equal(shown[id]?.replaceAll('\u00a0', ' '), text, id);
    assert.match(shown['flows'] ?? '', new RegExp(`\\b${formatShortCount(flows.total)}\\b`), 'flows');
    assert.ok(
      shown['findings']?.startsWith(`${findings.length} ·`),
      `${shown['findings']}: ${findings.length} findings`,
    );
  });

  it('analyzes a capture file by right-click', async () => {
    await workbench.closeEditors();
    await workbench.runCommand('Notifications: Clear All Notifications');
    await workbench.showExplorer();
    const file = workbench.treeItem('port-scan.pcap');
    assert.ok(!(await workbench.contextMenu(workbench.treeItem('README.md'))).includes('Analyze Network Capture'));
    await workbench.pickFromContextMenu(file, 'Analyze Network Capture');
    await workbench.editorTab(/port-scan\.pcap/).waitFor();
    const view = await workbench.webview('body[data-view="capture-editor"]');
    await view.locator(tileValue).waitFor({ timeout: 30_000 });
    await workbench.screenshot('capture-file');
    await workbench.showAnomalies();
    await workbench.treeItem(/\bscan of\b/i).waitFor({ timeout: 20_000 });
    await workbench.screenshot('capture-file-finding');
  });

  it('left no error of the extension on the console', () => {
    assert.deepEqual(workbench.extensionErrors(), []);
  });
});

/** Whether anything was drawn on a canvas. */
async function isPainted(frame: Frame, selector: string): Promise<boolean> {
  return frame
    .locator(selector)
    .first()
    .evaluate((node) => {
      const canvas = node as HTMLCanvasElement;
      const context = canvas.getContext('2d');
      if (context === null || canvas.width === 0 || canvas.height === 0) return false;
      return context.getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value !== 0);
    });
}

const escapeDots = (text: string): string => text.replaceAll('.', '\\.');
