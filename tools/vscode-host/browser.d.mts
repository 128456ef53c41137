import type { BrowserContext, Page } from 'playwright-core';

export interface Browser {
  readonly context: BrowserContext;
  readonly page: Page;
  close(): Promise<void>;
}

/** Starts the installed Chromium with an empty profile and one page. */
export function openBrowser(): Promise<Browser>;
