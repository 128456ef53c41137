import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { stopAtFirstFailure } from './support/steps';
import { TrafficLab } from './support/trafficLab';
import { Workbench } from './support/workbench';

const scannedPorts = 300;

/** Three hosts scan one at a time while a capture goes on: what a person does with several findings at once. */
describe('several findings of live traffic in the workbench', function () {
  this.timeout(120_000);
  stopAtFirstFailure(this);
  let workbench: Workbench;
  let lab: TrafficLab;

  before(async () => {
    lab = await TrafficLab.create();
    workbench = await Workbench.open();
    await workbench.waitUntilOffered('Network Traffic: Start Capture');
    await workbench.startCapture(lab.place.interfaceName, lab.place.filter);
    await workbench.showAnomalies();
  });
  after(async () => {
    await workbench?.close();
    await lab?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.screenshot('several-findings-failed');
  });

  const scans = (): Locator => workbench.page.getByRole('treeitem', { name: /^(?!.*\d findings?$).*scan of/i });
  const notifications = (): Locator => workbench.page.locator('.notification-list-item', { hasText: /scan of/i });
  const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
    for (const end = Date.now() + 20_000; !(await holds()); await workbench.page.waitForTimeout(100))
      assert.ok(Date.now() < end, what);
  };
  const untilChosen = (count: number): Promise<void> =>
    until(
      `${count} are chosen`,
      async () => (await scans().and(workbench.page.locator('[aria-selected="true"]')).count()) === count,
    );
  const fileOf = (name: string): string => {
    const file = path.join(workbench.folder, '.network-traffic', name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };

  it('are told one at a time, and not at all after "Don\'t Show Again"', async () => {
    const { page } = workbench;
    await lab.scan(scannedPorts);
    const never = notifications().getByRole('button', { name: "Don't Show Again" });
    await never.waitFor({ timeout: 20_000 });
    // The next one waits behind the first, and is not told either when the first is answered so.
    await lab.scan(scannedPorts, lab.place.more[0]);
    await until('two findings', async () => (await scans().count()) === 2);
    assert.equal(await notifications().count(), 1, 'one at a time');
    await never.click();
    const saved = (): boolean =>
      readdirSync(workbench.dataFolder, { recursive: true, encoding: 'utf8' })
        .filter((file) => path.basename(file) === 'settings.json')
        .some((file) =>
          /"networkTraffic.notifyOfFindings": false/.test(readFileSync(path.join(workbench.dataFolder, file), 'utf8')),
        );
    await until('the setting is written', saved);
    const first = page.getByRole('treeitem', { name: new RegExp(`by ${lab.place.self.replaceAll('.', '\\.')}, `) });
    await first.locator('.monaco-tl-twistie').click();
    await page.getByRole('treeitem', { name: /^scan type/ }).waitFor();
    await workbench.showExplorer();
    await lab.scan(scannedPorts, lab.place.more[1]);
    const badge = page.locator('.activitybar .badge-content').filter({ hasText: /^1$/ });
    await badge.waitFor({ timeout: 20_000 });
    await workbench.showAnomalies();
    await until('three findings', async () => (await scans().count()) === 3);
    await badge.waitFor({ state: 'hidden' });
    // What was open is open still.
    await page.getByRole('treeitem', { name: /^scan type/ }).waitFor();
    await first.locator('.monaco-tl-twistie').click();
    await page.getByRole('treeitem', { name: /^scan type/ }).waitFor({ state: 'hidden' });
    await workbench.runCommand('Notifications: Show Notifications');
    await page.locator('.notifications-center.visible').waitFor();
    assert.equal(await notifications().count(), 0, 'no notification any more');
    await workbench.screenshot('several-findings');
    await workbench.runCommand('Notifications: Hide Notifications');
    await workbench.runCommand('Network Traffic: Stop Capture');
    await workbench.waitUntilOffered('Network Traffic: Start Capture');
  });

  it('are marked at once when they were chosen with the mouse', async () => {
    await workbench.showAnomalies();
    // The first one opens, as a click on one does; a choice of several opens none and is left as it is.
    await scans().first().click();
    const page = await workbench.webview('body[data-view="finding"]');
    const title = page.getByRole('heading', { level: 1, name: /scan of/i });
    await title.waitFor();
    const opened = await title.innerText();
    await scans()
      .nth(1)
      .click({ modifiers: ['Control'] });
    await untilChosen(2);
    assert.equal(await title.innerText(), opened);
    await workbench.pickFromContextMenu(scans().nth(1), 'Mark as Wrong');
    await until('both are in the file', () => (fileOf('marks.json').match(/"verdict": "wrong"/g) ?? []).length === 2);
    const { marks } = JSON.parse(fileOf('marks.json')) as { marks: { finding: string }[] };
    assert.equal(new Set(marks.map(({ finding }) => finding)).size, 2);
  });

  it('are silenced at once, with one reason, by the keyboard alone', async () => {
    const { page } = workbench;
    const { keyboard } = page;
    // A page that is open takes the focus back when the palette closes.
    await workbench.closeEditors();
    await workbench.runCommand('View: Show Network Traffic');
    const list = page.locator('.sidebar .monaco-list').first();
    await until('the tree has the focus', async () => {
      await list.focus();
      await page.waitForTimeout(300);
      return list.evaluate((node) => node.contains(document.activeElement));
    });
    const focused = page.locator('.sidebar .monaco-list-row.focused');
    // What was chosen before is left; then from the group downwards.
    await keyboard.press('Escape');
    await untilChosen(0);
    await keyboard.press('Home');
    await focused.filter({ hasText: /High/ }).waitFor();
    for (const chosen of [1, 2, 3]) {
      await keyboard.press('Shift+ArrowDown');
      await untilChosen(chosen);
    }
    await workbench.screenshot('several-findings-chosen');
    await keyboard.press('Shift+F10');
    const silence = page.getByRole('menuitem', { name: /^Silence Finding/ });
    await silence.waitFor();
    for (let key = 0; key < 20; key++) {
      if (/Silence Finding/.test((await page.locator('.monaco-menu .action-item.focused').allInnerTexts()).join()))
        break;
      await keyboard.press('ArrowDown');
    }
    await keyboard.press('Enter');
    await page.getByText(/Why are these harmless\?/).waitFor();
    await keyboard.type('Our own three scanners');
    await keyboard.press('Enter');
    await workbench.quickPick('For 30 days').waitFor();
    await keyboard.press('Enter');
    await until('three are in the file', () => (fileOf('exclusions.json').match(/three scanners/g) ?? []).length === 3);
    const { exclusions } = JSON.parse(fileOf('exclusions.json')) as { exclusions: Record<string, string>[] };
    const sources = exclusions.map(({ source }) => source).sort();
    assert.deepEqual(sources, [lab.place.self, ...lab.place.more].sort());
    await page.getByText('3 findings are silenced by exclusions.').waitFor();
    assert.equal(await scans().count(), 0);
    await workbench.screenshot('several-findings-silenced');
  });

  it('left no error of the extension on the console', () => {
    assert.deepEqual(workbench.extensionErrors(), []);
  });
});
