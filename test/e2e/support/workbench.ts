import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';
import { whenEnded } from '../../../scripts/lib/children.mjs';
import { openBrowser, type Browser } from '../../../tools/vscode-host/browser.mjs';
import { settingsForTests, startHost, type Host } from '../../../tools/vscode-host/host.mjs';

const root = path.resolve(__dirname, '../../..');
const screenshotsDirectory = path.join(root, '.artefacts/screenshots');

/** Menus ignore the mouse for their first 100 ms and fade in, also with reduced motion. */
const settleMs = 300;
/** Opening the first webview of a window takes 4 to 7 s on two cores. */
const webviewLimitMs = 40_000;

/** A real VS Code workbench with the extension in it, driven through a real Chromium. */
export class Workbench {
  private constructor(
    private readonly host: Host,
    private readonly browser: Browser,
    /** A copy of the sample captures: what a test writes into it does not stay. */
    readonly folder: string,
    private readonly removeFolder: () => void,
    private readonly errors: string[],
  ) {}

  /** Everything that the workbench writes. */
  get dataFolder(): string {
    return this.host.folder;
  }

  get page(): Page {
    return this.browser.page;
  }

  /**
   * Opens a window on a copy of the sample captures, with the extension of this checkout, or of the package that
   * `NTA_VSIX` names.
   */
  static async open(
    options: {
      settings?: Record<string, unknown>;
      /** Those that only count where the extension runs. */
      machineSettings?: Record<string, unknown>;
      /** More extensions, by folder; not with a package. */
      link?: readonly string[];
      /** Called with the folder before it is opened. */
      prepare?: (folder: string) => void;
    } = {},
  ): Promise<Workbench> {
    const vsix = process.env['NTA_VSIX'];
    const folder = mkdtempSync(path.join(tmpdir(), 'nta-folder-'));
    const remove = () => rmSync(folder, { recursive: true, force: true });
    const keepNoMore = whenEnded(remove);
    const removeNow = () => {
      keepNoMore();
      remove();
    };
    cpSync(path.join(root, 'samples'), folder, { recursive: true });
    options.prepare?.(folder);
    const extension = vsix === undefined ? { link: [root, ...(options.link ?? [])] } : { vsix: [vsix] };
    const host = await startHost({
      ...extension,
      settings: { ...settingsForTests, ...options.settings },
      machineSettings: options.machineSettings ?? {},
    });
    let browser: Browser | undefined;
    try {
      browser = await openBrowser();
      const errors: string[] = [];
      browser.page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      browser.page.on('pageerror', (error) => errors.push(String(error)));
      await browser.page.goto(host.pageAddress(folder));
      const workbench = new Workbench(host, browser, folder, removeNow, errors);
      // The palette does not refresh when an extension registers late: its container first.
      await workbench.container().waitFor({ timeout: 60_000 });
      return workbench;
    } catch (error) {
      await browser?.close();
      console.log(host.log().slice(-4000));
      await host.stop();
      removeNow();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.host.stop();
    this.removeFolder();
  }

  /** Errors on the page's console that name the extension: what the workbench says of itself is not ours. */
  extensionErrors(): string[] {
    return this.errors.filter((text) => /network-traffic|networkTraffic/i.test(text));
  }

  /** How many analysis processes this workbench has. */
  analyzers(): number {
    const read = (file: string): string => {
      try {
        return readFileSync(file, 'utf8');
      } catch {
        return '';
      }
    };
    return readdirSync('/proc').filter(
      (pid) =>
        /^\d+$/.test(pid) &&
        read(`/proc/${pid}/cmdline`).includes('dist/analyzer.js') &&
        read(`/proc/${pid}/environ`).includes(this.host.folder),
    ).length;
  }

  /** Text in the clipboard, as the page that has the focus may read it. */
  async clipboard(frame: Frame): Promise<string> {
    await this.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    return frame.evaluate(() => navigator.clipboard.readText()).catch(() => '');
  }

  /** The tab of the extension's view container in the activity bar. */
  container(): Locator {
    return this.activityBar().getByRole('tab', { name: /^Network Traffic/ });
  }

  private activityBar(): Locator {
    return this.page.getByRole('tablist', { name: 'Active View Switcher' });
  }

  /** Shows the view container in the side bar, whether or not it is shown already. */
  async showAnomalies(): Promise<void> {
    if ((await this.container().getAttribute('aria-selected')) !== 'true') await this.container().click();
    await this.page.locator('.part.sidebar').hover();
  }

  async showExplorer(): Promise<void> {
    const explorer = this.activityBar().getByRole('tab', { name: /^Explorer/ });
    if ((await explorer.getAttribute('aria-selected')) !== 'true') await explorer.click();
  }

  /** Runs a command from the palette by its full title, with the category. */
  async runCommand(title: string): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        // Something that opens late takes the focus, and so closes the palette: it is opened again.
        const row = await this.findInPalette(title);
        await row.waitFor({ timeout: 3000 });
        await row.click({ timeout: 3000 });
        return;
      } catch (error) {
        if (attempt === 5) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** Whether the palette offers a command now. */
  async offersCommand(title: string): Promise<boolean> {
    for (let attempt = 0; attempt < 6; attempt++) {
      const row = await this.findInPalette(title).catch(() => null);
      await this.page.waitForTimeout(2 * settleMs);
      const offered = (await row?.isVisible()) ?? false;
      // An answer only as long as the palette is open: see runCommand.
      const answered = row !== null && (await this.quickInput().isVisible());
      await this.page.keyboard.press('Escape');
      if (answered) return offered;
    }
    throw new Error('the palette does not stay open');
  }

  /** Waits until the palette offers a command: an open palette does not learn of what is registered late. */
  async waitUntilOffered(title: string): Promise<void> {
    for (const end = Date.now() + 60_000; Date.now() < end;) if (await this.offersCommand(title)) return;
    throw new Error(`the palette does not offer ${title}`);
  }

  private async findInPalette(title: string): Promise<Locator> {
    await this.page.keyboard.press('F1');
    await this.quickInput().fill(`>${title}`, { timeout: 5000 });
    return this.page.getByRole('option', { name: new RegExp(`^${escapeRegExp(title)}(,|$)`) }).first();
  }

  /** The box of the quick pick or input box that is open. */
  quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-box input');
  }

