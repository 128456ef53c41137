import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { filtersPath } from '../../src/protocol/displayFilter';
import { stopAtFirstFailure } from './support/steps';
import { foreignExtension, longCapture, withComments } from './support/captures';
import { Workbench } from './support/workbench';

/** What a person does with packets of an open capture: choose, mark, filter, copy, hand over; each step stands on the one before. */
describe('packets at hand in the workbench', function () {
  this.timeout(120_000);
  stopAtFirstFailure(this);
  const programs = mkdtempSync(path.join(tmpdir(), 'nta-programs-'));
  const handedOver = path.join(programs, 'arguments');
  let workbench: Workbench;
  let view: Frame;
  let sample: Buffer;

  before(async () => {
    const stub = path.join(programs, 'wireshark');
    writeFileSync(
      stub,
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${handedOver}.part' && mv '${handedOver}.part' '${handedOver}'\n`,
    );
    chmodSync(stub, 0o755);
    const link = path.join(programs, 'store');
    mkdirSync(link);
    workbench = await Workbench.open({
      machineSettings: { 'networkTraffic.wiresharkFolder': programs },
      link: [link],
      prepare: (folder) => {
        sample = readFileSync(path.join(folder, 'web-browsing.pcap'));
        writeFileSync(path.join(folder, 'damaged.pcap'), sample.subarray(0, 300_007));
        writeFileSync(path.join(folder, 'growing.pcap'), sample.subarray(0, 300_007));
        writeFileSync(path.join(folder, 'commented.pcapng'), withComments(sample, 3, 'Here the page was slow'));
        writeFileSync(path.join(folder, 'long.pcap'), longCapture(sample, 200));
        foreignExtension(link, path.join(folder, 'web-browsing.pcap'));
      },
    });
  });
  after(async () => {
    await workbench?.close();
    rmSync(programs, { recursive: true, force: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.screenshot('capture-handling-failed');
  });

  const openCapture = async (name: string): Promise<void> => {
    await workbench.showExplorer();
    await workbench.treeItem(name).dblclick();
    await workbench.editorTab(name).waitFor();
    view = await workbench.webview(`body[data-view="capture-editor"] h1:text-is("${name}")`);
    await view.getByRole('tab', { name: /^Packets/ }).waitFor();
  };
  const openPackets = async (name: string): Promise<void> => {
    await openCapture(name);
    await view.getByRole('tab', { name: /^Packets/ }).click();
    await row(0).waitFor();
  };
  const row = (at: number): Locator =>
    view.locator(`#panel-packets .row[aria-rowindex="${at + 2}"] .packet-number`).filter({ hasText: /\d/ });
  /** A cell of a row by the name of its column. */
  const cell = async (at: number, column: string): Promise<Locator> => {
    const heads = await view.locator('#panel-packets [role="columnheader"]').allInnerTexts();
    return view.locator(`#panel-packets .row[aria-rowindex="${at + 2}"] .cell`).nth(heads.indexOf(column));
  };
  const line = (): Locator => view.getByRole('combobox', { name: 'Display filter' });
  const matched = (): Locator =>
    view.locator('#panel-packets .row-count').filter({ hasText: /^[\d,]+ of 855 packets match$/ });
  const applied = async (filter: string): Promise<void> => {
    await line().fill(filter);
    await workbench.page.keyboard.press('Enter');
    await view.waitForFunction(
      (wanted) => document.querySelector<HTMLInputElement>('#display-filter')?.value === wanted,
      filter,
    );
    await matched().waitFor();
  };
  const filterBecomes = (pattern: RegExp): Promise<unknown> =>
    view.waitForFunction(
      (wanted) => new RegExp(wanted).test(document.querySelector<HTMLInputElement>('#display-filter')?.value ?? ''),
      pattern.source,
    );
  const until = async <T>(what: string, look: () => Promise<T | null> | T | null): Promise<T> => {
    for (const end = Date.now() + 30_000; Date.now() < end; await workbench.page.waitForTimeout(100)) {
      const seen = await look();
      if (seen !== null) return seen;
    }
    throw new Error(`never came: ${what}`);
  };
  const clipboard = (pattern: RegExp): Promise<string> =>
    until(`${String(pattern)} in the clipboard`, async () => {
      const text = await workbench.clipboard(view);
      return pattern.test(text) ? text : null;
    });

  it('shows times as they are wanted, in columns that were chosen and sized', async () => {
    await openPackets('web-browsing.pcap');
    await view.getByRole('button', { name: 'Columns…' }).click();
    for (const [format, looks] of [
      ['epoch', /^\d{10}\.\d{6}$/],
      ['delta', /^\d+\.\d{6}$/],
      ['utc', /^\d{4}-\d\d-\d\d.\d\d:\d\d:\d\d/],
      ['relative', /^\d\.\d{6}$/],
    ] as const) {
      await view.getByRole('combobox', { name: 'Format of times' }).selectOption(format);
      await view.locator('#panel-packets .row[aria-rowindex="3"] .mono').first().filter({ hasText: looks }).waitFor();
    }
    const head = (name: string): Locator => view.getByRole('columnheader', { name: new RegExp(`^${name}`) });
    await view.getByRole('checkbox', { name: 'Length' }).uncheck();
    await head('Length').waitFor({ state: 'detached' });
    await view.getByRole('checkbox', { name: 'Comment' }).check();
    await head('Comment').waitFor();
    await view.getByRole('spinbutton', { name: 'Width of Source in pixels' }).fill('233');
    await workbench.page.keyboard.press('Tab');
    await until('a column as wide as it was wanted', async () =>
      (await head('Source').first().boundingBox())?.width === 233 ? true : null,
    );
    await view.getByRole('button', { name: 'Source: earlier' }).click();
    await until('Source before Time', async () => {
      const heads = await view.locator('#panel-packets [role="columnheader"]').allInnerTexts();
      return heads.indexOf('Source') === heads.findIndex((text) => text.startsWith('Time')) - 1 ? true : null;
    });
    await workbench.screenshot('packet-columns');
    await view.getByRole('button', { name: 'Columns…' }).click();
  });

  it('marks packets, and shows those alone', async () => {
    await row(4).click();
    await workbench.page.keyboard.press('m');
    await row(4).filter({ hasText: '● 5' }).waitFor();
    await row(7).click();
    await workbench.page.keyboard.press('m');
    await view.getByRole('button', { name: '2 marks' }).click();
    await matched().filter({ hasText: /^2 of/ }).waitFor();
    await workbench.screenshot('packets-marked');
  });

  it('makes display filters of what stands in a row, joined by and, or and not', async () => {
    await applied('ip');
    await workbench.pickFromContextMenu(await cell(0, 'Source'), /^Apply as Filter$/);
    await filterBecomes(/^ip\.src == [\d.]+$/);
    await matched().waitFor();
    await workbench.pickFromContextMenu(await cell(0, 'Protocol'), /^Add to Filter: And$/);
    await filterBecomes(/^\(?ip\.src == [\d.]+\)? && \(?[a-z]+\)?$/);
    await matched().waitFor();
    await workbench.pickFromContextMenu(await cell(0, 'Destination'), /^Add to Filter: And Not$/);
    await filterBecomes(/ && !\(?ip\.dst == [\d.]+\)?$/);
    await applied('dns');
    await workbench.pickFromContextMenu(await cell(0, 'Source'), /^Add to Filter: Or$/);
    await filterBecomes(/^\(?dns\)? \|\| \(?ip\.src == [\d.]+\)?$/);
    await matched().waitFor();
    await applied('dns');
    await workbench.pickFromContextMenu(await cell(0, 'Source'), /^Apply as Filter: Not$/);
    await filterBecomes(/^!\(?ip\.src == [\d.]+\)?$/);
    await matched().waitFor();
  });

  it('completes a filter, underlines what is wrong with it, and keeps the last good result', async () => {
    await applied('tcp');
    await line().fill('');
    await line().pressSequentially('http.request.m');
    await view.getByRole('option', { name: /^http\.request\.method/ }).waitFor();
    await workbench.page.keyboard.press('ArrowDown');
    await workbench.page.keyboard.press('Enter');
    await filterBecomes(/^http\.request\.method $/);
    await line().fill('tcp.port == eighty');
    await view.getByText(/"eighty" is not a number/).waitFor();
    assert.equal(await view.locator('.filter-fault').textContent(), 'eighty');
    await workbench.page.keyboard.press('Enter');
    await view.getByText(/Still showing the packets that match "tcp"/).waitFor();
    await matched()
      .filter({ hasText: /^795 of/ })
      .waitFor();
    await workbench.screenshot('filter-fault');
  });

  it('keeps filters in a file of the workspace, and offers those used before', async () => {
    const file = path.join(workbench.folder, filtersPath);
    assert.ok(!existsSync(file));
    await applied('dns.flags.response == 1');
    await view.getByRole('button', { name: 'Save display filter' }).click();
    await workbench.quickInput().fill('Answers');
    await workbench.page.keyboard.press('Enter');
    await until('the saved filter in its file', () =>
      existsSync(file) && readFileSync(file, 'utf8').includes('"Answers"') ? true : null,
    );
    await applied('udp');
    const known = view.getByRole('button', { name: 'Saved and recent filters' });
    await known.click();
    await view.getByRole('option', { name: /^tcp used before/ }).waitFor();
    // One that was wrong was not used.
    assert.equal(await view.getByRole('option', { name: /eighty/ }).count(), 0);
    await workbench.screenshot('filters-known');
    await view.getByRole('option', { name: /Answers/ }).click();
    await filterBecomes(/^dns\.flags\.response == 1$/);
    await matched().waitFor();
  });

  it('copies fields and bytes of a packet as text, JSON, hex, escaped string and filter', async () => {
    await applied('http.request');
    await row(0).click();
    await view.getByRole('heading', { name: /^Packet \d+$/ }).waitFor();
    await view
      .getByRole('treeitem', { name: /^Internet Protocol/ })
      .first()
      .click();
    const copy = async (name: string, pattern: RegExp): Promise<string> => {
      await view.getByRole('group', { name: 'Field and copy' }).getByRole('button', { name, exact: true }).click();
      return clipboard(pattern);
    };
    assert.match(await copy('Text', /^Frame/), /Internet Protocol/);
    assert.equal(typeof (JSON.parse(await copy('JSON', /^\{/)) as { number: unknown }).number, 'number');
    await copy('Hex', /^00000000 {2}45 /);
    await copy('String', /^"E/);
    await copy('Filter', /^ip$/);
  });

  it('copies a request as cURL, and saves a file that was transferred', async () => {
    await view.getByRole('tab', { name: 'Tables' }).click();
    await view.getByRole('button', { name: 'HTTP', exact: true }).click();
    await view.getByRole('grid', { name: 'HTTP' }).getByRole('gridcell').first().click();
    await view.getByRole('button', { name: 'Copy as cURL' }).click();
    await clipboard(/^curl [^]*http/);
    await view.getByRole('button', { name: 'Objects', exact: true }).click();
    await view.getByRole('grid', { name: 'Objects' }).getByRole('gridcell').first().click();
    await view.getByRole('button', { name: 'Save As…' }).click();
    const target = path.join(workbench.folder, 'transferred.bin');
    const dialog = workbench.page.locator('.quick-input-widget:visible', { hasText: 'Save Body' });
    await dialog.waitFor();
    // The dialog writes the name that it proposes over what is typed before.
    await until('a proposed name', async () =>
      (await workbench.quickInput().inputValue()).endsWith('/body') ? true : null,
    );
    await workbench.quickInput().fill(target);
    await dialog.getByRole('button', { name: 'OK' }).click();
    await until('the saved body', () => (existsSync(target) ? true : null));
    assert.ok(readFileSync(target).length > 0);
  });

  it('leads from the rows of every table to their packets', async () => {
    for (const name of ['Flows', 'Conversations', 'Endpoints', 'Protocols', 'DNS', 'HTTP', 'TLS', 'Objects']) {
      await view.getByRole('tab', { name: 'Tables' }).click();
      await view.getByRole('button', { name, exact: true }).click();
      const first = view.getByRole('grid', { name }).locator('.row[aria-rowindex="2"]');
      await first.click();
      await view.getByRole('button', { name: 'Show Packets' }).click();
      await matched().waitFor();
    }
  });

  it('hands file, packet and filter to Wireshark (a stub program stands in for it)', async () => {
    await applied('tcp');
    await row(2).click();
    const number = (await row(2).innerText()).replaceAll(/\D/g, '');
    await view.getByRole('button', { name: 'Open in Wireshark' }).click();
    const given = await until('the arguments of the program', () =>
      existsSync(handedOver) ? readFileSync(handedOver, 'utf8').trim().split('\n') : null,
    );
    assert.deepEqual(given, ['-r', path.join(workbench.folder, 'web-browsing.pcap'), '-g', number, '-Y', 'tcp']);
  });

  it('exports what a filter leaves as CSV, the analysis as JSON, and packets as pcapng', async () => {
    const exports = (): Locator => view.getByRole('group', { name: 'Export selection' });
    const shown = (): Promise<unknown> => view.evaluate(() => document.body.setAttribute('data-seen', ''));
    /** The page that was hidden is loaded anew; the one before may be there for a moment still. */
    const back = async (): Promise<void> => {
      await workbench.editorTab('web-browsing.pcap').click();
      view = await workbench.webview('body[data-view="capture-editor"]:not([data-seen])');
      await matched().waitFor();
    };
    await applied('dns');
    await shown();
    await exports().getByRole('button', { name: 'Packets CSV' }).click();
    const csv = await workbench.textOfEditor(/^number,time,source/m);
    assert.doesNotMatch(csv, /,tls,/);
    assert.match(csv, /,dns,/);
    await back();
    await shown();
    await exports().getByRole('button', { name: 'JSON', exact: true }).click();
    await workbench.textOfEditor(/"schema": 1/);
    await back();
    const dns = (await matched().innerText()).replace(/ of.*/, '');
    await shown();
    await exports().getByRole('button', { name: 'pcapng', exact: true }).click();
    view = await workbench.webview('body[data-view="capture-editor"] h1:has-text(".pcapng")');
    await view
      .locator('[data-tile="packets"] .tile-value')
      .filter({ hasText: new RegExp(`^${dns}$`) })
      .waitFor();
    await workbench.screenshot('exported-pcapng');
  });

  it('shares one analysis between two editors on a file', async () => {
    await workbench.closeEditors();
    await openCapture('web-browsing.pcap');
    await workbench.runCommand('View: Split Editor Right');
    await until('two editors', async () => {
      let count = 0;
      for (const frame of workbench.page.frames())
        if (frame.url().includes('fake.html'))
          count += await frame
            .locator('[data-view="capture-editor"] [data-tile="packets"]')
            .count()
            .catch(() => 0);
      return count === 2 ? true : null;
    });
    assert.equal(workbench.analyzers(), 1);
    await workbench.screenshot('two-editors');
    await workbench.closeEditors();
    await until('the end of the analysis', () => (workbench.analyzers() === 0 ? true : null));
  });

  it('says of a damaged file what is wrong with it, and shows what came before', async () => {
    await openCapture('damaged.pcap');
    await view.getByText('This file is damaged').waitFor();
    await view.getByRole('tab', { name: /^Packets/ }).click();
    await row(0).waitFor();
    await workbench.screenshot('damaged-capture');
  });

  it('shows what is added to a file that grows', async () => {
    await openCapture('growing.pcap');
    const packets = view.locator('[data-tile="packets"] .tile-value');
    await packets.waitFor();
    const before = Number((await packets.innerText()).replaceAll(/\D/g, ''));
    assert.ok(before > 0 && before < 855);
    appendFileSync(path.join(workbench.folder, 'growing.pcap'), sample.subarray(300_007));
    await packets.filter({ hasText: /^855$/ }).waitFor({ timeout: 30_000 });
    await view.getByText('This file is damaged').waitFor({ state: 'hidden' });
  });

  it('shows the comments of a pcapng file in the list and with the packet', async () => {
    await openPackets('commented.pcapng');
    await view.locator('#panel-packets .row[aria-rowindex="4"]', { hasText: 'Here the page was slow' }).waitFor();
    await row(2).click();
    await view.getByText('Comment: Here the page was slow').waitFor();
    await workbench.screenshot('packet-comment');
  });

  it('opens a capture that is not on a disk', async function () {
    if (process.env['NTA_VSIX'] !== undefined) this.skip();
    await workbench.runCommand('Test: Open Capture of Another Scheme');
    view = await workbench.webview('body[data-view="capture-editor"] h1:has-text("remote.pcap")');
    await view.locator('[data-tile="packets"] .tile-value').filter({ hasText: /^855$/ }).waitFor();
    await workbench.closeEditors();
  });

  it('shows the first matches of a filter while the rest is still searched', async () => {
    await openPackets('long.pcap');
    await view.getByRole('tab', { name: 'Packets (171,000)' }).waitFor({ timeout: 90_000 });
    await view.evaluate(() => {
      const said: string[] = [];
      (window as unknown as { said: string[] }).said = said;
      const count = document.querySelector('#panel-packets .row-count');
      if (count)
        new MutationObserver(() =>
          said.push(
            `${document.querySelectorAll('#panel-packets .rows-layer .row:not([hidden])').length} rows: ${count.textContent ?? ''}`,
          ),
        ).observe(count, {
          childList: true,
          characterData: true,
          subtree: true,
        });
    });
    await line().fill('http.response.code == 200 || frame matches "HTTP/1.1 20[0-9]"');
    await workbench.page.keyboard.press('Enter');
    await view
      .locator('#panel-packets .row-count')
      .filter({ hasText: /^[\d,]+ of 171,000 packets match$/ })
      .waitFor({ timeout: 60_000 });
    const said = await view.evaluate(() => (window as unknown as { said: string[] }).said);
    assert.ok(
      said.some((text) => /^[1-9]\d* rows: Searching… \d+ % of 171,000 packets: [1-9][\d,]* match so far$/.test(text)),
      said.join('\n'),
    );
  });

  it('left no copy and no error behind', () => {
    assert.ok(readdirSync(workbench.folder).includes('web-browsing.pcap'));
    assert.deepEqual(workbench.extensionErrors(), []);
  });
});
