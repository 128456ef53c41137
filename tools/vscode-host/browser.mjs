import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { whenEnded } from '../../scripts/lib/children.mjs';
import { findChromium } from '../../scripts/lib/programs.mjs';

/** No sandbox, as test machines run as root; no request of its own, and no name resolved but this machine's. */
const switches = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

/**
 * Starts the installed Chromium with an empty profile and one page.
 *
 * @returns {Promise<import('./browser.mjs').Browser>}
 */
export async function openBrowser() {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('no Chromium on the PATH; CHROMIUM_PATH can name one');
  const profile = mkdtempSync(path.join(tmpdir(), 'nta-chromium-'));
  const remove = () => rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  let context;
  const keepNoMore = whenEnded(async () => {
    await context?.close();
    remove();
  });
  try {
    context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      viewport: { width: 1400, height: 900 },
      reducedMotion: 'reduce',
      args: switches,
      // Whoever started this process ends it through scripts/lib/children.mjs; at its exit the browser goes too.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    const page = context.pages()[0] ?? (await context.newPage());
    return {
      context,
      page,
      async close() {
        await context.close();
        keepNoMore();
        remove();
      },
    };
  } catch (error) {
    keepNoMore();
    remove();
    throw error;
  }
}