  /** A row of the quick pick that is open. */
  quickPick(text: string | RegExp): Locator {
    return this.page
      .locator('.quick-input-widget:visible .quick-input-list .monaco-list-row', { hasText: text })
      .first();
  }

  /** What stands beside the label of a row of the quick pick that is open, in full. */
  quickDescription(text: string): Locator {
    return this.page.locator('.quick-input-widget:visible .label-description').getByText(text, { exact: true });
  }

  /** Starts a capture from the palette, through both of its questions, and gives the dashboard that opens. */
  async startCapture(interfaceName: string, filter: string): Promise<Frame> {
    await this.runCommand('Network Traffic: Start Capture');
    await this.chooseInterface(interfaceName);
    await this.quickInput().fill(filter);
    await this.page.keyboard.press('Enter');
    const dashboard = await this.webview('body[data-view="dashboard"]');
    await dashboard.locator('[data-tile="packets"] .tile-value').waitFor({ timeout: 30_000 });
    return dashboard;
  }

  /** Types the name of an interface into the first question of a capture, and waits for the second one. */
  async chooseInterface(name: string): Promise<void> {
    // The box of the palette is the same element: not before its question has changed.
    await this.page.getByPlaceholder(/Network interface/).waitFor();
    await this.quickInput().fill(name);
    // Enter takes the row that has the focus: the list of interfaces may still be on its way.
    await this.page
      .locator('.quick-input-widget:visible .quick-input-list .monaco-list-row.focused', { hasText: name })
      .waitFor();
    await this.page.keyboard.press('Enter');
    await this.page.getByPlaceholder(/BPF filter/).waitFor();
  }

