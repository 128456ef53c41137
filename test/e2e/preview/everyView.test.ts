import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { axeViolations } from './axe';
import { everyView } from './everyView';
import { PreviewHarness, chromiumPath } from './previewHarness';

/** Each theme once, from the narrowest sidebar to a screen of 4K. */
const looks = [
  { theme: 'dark', width: 3840, height: 2160 },
  { theme: 'light', width: 300, height: 900 },
  { theme: 'high-contrast', width: 400, height: 900 },
  { theme: 'high-contrast-light', width: 1280, height: 900 },
];

describe('every view in every state, with fixture data', function () {
  this.timeout(240_000);
  let harness: PreviewHarness;

  before(async function () {
    if (!existsSync(chromiumPath)) {
      console.log(`      skipped: no Chromium at ${chromiumPath} (set CHROMIUM_PATH)`);
      this.skip();
    }
    harness = await PreviewHarness.start();
  });
  after(async () => (harness as PreviewHarness | undefined)?.stop());

  for (const { view, states, tabs } of everyView)
    for (const [turn, look] of looks.entries())
      it(`${view}, ${look.theme}, ${look.width} px: fits, and axe-core finds nothing`, async () => {
        const { page, problems } = await harness.open({ view, ...look });
        for (const [index, state] of states.entries()) {
          await page.evaluate(([name, each]) => window.preview.show(name, each), [view, state] as const);
          for (const tab of tabs(state)) {
            if (tab !== null) await page.getByRole('tab', { name: tab }).click();
            const overflow = await page.evaluate(
              () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
            );
            assert.ok(overflow <= 0, `${state} ${tab ?? ''} is ${overflow} px too wide`);
            // Each state in one of the themes: all of them in all would take many minutes.
            if (index % looks.length === turn) assert.deepEqual(await axeViolations(page), [], `${state} ${tab ?? ''}`);
          }
        }
        assert.deepEqual(problems, []);
        await page.context().close();
      });
});
