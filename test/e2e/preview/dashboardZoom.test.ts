import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
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

describe('zoom, pan and snapshot of the dashboard, with fixture data', function () {
  this.timeout(120_000);
  const harness = previewHarness();

  for (const { theme, width } of looks)
    it(`${theme}, ${width} px: wheel, keys and buttons show a part of the time`, async () => {
      const { page, problems } = await harness().open({ view: 'dashboard', theme, width });
      await page.evaluate(() => window.preview.show('dashboard', 'finished'));
      const words = page.locator('.zoom-words');
      const plot = page.locator('#packet-rate .brushed');
      await plot.hover();
      await page.keyboard.down('Control');
      await page.mouse.wheel(0, -120);
      await page.keyboard.up('Control');
      await words.filter({ hasText: /^Charts show .* to .* \(/ }).waitFor();
      const wheeled = await words.textContent();
      await plot.focus();
      await page.keyboard.press('Control+ArrowRight');
      await page.keyboard.press('+');
      assert.notEqual(await words.textContent(), wheeled);
      await page.screenshot({
        path: path.join(screenshotFolder, `dashboard-zoom-${theme}-${width}.png`),
        fullPage: true,
      });
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(overflow <= 0, `${overflow} px too wide`);
      assert.deepEqual(await axeViolations(page), []);
      await page.getByRole('button', { name: /^Show all of the time/ }).click();
      await words.filter({ hasText: /^$/ }).waitFor({ state: 'attached' });
      assert.deepEqual(problems, []);
      await page.context().close();
    });

  for (const theme of ['dark', 'light'])
    it(`${theme}: a picture of it is a PNG of what it shows, and the report opens`, async () => {
      const { page, problems } = await harness().open({ view: 'dashboard', theme, width: 1400 });
      await page.evaluate(() => window.preview.show('dashboard', 'capturing'));
      await page.getByRole('button', { name: 'Picture…' }).click();
      const [message] = (await posted(page, 'savePicture')) as { png?: string }[];
      const png = Buffer.from(message?.png ?? '', 'base64');
      assert.equal(png.subarray(1, 4).toString(), 'PNG');
      assert.equal(png.readUInt32BE(16), 3200);
      writeFileSync(path.join(screenshotFolder, `dashboard-picture-${theme}.png`), png);
      await page.getByRole('button', { name: 'Report' }).click();
      assert.equal((await posted(page, 'openReport')).length, 1);
      assert.deepEqual(problems, []);
      await page.context().close();
    });
});
