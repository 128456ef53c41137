import assert from 'node:assert/strict';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { axeViolations } from './axe';
import { findingStates } from './findingFixtures';
import { previewHarness, screenshotFolder } from './previewHarness';

const looks = [
  { theme: 'dark', width: 1400 },
  { theme: 'light', width: 800 },
  { theme: 'high-contrast', width: 1000 },
  { theme: 'high-contrast-light', width: 320 },
];

const show = (page: Page, state: string): Promise<void> =>
  page.evaluate((each) => window.preview.show('finding', each), state);

const posted = (page: Page, type: string) =>
  page.evaluate((wanted) => window.preview.posted.filter((message) => message.type === wanted), type);

describe('the page of a finding, with fixture data', function () {
  this.timeout(120_000);
  const harness = previewHarness();

  for (const { theme, width } of looks)
    it(`${theme}, ${width} px: every state fits, breaks no policy and can be used by everybody`, async () => {
      const { page, problems } = await harness().open({ view: 'finding', theme, width });
      for (const state of Object.keys(findingStates)) {
        await show(page, state);
        await page.waitForTimeout(50);
        const name = `finding-${state}-${theme}-${width}.png`;
        await page.screenshot({ path: path.join(screenshotFolder, name), fullPage: true });
        const seen = await page.evaluate(() => ({
          violations: window.preview.violations,
          overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          images: document.images.length,
        }));
        assert.deepEqual(seen.violations, [], state);
        assert.ok(seen.overflow <= 0, `${state} is ${seen.overflow} px too wide`);
        assert.equal(seen.images, 0, `${state}: markup from the wire became an element`);
        if (state === 'staged' || state === 'low') assert.deepEqual(await axeViolations(page), [], state);
      }
      assert.deepEqual(problems, []);
      await page.context().close();
    });

  it('leads to packets and flows, marks, silences and exports', async () => {
    const { page } = await harness().open({ view: 'finding', theme: 'dark', width: 1200 });
    await show(page, 'scan');
    await page.getByRole('button', { name: 'Packet 4,003: show it in the packet list' }).click();
    assert.deepEqual(await posted(page, 'showPackets'), [{ type: 'showPackets', numbers: [4003] }]);
    await page.getByRole('button', { name: /Show its packets: tcp 10\.20\.0\.99:41001/ }).click();
    assert.deepEqual(await posted(page, 'showFlow'), [{ type: 'showFlow', flow: 1 }]);
    await page.getByRole('button', { name: 'Wrong' }).click();
    await show(page, 'marked');
    await page.getByText('Marked as wrong. Our own scanner, every Tuesday.').waitFor();
    await page.getByRole('button', { name: 'Wrong' }).click();
    assert.deepEqual(await posted(page, 'mark'), [
      { type: 'mark', verdict: 'wrong' },
      { type: 'mark', verdict: null },
    ]);
    for (const [name, type] of [
      ['Silence…', 'silence'],
      ['Export evidence…', 'exportEvidence'],
      ['About this rule', 'showRule'],
      ['As document', 'showDocument'],
    ] as const) {
      await page.getByRole('button', { name }).click();
      assert.equal((await posted(page, type)).length, 1, name);
    }
    await show(page, 'low');
    await page.getByText('To mark or silence it, open a trusted folder.').waitFor();
    await page.waitForTimeout(100);
    assert.equal(await page.getByRole('button', { name: 'Right' }).isDisabled(), true);
    await page.context().close();
  });

  it('names limits in a narrow panel, in the language of the editor, and has no card for what there is not', async () => {
    for (const [language, words] of [
      ['en', 'Limit'],
      ['de', 'Grenze'],
    ] as const) {
      const { page } = await harness().open({ view: 'finding', theme: 'dark', width: 320, language });
      await show(page, 'scan');
      const limit = page.locator('.evidence-limit').first();
      assert.equal(await limit.getAttribute('data-label'), words);
      assert.match(await limit.evaluate((cell) => getComputedStyle(cell, '::before').content), /data-label|^"\w+/);
      await show(page, 'bare');
      await page.locator('#evidence').waitFor({ state: 'hidden' });
      await page.context().close();
    }
  });

  it('keeps what it showed when the capture is closed', async () => {
    const { page } = await harness().open({ view: 'finding', theme: 'light', width: 900 });
    await show(page, 'scan');
    await show(page, 'gone');
    await page.getByText('The capture that it was seen in is closed').waitFor();
    assert.match(await page.getByRole('heading', { level: 1 }).innerText(), /Port scan of 10\.20\.0\.7/);
    await page.context().close();
  });
});
