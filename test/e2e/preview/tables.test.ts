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
const chips = ['Flows', 'Conversations', 'Endpoints', 'Protocols', 'DNS', 'HTTP', 'TLS'];

const asked = (page: Page, type: string) =>
  page.evaluate((wanted) => window.preview.posted.filter((message) => message.type === wanted), type);

describe('tables of the capture editor', function () {
  this.timeout(60_000);
  const harness = previewHarness();

  const openTables = async (theme: string, width: number): Promise<{ page: Page; problems: string[] }> => {
    const opened = await harness().open({ view: 'capture-editor', theme, width });
    await opened.page.evaluate(() => window.preview.show('capture-editor', 'read'));
    await opened.page.getByRole('tab', { name: 'Tables' }).click();
    return opened;
  };

  for (const { theme, width } of looks)
    it(`are all drawn, named and inside of the window (${theme}, ${width} px)`, async () => {
      const { page, problems } = await openTables(theme, width);
      for (const name of chips) {
        await page.getByRole('button', { name, exact: true }).click();
        const grid = page.getByRole('grid', { name });
        await grid.getByRole('gridcell').first().waitFor();
        await page.screenshot({ path: path.join(screenshotFolder, `table-${name}-${theme}-${width}.png`) });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(overflow <= 0, `${name} is ${overflow} px too wide`);
      }
      assert.deepEqual(await page.evaluate(() => window.preview.violations), []);
      assert.equal(await page.evaluate(() => document.images.length), 0);
      assert.deepEqual(problems, []);
      await page.context().close();
    });

  it('are sorted by their heads, and searched', async () => {
    const { page } = await openTables('dark', 1400);
    const head = page.getByRole('columnheader', { name: 'Bytes →' });
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'descending');
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'ascending');
    await head.getByRole('button').click();
    assert.equal(await head.getAttribute('aria-sort'), null);
    assert.deepEqual(
      (await asked(page, 'getTable')).map((message) => (message as { sort?: unknown }).sort),
      [null, { column: 'bytesAToB', descending: true }, { column: 'bytesAToB', descending: false }, null],
    );
    await page.getByRole('textbox', { name: 'Search' }).fill('example tls');
    await page.getByText('7 of 618 flows').waitFor();
    await page.context().close();
  });

  it('lead to the packets of a row and back to the flow of a packet', async () => {
    const { page } = await openTables('light', 1200);
    await page.getByRole('grid', { name: 'Flows' }).getByRole('gridcell').first().waitFor();
    const toPackets = page.getByRole('button', { name: 'Show Packets' });
    assert.ok(await toPackets.isDisabled());
    await page.getByRole('grid', { name: 'Flows' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText(/^812 of 26,458 packets match$/).waitFor();
    assert.equal((await asked(page, 'getPackets')).at(-1)?.filter, 'ip.addr == 10.20.0.2');
    await page.getByRole('grid', { name: 'Packets' }).getByRole('gridcell').first().click();
    await page.getByRole('button', { name: 'Show Flow' }).click();
    await page.getByText('7 of 618 flows').waitFor();
    assert.match((await asked(page, 'getTable')).at(-1)?.search ?? '', /^\S+:\d+ \S+:\d+$/);
    await page.context().close();
  });

  it('say how many rows a limit left out, and are asked for the chosen time', async () => {
    const { page } = await openTables('dark', 1400);
    await page.getByRole('button', { name: 'DNS', exact: true }).click();
    await page.getByText('618 DNS queries (12 more were left out at the limit)').waitFor();
    await page.getByRole('tab', { name: 'Overview' }).click();
    await page.getByRole('group', { name: /^Bandwidth: choose a time/ }).focus();
    await page.keyboard.press('ArrowLeft');
    const ranges = (await asked(page, 'getTable')).map((message) => (message as { range?: unknown }).range);
    assert.equal(ranges[0], null);
    assert.notEqual(ranges.at(-1), null);
    await page.context().close();
  });
});
