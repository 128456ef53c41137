/**
 * `npm run screenshots [-- VIEW...]`: every view in every state, in four themes and several widths, into .artefacts/gallery
 * with a page to look through. Fixture data: for the look. What is no view of ours (the preview of a share-safe copy, exports, streams: documents
 * of the editor) is among the pictures of the real workbench that the tests leave in .artefacts/screenshots, and comes at the end.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { everyView } from './everyView';
import { PreviewHarness, themeNames } from './previewHarness';

const root = path.resolve(__dirname, '../../..');
const folder = path.join(root, '.artefacts/gallery');
/** A narrow sidebar, a narrow panel, a usual window, a screen of 4K. */
const widths = [300, 400, 1400, 3840];

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const harness = await PreviewHarness.start();
  const pictures: { title: string; file: string }[] = [];
  for (const { view, states, tabs, lead } of everyView) {
    if (wanted.length > 0 && !wanted.includes(view)) continue;
    for (const theme of themeNames)
      for (const width of widths) {
        const height = width === 3840 ? 2160 : 900;
        for (const state of states) {
          // A page of its own: what a state leaves is not the picture of the next.
          const { page } = await harness.open({ view, theme, width, height });
          await page.evaluate(([name, each]) => window.preview.show(name, each), [view, state] as const);
          await lead?.[state]?.(page);
          for (const tab of tabs(state)) {
            if (tab !== null) await page.getByRole('tab', { name: tab }).click();
            const name = [view, state, ...(tab === null ? [] : [tab.toLowerCase()]), theme, width].join('-');
            await wholeInView(page, width, height);
            await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: width !== 3840 });
            await page.setViewportSize({ width, height });
            pictures.push({ title: name, file: `${name}.png` });
          }
          await page.context().close();
        }
      }
  }
  await harness.stop();
  const real = path.join(root, '.artefacts/screenshots');
  for (const file of existsSync(real) ? readdirSync(real).sort() : [])
    if (file.endsWith('.png') && !file.includes('failed'))
      pictures.push({ title: `workbench: ${path.basename(file, '.png')}`, file: `../screenshots/${file}` });
  writeFileSync(path.join(folder, 'index.html'), galleryPage(pictures));
  console.log(`${pictures.length} pictures: ${path.join(folder, 'index.html')}`);
}

/** What is out of view is drawn later: a window as high as the page draws all of it. */
async function wholeInView(page: Page, width: number, height: number): Promise<void> {
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  if (whole > height) await page.setViewportSize({ width, height: whole });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

function galleryPage(pictures: readonly { title: string; file: string }[]): string {
  const figures = pictures.map(
    ({ title, file }) =>
      `<figure><a href="${file}"><img loading="lazy" src="${file}" alt="${title}"></a><figcaption>${title}</figcaption></figure>`,
  );
  return `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Gallery</title><style>body{display:grid;grid-template-columns:repeat(auto-fill,minmax(360px,1fr));gap:12px;font:13px sans-serif;background:#888}figure{margin:0}img{width:100%;max-height:420px;object-fit:contain;object-position:top}</style>${figures.join('\n')}</html>\n`;
}

void main();
