import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commandIds } from '../../../src/extension/commandIds';
import { toolNames } from '../../../src/extension/tools/languageModelTools';
import { activated, askTool, extensionId, skipBecause, waitFor } from '../support/host';

describe('activation', () => {
  it('starts nothing', async () => {
    const api = await activated();
    assert.equal(api.version, 1);
    assert.deepEqual(
      api.sessions().map((session) => [session.kind, session.state, session.analyzerPid]),
      [['live', 'idle', null]],
    );
  });

  it('tells language models what to do where there is no capture, and starts none', async function () {
    const api = await activated();
    if (vscode.lm.tools.every(({ name }) => name !== toolNames.overview))
      skipBecause(this, 'this host has no language-model tools');
    assert.match(await askTool(toolNames.overview, {}), /There is no capture\. Ask the person to start one/);
    assert.equal(api.sessions()[0]?.state, 'idle');
  });

  it('registers every command of the manifest and no other', async () => {
    await activated();
    const registered = (await vscode.commands.getCommands(true)).filter(
      (id) => id.startsWith('networkTraffic.') && !/^networkTraffic\.anomalies\./.test(id),
    );
    const extension = vscode.extensions.getExtension(extensionId);
    const declared = (extension?.packageJSON as { contributes: { commands: { command: string }[] } }).contributes
      .commands;
    assert.deepEqual(registered.sort(), declared.map(({ command }) => command).sort());
    assert.deepEqual(registered.sort(), Object.values(commandIds).sort());
  });

  it('does not start a capture with arguments that are not valid', async () => {
    const api = await activated();
    for (const argument of [
      { interface: 'eth0\n' },
      { interface: 7 },
      { filter: 'x'.repeat(5000) },
      { interface: 'lo', extra: 1 },
    ]) {
      assert.equal(await vscode.commands.executeCommand(commandIds.startCapture, argument), undefined);
    }
    assert.equal(api.sessions()[0]?.state, 'idle');
  });

  it('has nothing to export, and says so instead of failing', async () => {
    assert.equal(await vscode.commands.executeCommand(commandIds.exportJson), undefined);
    assert.equal(await vscode.commands.executeCommand(commandIds.stopCapture), undefined);
  });

  it('opens one dashboard, however often it is asked to', async () => {
    const dashboards = (): number =>
      vscode.window.tabGroups.all
        .flatMap((group) => group.tabs)
        .filter(
          (tab) =>
            tab.input instanceof vscode.TabInputWebview && tab.input.viewType.endsWith('networkTraffic.dashboard'),
        ).length;
    await vscode.commands.executeCommand(commandIds.openDashboard);
    await vscode.commands.executeCommand(commandIds.openDashboard);
    await waitFor('the dashboard is a tab', () => (dashboards() > 0 ? true : null));
    assert.equal(dashboards(), 1);
  });
});
