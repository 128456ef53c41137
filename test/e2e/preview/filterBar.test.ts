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

describe('display filter of the capture editor', function () {
  this.timeout(60_000);
  const harness = previewHarness();

  const openPackets = async (theme: string, width: number): Promise<{ page: Page; problems: string[] }> => {
    const opened = await harness().open({ view: 'capture-editor', theme, width });
    await opened.page.evaluate(() => window.preview.show('capture-editor', 'read'));
    await opened.page.getByRole('tab', { name: /^Packets/ }).click();
    return opened;
  };
  const line = (page: Page) => page.getByRole('combobox', { name: 'Display filter' });
  const shot = (page: Page, name: string) => page.screenshot({ path: path.join(screenshotFolder, `${name}.png`) });
  const filtersAsked = (page: Page) =>
    page.evaluate(() =>
      window.preview.posted.filter(({ type }) => type === 'getPackets').map(({ filter }) => filter ?? ''),
    );

  for (const { theme, width } of looks)
    it(`offers fields and underlines what is wrong (${theme}, ${width} px)`, async () => {
      const { page, problems } = await openPackets(theme, width);
      await line(page).pressSequentially('http.re');
      await page.getByRole('option', { name: /^http\.request\.method/ }).waitFor();
      await shot(page, `filter-completion-${theme}-${width}`);
      await page.keyboard.press('Escape');
      await line(page).fill('tcp.port == eighty && udp');
      await page.getByText('"eighty" is not a number. (character 13)').waitFor();
      assert.equal(await page.locator('.filter-fault').textContent(), 'eighty');
      assert.equal(await line(page).getAttribute('aria-invalid'), 'true');
      await shot(page, `filter-fault-${theme}-${width}`);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(overflow <= 0, `${overflow} px too wide`);
      assert.deepEqual(await page.evaluate(() => window.preview.violations), []);
      assert.deepEqual(problems, []);
      await page.context().close();
    });

  it('is written by the keyboard alone: field, comparison, value', async () => {
    const { page } = await openPackets('dark', 1200);
    await line(page).pressSequentially('ip.ad');
    await page.getByRole('option', { name: /^ip\.addr/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    const first = page.getByRole('option').first();
    assert.equal(await first.getAttribute('aria-selected'), 'true');
    assert.equal(await line(page).getAttribute('aria-activedescendant'), await first.getAttribute('id'));
    await page.keyboard.press('Tab');
    assert.equal(await line(page).inputValue(), 'ip.addr ');
    await page.getByRole('option', { name: /^==/ }).click();
    assert.equal(await line(page).inputValue(), 'ip.addr == ');
    await page.getByRole('option', { name: /^192\.0\.2\.80/ }).click();
    assert.equal(await line(page).inputValue(), 'ip.addr == 192.0.2.80');
    await line(page).press('Escape');
    await line(page).press('Enter');
    await page.getByText(/^812 of 26,458 packets match$/).waitFor();
    assert.equal((await filtersAsked(page)).at(-1), 'ip.addr == 192.0.2.80');
    await page.context().close();
  });

  it('is joined by what the context menu of a cell stands for', async () => {
    const { page } = await openPackets('light', 1200);
    const cell = page.getByRole('grid', { name: 'Packets' }).locator('.rows-layer .row').first().getByRole('gridcell');
    await cell.nth(2).click({ button: 'right' });
    const context = JSON.parse((await cell.nth(2).getAttribute('data-vscode-context')) ?? 'null') as { filter: string };
    assert.match(context.filter, /^ip(v6)?\.src == [0-9a-f.:]+$/);
    await line(page).fill('dns or http');
    await page.evaluate((filter) => window.preview.send({ type: 'useFilter', filter, use: 'and not' }), context.filter);
    await page.getByText(/^812 of 26,458 packets match$/).waitFor();
    assert.equal(await line(page).inputValue(), `(dns or http) && !(${context.filter})`);
    await page.context().close();
  });

  it('offers the filters of the workspace and those used before', async () => {
    const { page } = await openPackets('dark', 1200);
    await page.evaluate(() =>
      window.preview.send({
        type: 'savedFilters',
        saved: [{ name: 'Slow answers', filter: 'dns && frame.time_delta > 1' }],
        recent: ['tcp.port == 443'],
      }),
    );
    await page.getByRole('button', { name: 'Saved and recent filters' }).click();
    await page.getByRole('option', { name: /Slow answers/ }).waitFor();
    await shot(page, 'filter-saved-dark-1200');
    await page.getByRole('option', { name: /Slow answers/ }).click();
    await page.getByText(/^812 of 26,458 packets match$/).waitFor();
    assert.equal(await line(page).inputValue(), 'dns && frame.time_delta > 1');
    assert.ok(await page.getByRole('button', { name: 'Save display filter' }).isDisabled());
    const posted = await page.evaluate(() => window.preview.posted.map(({ type }) => type));
    assert.ok(posted.includes('filterApplied'));
    await page.context().close();
  });
});
