import assert from 'node:assert/strict';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { axeViolations } from './axe';
import { doctorStates, whatIfStates } from './pageFixtures';
import { previewHarness, screenshotFolder } from './previewHarness';
import type { ViewName } from './previewHarness';

const looks = [
  { theme: 'dark', width: 1400 },
  { theme: 'light', width: 800 },
  { theme: 'high-contrast', width: 1000 },
  { theme: 'high-contrast-light', width: 320 },
];
const views: [ViewName, string[]][] = [
  ['doctor', Object.keys(doctorStates)],
  ['what-if', Object.keys(whatIfStates)],
];

const show = (page: Page, view: ViewName, state: string): Promise<void> =>
  page.evaluate(([name, each]) => window.preview.show(name, each), [view, state] as const);

const posted = (page: Page, type: string) =>
  page.evaluate((wanted) => window.preview.posted.filter((message) => message.type === wanted), type);

describe('the pages of the doctor and of What-if, with fixture data', function () {
  this.timeout(120_000);
  const harness = previewHarness();

  for (const [view, states] of views)
    for (const { theme, width } of looks)
      it(`${view}, ${theme}, ${width} px: every state fits and can be used by everybody`, async () => {
        const { page, problems } = await harness().open({ view, theme, width });
        for (const state of states) {
          await show(page, view, state);
          await page.waitForTimeout(50);
          const name = `${view}-${state}-${theme}-${width}.png`;
          await page.screenshot({ path: path.join(screenshotFolder, name), fullPage: true });
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          assert.ok(overflow <= 0, `${state} is ${overflow} px too wide`);
          assert.deepEqual(await axeViolations(page), [], state);
        }
        assert.deepEqual(await page.evaluate(() => window.preview.violations), []);
        assert.deepEqual(problems, []);
        await page.context().close();
      });

  it('tries the number that a slider stops at, and saves what was tried', async () => {
    const { page } = await harness().open({ view: 'what-if', theme: 'dark', width: 1200 });
    await show(page, 'what-if', 'begin');
    const slider = page.getByRole('slider').first();
    assert.equal(await slider.getAttribute('aria-valuetext'), '15 ports');
    await slider.focus();
    for (let step = 0; step < 12; step++) await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(() => window.preview.posted.some((message) => message.type === 'try'));
    const tries = await posted(page, 'try');
    assert.equal(tries.length, 1, 'only where it stops');
    assert.deepEqual(tries[0], {
      type: 'try',
      change: { kind: 'number', key: 'networkTraffic.rules.port-scan.verticalPorts', value: 11 },
    });
    await show(page, 'what-if', 'outcome');
    await page.getByText('Of 4 marked as right, 1 would go. Of 2 marked as wrong, 1 would go.').waitFor();
    const colour = (severity: string): Promise<string> =>
      page
        .getByRole('listitem')
        .getByText(severity, { exact: true })
        .first()
        .evaluate((node) => getComputedStyle(node).backgroundColor);
    assert.notEqual(await colour('high'), await colour('medium'), 'a severity has its colour here as in every list');
    await page.getByRole('button', { name: 'Save for Workspace' }).click();
    assert.deepEqual(await posted(page, 'save'), [{ type: 'save', target: 'workspace' }]);
    await page.context().close();
  });

  it('offers the next step in every state of the doctor', async () => {
    const { page } = await harness().open({ view: 'doctor', theme: 'light', width: 900 });
    for (const [state, name, type] of [
      ['ready', 'Start Capture', 'startCapture'],
      ['blocked', 'Copy Command', 'copyCommand'],
      ['asks', 'Type in Terminal', 'toTerminal'],
      ['failed', 'Check Again', 'again'],
      ['untrusted', 'Manage Workspace Trust', 'trust'],
    ] as const) {
      await show(page, 'doctor', state);
      await page.getByRole('button', { name }).click();
      assert.equal((await posted(page, type)).length, 1, state);
    }
    await page.context().close();
  });
});
