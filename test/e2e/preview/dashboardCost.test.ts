import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { previewHarness } from './previewHarness';

interface Counted {
  /** Drawings of the canvas of each card. */
  draws: Record<string, number>;
  /** Frames that the page waits for while they are withheld. */
  frames: FrameRequestCallback[];
}

type Scope = Window & { counted: Counted; realFrame: typeof requestAnimationFrame };

/** What the dashboard does for its states, counted: no clock is looked at. */
describe('the cost of the dashboard', function () {
  this.timeout(240_000);
  const harness = previewHarness();
  let page: Page;
  beforeEach(async () => {
    ({ page } = await harness().open({ view: 'dashboard', theme: 'dark', width: 1400, height: 900 }));
    await page.evaluate(() => {
      const scope = window as unknown as Scope;
      scope.counted = { draws: {}, frames: [] };
      scope.realFrame = window.requestAnimationFrame.bind(window);
      const clear = CanvasRenderingContext2D.prototype.clearRect;
      CanvasRenderingContext2D.prototype.clearRect = function (...box) {
        const card = this.canvas.closest('section')?.id ?? '';
        scope.counted.draws[card] = (scope.counted.draws[card] ?? 0) + 1;
        clear.apply(this, box);
      };
    });
    await page.evaluate(() => window.preview.showBusy(0));
  });
  afterEach(async () => page.context().close());

  const draws = (card: string): Promise<number> =>
    page.evaluate((id) => (window as unknown as Scope).counted.draws[id] ?? 0, card);
  const packets = (): Promise<string> => page.locator('[data-tile="packets"] .tile-value').innerText();
  const showBusy = (step: number): Promise<void> => page.evaluate((at) => window.preview.showBusy(at), step);

  it('draws a chart when its values are others, and not with every state', async () => {
    const before = await draws('bandwidth');
    const shown = await packets();
    // Half a second: no bucket is complete that was not.
    for (const step of [1, 2, 3, 4]) await showBusy(step);
    assert.equal(await draws('bandwidth'), before);
    await showBusy(200);
    assert.notEqual(await packets(), shown);
    assert.equal(await draws('bandwidth'), before + 1);
  });

  it('draws no chart that is not in view, and draws it when it comes into view', async () => {
    await page.setViewportSize({ width: 1400, height: 300 });
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.waitForFunction(() => document.getElementById('bandwidth')!.getBoundingClientRect().bottom < -250);
    // The page is told in a frame of its own that something left the view.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50))));
    const before = await draws('bandwidth');
    await showBusy(100);
    assert.equal(await draws('bandwidth'), before);
    const label = await page.locator('#bandwidth canvas').getAttribute('aria-label');
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.waitForFunction((count) => (window as unknown as Scope).counted.draws['bandwidth']! > count, before);
    assert.equal(
      await page.locator('#bandwidth canvas').getAttribute('aria-label'),
      label,
      'its words were right before',
    );
  });

  it('does nothing while it is hidden, and shows the newest state at once when it is shown', async () => {
    const counts = () =>
      page.evaluate(() => ({
        draws: Object.values((window as unknown as Scope).counted.draws).reduce((a, b) => a + b, 0),
        posted: window.preview.posted.length,
      }));
    // A browser gives no frames to a page that is hidden.
    await page.evaluate(() => {
      const scope = window as unknown as Scope;
      window.requestAnimationFrame = (callback) => scope.counted.frames.push(callback);
    });
    const before = await counts();
    const text = await page.locator('#app').innerText();
    await page.evaluate(async () => {
      for (let step = 1; step <= 400; step++) void window.preview.showBusy(step);
      await new Promise((done) => setTimeout(done, 500));
    });
    assert.deepEqual(await counts(), before, 'nothing is drawn, nothing is said');
    assert.equal(
      await page.evaluate(() => (window as unknown as Scope).counted.frames.length),
      1,
      'one frame is waited for',
    );
    assert.equal(withoutClock(await page.locator('#app').innerText()), withoutClock(text));
    await page.evaluate(() => {
      const scope = window as unknown as Scope;
      window.requestAnimationFrame = scope.realFrame;
      for (const frame of scope.counted.frames) requestAnimationFrame(frame);
    });
    await page.waitForFunction(
      (posted) => window.preview.posted.slice(posted).some(({ type }) => type === 'drawn'),
      before.posted,
    );
    const { draws: after } = await counts();
    assert.ok(after - before.draws <= 5, `each chart is drawn once, not for each state (${after - before.draws})`);
    const fresh = await harness().open({ view: 'dashboard', theme: 'dark', width: 1400, height: 900 });
    await fresh.page.evaluate(() => window.preview.showBusy(400));
    const texts = (one: Page) => one.locator('.tiles, #talkers, #recent tbody, #findings').allInnerTexts();
    assert.deepEqual(await texts(page), await texts(fresh.page));
    await fresh.page.context().close();
  });

  it('holds as much after a hundred more states as after some', async () => {
    // Frames at once: what is held does not depend on how fast they come.
    await page.evaluate(() => {
      window.requestAnimationFrame = (callback) => window.setTimeout(() => callback(performance.now()), 0);
    });
    const held = async (from: number, to: number) => {
      await page.evaluate(
        async ([first, end]) => {
          for (let step = first; step < end; step++) await window.preview.showBusy(step * 10);
        },
        [from, to] as const,
      );
      return page.evaluate(() => ({
        nodes: document.getElementsByTagName('*').length,
        texts:
          document.createNodeIterator(document.body, NodeFilter.SHOW_TEXT) &&
          document.body.innerText.split('\n').length,
        rows: document.querySelectorAll('tbody tr').length,
        findings: document.querySelectorAll('#findings li').length,
        announced: document.querySelectorAll('[aria-live] *').length,
      }));
    };
    const some = await held(1, 20);
    const many = await held(20, 120);
    assert.deepEqual({ ...many, texts: 0 }, { ...some, texts: 0 });
    assert.ok(Math.abs(many.texts - some.texts) <= 5, `${some.texts} lines of text, then ${many.texts}`);
    assert.ok(some.nodes < 6000, `${some.nodes} elements`);
  });
});

/** The time since the capture began goes on by itself. */
const withoutClock = (text: string): string => text.replaceAll(/\d+:\d\d(:\d\d)?/g, '');
