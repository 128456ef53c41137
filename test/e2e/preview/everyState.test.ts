import assert from 'node:assert/strict';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { axeViolations } from './axe';
import { everyView } from './everyView';
import { previewHarness, screenshotFolder, themeNames } from './previewHarness';

/** Besides the usual width in every theme: two narrow and one very large look. */
const sizes: { name: string; theme: string; width: number; height: number }[] = [
  ...themeNames.map((theme) => ({ name: theme, theme, width: 1200, height: 800 })),
  { name: 'narrow', theme: 'dark', width: 400, height: 800 },
  { name: 'sidebar', theme: 'light', width: 300, height: 900 },
  { name: '4k', theme: 'light', width: 3840, height: 2160 },
];

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** What a figure, its name or a way to go says, and has no room to say: "6.25 Mbi…" is not a figure. */
const cutOff = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        '.tile-value, .tile dt > span, .legend-label, .legend-value, .tab-list',
      ),
      ...document.querySelectorAll<HTMLElement>('.columns-menu, .choice-text'),
    ]
      .filter((node) => node.checkVisibility() && node.scrollWidth > node.clientWidth + 1)
      .map((node) => `cut off: ${node.textContent.trim()}`),
  );

/** Each state of each view in each look: drawn, kept as a picture, and held against axe-core. */
describe('every state of every view', function () {
  this.timeout(600_000);
  const harness = previewHarness();

  for (const { name, theme, width, height } of sizes)
    for (const { view, states, lead } of everyView)
      it(`${view} (${name}): axe-core finds nothing, and all of it fits`, async () => {
        const { page, problems } = await harness().open({ view, theme, width, height });
        const found: string[] = [];
        const look = async (what: string): Promise<void> => {
          await page.screenshot({ path: path.join(screenshotFolder, `all-${view}-${what}-${name}.png`) });
          const tooWide = await overflow(page);
          if (tooWide > 0) found.push(`${what}: ${tooWide} px too wide`);
          found.push(...(await cutOff(page)).map((line) => `${what}: ${line}`));
          // Sizes change what fits, themes change what axe sees.
          if (themeNames.includes(name)) found.push(...(await axeViolations(page)).map((line) => `${what}: ${line}`));
        };
        for (const state of states) {
          await page.evaluate(([each, of]) => window.preview.show(each, of), [view, state] as const);
          await lead?.[state]?.(page);
          await look(state);
        }
        if (view === 'capture-editor') await lookAtTabs(page, look);
        assert.deepEqual(found, []);
        assert.deepEqual(problems, []);
        await page.context().close();
      });
});

/** The tabs of the capture editor, the fields of a packet, the menu of the columns. */
async function lookAtTabs(page: Page, look: (what: string) => Promise<void>): Promise<void> {
  await page.evaluate(() => window.preview.show('capture-editor', 'read'));
  await page.getByRole('tab', { name: /^Packets/ }).click();
  const grid = page.getByRole('grid', { name: 'Packets' });
  await grid.getByRole('gridcell', { name: '3', exact: true }).waitFor();
  await look('packets');
  await page.getByRole('button', { name: 'Columns…' }).click();
  await look('packets-columns');
  await page.getByRole('button', { name: 'Columns…' }).click();
  await grid.getByRole('gridcell', { name: '3', exact: true }).click();
  await page.getByRole('heading', { name: 'Packet 3' }).waitFor();
  const tree = page.getByRole('tree', { name: 'Fields' });
  await tree.getByRole('treeitem', { name: /^Transmission Control/ }).dblclick();
  await look('packet-fields');
  await page.getByRole('button', { name: 'Decode with tshark' }).click();
  await page.getByRole('heading', { name: 'Packet 3, decoded by tshark' }).waitFor();
  await look('packet-tshark');
  const filter = page.getByRole('combobox', { name: 'Display filter' });
  await filter.fill('ip.ttl == bad &&');
  await page
    .getByText(/^812 of|Unknown field|[Ee]xpected|ends/)
    .first()
    .waitFor();
  await look('filter-wrong');
  await filter.fill('');
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Tables' }).click();
  for (const name of ['Flows', 'Conversations', 'Endpoints', 'Protocols', 'DNS', 'HTTP', 'TLS', 'Objects']) {
    await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('grid', { name }).getByRole('gridcell').first().waitFor();
    await look(`table-${name.toLowerCase()}`);
  }
  await page.getByRole('tab', { name: /^Findings/ }).click();
  await look('findings');
  await page.getByRole('tab', { name: 'Overview' }).click();
  await page.getByRole('group', { name: /^Bandwidth: choose a time/ }).focus();
  await page.keyboard.press('ArrowLeft');
  await page.locator('.brush-words').waitFor();
  await look('time-chosen');
}
