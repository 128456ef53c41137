import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { commandIds } from '../../../src/extension/commandIds';
import { madeUpRows } from '../../support/madeUpRows';
import { activated, analyze, closeAllEditors, sample } from '../support/host';

describe('models', function () {
  this.timeout(600_000);
  const data = mkdtempSync(path.join(tmpdir(), 'nta-rows-'));
  after(async () => {
    await vscode.commands.executeCommand(commandIds.chooseModel, null);
    rmSync(data, { recursive: true, force: true });
    await closeAllEditors();
  });

  it('are trained on a folder, used at once, shown, left for the shipped one again, and refused when damaged', async () => {
    const api = await activated();
    writeFileSync(path.join(data, 'rows.csv'), madeUpRows(600));
    const wish = { folder: data, mode: 'quick', use: true };
    const folder = await vscode.commands.executeCommand<string>(commandIds.trainModel, wish);
    assert.ok(existsSync(path.join(folder, 'improved.onnx')), folder);
    await analyze(api, sample('port-scan.pcap'));
    const card = await vscode.commands.executeCommand<vscode.Uri>(commandIds.showModelCard);
    assert.equal(card.fsPath, path.join(folder, 'MODEL_CARD.md'));
    assert.equal(await vscode.commands.executeCommand(commandIds.chooseModel, null), null);
    const shipped = await vscode.commands.executeCommand<vscode.Uri>(commandIds.showModelCard);
    assert.match(shipped.fsPath, /dist.models.MODEL_CARD\.md$/);
    assert.ok(existsSync(shipped.fsPath));
    // Refused with a reason, so that the one in use stays: a damaged one, and a folder that is no model of ours.
    writeFileSync(path.join(folder, 'improved.onnx'), 'hello');
    for (const wrong of [folder, tmpdir()]) {
      assert.equal(await vscode.commands.executeCommand(commandIds.chooseModel, wrong), undefined);
      const still = await vscode.commands.executeCommand<vscode.Uri>(commandIds.showModelCard);
      assert.equal(still.fsPath, shipped.fsPath);
    }
  });

  it('cannot be trained on a folder without rows, which leaves nothing behind', async () => {
    rmSync(path.join(data, 'rows.csv'));
    const answer = await vscode.commands.executeCommand(commandIds.trainModel, {
      folder: data,
      mode: 'quick',
      use: true,
    });
    assert.equal(answer, undefined);
  });
});
