import assert from 'node:assert/strict';
import path from 'node:path';
import { axeViolations } from './axe';
import { previewHarness, screenshotFolder } from './previewHarness';
import type { ViewName } from './previewHarness';

const pages: [ViewName, string, RegExp, RegExp][] = [
  ['dashboard', 'capturing', /Bandbreite ein[^]*Wer am meisten spricht/, /Bandwidth|Packets per second|Top talkers/],
  ['dashboard', 'idle', /Sehen Sie, was dieser Rechner im Netz sagt/, /Auto-detect/],
  ['capture-editor', 'read', /Übersicht[^]*Wer am meisten spricht/, /Overview|Top talkers/],
  ['finding', 'scan', /Was dagegen spricht/, /What speaks against it|Is it right/],
  ['doctor', 'blocked', /Befehl kopieren/, /Copy Command/],
  ['what-if', 'outcome', /Käme hinzu/, /Would come/],
];

describe('the views in German, with fixture data', function () {
  this.timeout(120_000);
  const harness = previewHarness();

  for (const [view, state, german, english] of pages)
    for (const width of [1200, 320])
      it(`${view}, ${state}, ${width} px: is German, with its numbers, and fits`, async () => {
        const { page, problems } = await harness().open({ view, theme: 'light', width, language: 'de' });
        await page.evaluate(([name, each]) => window.preview.show(name, each), [view, state] as const);
        const text = await page.locator('#app').innerText();
        assert.match(text, german);
        assert.doesNotMatch(text, english);
        if (view === 'dashboard' && state === 'capturing') assert.match(text, /26\.458/);
        await page.screenshot({
          path: path.join(screenshotFolder, `${view}-${state}-german-${width}.png`),
          fullPage: true,
        });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(overflow <= 0, `${overflow} px too wide`);
        assert.deepEqual(await axeViolations(page), []);
        assert.deepEqual(await page.evaluate(() => window.preview.violations), []);
        assert.deepEqual(problems, []);
        await page.context().close();
      });
});
