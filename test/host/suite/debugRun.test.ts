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

/** Asks both servers, stops at a `debugger` statement between them, and says what it saw of its key log. */
const program = (plain: number, secure: number, result: string): string => `
const { get } = require('node:http');
const https = require('node:https');
const fs = require('node:fs');
const ask = (from, url, options) => new Promise((resolve) =>
  from.get(url, options, (answer) => answer.resume().on('end', resolve)));
(async () => {
  await ask(require('node:http'), 'http://127.0.0.1:${plain}/of-the-program', {});
  debugger;
  await ask(https, 'https://127.0.0.1:${secure}/secret', { rejectUnauthorized: false });
  const file = process.env.SSLKEYLOGFILE ?? '';
  const mode = (name) => (fs.statSync(name).mode & 0o777).toString(8);
  const seen = file === '' ? {} : { file, mode: mode(file), folder: mode(require('node:path').dirname(file)) };
  fs.writeFileSync(${JSON.stringify(result)}, JSON.stringify({ ...seen, pid: process.pid }));
  setTimeout(() => {}, 300);
})();
`;

describe('capture of a debug run', function () {
  this.timeout(90_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'nta-debug-'));
  const script = path.join(folder, 'program.js');
  const result = path.join(folder, 'result.json');
  let servers: Server[] = [];
  let plain = 0;

  before(async function () {
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      skipBecause(this, 'capturing without asking needs root on Linux');
    if (vscode.extensions.getExtension('ms-vscode.js-debug') === undefined)
      skipBecause(this, 'this editor has no debugger for JavaScript');
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
    type: 'node',
    request: 'launch',
    name: 'program',
    program: script,
    runtimeExecutable: process.execPath,
    console: 'internalConsole',
    ...more,
  });

  it('begins and ends with it, marks where it stops, keeps to its program, and decrypts', async () => {
    const api = await activated();
    const live = () => api.sessions()[0]!;
    const stopped = new Promise<void>((resolve) => {
      const changes = vscode.debug.onDidChangeActiveStackItem((item) => {
        if (!(item instanceof vscode.DebugStackFrame)) return;
        changes.dispose();
        resolve();
      });
    });
    const wishes = { networkTraffic: { capture: true, keyLog: true } };
    assert.ok(await vscode.debug.startDebugging(undefined, configuration(wishes)));
    assert.equal(live().state, 'capturing');
    await stopped;
    await waitFor('the stop is marked', () => (live().markers.some(({ kind }) => kind === 'stop') ? true : null));
    assert.equal(await (await fetch(`http://127.0.0.1:${plain}/of-the-test`)).text(), 'hello');
    await vscode.commands.executeCommand('workbench.action.debug.continue');

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
    assert.match(moments[1]?.text ?? '', /at program\.js:\d+$/);
    assert.deepEqual(
      moments.map(({ timeUs }) => timeUs),
      moments.map(({ timeUs }) => timeUs).sort((x, y) => x - y),
    );

    const uri = await vscode.commands.executeCommand<vscode.Uri>(commandIds.exportPcap);
    const bytes = readFileSync(uri.fsPath, 'latin1');
    assert.ok(bytes.includes('/of-the-program'));
    assert.ok(!bytes.includes('/of-the-test'), 'traffic of another program');
    const seen = JSON.parse(readFileSync(result, 'utf8')) as { file: string; mode: string; folder: string };
    assert.deepEqual([seen.mode, seen.folder], ['600', '700']);
    await waitFor('the key log is removed', () => {
      try {
        readFileSync(seen.file);
        return null;
      } catch {
        return true;
      }
    });
  });

  it('leaves a run alone that nobody asked to capture', async () => {
    const api = await activated();
    const before = api.sessions()[0]?.analyzerPid;
    const ended = new Promise<void>((resolve) => {
      const end = vscode.debug.onDidTerminateDebugSession((session) => {
        if (session.parentSession !== undefined) return;
        end.dispose();
        resolve();
      });
    });
    assert.ok(await vscode.debug.startDebugging(undefined, configuration({ name: 'plain' }), { noDebug: true }));
    await ended;
    assert.equal(api.sessions()[0]?.analyzerPid, before);
    assert.equal((JSON.parse(readFileSync(result, 'utf8')) as { file?: string }).file, undefined);
  });

  it('captures a task, and the processes that it starts', async () => {
    const api = await activated();
    const words = [
      `require('http').get('http://127.0.0.1:${plain}/of-the-task', (a) => a.resume());`,
      'setTimeout(() => {}, 700)',
    ];
    const execution = new vscode.ProcessExecution(process.execPath, ['-e', words.join('\n')]);
    const task = new vscode.Task({ type: 'process' }, vscode.TaskScope.Workspace, 'ask', 'test', execution);
    task.group = vscode.TaskGroup.Test;
    assert.equal(await vscode.commands.executeCommand(commandIds.captureTask, task), true);
    const opened = await waitFor('the capture of the task', () =>
      api.sessions().find((one) => one.kind === 'file' && one.title.startsWith('ask-') && one.state === 'finished'),
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
