import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import type { Frame } from 'playwright-core';
import { axeViolations } from './preview/axe';
import { stopAtFirstFailure } from './support/steps';
import { Workbench } from './support/workbench';

/** Tables, streams, objects and the time brush of the capture editor, in the real workbench. */
describe('the capture editor in the workbench', function () {
  this.timeout(120_000);
  stopAtFirstFailure(this);
  let workbench: Workbench;
  let view: Frame;

  before(async () => {
    workbench = await Workbench.open();
  });
  after(async () => workbench?.close());
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.screenshot('capture-editor-failed');
  });

  const openCapture = async (): Promise<void> => {
    await workbench.showExplorer();
    await workbench.pickFromContextMenu(workbench.treeItem('web-browsing.pcap'), 'Analyze Network Capture');
    view = await workbench.webview('body[data-view="capture-editor"]');
    await view.locator('[data-tile="packets"] .tile-value').waitFor({ timeout: 30_000 });
  };
  const backToCapture = async (): Promise<void> => {
    await workbench.editorTab(/web-browsing\.pcap/).click();
    view = await workbench.webview('body[data-view="capture-editor"]');
    await view.getByRole('tab', { name: 'Tables' }).waitFor();
  };
  const table = async (name: string): Promise<void> => {
    await view.getByRole('tab', { name: 'Tables' }).click();
    await view.getByRole('button', { name, exact: true }).click();
    await view.getByRole('grid', { name }).getByRole('gridcell').first().waitFor();
  };

  it('lists what is in a capture, and leads to the packets', async () => {
    await openCapture();
    for (const name of ['Flows', 'Conversations', 'Endpoints', 'Protocols', 'DNS', 'TLS', 'Objects', 'HTTP']) {
      await table(name);
      await workbench.screenshot(`table-${name.toLowerCase()}`);
    }
    await view.getByRole('grid', { name: 'HTTP' }).getByRole('gridcell').first().click();
    await view.getByRole('button', { name: 'Show Packets' }).click();
    await view.getByText(/^\d+ of [\d,]+ packets match$/).waitFor();
    await workbench.screenshot('table-to-packets');
    await view.getByRole('grid', { name: 'Packets' }).getByRole('gridcell').first().click();
    await view.getByRole('button', { name: 'Show Flow' }).click();
    await view.getByText(/^1 of \d+ flows$/).waitFor();
    await workbench.screenshot('packet-to-flow');
  });

  it('takes a chosen packet apart, by itself and by tshark, and filters by a field of it', async () => {
    await view.getByRole('tab', { name: 'Packets' }).click();
    await view.getByRole('combobox', { name: 'Display filter' }).fill('http.response');
    await workbench.page.keyboard.press('Enter');
    await view.getByText(/^\d+ of [\d,]+ packets match$/).waitFor();
    await view.getByRole('grid', { name: 'Packets' }).getByRole('gridcell').first().click();
    await view.getByRole('heading', { name: /^Packet \d+$/ }).waitFor();
    const tree = view.getByRole('tree', { name: 'Fields' });
    await tree.getByRole('treeitem', { name: /^Internet Protocol/ }).dblclick();
    await workbench.screenshot('packet-fields');
    const decode = view.getByRole('button', { name: 'Decode with tshark' });
    const hasTshark = existsSync('/usr/bin/tshark');
    assert.equal(await decode.isVisible(), hasTshark);
    if (hasTshark) {
      await decode.click();
      await view.getByRole('heading', { name: /^Packet \d+, decoded by tshark$/ }).waitFor({ timeout: 30_000 });
      await tree.getByRole('treeitem', { name: /^Hypertext Transfer Protocol/ }).dblclick();
      await workbench.screenshot('packet-tshark');
    }
    await workbench.pickFromContextMenu(tree.getByRole('treeitem', { name: /^Time to live/i }), 'Apply as Filter: Not');
    await view.waitForFunction(() => {
      const field = document.querySelector<HTMLInputElement>('#display-filter');
      return /^!\(ip\.ttl == \d+\)$/.test(field?.value ?? '');
    });
    await view
      .locator('#panel-packets')
      .getByText(/^\d+ of [\d,]+ packets match$/)
      .waitFor();
    await workbench.screenshot('packet-field-filter');
  });

  it('sorts the packets of a filter by a column, with the chosen packet, search and capture order', async () => {
    const grid = view.getByRole('grid', { name: 'Packets' });
    // Rows come in pieces, and their elements are used again: what counts is where they stand.
    const inOrder = (kind: string, sign: 1 | -1) =>
      view.waitForFunction(
        ([wanted, direction]) => {
          const rows = [...document.querySelectorAll<HTMLElement>('#panel-packets .rows-layer .row:not([hidden])')];
          const shown = rows
            .map((row) => ({
              place: Number(row.ariaRowIndex),
              value: Number(row.querySelector(`.${wanted}`)?.textContent?.replace(/[^0-9]/g, '')),
            }))
            .sort((x, y) => x.place - y.place);
          return (
            shown.length > 1 &&
            shown.every(({ value }, at) => at === 0 || direction * (value - (shown[at - 1]?.value ?? 0)) >= 0)
          );
        },
        [kind, sign] as const,
      );
    await view.getByRole('combobox', { name: 'Display filter' }).fill('tcp');
    await workbench.page.keyboard.press('Enter');
    // The answer to this filter, not to the one before.
    await view.getByText('795 of 855 packets match', { exact: true }).waitFor();
    const chosen = grid.getByRole('gridcell').first();
    const number = await chosen.innerText();
    await chosen.click();
    const head = grid.getByRole('columnheader', { name: /^Length/ });
    await head.getByRole('button').focus();
    await workbench.page.keyboard.press('Enter');
    await view.locator('#panel-packets [role="columnheader"][aria-sort="ascending"]').waitFor();
    // The list goes where the chosen packet is now.
    const moved = view.locator('#panel-packets .row[aria-selected="true"]:not([aria-rowindex="2"]) .packet-number');
    await moved.getByText(number, { exact: true }).waitFor();
    const first = view.locator('#panel-packets .row[aria-rowindex="2"][aria-selected="true"] .packet-length');
    await grid.focus();
    await workbench.page.keyboard.press('Home');
    await first.getByText('54', { exact: true }).waitFor();
    await head.getByRole('button').click();
    await view.locator('#panel-packets [role="columnheader"][aria-sort="descending"]').waitFor();
    await moved.waitFor();
    await grid.focus();
    await workbench.page.keyboard.press('Home');
    await first.getByText('1,514', { exact: true }).waitFor();
    await inOrder('packet-length', -1);
    await workbench.screenshot('packets-sorted');
    await view.getByRole('textbox', { name: 'Find a packet' }).fill('SYN');
    await workbench.page.keyboard.press('Enter');
    await view.locator('#panel-packets .row[aria-selected="true"]', { hasText: 'SYN' }).waitFor();
    await view.getByRole('button', { name: 'Order of the Capture' }).click();
    await view.locator('#panel-packets [role="columnheader"][aria-sort]').waitFor({ state: 'detached' });
    await view.locator('#panel-packets .row[aria-selected="true"]', { hasText: 'SYN' }).waitFor();
    await inOrder('packet-number', 1);
  });

  it('follows a stream as a document, in text and hex', async () => {
    await table('HTTP');
    await view.getByRole('grid', { name: 'HTTP' }).getByRole('gridcell').first().click();
    await view.getByRole('button', { name: 'Follow Stream' }).click();
    const text = await workbench.textOfEditor(/⇄/);
    assert.match(text, /▶/);
    await workbench.screenshot('stream-text');
    await workbench.runCommand('Network Traffic: Show Stream as Text or Hex');
    await workbench.textOfEditor(/00000000/);
    await workbench.screenshot('stream-hex');
    await backToCapture();
  });

  it('opens the body of a response as a document', async () => {
    await table('Objects');
    await view.getByRole('grid', { name: 'Objects' }).getByRole('gridcell').first().click();
    await view.getByRole('button', { name: 'Open', exact: true }).click();
    await workbench.page.locator('.editor-group-container .monaco-editor .view-line').first().waitFor();
    await workbench.screenshot('object');
    await backToCapture();
  });

  it('holds the tables to the time that was chosen on a chart', async () => {
    await table('Flows');
    const all = await view.locator('#panel-tables .row-count').innerText();
    await view.getByRole('tab', { name: 'Overview' }).click();
    await view.getByRole('group', { name: /^Bandwidth: choose a time/ }).focus();
    await workbench.page.keyboard.press('ArrowLeft');
    await view.locator('.brush-words').waitFor();
    await workbench.screenshot('time-brush');
    await table('Flows');
    await view.getByText(/flows? in the chosen time$/).waitFor();
    assert.notEqual(await view.locator('#panel-tables .row-count').innerText(), all);
    await view.getByRole('grid', { name: 'Flows' }).focus();
    await workbench.page.keyboard.press('Escape');
    await view.locator('.brush-words').waitFor({ state: 'hidden' });
    await view.getByText(all, { exact: true }).waitFor();
  });

  it('holds charts, packets and tables to a host that was chosen, until Escape', async () => {
    await view.getByRole('tab', { name: 'Overview' }).click();
    const packets = view.locator('[data-tile="packets"] .tile-value');
    const all = await packets.innerText();
    const choose = view.locator('#talkers .cell-button').nth(1);
    const host = (await choose.innerText()).trim();
    await choose.click();
    await view
      .locator('.brush-words')
      .filter({ hasText: `only ${host}` })
      .waitFor();
    await view.getByText(/^Charts, tiles and tables are of this host alone/).waitFor();
    assert.notEqual(await packets.innerText(), all);
    await workbench.screenshot('capture-host');
    await table('Conversations');
    await view.getByText(new RegExp(` of ${host.replaceAll('.', '\\.')}`)).waitFor();
    await view.getByRole('tab', { name: 'Overview' }).click();
    await view.locator('#talkers').click();
    await workbench.page.keyboard.press('Escape');
    await view.locator('.brush-words').waitFor({ state: 'hidden' });
    assert.equal(await packets.innerText(), all);
  });

  it('shows what is in a share-safe copy before it is saved', async () => {
    await view.getByRole('button', { name: 'Share-Safe Copy…' }).click();
    const text = await workbench.textOfEditor(/Share-safe copy: what is in it/);
    assert.match(text, /855 packets/);
    // One prefix stays as it was in one of a hundred copies: each of its bits is turned or not. A whole address does in one of ten thousand.
    assert.doesNotMatch(text, /192\.168\.1\.50 is at/);
    const notification = workbench.page.locator('.notification-toast', { hasText: 'is not saved yet' });
    await notification.getByRole('button', { name: 'Save As…' }).waitFor();
    await workbench.screenshot('share-safe');
    await notification.getByRole('button', { name: 'Discard' }).click();
    await notification.waitFor({ state: 'hidden' });
    await backToCapture();
  });

  for (const theme of ['Dark Modern', 'Light Modern', 'Dark High Contrast', 'Light High Contrast'])
    it(`is drawn in ${theme}, and axe-core finds nothing in it`, async () => {
      await workbench.setColorTheme(theme);
      await table('HTTP');
      await workbench.screenshot(`table-http-${theme.toLowerCase().replaceAll(' ', '-')}`);
      assert.deepEqual(await axeViolations(view), []);
      for (const name of ['Overview', 'Findings', 'Packets']) {
        await view.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
        assert.deepEqual(await axeViolations(view), [], name);
      }
    });

  it('left the capture as it was, and no error on the console', () => {
    assert.ok(readFileSync(`${workbench.folder}/web-browsing.pcap`).length > 0);
    assert.deepEqual(workbench.extensionErrors(), []);
  });
});
