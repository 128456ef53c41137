import assert from 'node:assert/strict';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type { FilterSearch } from '../../../src/protocol/filterSearch';
import { fixturePacket } from './fixtures';
import { previewHarness, screenshotFolder } from './previewHarness';

describe('a display filter over a long capture', function () {
  this.timeout(60_000);
  const harness = previewHarness();

  /** Answers pages as the analyzer does that is still searching: with what it has found. */
  const search = (page: Page, newest: Omit<FilterSearch, 'filter'>) =>
    page.evaluate(
      ([known, row]) => {
        const scope = window as unknown as { known: typeof known; answers: boolean };
        scope.known = known;
        window.preview.answer = (message) => {
          if (message.type !== 'getPackets') return false;
          const { request, filter = '', from = 0, count = 0 } = message;
          const search = { ...scope.known, filter };
          const rows = Array.from({ length: Math.max(0, Math.min(count, search.matched - from)) }, (_, index) => ({
            ...row,
            number: (from + index + 1) * 10,
          }));
          window.postMessage({ type: 'packets', request, rows, matched: search.matched, complete: true, search }, '*');
          return true;
        };
        window.postMessage({ type: 'filterSearch', search: { ...known, filter: 'tcp.analysis.retransmission' } }, '*');
      },
      [newest, fixturePacket(1)] as const,
    );
  const posted = (page: Page) =>
    page.evaluate(() =>
      window.preview.posted
        .filter(({ type }) => type === 'searchPackets')
        .map((message) => message as unknown as Record<string, unknown>),
    );

  for (const { theme, width } of [
    { theme: 'dark', width: 1400 },
    { theme: 'light', width: 400 },
    { theme: 'high-contrast', width: 900 },
  ])
    it(`shows what is found while it is searched, stops and goes on (${theme}, ${width} px)`, async () => {
      const { page, problems } = await harness().open({ view: 'capture-editor', theme, width });
      await page.evaluate(() => window.preview.show('capture-editor', 'read'));
      await page.getByRole('tab', { name: /^Packets/ }).click();
      await page.getByRole('gridcell', { name: '1', exact: true }).first().waitFor();
      const total = 26_458;
      await search(page, { matched: 0, searched: 100, total, state: 'searching' });
      await page.getByRole('combobox', { name: 'Display filter' }).fill('tcp.analysis.retransmission');
      await page.keyboard.press('Enter');
      const said = page.locator('.row-count');
      await said.filter({ hasText: /^Searching… 0 % of 26,458 packets: 0 match so far$/ }).waitFor();
      await search(page, { matched: 3, searched: 6_700, total, state: 'searching' });
      await said.filter({ hasText: /^Searching… 25 % .* 3 match so far$/ }).waitFor();
      await page.locator('#panel-packets .rows-scroller').getByRole('gridcell', { name: '30', exact: true }).waitFor();
      await page.locator('#panel-packets .rows-scroller').focus();
      await page.keyboard.press('Home');
      await search(page, { matched: 700, searched: 13_229, total, state: 'searching' });
      await page.locator('#panel-packets .rows-scroller').getByRole('gridcell', { name: '40', exact: true }).waitFor();
      assert.equal(
        await page.locator('.row[aria-selected=true] [role=gridcell]').first().textContent(),
        '10',
        'the packet that was chosen stays chosen',
      );
      await page.screenshot({ path: path.join(screenshotFolder, `filter-search-${theme}-${width}.png`) });
      await page.getByText('Stop Searching').click();
      assert.deepEqual(await posted(page), [
        { type: 'searchPackets', filter: 'tcp.analysis.retransmission', go: false },
      ]);
      await search(page, { matched: 701, searched: 13_229, total, state: 'stopped' });
      await said.filter({ hasText: /^701 match in the first 13,229 of 26,458 packets$/ }).waitFor();
      await page.screenshot({ path: path.join(screenshotFolder, `filter-stopped-${theme}-${width}.png`) });
      await page.getByText('Go On Searching').click();
      assert.equal((await posted(page)).at(-1)?.['go'], true);
      await search(page, { matched: 1500, searched: total, total, state: 'done' });
      await said.filter({ hasText: /^1,500 of 26,458 packets match$/ }).waitFor();
      assert.equal(await page.getByText('Go On Searching').isVisible(), false);
      assert.deepEqual(problems, []);
      await page.context().close();
    });
});
