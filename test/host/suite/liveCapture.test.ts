import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as vscode from 'vscode';
import { commandIds } from '../../../src/extension/commandIds';
import { activated, closeAllEditors, isAlive, skipBecause, waitFor } from '../support/host';

describe('live capture', () => {
  let server: Server;
  let port: number;

  before(async function () {
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      skipBecause(this, 'capturing without asking needs root on Linux');
    server = createServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  after(async () => {
    await vscode.commands.executeCommand(commandIds.stopCapture);
    server?.close();
    await closeAllEditors();
  });

  it('captures on the loopback with a filter, counts, stops and exports', async () => {
    const api = await activated();
    const live = () => api.sessions()[0]!;
    const name = await vscode.commands.executeCommand(commandIds.startCapture, {
      interface: 'lo',
      filter: `tcp port ${port}`,
    });
    assert.equal(name, 'lo');
    await waitFor('capturing', () => (live().state === 'capturing' ? true : null));
    assert.equal(api.activeSession().kind, 'live');
    for (let i = 0; i < 5; i++) assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'hello');
    await waitFor('packets', () => (live().packets >= 10 ? true : null));
    assert.equal(
      await vscode.commands.executeCommand(commandIds.startCapture, { interface: 'lo', filter: '' }),
      undefined,
      'one capture at a time',
    );
    const startedMs = Date.now();
    await vscode.commands.executeCommand(commandIds.stopCapture);
    await waitFor('finished', () => (live().state === 'finished' ? true : null));
    assert.ok(Date.now() - startedMs < 3000, `stopping took ${Date.now() - startedMs} ms`);

    const uri = await vscode.commands.executeCommand<vscode.Uri>(commandIds.exportCsv, { kind: 'packets' });
    const document = await vscode.workspace.openTextDocument(uri);
    const rows = document.getText().trimEnd().split(/\r?\n/).slice(1);
    assert.equal(rows.length, live().packets);
    for (const row of rows)
      assert.ok(row.split(',').slice(4, 6).includes(String(port)), `the filter let through: ${row}`);
  });

  it('gives each run a process of its own and ends the old one', async () => {
    const api = await activated();
    const before = api.sessions()[0]?.analyzerPid ?? null;
    assert.ok(before !== null);
    assert.equal(await vscode.commands.executeCommand(commandIds.startCapture, { interface: 'lo', filter: '' }), 'lo');
    const after = api.sessions()[0]?.analyzerPid ?? null;
    assert.notEqual(after, before);
    await waitFor('the old process is gone', () => (isAlive(before) ? null : true));
    await vscode.commands.executeCommand(commandIds.stopCapture);
  });

  it('says that the analyzer died, and starts again', async () => {
    const api = await activated();
    assert.equal(await vscode.commands.executeCommand(commandIds.startCapture, { interface: 'lo', filter: '' }), 'lo');
    const { analyzerPid } = api.sessions()[0]!;
    assert.ok(analyzerPid !== null);
    process.kill(analyzerPid, 'SIGKILL');
    await waitFor('failed', () => (api.sessions()[0]?.state === 'failed' ? true : null));
    assert.equal(await vscode.commands.executeCommand(commandIds.startCapture, { interface: 'lo', filter: '' }), 'lo');
    await vscode.commands.executeCommand(commandIds.stopCapture);
    await waitFor('finished', () => (api.sessions()[0]?.state === 'finished' ? true : null));
  });

  it('fails clearly on an interface that is not there and on a filter that is not valid', async () => {
    const api = await activated();
    for (const [code, argument] of [
      ['NO_SUCH_INTERFACE', { interface: 'nta-none0', filter: '' }],
      ['BAD_FILTER', { interface: 'lo', filter: 'tcp prt 80' }],
    ] as const) {
      assert.equal(await vscode.commands.executeCommand(commandIds.startCapture, argument), undefined);
      assert.deepEqual([api.sessions()[0]?.state, api.sessions()[0]?.failure?.code], ['failed', code]);
    }
  });
});
