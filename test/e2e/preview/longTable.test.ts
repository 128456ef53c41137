import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { previewHarness } from './previewHarness';

describe('rows of a long table', function () {
  this.timeout(60_000);
  const harness = previewHarness();
  const rowHeightPx = 22;

  const openPackets = async (): Promise<Page> => {
    const { page } = await harness().open({ view: 'capture-editor', theme: 'dark', width: 1400 });
    await page.evaluate(() => window.preview.show('capture-editor', 'read'));
    await page.getByRole('tab', { name: /^Packets/ }).click();
    await page.getByRole('gridcell', { name: '1', exact: true }).first().waitFor();
    return page;
  };
  const scrollTo = (page: Page, row: number) =>
    page
      .getByRole('grid', { name: 'Packets' })
      .evaluate(
        (grid, top) =>
          new Promise((drawn) => ((grid.scrollTop = top), requestAnimationFrame(() => requestAnimationFrame(drawn)))),
        row * rowHeightPx,
      );
  /** Of the rows that are drawn, in the order of the document: position, number of the packet in it, and the mark left on its node. */
  const lines = (page: Page) =>
    page.evaluate(() =>
      [
        ...document.querySelectorAll<HTMLElement & { mark?: number }>('#panel-packets .rows-layer .row:not([hidden])'),
      ].map((node) => ({
        index: Number(node.dataset['index']),
        number: Number(node.querySelector('.packet-number')?.textContent?.replaceAll(',', '')),
        busy: node.getAttribute('aria-busy') === 'true',
        mark: node.mark,
      })),
    );
  const mark = (page: Page) =>
    page.evaluate(() => {
      for (const node of document.querySelectorAll<HTMLElement & { mark?: number }>('#panel-packets .rows-layer .row'))
        node.mark = Number(node.dataset['index']);
    });

  it('keep their nodes while others come into view, in the order of the table', async () => {
    const page = await openPackets();
    await scrollTo(page, 40);
    await mark(page);
    for (const row of [43, 41, 37, 40, 44, 40]) {
      await scrollTo(page, row);
      const shown = await lines(page);
      assert.deepEqual(
        shown.map(({ index }) => index),
        shown.map((_, at) => shown[0]!.index + at),
      );
      assert.deepEqual(
        shown.map(({ number }) => number),
        shown.map(({ index }) => index + 1),
      );
      assert.ok(shown.filter(({ index, mark }) => index === mark).length >= shown.length - 9, JSON.stringify(shown));
    }
    await scrollTo(page, 9000);
    await page.getByRole('gridcell', { name: '9,010', exact: true }).waitFor();
    await scrollTo(page, 0);
    const shown = await lines(page);
    assert.deepEqual(
      shown.map(({ number }) => number),
      shown.map((_, at) => at + 1),
    );
    await page.context().close();
  });

  it('show nothing of what they held before until theirs has arrived, and then that they wait', async () => {
    const page = await openPackets();
    await page.evaluate(() => (window.preview.answer = ({ type }) => type === 'getPackets'));
    await scrollTo(page, 9000);
    assert.ok((await lines(page)).every(({ busy }) => busy));
    const opacity = () =>
      page
        .locator('#panel-packets .row.waiting')
        .first()
        .evaluate((node) => getComputedStyle(node).opacity);
    assert.equal(await opacity(), '0');
    const late = page.locator('#panel-packets .rows-layer.late .row.waiting').first();
    await late.waitFor();
    assert.equal(await late.evaluate((node) => getComputedStyle(node).color), 'rgba(0, 0, 0, 0)');
    assert.equal(await opacity(), '1');
    await scrollTo(page, 0);
    await page.getByRole('gridcell', { name: '1', exact: true }).first().waitFor();
    assert.equal(
      await page.locator('#panel-packets .rows-layer.late, #panel-packets .row[aria-busy]:not([hidden])').count(),
      0,
    );
    await page.context().close();
  });

  it('give no cell another style when they come into view', async () => {
    const page = await openPackets();
    const styles = (className: string) =>
      page.evaluate((name) => {
        const row = document.querySelector<HTMLElement>('#panel-packets .rows-layer .row');
        const cell = row?.querySelector('.cell');
        if (row === null || cell === null || cell === undefined) return [];
        row.className = name;
        const style = getComputedStyle(cell);
        const all = [...style].map((property) => `${property}: ${style.getPropertyValue(property)}`);
        return [...all, `--label-colour: ${style.getPropertyValue('--label-colour')}`];
      }, className);
    const plain = await styles('row');
    assert.ok(plain.length > 100);
    for (const name of ['row waiting', 'row odd coloured label-dns', 'row coloured label-reset'])
      assert.deepEqual(await styles(name), plain, name);
    await page.context().close();
  });

  it('have a title and a context menu where somebody points, which go with the row', async () => {
    const page = await openPackets();
    const cell = page.locator('#panel-packets .rows-layer .row').first().getByRole('gridcell').nth(2);
    assert.equal(await cell.getAttribute('data-vscode-context'), null);
    await cell.hover();
    assert.match((await cell.getAttribute('data-vscode-context')) ?? '', /ip(v6)?\.src == /);
    await scrollTo(page, 9000);
    await page.getByRole('gridcell', { name: '9,010', exact: true }).waitFor();
    const left = await page.evaluate(
      () => document.querySelectorAll('#panel-packets .rows-layer [data-vscode-context]').length,
    );
    assert.ok(left <= 1, `${left} cells`);
    await page.context().close();
  });
});
