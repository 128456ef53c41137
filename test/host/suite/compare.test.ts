import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commandIds } from '../../../src/extension/commandIds';
import type { Comparison } from '../../../src/extension/results/compareCaptures';
import { activated, analyze, closeAllEditors, sample } from '../support/host';

const textOf = async (uri: vscode.Uri): Promise<string> => (await vscode.workspace.openTextDocument(uri)).getText();

describe('results as documents', () => {
  afterEach(closeAllEditors);

  it('compare two captures by report, findings and flows, and leave no session behind', async () => {
    const api = await activated();
    const comparison = await vscode.commands.executeCommand<Comparison | undefined>(commandIds.compareCaptures, [
      sample('web-browsing.pcap'),
      sample('port-scan.pcap'),
    ]);
    assert.ok(comparison !== undefined);
    assert.deepEqual(
      comparison.documents.map(({ name }) => name),
      ['report.md', 'findings.md', 'flows.txt'],
    );
    const [, findings, flows] = comparison.documents;
    assert.ok(findings !== undefined && flows !== undefined);
    assert.match(await textOf(findings.left), /None\./);
    assert.match(await textOf(findings.right), /scan of/);
    assert.notEqual(await textOf(flows.left), await textOf(flows.right));
    assert.equal(api.sessions().length, 1, 'only the live session');
  });

  it('give the report of what is looked at', async () => {
    const session = await analyze(await activated(), sample('port-scan.pcap'));
    const uri = await vscode.commands.executeCommand<vscode.Uri>(commandIds.openReport);
    assert.match(await textOf(uri), new RegExp(`\\| Packets \\| ${session.packets} \\|`));
  });
});
