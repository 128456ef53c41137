import assert from 'node:assert/strict';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { captureEditorStates, dashboardStates } from './fixtures';
import { previewHarness, screenshotFolder, themeFile, themeNames } from './previewHarness';
import type { ViewName } from './previewHarness';

interface AccessibilityNode {
  ignored: boolean;
  role?: { value: string };
  name?: { value: string };
}

const rolesWithNames = [
  'button',
  'textbox',
  'combobox',
  'listbox',
  'option',
  'tab',
  'image',
  'progressbar',
  'grid',
  'region',
];

/** Controls and pictures that a screen reader could not name, by the browser's own accessibility tree. */
async function unnamed(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = (await session.send('Accessibility.getFullAXTree')) as { nodes: AccessibilityNode[] };
  await session.detach();
  return nodes
    .filter((node) => !node.ignored && rolesWithNames.includes(node.role?.value ?? ''))
    .filter((node) => (node.name?.value ?? '').trim() === '')
    .map((node) => node.role?.value ?? '');
}

const inspect = (page: Page) =>
  page.evaluate(() => {
    const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
    const canvases = [...document.querySelectorAll('canvas')].filter((canvas) => canvas.offsetParent !== null);
    return {
      violations: window.preview.violations,
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      images: document.images.length,
      duplicateIds: ids.filter((id, index) => ids.indexOf(id) !== index),
      canvases: canvases.length,
      blank: canvases
        .filter((canvas) => {
          const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
          const context = copy.getContext('2d', { willReadFrequently: true });
          context?.drawImage(canvas, 0, 0);
          const pixels = context?.getImageData(0, 0, copy.width, copy.height).data ?? [];
          let painted = 0;
          for (let at = 3; at < pixels.length; at += 4) if (pixels[at] !== 0) painted++;
          return painted < 500;
        })
        .map((canvas) => canvas.getAttribute('aria-label')),
    };
  });

const show = (page: Page, view: ViewName, state: string): Promise<void> =>
  page.evaluate(([name, each]) => window.preview.show(name, each), [view, state] as const);

const posted = (page: Page, type: string) =>
  page.evaluate((wanted) => window.preview.posted.filter((message) => message.type === wanted), type);

/** The field passes a value that was set by script on to its inner input a frame later. */
async function holds(field: Locator, value: string): Promise<void> {
  for (let attempt = 0; attempt < 50 && (await field.inputValue()) !== value; attempt++)
    await field.page().waitForTimeout(20);
  assert.equal(await field.inputValue(), value);
}

/** Each theme once, from the narrowest to a wide view. */
const looks = [
  { theme: 'dark', width: 1400 },
  { theme: 'light', width: 800 },
  { theme: 'high-contrast', width: 1400 },
  { theme: 'high-contrast-light', width: 380 },
];
const views: [ViewName, string[]][] = [
  ['dashboard', Object.keys(dashboardStates)],
  ['capture-editor', Object.keys(captureEditorStates)],
];

