import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { stopAtFirstFailure } from './support/steps';
import { Workbench } from './support/workbench';

/** What a person does with a finding, in the order in which they go it: each step stands on the one before. */
describe('findings, comparison and doctor in the workbench', function () {
  this.timeout(120_000);
  stopAtFirstFailure(this);
  let workbench: Workbench;

  before(async () => {
    workbench = await Workbench.open();
  });
  after(async () => workbench?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.screenshot('findings-failed');
  });

  const openFinding = async (): Promise<void> => {
    await workbench.showAnomalies();
    const finding = workbench.treeItem(/\bscan of\b/i);
    await finding.waitFor({ timeout: 30_000 });
    await finding.click();
    await workbench.editorTab(/scan of/i).waitFor();
  };
  const until = async (holds: () => boolean): Promise<void> => {
    for (const end = Date.now() + 20_000; !holds(); await workbench.page.waitForTimeout(100))
      assert.ok(Date.now() < end, String(holds));
  };

  it('open on a page of their own', async () => {
    await workbench.showExplorer();
    await workbench.pickFromContextMenu(workbench.treeItem('port-scan.pcap'), 'Analyze Network Capture');
    await workbench.editorTab(/port-scan\.pcap/).waitFor();
    await openFinding();
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

  it('show what another threshold would find, against the mark, before it is saved', async () => {
    await workbench.runCommand('Network Traffic: What Would Change with Other Rule Settings…');
    const page = await workbench.webview('body[data-view="what-if"]');
    const slider = page.getByRole('slider').first();
    await slider.focus();
    await workbench.page.keyboard.press('End');
    // A scan of this size is found by other numbers too.
    await page
      .getByText('0 more, 0 less, 0 of another severity, 1 the same, over 854 packets.')
      .waitFor({ timeout: 30_000 });
    await page.getByText('Of 0 marked as right, 0 would go. Of 1 marked as wrong, 0 would go.').waitFor();
    await workbench.screenshot('what-if');
    const settings = path.join(workbench.folder, '.vscode/settings.json');
    assert.ok(!existsSync(settings), 'nothing is saved before somebody says so');
    await page.getByRole('button', { name: 'Save for Workspace' }).click();
    await until(() => existsSync(settings) && readFileSync(settings, 'utf8').includes('networkTraffic.rules.'));
    rmSync(settings);
  });

  it('are exported with their packets, and a report that opens', async () => {
    await workbench.closeEditors();
    await workbench.showExplorer();
    await workbench.pickFromContextMenu(workbench.treeItem('port-scan.pcap'), 'Analyze Network Capture');
    await workbench.editorTab(/port-scan\.pcap/).waitFor();
    await openFinding();
    const page = await workbench.webview('body[data-view="finding"]');
    await page.getByRole('button', { name: 'Export evidence…' }).click();
    await workbench.page.getByRole('button', { name: 'Export Here' }).click();
    const text = await workbench.textOfEditor(/scan of/i);
    assert.match(text, /192\.168\.1\.66/);
    const [capture] = readdirSync(workbench.folder).filter((name) => /scan.*\.pcapng$/.test(name));
    assert.ok(capture !== undefined, 'the packets are beside the capture');
    const bytes = readFileSync(path.join(workbench.folder, capture), 'latin1');
    assert.match(bytes, /scan of/i, 'the finding is a comment of the packets');
    await workbench.screenshot('finding-evidence');
  });

  it('are silenced with a reason, in a file that can be reviewed', async () => {
    await openFinding();
    const page = await workbench.webview('body[data-view="finding"]');
    const reason = workbench.page.getByText('Why is this harmless?');
    // An editor that opens late takes the focus, and so closes the question: it is asked again.
    for (let attempt = 0; attempt < 5 && !(await reason.isVisible()); attempt++) {
      await page.getByRole('button', { name: 'Silence…' }).click();
      await workbench
        .quickPick(/from 192\.168\.1\.66 to anyone/)
        .click({ timeout: 5000 })
        .catch(() => undefined);
      await reason.waitFor({ timeout: 5000 }).catch(() => undefined);
    }
    await workbench.quickInput().fill('Our own scanner, every Monday');
    await workbench.page.keyboard.press('Enter');
    await workbench.quickPick('For 30 days').click();
    const file = path.join(workbench.folder, '.network-traffic/exclusions.json');
    await until(() => existsSync(file) && readFileSync(file, 'utf8').includes('every Monday'));
    const { exclusions } = JSON.parse(readFileSync(file, 'utf8')) as { exclusions: Record<string, string>[] };
    assert.equal(exclusions.length, 1);
    assert.equal(exclusions[0]?.['source'], '192.168.1.66');
    assert.match(exclusions[0]?.['expires'] ?? '', /^\d{4}-\d\d-\d\d$/);
    await workbench.showAnomalies();
    await workbench.treeItem(/\bscan of\b/i).waitFor({ state: 'hidden', timeout: 20_000 });
    await workbench.screenshot('finding-silenced');
  });

  it('and flows and figures of two captures are compared in the diff of the editor', async () => {
    rmSync(path.join(workbench.folder, '.network-traffic/exclusions.json'));
    await workbench.runCommand('Network Traffic: Compare Captures');
    await workbench.quickPick('web-browsing.pcap').click();
    await workbench.page.getByPlaceholder(/^Compare .* with/).waitFor();
    await workbench.quickPick('port-scan.pcap').click();
    await workbench.editorTab(/web-browsing\.pcap.* ↔ port-scan\.pcap/).waitFor({ timeout: 30_000 });
    // Of the documents, those that fit on the screen are there.
    await workbench.page.getByText('report.md').first().waitFor({ timeout: 20_000 });
    for (const findings of [0, 1])
      await workbench.page
        .locator('.view-line')
        .filter({ hasText: new RegExp(`Findings.\\(${findings}\\)`) })
        .first()
        .waitFor({ timeout: 20_000 });
    await workbench.screenshot('compare-captures');
  });

  it('has a page that says what stands between this machine and a capture', async () => {
    await workbench.runCommand('Network Traffic: Check Permission to Capture');
    const page = await workbench.webview('body[data-view="doctor"]');
    await page.locator('.doctor-checks li').first().waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Check Again' }).waitFor();
    await workbench.screenshot('doctor');
  });

  it('are where the walkthrough ends, each step of which has its button', async () => {
    await workbench.runCommand('Welcome: Open Walkthrough...');
    await workbench.quickPick(/See What Your Machine Says on the Network/).click();
    const step = (name: string): Locator =>
      workbench.page.locator('.getting-started-step').filter({ hasText: name }).first();
    for (const name of ['See what a capture needs', 'Start a capture', 'Analyze a capture file', 'Read the findings'])
      await step(name).waitFor({ timeout: 20_000 });
    await step('Read the findings').click();
    await workbench.page.getByText(/^Each finding has what was measured/).waitFor();
    await workbench.screenshot('walkthrough');
    await step('See what a capture needs').click();
    await step('See what a capture needs').getByRole('button', { name: 'Check Permission to Capture' }).click();
    const page = await workbench.webview('body[data-view="doctor"]');
    await page.getByRole('button', { name: 'Check Again' }).waitFor();
  });

  it('left no error of the extension on the console', () => {
    assert.deepEqual(workbench.extensionErrors(), []);
  });
});
