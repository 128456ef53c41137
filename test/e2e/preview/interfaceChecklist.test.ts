import assert from 'node:assert/strict';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { axeViolations } from './axe';
import { previewHarness, screenshotFolder } from './previewHarness';

const looks = [
  { theme: 'dark', width: 1400 },
  { theme: 'light', width: 700 },
  { theme: 'high-contrast', width: 1000 },
  { theme: 'high-contrast-light', width: 400 },
];

const posted = (page: Page, type: string) =>
  page.evaluate((wanted) => window.preview.posted.filter((message) => message.type === wanted), type);
const show = (page: Page, state: string): Promise<void> =>
  page.evaluate((name) => window.preview.show('dashboard', name), state);

describe('several interfaces chosen on the dashboard, with fixture data', function () {
  this.timeout(60_000);
  const harness = previewHarness();

  for (const { theme, width } of looks)
    it(`${theme}, ${width} px: are checked in a list, kept while states arrive, and captured on together`, async () => {
      const { page, problems } = await harness().open({ view: 'dashboard', theme, width });
      await show(page, 'idle');
      const opener = page.getByRole('button', { name: 'Capture on several interfaces' });
      await opener.click();
      const list = page.getByRole('group', { name: 'Interfaces to capture on together' });
      await list.getByRole('checkbox', { name: /^eth0 – 10\.20\.0\.15, 91 / }).waitFor();
      assert.ok((await posted(page, 'refreshInterfaces')).length >= 1);
      for (const name of [/^lo /, /^eth0 /]) {
        const box = list.getByRole('checkbox', { name });
        if (!(await box.isChecked())) await box.check();
      }
      await show(page, 'idle');
      assert.equal(await list.getByRole('checkbox', { checked: true }).count(), 2);
      await page.screenshot({ path: path.join(screenshotFolder, `interface-checklist-${theme}-${width}.png`) });
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(overflow <= 0, `${overflow} px too wide`);
      if (theme === 'dark') assert.deepEqual(await axeViolations(page), []);
      // By keyboard: down to the next row, and out of the list.
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Escape');
      await list.waitFor({ state: 'hidden' });
      await page.getByRole('combobox', { name: 'Interface' }).filter({ hasText: 'eth0, lo' }).waitFor();
      await page.getByRole('button', { name: 'Start' }).click();
      assert.deepEqual(await posted(page, 'start'), [{ type: 'start', interfaces: ['eth0', 'lo'], filter: '' }]);
      await show(page, 'capturing');
      await page.locator('vscode-button[disabled][aria-label="Capture on several interfaces"]').waitFor();
      assert.deepEqual(problems, []);
      await page.context().close();
    });
});
