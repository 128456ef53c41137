import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { makeCertificate } from '../support/tlsConversation';
import { stopAtFirstFailure } from './support/steps';
import { Workbench } from './support/workbench';

/** Asks one server in clear, then the other one with TLS, in the line behind the breakpoint. */
const program = (plain: number, secure: number): string => `const http = require('node:http');
const https = require('node:https');
const ask = (from, url, options) =>
  new Promise((resolve) => from.get(url, options, (answer) => answer.resume().on('end', resolve)));
(async () => {
  await ask(http, 'http://127.0.0.1:${plain}/of-the-program', {});
  await ask(https, 'https://127.0.0.1:${secure}/secret-of-it', { rejectUnauthorized: false });
  // Sockets are looked up when their packets have come, which tcpdump hands over up to a second late.
  setTimeout(() => process.exit(), 2500);
})();
`;
const breakpointLine = 7;

/** A person debugs a Node program with the debugger of the editor, and sees what that program said. */
describe('capture of a debug run in the workbench', function () {
  this.timeout(120_000);
  stopAtFirstFailure(this);
  let workbench: Workbench;
  let servers: Server[] = [];
  let plain = 0;
  let view: Frame;

  before(async function () {
    const certificate = makeCertificate('ec');
    if (process.getuid?.() !== 0 || certificate === null) {
      console.log('      skipped: it wants root, and openssl to make a certificate with');
      this.skip();
    }
    servers = [
      createServer((_request, response) => response.end('hello')),
      createHttpsServer(certificate, (_request, response) => response.end('secret')),
    ];
    for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const ports = servers.map((server) => (server.address() as AddressInfo).port);
    plain = ports[0] ?? 0;
    workbench = await Workbench.open({ settings: { 'debug.toolBarLocation': 'floating' } });
    writeFileSync(path.join(workbench.folder, 'program.js'), program(plain, ports[1] ?? 0));
    mkdirSync(path.join(workbench.folder, '.vscode'), { recursive: true });
    const configuration = {
      type: 'node',
      request: 'launch',
      name: 'asks two servers',
      program: '${workspaceFolder}/program.js',
      runtimeExecutable: process.execPath,
      networkTraffic: { capture: true, keyLog: true },
    };
    writeFileSync(
      path.join(workbench.folder, '.vscode/launch.json'),
      JSON.stringify({ version: '0.2.0', configurations: [configuration] }),
    );
  });
  after(async () => {
    await (workbench as Workbench | undefined)?.close();
    for (const server of servers) server.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    await workbench.runCommand('Notifications: Show Notifications');
    console.log(await workbench.page.locator('.notification-list-item').allInnerTexts());
    await workbench.screenshot('debug-run-failed');
  });

  const ofTheTest = (): Promise<void> =>
    new Promise((resolve, reject) => {
      get({ port: plain, path: '/of-the-test', agent: false }, (answer) => answer.resume().on('end', resolve)).on(
        'error',
        reject,
      );
    });

  it('begins with the program, and stops where it does', async () => {
    const { page } = workbench;
    await workbench.waitUntilOffered('Network Traffic: Capture Debug Run…');
    await workbench.showExplorer();
    await workbench.treeItem('program.js').dblclick();
    await workbench.editorTab('program.js').waitFor();
    await page.locator('.editor-group-container.active .monaco-editor').first().click();
    await page.keyboard.press('Control+g');
    await workbench.quickInput().fill(`:${breakpointLine}`);
    await page.keyboard.press('Enter');
    await page.keyboard.press('F9');
    await page.locator('.codicon-debug-breakpoint, .codicon-debug-breakpoint-unverified').first().waitFor();
    // The launch configuration was written when the window was open: it is known some time later.
    const choice = workbench.quickPick('asks two servers');
    for (let attempt = 0; attempt < 6 && !(await choice.isVisible()); attempt++) {
      await workbench.runCommand('Network Traffic: Capture Debug Run…');
      await choice.waitFor({ timeout: 5000 }).catch(() => undefined);
    }
    await choice.click();
    await page.locator('.debug-toolbar').waitFor({ timeout: 60_000 });
    await page.locator('.debug-top-stack-frame-line').first().waitFor({ timeout: 60_000 });
    await page
      .locator('.statusbar-item', { hasText: /pkt\/s|capturing/i })
      .first()
      .waitFor();
    await ofTheTest();
    await workbench.screenshot('debug-run-stopped');
  });

  it('opens the packets of that program alone when it ends, with its moments', async () => {
    const { page } = workbench;
    await page
      .locator('.debug-toolbar')
      .getByRole('button', { name: /^Continue/ })
      .click();
    await workbench.editorTab(/asks-two-servers.*\.pcapng/).waitFor({ timeout: 60_000 });
    view = await workbench.webview('body[data-view="capture-editor"]');
    await view.locator('[data-tile="packets"] .tile-value').waitFor({ timeout: 20_000 });
    await view.locator('#moments tbody tr').nth(2).waitFor({ timeout: 20_000 });
    const moments = await view.locator('#moments tbody tr').allInnerTexts();
    assert.deepEqual(
      moments.map((row) => /(Start|Stop|End)/.exec(row.replaceAll('\u00a0', ' '))?.[1]),
      ['Start', 'Stop', 'End'],
    );
    assert.match(moments[1] ?? '', new RegExp(`breakpoint at program\\.js:${breakpointLine}`));
    await workbench.screenshot('debug-run-moments');
  });

  it('shows what it said with TLS, in its fields and to display filters, and nothing of another program', async () => {
    const filter = view.getByRole('combobox', { name: 'Display filter' });
    await view.getByRole('tab', { name: /^Packets/ }).click();
    await filter.fill('http.request.uri == "/secret-of-it" && tls');
    await workbench.page.keyboard.press('Enter');
    await view.getByText(/^1 of [\d,]+ packets match$/).waitFor({ timeout: 20_000 });
    await view.getByRole('grid', { name: 'Packets' }).getByRole('gridcell').first().click();
    const tree = view.getByRole('tree', { name: 'Fields' });
    await tree.getByRole('treeitem', { name: /^Hypertext Transfer Protocol/ }).dblclick();
    await tree
      .getByRole('treeitem', { name: /GET \/secret-of-it HTTP\/1\.1/ })
      .first()
      .waitFor();
    await view.getByRole('button', { name: 'Decrypted TLS' }).waitFor();
    await workbench.screenshot('debug-run-decrypted');
    for (const [target, matches] of [
      ['/of-the-program', /^1 of/],
      ['/of-the-test', /^0 of/],
    ] as const) {
      await filter.fill(`http.request.uri == "${target}"`);
      await workbench.page.keyboard.press('Enter');
      await view.getByText(new RegExp(`${matches.source} [\\d,]+ packets match$`)).waitFor({ timeout: 20_000 });
    }
  });

  it('left no error of the extension on the console', () => {
    assert.deepEqual(workbench.extensionErrors(), []);
  });
});