  /** The document in a webview (two nested frames), found by something that it contains. */
  async webview(selector: string): Promise<Frame> {
    for (const end = Date.now() + webviewLimitMs; Date.now() < end; await this.page.waitForTimeout(100)) {
      for (const frame of this.page.frames()) {
        if (!frame.url().includes('/webview/browser/pre/fake.html')) continue;
        if (
          (await frame
            .locator(selector)
            .count()
            .catch(() => 0)) > 0
        )
          return frame;
      }
    }
    throw new Error(`no webview contains ${selector}`);
  }

  /** A row of the Explorer or of the anomaly tree. */
  treeItem(name: string | RegExp): Locator {
    return this.page.getByRole('treeitem', { name }).first();
  }

  async pickFromContextMenu(target: Locator, name: string | RegExp): Promise<void> {
    await target.click({ button: 'right' });
    const item = this.page.getByRole('menuitem', { name });
    await item.waitFor();
    await this.page.waitForTimeout(settleMs);
    await item.click();
    await item.waitFor({ state: 'hidden', timeout: 5000 });
  }

  /** What an open context menu offers. */
  async contextMenu(target: Locator): Promise<string[]> {
    await target.click({ button: 'right' });
    const items = this.page.getByRole('menuitem');
    await items.first().waitFor();
    await this.page.waitForTimeout(settleMs);
    const names = await items.allInnerTexts();
    await this.page.keyboard.press('Escape');
    return names.map((name) => name.split('\n')[0] ?? '');
  }

  /** An editor tab. */
  editorTab(name: string | RegExp): Locator {
    return this.page.locator('.tabs-container').getByRole('tab', { name }).first();
  }

  /** The visible lines of the text editor, as a person reads them, as soon as they match. */
  async textOfEditor(pattern: RegExp): Promise<string> {
    let text = '';
    for (const end = Date.now() + 20_000; Date.now() < end; await this.page.waitForTimeout(100)) {
      text = (await this.visibleLines()).replaceAll('\u00a0', ' ');
      if (pattern.test(text)) return text;
    }
    throw new Error(`the editor shows no text that matches ${String(pattern)}, but:\n${text}`);
  }

  private async visibleLines(): Promise<string> {
    const lines = this.page.locator('.editor-group-container.active .monaco-editor .view-lines').first();
    return (await lines.count()) === 0 ? '' : lines.innerText();
  }

  /** Closes every editor; what is not saved is thrown away. */
  async closeEditors(): Promise<void> {
    await this.runCommand('View: Close All Editors');
    const dialog = this.page.locator('.monaco-dialog-box:visible');
    for (const end = Date.now() + 5000; Date.now() < end; await this.page.waitForTimeout(200)) {
      if ((await this.page.locator('.tabs-container .tab').count()) === 0) return;
      const discard = dialog.getByRole('button', { name: /Don't Save/ });
      if (await discard.isVisible()) await discard.click();
    }
    throw new Error('the editors did not close');
  }

  /** Changes the colour theme as a person does; `label` is its name in the list. */
  async setColorTheme(label: string): Promise<void> {
    await this.runCommand('Preferences: Color Theme');
    await this.page.getByPlaceholder(/Color Theme/).waitFor();
    await this.quickInput().fill(label);
    await this.quickPick(label).waitFor();
    await this.page.waitForTimeout(settleMs);
    await this.page.keyboard.press('Enter');
    await this.quickInput().waitFor({ state: 'hidden' });
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(screenshotsDirectory, { recursive: true });
    await this.page.waitForTimeout(settleMs);
    const prefix = process.env['NTA_VSIX'] === undefined ? '' : 'package-';
    await this.page.screenshot({ path: path.join(screenshotsDirectory, `${prefix}${name}.png`) });
  }
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
