import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { previewHarness, screenshotFolder } from './previewHarness';

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
}

/** What axe-core finds on the page, one line each. */
async function violations(page: Page): Promise<string[]> {
  const result = await page.evaluate(async (source) => {
    const scope = window as unknown as { axe?: { run: (root: Document) => Promise<unknown> } };
    if (scope.axe === undefined) (0, eval)(source);
    return scope.axe?.run(document);
  }, axeSource);
  return (result as AxeResult).violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 200)}`),
  );
}

describe('fields and bytes of a packet', function () {
  this.timeout(240_000);
  const harness = previewHarness();

  async function packetsPage(theme: string, width: number, row: string): Promise<{ page: Page; problems: string[] }> {
    const { page, problems } = await harness().open({ view: 'capture-editor', theme, width });
    page.setDefaultTimeout(8000);
    await page.evaluate(() => window.preview.show('capture-editor', 'read'));
    await page.getByRole('tab', { name: /^Packets/ }).click();
    const grid = page.getByRole('grid', { name: 'Packets' });
    await grid.getByRole('gridcell', { name: row, exact: true }).click();
    await page.getByRole('heading', { name: `Packet ${row}` }).waitFor();
    return { page, problems };
  }

  const posted = (page: Page, type: string) =>
    page.evaluate((wanted) => window.preview.posted.filter((message) => message.type === wanted), type);

  it('shows the bytes of a field, and the field of a byte, by mouse and keyboard', async () => {
    const { page, problems } = await packetsPage('dark', 1400, '3');
    const tree = page.getByRole('tree', { name: 'Fields' });
    await tree.getByRole('treeitem', { name: /^Internet Protocol Version 4/ }).click();
    await page.keyboard.press('ArrowRight');
    await tree.getByRole('treeitem', { name: /^Time to live/ }).click();
    await page.getByText(/\(ip\.ttl\), byte 22, 1 byte$/).waitFor();
    const lit = page.locator('.byte[aria-selected="true"]:visible');
    assert.equal(await lit.count(), 1);
    assert.equal(await lit.getAttribute('data-at'), '22');
    // From a byte to its field: the destination port, byte 36.
    await page.locator('.byte[data-at="36"]').click();
    const selected = tree.locator('[aria-selected="true"]');
    assert.match((await selected.textContent()) ?? '', /Destination port: 443/);
    await page.keyboard.press('ArrowLeft');
    assert.match((await selected.textContent()) ?? '', /Source port: 40122/);
    await tree.focus();
    await page.keyboard.press('ArrowLeft');
    assert.match((await selected.textContent()) ?? '', /^Transmission Control Protocol/);
    await page.screenshot({ path: path.join(screenshotFolder, 'capture-editor-details-dark-1400.png') });
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  it('keeps what is open and chosen from packet to packet', async () => {
    const { page } = await packetsPage('light', 1200, '3');
    const tree = page.getByRole('tree', { name: 'Fields' });
    await tree.getByRole('treeitem', { name: /^Transmission Control/ }).dblclick();
    await tree.getByRole('treeitem', { name: /^Window/ }).click();
    await page.getByRole('grid', { name: 'Packets' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('heading', { name: 'Packet 4' }).waitFor();
    assert.match((await tree.locator('[aria-selected="true"]').textContent()) ?? '', /^Window/);
    await page.getByText('Comment: seen by the gateway').waitFor();
    await tree.getByRole('treeitem', { name: /^Internet Protocol/ }).dblclick();
    await tree.getByText(/should be 0x[0-9a-f]{4}/).waitFor();
    assert.equal(await page.locator('.packet-details img').count(), 0);
    await page.screenshot({ path: path.join(screenshotFolder, 'capture-editor-details-light-1200.png') });
    await page.context().close();
  });

  it('copies a packet as text, JSON, hex dump and escaped string', async () => {
    const { page } = await packetsPage('dark', 1200, '3');
    for (const name of ['Text', 'JSON', 'Hex', 'String'])
      await page.getByRole('group', { name: 'Field and copy' }).getByText(name, { exact: true }).click();
    const texts = (await posted(page, 'copyText')).map(({ text }) => text ?? '');
    assert.match(texts[0] ?? '', /^Transmission Control Protocol/m);
    assert.match(texts[0] ?? '', /^ {4}Source port: 40122$/m);
    assert.equal((JSON.parse(texts[1] ?? '') as { number: number }).number, 3);
    assert.match(texts[2] ?? '', /^00000000 {2}([0-9a-f]{2} ){15}[0-9a-f]{2} {2}/);
    assert.match(texts[3] ?? '', /^"(\\x[0-9a-f]{2}|[ -~])+"$/);
    await page.context().close();
  });

  it('are also those of tshark, and go over to Wireshark, where these are installed', async () => {
    const { page, problems } = await packetsPage('dark', 1400, '3');
    await page.getByRole('button', { name: 'Decode with tshark' }).click();
    await page.getByRole('heading', { name: 'Packet 3, decoded by tshark' }).waitFor();
    const tree = page.getByRole('tree', { name: 'Fields' });
    await tree.getByRole('treeitem', { name: /^Internet Protocol Version 4/ }).dblclick();
    await tree.getByRole('treeitem', { name: 'Country: <img src=x onerror=alert(1)>' }).waitFor();
    await tree.getByText('⚠ Warning of tshark').waitFor();
    const context = (name: RegExp) => tree.getByRole('treeitem', { name }).getAttribute('data-vscode-context');
    assert.match((await context(/^Time to Live: 64/)) ?? '', /"filter":"ip.ttl == 64"/);
    assert.equal(await context(/^Country/), null, 'our filters do not know it');
    await page.screenshot({ path: path.join(screenshotFolder, 'capture-editor-tshark-dark-1400.png') });
    await page.getByRole('button', { name: 'Own Decoding' }).click();
    await page.getByRole('heading', { name: 'Packet 3', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Open in Wireshark' }).click();
    assert.deepEqual(
      (await posted(page, 'openInWireshark')).map(({ packet, filter }) => [packet, filter]),
      [[3, '']],
    );
    await page.evaluate(() => window.preview.show('capture-editor', 'damaged'));
    assert.ok(await page.getByRole('button', { name: 'Open in Wireshark' }).isHidden());
    assert.ok(await page.getByRole('button', { name: 'Decode with tshark' }).isHidden());
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  it('stand for display filters, in the context menu and as a copy', async () => {
    const { page } = await packetsPage('light', 1200, '3');
    const tree = page.getByRole('tree', { name: 'Fields' });
    await tree.getByRole('treeitem', { name: /^Internet Protocol Version 4/ }).dblclick();
    const ttl = tree.getByRole('treeitem', { name: /^Time to live/ });
    assert.match((await ttl.getAttribute('data-vscode-context')) ?? '', /"filter":"ip.ttl == 64"/);
    await ttl.click({ button: 'right' });
    assert.equal(await ttl.getAttribute('aria-selected'), 'true');
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    assert.equal((await posted(page, 'copyText')).at(-1)?.text, 'ip.ttl == 64');
    await page.context().close();
  });

  it('leads to the findings that the packet takes part in', async () => {
    const { page } = await packetsPage('dark', 1200, '3');
    await page.getByRole('button', { name: /^high: Port scan/ }).click();
    assert.equal((await posted(page, 'openFinding')).length, 1);
    await page.context().close();
  });

  it('finds, goes to, and marks packets by keyboard', async () => {
    const { page } = await packetsPage('dark', 1200, '3');
    const grid = page.getByRole('grid', { name: 'Packets' });
    await grid.focus();
    await page.keyboard.press('m');
    await page.getByText('Packet 3 is marked.').waitFor();
    await grid.getByRole('gridcell', { name: '● 3', exact: true }).waitFor();
    await page.keyboard.press('Control+f');
    await page.keyboard.type('hello');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Packet 9' }).waitFor();
    await grid.focus();
    await page.keyboard.press('Control+g');
    await page.keyboard.type('15000');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Packet 15,000' }).waitFor();
    await page.getByRole('button', { name: '1 mark' }).click();
    const asked = await posted(page, 'getPackets');
    assert.equal(asked.at(-1)?.filter, 'frame.number in {3}');
    assert.deepEqual(
      (await posted(page, 'findPacket')).map(({ kind, text }) => [kind, text]),
      [
        ['info', 'hello'],
        ['number', '15000'],
      ],
    );
    await page.context().close();
  });

  it('shows other columns, sizes, orders and times, and a field as a column', async () => {
    const { page } = await packetsPage('light', 1200, '3');
    await page.getByRole('button', { name: 'Columns…' }).click();
    const menu = page.getByRole('group', { name: 'Columns, times and colours' });
    await menu.getByLabel('Format of times').selectOption('relative');
    await menu.getByRole('checkbox', { name: 'Length' }).uncheck();
    await menu.getByRole('button', { name: 'Protocol: earlier' }).click();
    await menu.getByLabel('Width of Source in pixels').fill('120');
    await menu.getByLabel('Width of Source in pixels').press('Enter');
    await page.screenshot({ path: path.join(screenshotFolder, 'capture-editor-columns-light-1200.png') });
    const heads = page.locator('#panel-packets').getByRole('columnheader');
    assert.deepEqual(await heads.allTextContents(), [
      'No.',
      'Time',
      'Source',
      'Protocol',
      'Destination',
      'Label',
      'Info',
    ]);
    assert.equal(Math.round((await heads.nth(2).boundingBox())?.width ?? 0), 120);
    const tree = page.getByRole('tree', { name: 'Fields' });
    await tree.getByRole('treeitem', { name: /^Transmission Control/ }).dblclick();
    await tree.getByRole('treeitem', { name: /^Window/ }).click();
    await page.getByRole('button', { name: 'As Column' }).click();
    await heads.getByText('tcp.window_size_value').waitFor();
    await page.waitForFunction(() =>
      window.preview.posted.some(({ fields }) => fields?.includes('tcp.window_size_value')),
    );
    assert.ok((await posted(page, 'saveLayout')).length >= 5);
    await menu.getByRole('button', { name: 'Usual Columns' }).click();
    assert.equal((await heads.allTextContents()).length, 8);
    await page.context().close();
  });

  it('shares the height by keyboard and remembers it', async () => {
    const { page } = await packetsPage('dark', 1200, '3');
    const bar = page.getByRole('separator', { name: 'Height of the packet list' });
    const before = Number(await bar.getAttribute('aria-valuenow'));
    await bar.focus();
    await page.keyboard.press('ArrowUp');
    assert.equal(Number(await bar.getAttribute('aria-valuenow')), before - 5);
    await page.context().close();
  });

  for (const [theme, width] of [
    ['dark', 1400],
    ['light', 1000],
    ['high-contrast', 1200],
    ['high-contrast-light', 400],
  ] as const)
    it(`${theme}, ${width} px: axe-core finds nothing in any tab, and it fits`, async () => {
      const { page } = await packetsPage(theme, width, '3');
      await page.screenshot({
        path: path.join(screenshotFolder, `capture-editor-packet-${theme}-${width}.png`),
        fullPage: true,
      });
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(overflow <= 0, `${overflow} px too wide`);
      for (const tab of await page.getByRole('tab').all()) {
        await tab.click();
        await page.waitForTimeout(300);
        assert.deepEqual(await violations(page), [], (await tab.textContent()) ?? '');
      }
      await page.context().close();
    });
});
