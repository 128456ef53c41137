import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { commandIds } from '../../../src/extension/commandIds';
import { makeCertificate } from '../../support/tlsConversation';
import { activated, closeAllEditors, skipBecause, waitFor } from '../support/host';

/** Asks one server, prints STOP, waits for a line, asks the other one, and says what it saw of its key log. */
const program = (plain: number, secure: number, result: string): string => `
const http = require('node:http');
const https = require('node:https');
const fs = require('node:fs');
const path = require('node:path');
const keys = process.env.SSLKEYLOGFILE;
if (keys !== undefined) https.globalAgent.on('keylog', (line) => fs.appendFileSync(keys, line));
const ask = (from, url, options) => new Promise((resolve) =>
  from.get(url, options, (answer) => answer.resume().on('end', resolve)));
const mode = (name) => (fs.statSync(name).mode & 0o777).toString(8);
(async () => {
  await ask(http, 'http://127.0.0.1:${plain}/of-the-program', {});
  console.log('STOP');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  await ask(https, 'https://127.0.0.1:${secure}/secret', { rejectUnauthorized: false });
  const seen = keys === undefined ? {} : { keys, mode: mode(keys), folder: mode(path.dirname(keys)) };
  fs.writeFileSync(${JSON.stringify(result)}, JSON.stringify(seen));
  // Sockets are looked up when their packets have come, which tcpdump hands over up to a second late.
  setTimeout(() => process.exit(), 2500);
})();
`;

describe('capture of a debug run', function () {
  this.timeout(150_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'nta-debug-'));
  const script = path.join(folder, 'program.js');
  const result = path.join(folder, 'result.json');
  let servers: Server[] = [];
  let plain = 0;

  before(async function () {
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      skipBecause(this, 'capturing without asking needs root on Linux');
    if (vscode.extensions.getExtension('network-traffic-analyzer-tests.debug-extension-of-the-tests') === undefined)
      skipBecause(this, 'the debugger of the tests is not installed');
    const certificate = makeCertificate('ec');
    if (certificate === null) return skipBecause(this, 'there is no openssl to make a certificate with');
    servers = [
      createServer((_request, response) => response.end('hello')),
      createHttpsServer(certificate, (_request, response) => response.end('secret')),
    ];
    const ports: number[] = [];
    for (const server of servers) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      ports.push((server.address() as AddressInfo).port);
    }
    plain = ports[0] ?? 0;
    writeFileSync(script, program(plain, ports[1] ?? 0, result));
  });
  after(async () => {
    for (const server of servers) server.close();
    await vscode.commands.executeCommand(commandIds.stopCapture);
    await closeAllEditors();
    rmSync(folder, { recursive: true, force: true });
  });
  const configuration = (more: object): vscode.DebugConfiguration => ({
    type: 'debugger-of-the-tests',
    request: 'launch',
    name: 'program',
    program: script,
    runtime: process.execPath,
    env: {},
    ...more,
  });

  it('begins and ends with it, marks where it stops, keeps to its program, and decrypts', async () => {
    const api = await activated();
    const live = () => api.sessions()[0]!;
    const wishes = { networkTraffic: { capture: true, keyLog: true } };
    assert.ok(await vscode.debug.startDebugging(undefined, configuration(wishes)));
    assert.equal(live().state, 'capturing');
    await waitFor(
      'the stop is marked',
      () => (live().markers.some(({ kind }) => kind === 'stop') ? true : null),
      60_000,
    );
    assert.equal(await (await fetch(`http://127.0.0.1:${plain}/of-the-test`)).text(), 'hello');
    await vscode.debug.activeDebugSession?.customRequest('continue', { threadId: 1 });

    const opened = await waitFor(
      'the capture of the program',
      () => api.sessions().find((one) => one.kind === 'file' && one.title.startsWith('program-')),
      40_000,
    );
    const file = () => api.sessions().find(({ title }) => title === opened.title);
    await waitFor('it is read, with its keys', () =>
      file()?.state === 'finished' && (file()?.tlsConnectionsWithKeys ?? 0) > 0 ? true : null,
    );
    assert.equal(live().state, 'finished');
    const moments = file()?.markers ?? [];
    assert.deepEqual(
      moments.map(({ kind }) => kind),
      ['start', 'stop', 'end'],
    );
    assert.match(moments[1]?.text ?? '', /^breakpoint at program\.js:12$/);
    assert.deepEqual(
      moments.map(({ timeUs }) => timeUs),
      moments.map(({ timeUs }) => timeUs).sort((x, y) => x - y),
    );

    const uri = await vscode.commands.executeCommand<vscode.Uri>(commandIds.exportPcap);
    const bytes = readFileSync(uri.fsPath, 'latin1');
    assert.ok(bytes.includes('/of-the-program'));
    assert.ok(!bytes.includes('/of-the-test'), 'traffic of another program');
    const seen = JSON.parse(readFileSync(result, 'utf8')) as { keys: string; mode: string; folder: string };
    assert.deepEqual([seen.mode, seen.folder], ['600', '700']);
    await waitFor('the key log is removed', () => {
      try {
        readFileSync(seen.keys);
        return null;
      } catch {
        return true;
      }
    });
  });

  it('leaves a run alone that nobody asked to capture', async () => {
    const api = await activated();
    const before = api.sessions()[0]?.analyzerPid;
    assert.ok(await vscode.debug.startDebugging(undefined, configuration({ name: 'left alone' })));
    await vscode.debug.stopDebugging();
    assert.equal(api.sessions()[0]?.analyzerPid, before);
    assert.notEqual(api.sessions()[0]?.state, 'capturing');
  });

  it('captures a task, and the processes that it starts', async () => {
    const api = await activated();
    const words = [
      `require('http').get('http://127.0.0.1:${plain}/of-the-task', (a) => a.resume());`,
      'setTimeout(() => {}, 3000)',
    ];
    const execution = new vscode.ProcessExecution(process.execPath, ['-e', words.join('\n')]);
    const task = new vscode.Task({ type: 'process' }, vscode.TaskScope.Workspace, 'ask', 'test', execution);
    task.group = vscode.TaskGroup.Test;
    assert.equal(await vscode.commands.executeCommand(commandIds.captureTask, task), true);
    const opened = await waitFor(
      'the capture of the task',
      () =>
        api.sessions().find((one) => one.kind === 'file' && one.title.startsWith('ask-') && one.state === 'finished'),
      100_000,
    );
    assert.deepEqual(
      opened.markers.map(({ kind, text }) => [kind, text]),
      [
        ['test', 'Task ask'],
        ['end', 'ask'],
      ],
    );
    assert.ok(opened.packets > 0);
  });
});
