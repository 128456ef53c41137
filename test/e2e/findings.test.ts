import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Workbench } from './support/workbench';

/** What a person does with a finding, in the order in which they go it: each step stands on the one before. */
describe('findings in the workbench', function () {
  this.timeout(120_000);
  this.bail(true);
  let workbench: Workbench;

  before(async () => {
    workbench = await Workbench.open();
  });
  after(async () => workbench?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.screenshot('findings-failed');
  });

  it('open on a page of their own', async () => {
    await workbench.showExplorer();
    await workbench.pickFromContextMenu(workbench.treeItem('port-scan.pcap'), 'Analyze Network Capture');
    await workbench.editorTab(/port-scan\.pcap/).waitFor();
    await workbench.showAnomalies();
    const finding = workbench.treeItem(/\bscan of\b/i);
    await finding.waitFor({ timeout: 30_000 });
    await finding.click();
    await workbench.editorTab(/scan of/i).waitFor();
    const page = await workbench.webview('body[data-view="finding"]');
    await page.getByRole('heading', { level: 1, name: /scan of/i }).waitFor();
    assert.ok((await page.locator('.evidence tbody tr').count()) > 0, 'what was measured');
    await page.locator('#packets tbody tr').first().waitFor();
    assert.match(await page.locator('#techniques').innerText(), /T1046 Network Service Discovery/);
    await workbench.screenshot('finding-page');
  });

  it('are marked in a file of the workspace', async () => {
    const page = await workbench.webview('body[data-view="finding"]');
    await page.getByRole('button', { name: 'Wrong' }).click();
    await page.getByText('Marked as wrong.').waitFor();
    const file = path.join(workbench.folder, '.network-traffic/marks.json');
    assert.ok(existsSync(file));
    assert.match(readFileSync(file, 'utf8'), /"verdict": "wrong"/);
  });

  it('lead to their packets in the list of the capture', async () => {
    const page = await workbench.webview('body[data-view="finding"]');
    const first = page.locator('#packets tbody tr').first().getByRole('button');
    const number = (await first.innerText()).replaceAll(/\D/g, '');
    await first.click();
    const editor = await workbench.webview('body[data-view="capture-editor"]');
    await editor.getByRole('tab', { name: /^Packets/, selected: true }).waitFor();
    await editor.getByText(/^1 of [\d,]+ packets match/).waitFor({ timeout: 20_000 });
    assert.equal(
      await editor.getByRole('combobox', { name: 'Display filter' }).inputValue(),
      `frame.number == ${number}`,
    );
    await workbench.screenshot('finding-packets');
  });

  it('are grouped and filtered, and both are told', async () => {
    await workbench.runCommand('Network Traffic: Group Findings By…');
    await workbench.quickPick('Host').click();
    await workbench.showAnomalies();
    await workbench.treeItem(/^192\.168\.1\.66, 1 finding/).waitFor();
    await workbench.runCommand('Network Traffic: Filter Findings…');
    await workbench.quickInput().fill('nothing like it');
    await workbench.page.keyboard.press('Enter');
    await workbench.page.getByText('Filter "nothing like it": 0 of 1.').waitFor();
    await workbench.screenshot('findings-filtered');
    await workbench.runCommand('Network Traffic: Clear Filter of Findings');
    await workbench.treeItem(/\bscan of\b/i).waitFor();
    await workbench.screenshot('findings-by-host');
  });

  it('left no error of the extension on the console', () => {
    assert.deepEqual(workbench.extensionErrors(), []);
  });
});
