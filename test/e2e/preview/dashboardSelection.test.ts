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

describe('what is chosen on the dashboard, with fixture data', function () {
  this.timeout(120_000);
  const harness = previewHarness();

  for (const { theme, width } of looks)
    it(`${theme}, ${width} px: a host and a time are said in words, filter, and go with Escape`, async () => {
      const { page, problems } = await harness().open({ view: 'dashboard', theme, width });
      await page.evaluate(() => window.preview.show('dashboard', 'finished'));
      await page.locator('#talkers .cell-button').nth(1).click();
      const words = page.locator('.selection .brush-words');
      await words.filter({ hasText: /only / }).waitFor();
      const packets = page.locator('[data-tile="packets"] .tile-value');
      await page.getByText('Charts, tiles and tables are of this host alone.').waitFor();
      const ofHost = await packets.innerText();
      await page.locator('#packet-rate .brushed, #packet-rate [tabindex="0"]').first().focus();
      await page.keyboard.press('ArrowLeft');
      await words.filter({ hasText: /\(.*\), only / }).waitFor();
      await page.locator('#selection-packets tbody tr').first().waitFor();
      const [request] = (await posted(page, 'getPackets')).slice(-1);
      assert.match(request?.filter ?? '', /addr == .* && frame\.time_epoch >= /);
      await page.getByRole('button', { name: 'Its packets as PCAP' }).click();
      const [exported] = await posted(page, 'export');
      assert.equal(exported?.filter, request?.filter);
      await page.screenshot({
        path: path.join(screenshotFolder, `dashboard-selection-${theme}-${width}.png`),
        fullPage: true,
      });
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(overflow <= 0, `${overflow} px too wide`);
      if (theme === 'dark') assert.deepEqual(await axeViolations(page), []);
      await page.keyboard.press('Escape');
      await page.locator('#selection-packets').waitFor({ state: 'hidden' });
      assert.notEqual(await packets.innerText(), ofHost, 'everything again');
      assert.deepEqual(problems, []);
      await page.context().close();
    });
});
