import assert from 'node:assert/strict';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { previewHarness, screenshotFolder } from './previewHarness';

const looks = [
  { theme: 'dark', width: 1400 },
  { theme: 'light', width: 1000 },
  { theme: 'high-contrast', width: 1400 },
  { theme: 'high-contrast-light', width: 400 },
];

const inWords = /^Charts.*: .*\d\d:\d\d:\d\d.* to .*\d\d:\d\d:\d\d.* \(.+\)$/;

/** Draws a range over the middle of a chart. */
async function draw(page: Page, from: number, until: number): Promise<void> {
  const box = await page.locator('#bandwidth canvas').boundingBox();
  assert.ok(box);
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * ((from + until) / 2), y);
  await page.mouse.move(box.x + box.width * until, y);
  await page.mouse.up();
}

const askedFilters = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    window.preview.posted.filter(({ type }) => type === 'getPackets').map(({ filter }) => filter ?? ''),
  );

describe('time brush in the capture editor', function () {
  this.timeout(60_000);
  const harness = previewHarness();

  for (const { theme, width } of looks)
    it(`holds packets and findings to the time that was drawn, and says so (${theme}, ${width} px)`, async () => {
      const { page, problems } = await harness().open({ view: 'capture-editor', theme, width });
      await page.evaluate(() => window.preview.show('capture-editor', 'read'));
      const findings = page.getByRole('tab', { name: /^Findings/ });
      const all = await findings.innerText();
      await page.locator('#bandwidth canvas').scrollIntoViewIfNeeded();
      await draw(page, 0.3, 0.45);
      await page.getByText(inWords).waitFor();
      assert.notEqual(await findings.innerText(), all);
      await page.screenshot({ path: path.join(screenshotFolder, `time-brush-${theme}-${width}.png`) });
      await page.getByRole('tab', { name: /^Packets/ }).click();
      await page.getByText(/packets are in the chosen time$/).waitFor();
      assert.match(
        (await askedFilters(page))[0] ?? '',
        /^frame\.time_epoch >= \d+\.\d{6} && frame\.time_epoch < \d+\.\d{6}$/,
      );
      await page.getByText('Export selection').waitFor();
      await page.getByRole('button', { name: 'Packets CSV' }).click();
      const exported = await page.evaluate(() => window.preview.posted.filter(({ type }) => type === 'export'));
      assert.match(exported[0]?.filter ?? '', /^frame\.time_epoch >= /);
      await page.keyboard.press('Escape');
      await page.getByText(inWords).waitFor({ state: 'hidden' });
      await page.getByText(/^26,458 packets$/).waitFor();
      assert.equal((await askedFilters(page)).at(-1), '');
      assert.equal(await findings.innerText(), all);
      assert.deepEqual(await page.evaluate(() => window.preview.violations), []);
      assert.deepEqual(problems, []);
      await page.context().close();
    });

  it('is moved and grown by the keyboard alone, and cleared by its button', async () => {
    const { page } = await harness().open({ view: 'capture-editor', theme: 'dark', width: 1400 });
    await page.evaluate(() => window.preview.show('capture-editor', 'read'));
    const chart = page.getByRole('group', { name: /^Bandwidth: choose a time/ });
    await chart.focus();
    await page.keyboard.press('ArrowLeft');
    const words = page.locator('.brush-words');
    await words.waitFor();
    const first = await words.innerText();
    await page.keyboard.press('ArrowLeft');
    const moved = await words.innerText();
    assert.notEqual(moved, first);
    await page.keyboard.press('Shift+ArrowRight');
    assert.notEqual(await words.innerText(), moved);
    assert.match((await chart.getAttribute('aria-description')) ?? '', /^Chosen: /);
    await page.getByRole('button', { name: 'Show All', exact: true }).click();
    await words.waitFor({ state: 'hidden' });
    assert.equal(await chart.getAttribute('aria-description'), null);
    await page.context().close();
  });
});
