/** Serves the built bundles in a page like the one the extension makes, and opens it in Chromium. */
import { build } from 'esbuild';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

const root = path.resolve(__dirname, '../../..');
const bundles = path.join(root, 'dist/webview');
export const screenshotFolder = path.join(root, '.artefacts/preview');
export const chromiumPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

export type ViewName = 'dashboard' | 'capture-editor' | 'finding' | 'doctor' | 'what-if';

interface ThemeFile {
  defaultStyles: string;
  themes: Record<string, { kind: string; variables: Record<string, string> }>;
}

/** Values that VS Code 1.139 sets in a webview, read there once for each of its themes. */
export const themeFile = JSON.parse(readFileSync(path.join(__dirname, 'themes.json'), 'utf8')) as ThemeFile;
export const themeNames = Object.keys(themeFile.themes);

const nonce = 'preview';

/** The same policy as the product's; `'self'` stands for the editor's `cspSource`. */
const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'`;

/** As the editor in German would give it to a page. */
const germanData = `<script type="application/json" id="translations">${readFileSync(path.join(root, 'l10n/bundle.l10n.de.json'), 'utf8').replaceAll('<', '\\u003c')}</script>`;

const html = (view: ViewName, language: string): string => `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="UTF-8">
<style nonce="${nonce}">${themeFile.defaultStyles}</style>
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/${view}.css">
<title>Preview with fixture data</title>
</head>
<body data-view="${view}"><main id="app"></main>${language === 'de' ? germanData : ''}<script nonce="${nonce}" src="/${view}.js"></script></body>
</html>`;

function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    const page = /^(dashboard|capture-editor|finding|doctor|what-if)\.(en|de)\.html$/.exec(name);
    const file = path.join(bundles, path.basename(name));
    if (page) response.setHeader('content-type', 'text/html').end(html(page[1] as ViewName, page[2] ?? 'en'));
    else if (/^[a-z-]+\.(js|css)$/.test(name) && existsSync(file)) {
      response
        .setHeader('content-type', name.endsWith('.css') ? 'text/css' : 'text/javascript')
        .end(readFileSync(file));
    } else response.writeHead(204).end();
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

export interface PreviewOptions {
  view: ViewName;
  theme: string;
  width: number;
  height?: number;
  /** English by default. */
  language?: 'en' | 'de';
}

/** One Chromium and one server for all previews of a run. */
export class PreviewHarness {
  private constructor(
    private readonly server: Server,
    private readonly browser: Browser,
    private readonly pageScript: string,
  ) {}

  static async start(): Promise<PreviewHarness> {
    for (const file of ['dashboard.js', 'dashboard.css', 'capture-editor.js', 'capture-editor.css', 'finding.js'])
      if (!existsSync(path.join(bundles, file)))
        throw new Error(`dist/webview/${file} is missing: run "npm run build" first.`);
    mkdirSync(screenshotFolder, { recursive: true });
    const script = await build({
      entryPoints: [path.join(__dirname, 'previewPage.ts')],
      bundle: true,
      write: false,
      format: 'iife',
      target: 'es2022',
    });
    const browser = await chromium.launch({
      executablePath: chromiumPath,
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      ],
    });
    return new PreviewHarness(await serve(), browser, script.outputFiles[0]?.text ?? '');
  }

  /** Opens a view; `problems` collects console errors, exceptions and refused requests of the page. */
  async open(options: PreviewOptions): Promise<{ page: Page; problems: string[] }> {
    const theme = themeFile.themes[options.theme];
    if (!theme) throw new Error(`No theme ${options.theme}`);
    const context = await this.browser.newContext({
      viewport: { width: options.width, height: options.height ?? 900 },
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.addInitScript({ content: this.pageScript });
    await page.addInitScript(
      ([variables, kind]) => {
        // The body is there before the bundle runs, as in the editor.
        const observer = new MutationObserver(() => {
          if (!document.body) return;
          observer.disconnect();
          window.preview.setTheme(variables, kind);
        });
        observer.observe(document, { childList: true, subtree: true });
      },
      [theme.variables, theme.kind] as const,
    );
    await page.goto(
      `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${options.view}.${options.language ?? 'en'}.html`,
    );
    await page.waitForFunction(() => window.preview.posted.some((message) => message.type === 'ready'));
    return { page, problems };
  }

  async stop(): Promise<void> {
    await this.browser.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/**
 * The harness of a suite: started before its tests, stopped after them. Without a Chromium the suite is skipped, and says so.
 * To be called inside of `describe`; the harness is there once the tests run.
 */
export function previewHarness(): () => PreviewHarness {
  let harness: PreviewHarness | undefined;
  before(async function () {
    if (!existsSync(chromiumPath)) {
      console.log(`      skipped: no Chromium at ${chromiumPath} (set CHROMIUM_PATH)`);
      this.skip();
    }
    harness = await PreviewHarness.start();
  });
  after(async () => harness?.stop());
  return () => {
    if (harness === undefined) throw new Error('The harness is there once the tests run.');
    return harness;
  };
}
