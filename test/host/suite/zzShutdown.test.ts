import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { commandIds } from '../../../src/extension/commandIds';
import { activated, analyze, extensionId, isAlive, sample, waitFor } from '../support/host';

/** Last in the order of names: after it the extension is of no use any more. */
describe('shutdown', () => {
  it('leaves no process, neither of a file nor of a running capture', async () => {
    const api = await activated();
    await analyze(api, sample('web-browsing.pcap'));
    if (process.platform === 'linux' && process.getuid?.() === 0) {
      await vscode.commands.executeCommand(commandIds.startCapture, { interface: 'lo', filter: '' });
    }
    const pids = api.sessions().flatMap((session) => (session.analyzerPid === null ? [] : [session.analyzerPid]));
    assert.ok(pids.length > 0 && pids.every(isAlive), `processes ${pids.join(', ')}`);

    const extension = vscode.extensions.getExtension(extensionId);
    assert.ok(extension !== undefined);
    // The same module instance that VS Code activated: its own deactivate, as at the end of a window.
    const loaded = Object.values(require.cache).find(
      (m) => m?.filename === path.join(extension.extensionPath, 'dist', 'extension.js'),
    );
    const { deactivate } = loaded?.exports as { deactivate: () => Promise<void> };
    const startedMs = Date.now();
    await deactivate();
    assert.ok(Date.now() - startedMs < 5000);
    await waitFor('no process is left', () => (pids.some(isAlive) ? null : true), 5000);
    assert.ok(api.sessions().every((session) => session.analyzerPid === null));
  });
});
