import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { SshServer } from './support/sshServer';
import { stopAtFirstFailure } from './support/steps';
import { TrafficLab } from './support/trafficLab';
import { Workbench } from './support/workbench';

const packetsTile = '[data-tile="packets"] .tile-value';

/** Each step stands on the one before. */
describe('a capture on an SSH host in the workbench', function () {
  this.timeout(90_000);
  stopAtFirstFailure(this);
  let server: SshServer | undefined;
  let workbench: Workbench | undefined;
  let lab: TrafficLab | undefined;
  let dashboard: Frame;

  before(async function () {
    const reason = SshServer.missing();
    if (reason !== null) {
      console.log(`      skipped: ${reason}`);
      this.skip();
    }
    server = await SshServer.start();
    lab = await TrafficLab.create();
    workbench = await Workbench.open();
    lab.startTraffic();
  });
  after(async () => {
    await workbench?.close();
    await lab?.close();
    server?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench?.screenshot('ssh-failed');
  });

  /** Answers the three questions. */
  async function start(window: Workbench, host: string, interfaceName: string, filter: string): Promise<void> {
    const { page } = window;
    await window.runCommand('Network Traffic: Capture on SSH Host…');
    await page.getByPlaceholder('host, user@host, or ssh://user@host:port').waitFor();
    await window.quickInput().fill(host);
    await page
      .locator('.quick-input-widget:visible .quick-input-list .monaco-list-row.focused', { hasText: host })
      .waitFor();
    await page.keyboard.press('Enter');
    await page.getByPlaceholder('any').waitFor();
    await window.quickInput().fill(interfaceName);
    await page.keyboard.press('Enter');
    await page.getByPlaceholder(/BPF filter/).waitFor();
    await window.quickInput().fill(filter);
    await window.quickDescription('valid').waitFor();
    await page.keyboard.press('Enter');
  }

  it('shows the traffic of the other machine, and says where it is from', async () => {
    assert.ok(workbench && server && lab);
    const { interfaceName, filter } = lab.place;
    await start(workbench, server.host, interfaceName, filter);
    dashboard = await workbench.webview('body[data-view="dashboard"]');
    await dashboard.locator(packetsTile).filter({ hasText: /[1-9]/ }).waitFor({ timeout: 40_000 });
    await dashboard.getByText(`Capturing on ${server.host}:${interfaceName}`, { exact: true }).waitFor();
    await workbench.screenshot('ssh-capture');
    await workbench.runCommand('Network Traffic: Stop Capture');
    await dashboard.getByRole('button', { name: 'Start' }).waitFor();
    assert.match(await dashboard.locator(packetsTile).innerText(), /[1-9]/);
  });

  it('offers the host again, and shows what ssh says when its key has changed', async () => {
    assert.ok(workbench && server && lab);
    const { interfaceName, filter } = lab.place;
    server.forgeKnownKey();
    await workbench.runCommand('Network Traffic: Capture on SSH Host…');
    await workbench.quickPick('used before').waitFor();
    await workbench.page.keyboard.press('Escape');
    await start(workbench, server.host, interfaceName, filter);
    const said = dashboard.getByText(/REMOTE HOST IDENTIFICATION HAS CHANGED/).first();
    await said.waitFor({ timeout: 40_000 });
    await dashboard
      .getByText(/Host key verification failed/)
      .first()
      .waitFor();
    await dashboard
      .getByText(/Ask who runs/)
      .first()
      .waitFor();
    await workbench.screenshot('ssh-host-key-changed');
  });

  it('tries again on the other machine, not on this one', async () => {
    assert.ok(workbench && server && lab);
    server.restoreKnownKey();
    await dashboard.getByRole('button', { name: 'Try Again' }).click();
    await dashboard
      .getByText(`Capturing on ${server.host}:${lab.place.interfaceName}`, { exact: true })
      .waitFor({ timeout: 40_000 });
    await workbench.runCommand('Network Traffic: Stop Capture');
    await dashboard.getByRole('button', { name: 'Start' }).waitFor();
  });

  it('left no error of the extension on the console', () => {
    assert.deepEqual(workbench?.extensionErrors(), []);
  });
});