describe('webview preview with fixture data', function () {
  this.timeout(60_000);
  const harness = previewHarness();

  it('knows the four kinds of theme', () => {
    assert.deepEqual(
      themeNames.map((name) => themeFile.themes[name]?.kind),
      ['vscode-dark', 'vscode-light', 'vscode-high-contrast', 'vscode-high-contrast-light'],
    );
  });

  for (const [view, states] of views)
    for (const { theme, width } of looks)
      it(`${view}, ${theme}, ${width} px: every state is drawn, fits, is named and breaks no policy`, async () => {
        const { page, problems } = await harness().open({ view, theme, width });
        for (const state of states) {
          await show(page, view, state);
          await page.waitForTimeout(50);
          await page.screenshot({
            path: path.join(screenshotFolder, `${view}-${state}-${theme}-${width}.png`),
            fullPage: true,
          });
          const seen = await inspect(page);
          assert.deepEqual(seen.violations, [], state);
          assert.ok(seen.overflow <= 0, `${state} is ${seen.overflow} px too wide`);
          assert.equal(seen.images, 0, `${state}: markup from the wire became an element`);
          assert.deepEqual(seen.duplicateIds, [], state);
          assert.deepEqual(seen.blank, [], state);
          if (['capturing', 'finished', 'read', 'damaged'].includes(state)) assert.equal(seen.canvases, 5, state);
          assert.deepEqual(await unnamed(page), [], state);
        }
        assert.deepEqual(problems, []);
        await page.context().close();
      });

  it('starts with the typed filter, refuses one that is not valid, and offers recent ones by keyboard', async () => {
    const { page } = await harness().open({ view: 'dashboard', theme: 'dark', width: 1000 });
    await show(page, 'dashboard', 'idle');
    const field = page.getByRole('textbox', { name: 'Capture filter (BPF)' });
    await field.fill('bad filter');
    await page.getByText('syntax error in filter expression').waitFor();
    await page.screenshot({ path: path.join(screenshotFolder, 'dashboard-bad-filter.png') });
    await field.press('Enter');
    assert.deepEqual(await posted(page, 'start'), []);
    await field.fill('');
    await field.press('ArrowDown');
    await page.getByRole('option', { name: 'tcp port 443' }).waitFor();
    await page.screenshot({ path: path.join(screenshotFolder, 'dashboard-recent-filters.png') });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await holds(field, 'not port 22');
    // A state that arrives meanwhile must not take away what was typed.
    await show(page, 'dashboard', 'idle');
    assert.equal(await field.inputValue(), 'not port 22');
    await page.getByRole('button', { name: 'Start' }).click();
    assert.deepEqual(await posted(page, 'start'), [{ type: 'start', interfaces: [], filter: 'not port 22' }]);
    await page.context().close();
  });

  it('pauses and resumes the view, restarts, and opens the capture options', async () => {
    const { page } = await harness().open({ view: 'dashboard', theme: 'light', width: 1000 });
    await show(page, 'dashboard', 'capturing');
    await page.getByRole('button', { name: 'Pause view' }).click();
    assert.deepEqual(await posted(page, 'pauseView'), [{ type: 'pauseView', paused: true }]);
    await show(page, 'dashboard', 'paused');
    await page.getByText(/The capture goes on: [\d,]+ packets since/).waitFor();
    await page.screenshot({ path: path.join(screenshotFolder, 'dashboard-paused.png') });
    await page.getByRole('button', { name: 'Resume view' }).click();
    assert.equal((await posted(page, 'pauseView')).length, 2);
    await show(page, 'dashboard', 'finished');
    assert.equal(await page.getByText('View paused').isVisible(), false);
    assert.equal(await page.getByRole('button', { name: 'Pause view' }).isVisible(), false);
    await page.getByRole('button', { name: 'Restart with the same settings' }).click();
    assert.equal((await posted(page, 'restart')).length, 1);
    await page.getByRole('button', { name: 'Capture options' }).click();
    assert.equal((await posted(page, 'captureOptions')).length, 1);
    await page.context().close();
  });

  it('completes what is typed with common filters', async () => {
    const { page } = await harness().open({ view: 'dashboard', theme: 'dark', width: 1000 });
    await show(page, 'dashboard', 'noInterfaces');
    const field = page.getByRole('textbox', { name: 'Capture filter (BPF)' });
    await field.fill('host 10.0.0.1 and dns');
    await field.press('ArrowDown');
    await page.getByRole('option', { name: 'host 10.0.0.1 and port 53 DNS' }).waitFor();
    await page.keyboard.press('Enter');
    await holds(field, 'host 10.0.0.1 and port 53');
    await page.context().close();
  });

  it('starts on the chosen interface and keeps the choice while states arrive', async () => {
    const { page } = await harness().open({ view: 'dashboard', theme: 'light', width: 1000 });
    await show(page, 'dashboard', 'idle');
    await page.getByRole('combobox', { name: 'Interface' }).click();
    await page.getByRole('option', { name: 'lo – 127.0.0.1 (loopback)' }).waitFor();
    await page.screenshot({ path: path.join(screenshotFolder, 'dashboard-interfaces.png') });
    await page.getByRole('option', { name: 'lo – 127.0.0.1 (loopback)' }).click();
    await show(page, 'dashboard', 'idle');
    await page.getByRole('button', { name: 'Start' }).click();
    assert.deepEqual(await posted(page, 'start'), [{ type: 'start', interfaces: ['lo'], filter: '' }]);
    assert.equal((await posted(page, 'refreshInterfaces')).length, 1);
    await show(page, 'dashboard', 'capturing');
    await page.getByRole('button', { name: 'Stop' }).click();
    assert.equal((await posted(page, 'stop')).length, 1);
    await page.context().close();
  });

  it('shows interfaces that arrive while the list is open once it is closed', async () => {
    const { page } = await harness().open({ view: 'dashboard', theme: 'dark', width: 1000 });
    await show(page, 'dashboard', 'noInterfaces');
    const list = page.getByRole('combobox', { name: 'Interface' });
    await list.click();
    await show(page, 'dashboard', 'idle');
    await page.keyboard.press('Escape');
    await list.click();
    await page.getByRole('option', { name: 'eth0 – 10.20.0.15' }).waitFor();
    await page.context().close();
  });

  it('does not start in a workspace that is not trusted', async () => {
    const { page } = await harness().open({ view: 'dashboard', theme: 'dark', width: 1000 });
    await show(page, 'dashboard', 'untrusted');
    await page.getByText('This workspace is not trusted').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Start' }).isDisabled(), true);
    await page.context().close();
  });

  it('opens findings, exports, and switches between chart and table', async () => {
    const { page } = await harness().open({ view: 'dashboard', theme: 'dark', width: 1400 });
    await show(page, 'dashboard', 'finished');
    await page.getByRole('button', { name: /Port scan of 10\.20\.0\.7/ }).click();
    assert.deepEqual(await posted(page, 'openFinding'), [{ type: 'openFinding', id: 'fixture-0' }]);
    await page.getByRole('button', { name: 'PCAP' }).click();
    assert.deepEqual(await posted(page, 'export'), [{ type: 'export', kind: 'packets.pcap' }]);
    await page.getByRole('button', { name: 'Show Latency as table' }).click();
    const table = page.getByRole('region', { name: 'Latency as table' });
    await table.getByRole('columnheader', { name: 'p95' }).waitFor();
    assert.ok((await table.getByRole('row').count()) > 50);
    await page.getByRole('button', { name: 'Show Latency as chart' }).click();
    await page.getByRole('img', { name: /^Latency over 3 min\. p50: latest/ }).waitFor();
    await page.context().close();
  });

  it('lists the moments of a run, in the dashboard and the capture editor, and draws them', async () => {
    for (const [view, state] of [
      ['dashboard', 'capturing'],
      ['capture-editor', 'read'],
    ] as const) {
      const { page, problems } = await harness().open({ view, theme: 'dark', width: 1400 });
      await show(page, view, state);
      const rows = page.locator('#moments tbody tr');
      await rows.nth(4).waitFor();
      assert.deepEqual(await rows.locator('td:nth-child(2)').allTextContents(), [
        'Start',
        'Stopped',
        'Stopped',
        'Test',
        'End',
      ]);
      assert.equal(await page.locator('#moments img').count(), 0);
      const words = await page.locator('#bandwidth canvas').getAttribute('aria-label');
      assert.match(words ?? '', /Moments: Start: Debugging server;/);
      assert.deepEqual(problems, []);
      await page.context().close();
    }
  });

  it('repaints the charts when the theme changes', async () => {
    const { page } = await harness().open({ view: 'dashboard', theme: 'dark', width: 1400 });
    await show(page, 'dashboard', 'finished');
    const picture = () =>
      page.evaluate(() => document.querySelector<HTMLCanvasElement>('#bandwidth canvas')?.toDataURL());
    const dark = await picture();
    const light = themeFile.themes['light']!;
    await page.evaluate(([variables, kind]) => window.preview.setTheme(variables, kind), [
      light.variables,
      light.kind,
    ] as const);
    await page.waitForTimeout(200);
    assert.notEqual(await picture(), dark);
    await page.context().close();
  });

  it('draws the newest of many states and acknowledges it', async () => {
    const { page } = await harness().open({ view: 'dashboard', theme: 'dark', width: 1400 });
    await show(page, 'dashboard', 'capturing');
    const before = (await posted(page, 'drawn')).length;
    await page.evaluate(async () => {
      const all = Array.from({ length: 20 }, () => window.preview.show('dashboard', 'capturing'));
      await all.at(-1);
    });
    const drawn = (await posted(page, 'drawn')).length - before;
    assert.ok(drawn >= 1 && drawn < 20, `${drawn} of 20 states were drawn`);
    await page.context().close();
  });

  it('scrolls through a long packet list by pages, by mouse and keyboard', async () => {
    const { page } = await harness().open({ view: 'capture-editor', theme: 'dark', width: 1200 });
    await show(page, 'capture-editor', 'read');
    await page.getByRole('tab', { name: 'Overview' }).focus();
    await page.keyboard.press('ArrowRight');
    const grid = page.getByRole('grid', { name: 'Packets' });
    await grid.getByRole('gridcell', { name: '1', exact: true }).waitFor();
    assert.deepEqual(
      (await posted(page, 'getPackets')).map((message) => message.from),
      [0],
    );
    await grid.focus();
    await page.keyboard.press('End');
    // Its details open below the list and take room from it: the row that they are of must stay in view.
    await page.getByRole('heading', { name: 'Packet 19,137' }).waitFor();
    await page.waitForFunction(() => {
      const grid = document.querySelector('#panel-packets [role="grid"]')?.getBoundingClientRect();
      const row = document.querySelector('#panel-packets .row[aria-selected="true"]:not([hidden])');
      const box = row?.getBoundingClientRect();
      return grid && box && row?.textContent?.startsWith('19,137') && box.height > 0 && box.bottom <= grid.bottom;
    });
    assert.ok((await page.locator('#panel-packets .row').count()) < 120);
    await page.keyboard.press('Home');
    await grid.getByRole('gridcell', { name: '1', exact: true }).waitFor();
    await page.context().close();
  });

  it('keeps the last good packets when a display filter is wrong', async () => {
    const { page } = await harness().open({ view: 'capture-editor', theme: 'light', width: 1200 });
    await show(page, 'capture-editor', 'read');
    await page.getByRole('tab', { name: /^Packets/ }).click();
    const field = page.getByRole('combobox', { name: 'Display filter' });
    await field.fill('dns');
    await field.press('Enter');
    await page.getByText(/^812 of 26,458 packets match$/).waitFor();
    await field.fill('bad == 1');
    await field.press('Enter');
    await page
      .getByText(/^"bad" is not a field .* \(character 1\) Still showing the packets that match "dns"\.$/)
      .waitFor();
    assert.ok((await page.locator('#panel-packets .rows-layer .row:not([hidden])').count()) > 10);
    await page.screenshot({ path: path.join(screenshotFolder, 'capture-editor-bad-filter.png') });
    await page.getByRole('button', { name: 'Clear display filter' }).click();
    await page.getByText(/^26,458 packets$/).waitFor();
    await page.context().close();
  });

  it('lists flows and every finding', async () => {
    const { page } = await harness().open({ view: 'capture-editor', theme: 'dark', width: 1400 });
    await show(page, 'capture-editor', 'read');
    await page.getByRole('tab', { name: 'Tables' }).click();
    await page.getByRole('gridcell', { name: 'cdn-2.example.org' }).first().waitFor();
    assert.deepEqual(await unnamed(page), []);
    await page.getByRole('tab', { name: /^Findings/ }).click();
    await page.getByRole('button', { name: /Sweep for port 22/ }).click();
    assert.deepEqual(await posted(page, 'openFinding'), [{ type: 'openFinding', id: 'fixture-1' }]);
    await page.context().close();
  });
});
